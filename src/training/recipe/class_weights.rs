//! Class weights in the loss.

use std::borrow::Cow;
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
    /// Weights by label; other labels have weight 1. As text, a label with a comma is quoted as in CSV: `"a, b"=2,c=1`.
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
                    .map(|(label, weight)| format!("{}={weight}", quoted(label)))
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
            pairs => split_pairs(pairs)
                .map(parse_pair)
                .collect::<Result<_, _>>()
                .map(Self::Given),
        }
    }
}

/// Returns the parts of a list between the commas that are not quoted.
fn split_pairs(list: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    list.split(move |c| {
        is_quoted ^= c == '"';
        c == ',' && !is_quoted
    })
}

fn parse_pair(pair: &str) -> Result<(String, f64), String> {
    let parsed = pair.rsplit_once('=').and_then(|(label, weight)| {
        let weight: f64 = weight.trim().parse().ok()?;
        (weight.is_finite() && weight > 0.0).then_some((unquoted(label.trim())?, weight))
    });
    parsed.ok_or_else(|| {
        format!(
            "expected none, balanced or LABEL=WEIGHT with a weight above 0, got {pair:?}; a label with a comma is quoted: \"a, b\"=2"
        )
    })
}

/// Returns a label without its quotes, of which two mean one; `None` if the closing quote is missing.
fn unquoted(label: &str) -> Option<String> {
    match label.strip_prefix('"') {
        None => Some(label.to_owned()),
        Some(rest) => Some(rest.strip_suffix('"')?.replace("\"\"", "\"")),
    }
}

/// Returns a label with quotes if it would be read as something else without them.
fn quoted(label: &str) -> Cow<'_, str> {
    let needs_quotes = label.contains([',', '"']) || label.trim() != label;
    match needs_quotes {
        true => format!("\"{}\"", label.replace('"', "\"\"")).into(),
        false => label.into(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &[(&str, f64)]) -> ClassWeights {
        let pairs = pairs.iter().map(|&(label, weight)| (label.into(), weight));
        ClassWeights::Given(pairs.collect())
    }

    #[test]
    fn labels_with_commas_are_quoted() {
        let cases = [
            ("b=2,c=0.5", given(&[("b", 2.0), ("c", 0.5)])),
            ("\"a, b\"=2,c=1", given(&[("a, b", 2.0), ("c", 1.0)])),
            ("c=1, \"a, b\" = 2", given(&[("a, b", 2.0), ("c", 1.0)])),
            ("a=b=2", given(&[("a=b", 2.0)])),
            ("\"a=1,b\"=2", given(&[("a=1,b", 2.0)])),
            ("\"say \"\"a, b\"\"\"=2", given(&[("say \"a, b\"", 2.0)])),
        ];
        for (text, weights) in cases {
            assert_eq!(text.parse().as_ref(), Ok(&weights), "{text}");
            assert_eq!(weights.to_string().parse(), Ok(weights), "{text}");
        }
    }

    #[test]
    fn invalid_weights_are_errors() {
        for text in [
            "", "a", "a=", "a=0", "a=-1", "a=inf", "a, b=2", "\"a, b=2", "\"a\"b=2",
        ] {
            let error = text.parse::<ClassWeights>().unwrap_err();
            assert!(error.contains("a label with a comma is quoted"), "{error}");
        }
    }
}
