use thiserror::Error;

use crate::model::ModelError;
use crate::printable::grouped;

/// An error while explaining a prediction.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExplainError {
    /// The text has no token that the model reads.
    #[error("the text has no token that the model reads, so there is nothing to explain")]
    Empty,
    /// LIME's linear model would not fit into memory.
    #[error(
        "the text has {} different words, and LIME supports at most {}",
        grouped(features),
        grouped(most)
    )]
    TooManyFeatures {
        /// The number of features in the text.
        features: usize,
        /// The maximum number of features.
        most: usize,
    },
    /// The model has no attention weights.
    #[error("the model has no attention weights: it does not pool by attention")]
    NoAttention,
    /// [`explain_while`](super::explain_while) was told to stop.
    #[error("the explanation was stopped")]
    Stopped,
    /// The classifier failed.
    #[error(transparent)]
    Model(#[from] ModelError),
}

#[doc(hidden)]
impl From<candle_core::Error> for ExplainError {
    fn from(error: candle_core::Error) -> Self {
        Self::Model(error.into())
    }
}
