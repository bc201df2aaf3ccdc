//! The record that programs write for a prediction, in JSON and in tables.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::{Abstention, Prediction};

/// The label of a record if the model abstains.
pub const UNCERTAIN: &str = "uncertain";

/// A prediction with its label, or with the reason why there is none.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PredictionRecord<'a> {
    /// The label, or [`UNCERTAIN`].
    pub label: &'a str,
    /// The probability of the predicted label, also if the model abstains.
    pub score: f64,
    /// The probability of each label.
    pub probabilities: Probabilities<'a>,
    /// Why the model abstains, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
}

impl Prediction {
    /// Returns the record of a model that abstains below `min_confidence`.
    pub fn record(&self, min_confidence: f64) -> PredictionRecord<'_> {
        let reason = self.abstention(min_confidence).map(Abstention::message);
        PredictionRecord {
            label: match reason {
                None => self.label(),
                Some(_) => UNCERTAIN,
            },
            score: self.score(),
            probabilities: Probabilities(self.labels(), &self.probabilities),
            reason,
        }
    }
}

impl Abstention {
    /// Returns the reason in words.
    pub fn message(self) -> &'static str {
        match self {
            Self::EmptyText => "the text is empty",
            Self::NoKnownToken => "no token is in the vocabulary",
            Self::LowConfidence => "no label is probable enough",
        }
    }
}

/// Labels and their probabilities, in the order of the model: an object in JSON.
#[derive(Clone, Copy, Debug)]
pub struct Probabilities<'a>(pub &'a [String], pub &'a [f64]);

impl Serialize for Probabilities<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (label, probability) in self.0.iter().zip(self.1) {
            map.serialize_entry(label, probability)?;
        }
        map.end()
    }
}
