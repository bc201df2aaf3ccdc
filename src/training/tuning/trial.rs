//! The candidates of a search and their results.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::training::recipe::Recipe;

/// A recipe and the number of texts to train it on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Candidate {
    /// The number of the recipe, from 0.
    pub(super) number: usize,
    /// The number of texts to train on.
    pub(super) texts: usize,
    /// The recipe.
    pub(super) recipe: Recipe,
}

/// The result of a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// The number of the recipe, from 0.
    pub number: usize,
    /// The number of texts it was trained on.
    pub texts: usize,
    /// The validation accuracy.
    pub accuracy: f64,
    /// The validation loss.
    pub loss: f64,
    /// The duration in seconds.
    pub seconds: f64,
    /// The recipe.
    pub recipe: Recipe,
}

impl Trial {
    /// Orders trials by the number of texts, then by accuracy, then by loss; the greatest is the best.
    pub fn compare(&self, other: &Self) -> Ordering {
        let by_accuracy = self.accuracy.total_cmp(&other.accuracy);
        self.texts
            .cmp(&other.texts)
            .then(by_accuracy)
            .then(other.loss.total_cmp(&self.loss))
    }
}
