//! Errors of training.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::run::progress::Stage;
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
        name: String,
        /// What it may be.
        allowed: String,
    },
    /// The settings of a TOML file or of flags are invalid.
    #[error("{place}: {message}")]
    Config {
        /// The file, with the line if known, or the command line.
        place: String,
        /// What is invalid.
        message: String,
    },
    /// A setting was given that differs from the one of the run to resume.
    #[error("the run goes on with --{name} {resumed}, not {given}")]
    ChangedSetting {
        /// The name of the setting.
        name: String,
        /// The run's value, as JSON.
        resumed: String,
        /// The given value, as JSON.
        given: String,
    },
    /// The folds to resume have another recipe.
    #[error("{}: its folds were trained by another recipe: repeat that, or begin without --resume", path.display())]
    OtherRecipe {
        /// The file with their metrics.
        path: PathBuf,
    },
    /// The trials to continue are of another dataset.
    #[error("{}: its trials were of other texts; --out names another folder", path.display())]
    OtherTexts {
        /// The file with the trials.
        path: PathBuf,
    },
    /// Every setting of the search space was given.
    #[error("every setting that is searched is given: {}", given.join(", "))]
    NothingToSearch {
        /// The settings of the search space.
        given: Vec<String>,
    },
    /// A JSON file of an earlier run is not what was written.
    #[error("could not read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
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
            Stage::Supervised => "; the best model so far is kept",
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

impl TrainingError {
    /// For `map_err`: adds the path of a JSON file.
    pub(super) fn unreadable(path: &Path) -> impl FnOnce(serde_json::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Unreadable { path, source }
    }
}

impl From<candle_core::Error> for TrainingError {
    fn from(error: candle_core::Error) -> Self {
        Self::Model(error.into())
    }
}
