//! The record that programs write for a prediction, in JSON and in tables.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::{Abstention, Prediction};

/// The separator of the labels that a multi-label model predicts.
pub const LABEL_SEPARATOR: &str = "|";

/// The label of a record if the model abstains.
pub const UNCERTAIN: &str = "uncertain";

/// A prediction with its label, or with the reason why there is none.
#[derive(Clone, Debug, Serialize)]
pub struct PredictionRecord<'a> {
    /// The label, or [`UNCERTAIN`]; the labels of a multi-label model joined by [`LABEL_SEPARATOR`].
    pub label: Cow<'a, str>,
    /// The labels of a multi-label model, most probable first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<&'a str>>,
    /// The probability of the predicted label, also if the model abstains; of the most probable one of a multi-label model.
    pub score: f64,
    /// The probability of each label.
    pub probabilities: Probabilities<'a>,
    /// The fraction of the tokens that are in the vocabulary, rounded to four digits; `None` for a text without tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<f64>,
    /// Why the model abstains, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
}

impl Prediction {
    /// Returns the record of a model that abstains below `min_confidence`.
    pub fn record(&self, min_confidence: f64) -> PredictionRecord<'_> {
        let reason = self.reason(min_confidence);
        let labels = self.label_set().map(|labels| match reason {
            None => labels,
            Some(_) => Vec::new(),
        });
        PredictionRecord {
            label: match (reason, &labels) {
                (Some(_), _) => UNCERTAIN.into(),
                (None, Some(labels)) => join_labels(labels).into(),
                (None, None) => self.label().into(),
            },
            labels,
            score: self.score(),
            probabilities: Probabilities(self.labels(), &self.probabilities),
            known: self.known_share().map(|share| (share * 1e4).round() / 1e4),
            reason,
        }
    }
}

/// Joins the labels of a text with [`LABEL_SEPARATOR`], or returns them as a JSON list if one contains it.
pub fn join_labels(labels: &[&str]) -> String {
    match labels.iter().any(|label| label.contains(LABEL_SEPARATOR)) {
        false => labels.join(LABEL_SEPARATOR),
        true => serde_json::Value::from(labels).to_string(),
    }
}

impl Abstention {
    /// Returns the reason in words.
    pub fn message(self) -> &'static str {
        match self {
            Self::EmptyText => "the text is empty",
            Self::NoWords => "the text has no words",
            Self::ForeignLanguage => "the text is in a language that the model did not learn from",
            Self::UnknownWords => "most words are unknown",
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
