use thiserror::Error;

use crate::corpus::CorpusError;
use crate::model::ModelError;

/// Why a classifier could not be measured.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// The corpus could not be read.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// The classifier could not compute.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The corpus has a label that the classifier does not.
    #[error("example {example}: the label {label:?} is not one of the model's: {}", labels.join(", "))]
    UnknownLabel {
        /// Which example, from 1.
        example: usize,
        /// The label.
        label: String,
        /// The model's.
        labels: Vec<String>,
    },
}
