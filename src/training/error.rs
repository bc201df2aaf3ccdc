use std::path::PathBuf;

use thiserror::Error;

use super::Stage;
use crate::corpus::CorpusError;
use crate::embeddings::EmbeddingsError;
use crate::files::FileError;
use crate::model::ModelError;
use crate::text::TextError;

/// Why a training run could not be made or went wrong.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainingError {
    /// A setting is out of its range.
    #[error("the setting {name} must be {allowed}")]
    Setting {
        /// Its name.
        name: &'static str,
        /// What it may be.
        allowed: &'static str,
    },
    /// A label that the training corpus does not have.
    #[error("{place}: the label {label:?} is not one of the training corpus: {}", labels.join(", "))]
    UnknownLabel {
        /// Where it was met.
        place: String,
        /// The label.
        label: String,
        /// Those there are.
        labels: Vec<String>,
    },
    /// The corpus is too small to hold anything back.
    #[error("there are too few examples to hold {share} of them back for validation")]
    TooFew {
        /// The share that was asked for.
        share: f64,
    },
    /// The loss became infinite or not a number.
    #[error(
        "the loss became {loss} in {} {epoch}, step {step}, at learning rate {rate:.3e}{}",
        stage.epoch_name(),
        match stage {
            Stage::Pretraining => "",
            Stage::Labels => "; the best model so far is kept",
        }
    )]
    Diverged {
        /// What it became.
        loss: f32,
        /// What was learned.
        stage: Stage,
        /// The epoch of the stage, from 1.
        epoch: usize,
        /// The step, from 1: of pre-training, or of the round of labels.
        step: u64,
        /// The learning rate of that step.
        rate: f64,
    },
    /// The vocabulary does not fit into the state of a run.
    #[error("the vocabulary has {bytes} bytes, more than a training state can hold")]
    LargeVocabulary {
        /// Its size in the state's file.
        bytes: usize,
    },
    /// There is no run to go on with.
    #[error("there is no training state in {}", path.display())]
    NothingToResume {
        /// The model's folder.
        path: PathBuf,
    },
    /// The state is of another run.
    #[error("could not go on with the run in {}: {reason}", path.display())]
    OtherRun {
        /// The state's file.
        path: PathBuf,
        /// What differs.
        reason: String,
    },
    /// The corpus could not be read.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// The word vectors could not be read.
    #[error(transparent)]
    Embeddings(#[from] EmbeddingsError),
    /// The preprocessing could not be set up.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The model could not be computed with, read or written.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}

impl From<candle_core::Error> for TrainingError {
    fn from(error: candle_core::Error) -> Self {
        Self::Model(error.into())
    }
}
