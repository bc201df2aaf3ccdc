//! Errors of an evaluation.

use thiserror::Error;

use crate::corpus::CorpusError;
use crate::model::ModelError;

/// An error in evaluating a classifier.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// The corpus could not be read.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// The prediction failed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The corpus has a label that the model lacks.
    #[error("example {example}: the model has no label {label:?}; its labels are {}", labels.join(", "))]
    UnknownLabel {
        /// The number of the example, from 1.
        example: usize,
        /// The unknown label.
        label: String,
        /// The labels of the model.
        labels: Vec<String>,
    },
}
