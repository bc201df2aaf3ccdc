//! The prediction for one text.

use std::sync::Arc;

use crate::model::Decision;
use crate::vocabulary::UNKNOWN_ID;

/// A model's answer for one text.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    pub(crate) labels: Arc<[String]>,
    /// The index of the predicted label in [`Prediction::labels`].
    pub class: usize,
    /// The probability of each label, in the order of [`Prediction::labels`]. They sum to 1.
    pub probabilities: Vec<f64>,
    /// The number of tokens read.
    pub tokens: usize,
    /// The number of those that are in the vocabulary.
    pub known_tokens: usize,
}

/// Why a prediction is not reliable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The model reads no token of the text.
    Empty,
    /// Every token is out of the vocabulary.
    NoKnownToken,
    /// No label reaches the required probability.
    Uncertain,
}

impl Prediction {
    /// Returns the prediction for a text with these ids, from its logits `[labels]`.
    pub(crate) fn new(
        labels: &Arc<[String]>,
        decision: &Decision,
        logits: &[f32],
        ids: &[u32],
    ) -> Self {
        let probabilities = decision.probabilities(logits);
        Self {
            labels: Arc::clone(labels),
            class: decision.label(&probabilities),
            probabilities,
            tokens: ids.len(),
            known_tokens: ids.iter().filter(|&&id| id != UNKNOWN_ID).count(),
        }
    }

    /// The predicted label.
    pub fn label(&self) -> &str {
        &self.labels[self.class]
    }

    /// All labels of the model, in the order of the probabilities.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Returns why the prediction is not reliable, if it is not. A reliable one rests on a known token and has a label
    /// with at least the probability `least`.
    pub fn doubt(&self, least: f64) -> Option<Doubt> {
        if self.tokens == 0 {
            Some(Doubt::Empty)
        } else if self.known_tokens == 0 {
            Some(Doubt::NoKnownToken)
        } else if self.confidence() < least {
            Some(Doubt::Uncertain)
        } else {
            None
        }
    }

    /// The probability of the predicted label.
    pub fn score(&self) -> f64 {
        self.probabilities[self.class]
    }

    /// The highest probability. With a decision threshold it may belong to a label that is not predicted.
    pub fn confidence(&self) -> f64 {
        self.probabilities.iter().copied().fold(0.0, f64::max)
    }
}
