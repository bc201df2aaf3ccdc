//! A prediction as people and programs are given it: the same fields, and the same words where there is no label,
//! whoever asks.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::classifier::{Doubt, Prediction};

/// What stands in place of a label where there is none.
pub const UNCERTAIN: &str = "uncertain";

/// What is said of a text.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Answer<'a> {
    /// The label, or [`UNCERTAIN`].
    pub label: &'a str,
    /// The probability of the label that the model would give.
    pub score: f64,
    /// The probability of each label.
    pub probabilities: Probabilities<'a>,
    /// Why there is no label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
}

impl<'a> Answer<'a> {
    /// Says what was predicted, with labels that are at least `least` probable.
    pub fn new(prediction: &'a Prediction, least: f64) -> Self {
        let reason = prediction.doubt(least).map(reason);
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

/// Why there is no label, in words.
fn reason(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Empty => "the text is empty",
        Doubt::NoKnownToken => "the model knows no word of it",
        Doubt::Uncertain => "no label is probable enough",
    }
}

/// Labels and their probabilities, in the model's order: an object as JSON.
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
