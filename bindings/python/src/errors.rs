//! Python exceptions with the sentences of the library's errors.

use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use sentiment::corpus;
use sentiment::embeddings;
use sentiment::evaluation;
use sentiment::explain;
use sentiment::files::FileError;
use sentiment::model;
use sentiment::text;
use sentiment::training;

create_exception!(
    sentiment_toolkit,
    SentimentError,
    PyException,
    "The base class of this package's errors."
);
create_exception!(
    sentiment_toolkit,
    ModelError,
    SentimentError,
    "A model could not be read, written or run."
);
create_exception!(
    sentiment_toolkit,
    CorpusError,
    SentimentError,
    "A corpus could not be read."
);
create_exception!(
    sentiment_toolkit,
    TrainingError,
    SentimentError,
    "A training run failed, or a setting is invalid."
);
create_exception!(
    sentiment_toolkit,
    EvaluationError,
    SentimentError,
    "An evaluation failed."
);
create_exception!(
    sentiment_toolkit,
    ExplainError,
    SentimentError,
    "A prediction could not be explained."
);
create_exception!(
    sentiment_toolkit,
    EmbeddingsError,
    SentimentError,
    "Word vectors could not be read, or have no answer."
);
create_exception!(
    sentiment_toolkit,
    TextError,
    SentimentError,
    "The settings of a tokenizer are invalid."
);

/// An error of the library that has a Python exception.
pub trait Raise {
    /// Returns the exception.
    fn raise(self) -> PyErr;
}

impl Raise for model::ModelError {
    fn raise(self) -> PyErr {
        ModelError::new_err(self.to_string())
    }
}

impl Raise for FileError {
    fn raise(self) -> PyErr {
        ModelError::new_err(self.to_string())
    }
}

impl Raise for corpus::CorpusError {
    fn raise(self) -> PyErr {
        CorpusError::new_err(self.to_string())
    }
}

impl Raise for text::TextError {
    fn raise(self) -> PyErr {
        TextError::new_err(self.to_string())
    }
}

impl Raise for embeddings::EmbeddingsError {
    fn raise(self) -> PyErr {
        EmbeddingsError::new_err(self.to_string())
    }
}

impl Raise for explain::ExplainError {
    fn raise(self) -> PyErr {
        match self {
            Self::Model(error) => error.raise(),
            error => ExplainError::new_err(error.to_string()),
        }
    }
}

impl Raise for evaluation::EvaluationError {
    fn raise(self) -> PyErr {
        match self {
            Self::Model(error) => error.raise(),
            Self::Corpus(error) => error.raise(),
            error => EvaluationError::new_err(error.to_string()),
        }
    }
}

impl Raise for training::TrainingError {
    fn raise(self) -> PyErr {
        match self {
            Self::Model(error) => error.raise(),
            Self::Corpus(error) => error.raise(),
            Self::Embeddings(error) => error.raise(),
            Self::Text(error) => error.raise(),
            // The location says that the settings are flags.
            Self::Config { message, .. } => TrainingError::new_err(message),
            error => TrainingError::new_err(error.to_string()),
        }
    }
}
