//! The printed form of a prediction, which `predict`, `explain` and the server share.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::classifier::{Doubt, Prediction};

/// Replaces the label of a prediction that is not reliable.
pub const UNCERTAIN: &str = "uncertain";

/// A prediction as printed; serialized as JSON.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Answer<'a> {
    /// The label, or [`UNCERTAIN`].
    pub label: &'a str,
    /// The probability of the predicted label, also if `label` is [`UNCERTAIN`].
    pub score: f64,
    /// The probability of each label.
    pub probabilities: Probabilities<'a>,
    /// Why `label` is [`UNCERTAIN`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
}

impl<'a> Answer<'a> {
    /// Converts a prediction. Its label is [`UNCERTAIN`] if its confidence is below `min_confidence`.
    pub fn new(prediction: &'a Prediction, min_confidence: f64) -> Self {
        let reason = prediction.doubt(min_confidence).map(reason);
        Self {
            label: match reason {
                None => prediction.label(),
                Some(_) => UNCERTAIN,
            },
            score: prediction.score(),
            probabilities: Probabilities(prediction.labels(), &prediction.probabilities),
            reason,
        }
    }
}

/// Returns the message for a doubt.
fn reason(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Empty => "the text is empty",
        Doubt::NoKnownToken => "no token is in the vocabulary",
        Doubt::Uncertain => "no label is probable enough",
    }
}

/// The probability of each label, in the model's order; serialized as a JSON object.
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
