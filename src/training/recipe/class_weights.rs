//! Class weights in the loss.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::training::error::TrainingError;

/// The weight of each class in the loss.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ClassWeights {
    /// Every example has weight 1.
    #[default]
    None,
    /// An example's weight is inversely proportional to its class frequency, as with `balanced` in
    /// scikit-learn.
    Balanced,
    /// Weights by label; other labels have weight 1.
    Given(BTreeMap<String, f64>),
}

impl ClassWeights {
    /// Returns the weight of each label, given the number of examples per label in the training set.
    pub(crate) fn resolve(
        &self,
        labels: &[String],
        counts: &[u64],
    ) -> Result<Vec<f32>, TrainingError> {
        let examples: u64 = counts.iter().sum();
        match self {
            Self::None => Ok(vec![1.0; labels.len()]),
            Self::Balanced => Ok(counts
                .iter()
                .map(|&count| examples as f32 / (labels.len() as f32 * count.max(1) as f32))
                .collect()),
            Self::Given(weights) => {
                if let Some(label) = weights.keys().find(|label| !labels.contains(label)) {
                    return Err(TrainingError::UnknownLabel {
                        location: "class-weights".into(),
                        label: label.clone(),
                        labels: labels.to_vec(),
                    });
                }
                let weight = |label| weights.get(label).map_or(1.0, |&weight| weight as f32);
                Ok(labels.iter().map(weight).collect())
            }
        }
    }

    /// Returns the weight of each label's positive examples if a text may have any number of labels, given the number of
    /// examples per label of `texts` texts. Balanced weights make the positive examples of a label weigh as much as the
    /// negative ones.
    pub(crate) fn of_positives(
        &self,
        labels: &[String],
        counts: &[u64],
        texts: usize,
    ) -> Result<Vec<f32>, TrainingError> {
        if *self != Self::Balanced {
            return self.resolve(labels, counts);
        }
        let weight = |&count: &u64| (texts as u64 - count).max(1) as f32 / count.max(1) as f32;
        Ok(counts.iter().map(weight).collect())
    }
}

impl fmt::Display for ClassWeights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Balanced => f.write_str("balanced"),
            Self::Given(weights) => {
                let pairs: Vec<String> = weights
                    .iter()
                    .map(|(label, weight)| format!("{label}={weight}"))
                    .collect();
                f.write_str(&pairs.join(","))
            }
        }
    }
}

impl FromStr for ClassWeights {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::None),
            "balanced" => Ok(Self::Balanced),
            pairs => pairs
                .split(',')
                .map(parse_pair)
                .collect::<Result<_, _>>()
                .map(Self::Given),
        }
    }
}

fn parse_pair(pair: &str) -> Result<(String, f64), String> {
    let parsed = pair.rsplit_once('=').and_then(|(label, weight)| {
        let weight: f64 = weight.trim().parse().ok()?;
        (weight.is_finite() && weight > 0.0).then(|| (label.trim().to_string(), weight))
    });
    parsed.ok_or_else(|| {
        format!("expected none, balanced or LABEL=WEIGHT with a weight above 0, got {pair:?}")
    })
}

impl TryFrom<String> for ClassWeights {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<ClassWeights> for String {
    fn from(weights: ClassWeights) -> Self {
        weights.to_string()
    }
}
