//! Training errors.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::run::progress::Stage;
use crate::corpus::CorpusError;
use crate::embeddings::EmbeddingsError;
use crate::files::FileError;
use crate::model::ModelError;
use crate::text::TextError;

/// An error of a training run, a cross-validation or a hyperparameter search.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainingError {
    /// A setting is out of range.
    #[error("the setting {name} must be {allowed}")]
    Setting {
        /// The name of the setting.
        name: String,
        /// The allowed values.
        allowed: String,
    },
    /// The vectors of the file have another dimension than those of the base.
    #[error(
        "the vectors have {found} dimensions, those of the model {base}, which training starts from, {expected}"
    )]
    VectorSize {
        /// The name of the base.
        base: String,
        /// Its embedding dimension.
        expected: usize,
        /// The dimension of the file.
        found: usize,
    },
    /// A worker of several did not get the average of their weights.
    #[error("could not average the weights of the workers: {reason}")]
    Average {
        /// Why there is no average.
        reason: String,
    },
    /// Cross-validation has nothing to hold out.
    #[error("the corpus has fewer than two different texts, which is too few for cross-validation")]
    OneText,
    /// A given setting is decided by the base.
    #[error("{name} is decided by the model {base}, which training starts from")]
    SettingOfBase {
        /// The name of the setting.
        name: String,
        /// The name of the base.
        base: String,
    },
    /// The TOML file or the flags contain an invalid setting.
    #[error("{location}: {message}")]
    Config {
        /// The file and, if known, the line; or the command line.
        location: String,
        /// The cause.
        message: String,
    },
    /// The TOML file has a key that is not a setting.
    #[error(
        "{location}: unknown setting {name:?}{}",
        similar.as_ref().map_or(String::new(), |name| format!("; did you mean {name:?}?"))
    )]
    UnknownSetting {
        /// The file.
        location: String,
        /// The key.
        name: String,
        /// The setting that has this name with `-` instead of `_`.
        similar: Option<String>,
    },
    /// A given setting differs from that of the run to resume.
    #[error("the run to resume has --{name} {resumed}, not {given}")]
    ChangedSetting {
        /// The name of the setting.
        name: String,
        /// The value in the run to resume, as JSON.
        resumed: String,
        /// The given value, as JSON.
        given: String,
    },
    /// The folds to resume were trained with another recipe, or started from another model.
    #[error("{}: the folds were trained with another recipe or from another model", path.display())]
    RecipeMismatch {
        /// The file with the metrics of the folds.
        path: PathBuf,
    },
    /// The trials to resume were made on another dataset, or started from another model.
    #[error("{}: the trials were made on another dataset or from another model", path.display())]
    DatasetMismatch {
        /// The file with the trials.
        path: PathBuf,
    },
    /// Every setting of the search space was given, or has no effect on the encoder.
    #[error("nothing to search: every setting of the search space is given or without effect: {}", settings.join(", "))]
    NothingToSearch {
        /// The settings of the search space.
        settings: Vec<String>,
    },
    /// A JSON file of an earlier run is invalid.
    #[error("could not read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: serde_json::Error,
    },
    /// A label does not occur in the training corpus.
    #[error("{location}: the training corpus has no label {label:?}; its labels are {}", labels.join(", "))]
    UnknownLabel {
        /// The file or setting with the label.
        location: String,
        /// The label.
        label: String,
        /// The labels of the training corpus.
        labels: Vec<String>,
    },
    /// A teacher lacks a label of the corpus, or texts may have several labels.
    #[error("the teacher {teacher} cannot predict the labels of the corpus; its labels are {}", labels.join(", "))]
    TeacherLabels {
        /// The teacher.
        teacher: String,
        /// Its labels.
        labels: Vec<String>,
    },
    /// Only one of the training corpus and the validation set has the probability of a label.
    #[error(
        "{name}: the training corpus and the validation set must have the probabilities of the same labels; only one of them has {label:?}"
    )]
    SoftLabels {
        /// The validation set.
        name: String,
        /// The label.
        label: String,
    },
    /// The labels have no order.
    #[error(
        "ordinal output requires labels that are different numbers in ascending order: {reason}"
    )]
    OrdinalLabels {
        /// What is wrong with the labels.
        reason: String,
    },
    /// The corpus is too small for a validation set.
    #[error("the corpus has too few different texts for a validation set of {fraction} of it")]
    TooFewExamples {
        /// The requested fraction.
        fraction: f64,
    },
    /// The loss became infinite or not a number.
    #[error(
        "the loss became {loss} in {} {epoch}, step {step}, at learning rate {learning_rate:.3e}{}",
        stage.epoch_name(),
        match stage {
            Stage::Pretraining => "",
            Stage::Supervised => "; the best model so far is kept",
        }
    )]
    Diverged {
        /// The loss.
        loss: f32,
        /// The stage of training.
        stage: Stage,
        /// The epoch of the stage, from 1.
        epoch: usize,
        /// The step, from 1, of pre-training or of the self-training round.
        step: u64,
        /// The learning rate of the step.
        learning_rate: f64,
    },
    /// The vocabulary does not fit into a checkpoint.
    #[error("the vocabulary has {bytes} bytes, which is too large for a checkpoint")]
    LargeVocabulary {
        /// Its size in the checkpoint in bytes.
        bytes: usize,
    },
    /// There is no interrupted run to resume.
    #[error("there is no checkpoint in {}", path.display())]
    NothingToResume {
        /// The model folder.
        path: PathBuf,
    },
    /// The checkpoint does not match the dataset or its own recipe.
    #[error("could not resume from {}: {reason}", path.display())]
    CheckpointMismatch {
        /// The checkpoint file.
        path: PathBuf,
        /// The mismatch.
        reason: String,
    },
    /// The corpus could not be read.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// The word vectors could not be read.
    #[error(transparent)]
    Embeddings(#[from] EmbeddingsError),
    /// The preprocessing settings are invalid.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The model could not be run, read or written.
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

#[doc(hidden)]
impl From<candle_core::Error> for TrainingError {
    fn from(error: candle_core::Error) -> Self {
        Self::Model(error.into())
    }
}
