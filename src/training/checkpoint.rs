//! The state of a run that `--resume` goes on from: one file with all it needs, so that it is whole
//! or not there, and does not depend on the saved model, which is that of the best epoch.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use candle_core::Device;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::feed::TrainingBatch;
use super::{Epoch, Optimizer, TrainingError};
use crate::classifier::Classifier;
use crate::files::{FileError, UNFINISHED, remove_unfinished, write_whole};
use crate::model::{
    HostTensor, ModelConfig, ModelError, Precision, SavedModel, TensorFile, Weights,
};
use crate::vocabulary::Vocabulary;

/// Where in a model's folder the state is.
const FOLDER: &str = "state";
const FILE: &str = "checkpoint.safetensors";

/// The keys of the file's metadata.
const RUN: &str = "run";
const CONFIG: &str = "config";
const VOCABULARY: &str = "vocabulary";

/// The name of a model's probabilities among the tensors.
const TAUGHT: &str = "taught";

/// How far a run has come. Random draws are a function of the seed, the epoch and the batch, so no
/// generator's state is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunState {
    /// What the run trains and validates on: see [`super::Dataset::digest`].
    pub dataset_digest: String,
    /// How many of the vocabulary's tokens had vectors in the file, where there was one.
    pub vectors_found: Option<usize>,
    /// Whether pre-training is over, or was not asked for.
    pub is_pretrained: bool,
    /// How long it took.
    pub pretraining_seconds: f64,
    /// Every finished epoch.
    pub history: Vec<Epoch>,
    /// The part of the next epoch that is done.
    pub epoch: EpochState,
    /// Steps of the optimizer so far, in this round.
    pub steps: u64,
    /// Its steps in the rounds before.
    pub steps_before: u64,
    /// How long validation has taken.
    pub validation_seconds: f64,
    /// How often a model labelled the texts without labels: see [`super::Recipe::self_training`].
    pub round: usize,
    /// The epochs that were over when it did so last.
    pub epochs_before: usize,
}

impl RunState {
    /// The finished epochs since the texts without labels were labelled last.
    pub(super) fn epochs_of_round(&self) -> &[Epoch] {
        &self.history[self.epochs_before.min(self.history.len())..]
    }

    /// Begins to learn anew, from other targets.
    pub(super) fn begin_round(&mut self) {
        self.round += 1;
        self.epochs_before = self.history.len();
        self.steps_before += self.steps;
        self.steps = 0;
    }

    /// Steps so far, over all rounds.
    pub(super) fn all_steps(&self) -> u64 {
        self.steps_before + self.steps
    }
}

/// How far an epoch has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EpochState {
    /// Batches done.
    pub batches: usize,
    /// The sum of their losses, each times its number of texts.
    pub loss_sum: f64,
    /// Their texts.
    pub texts: usize,
    /// Their tokens.
    pub tokens: usize,
    /// How long they took.
    pub seconds: f64,
}

impl EpochState {
    /// Counts a batch that was learned from, `seconds` after the epoch's begin.
    pub(super) fn add(&mut self, batch: &TrainingBatch, loss: f32, seconds: f64) {
        self.batches += 1;
        let texts = batch.batch.layout.rows();
        self.loss_sum += f64::from(loss) * texts as f64;
        self.texts += texts;
        self.tokens += batch.batch.layout.tokens();
        self.seconds = seconds;
    }

    pub(super) fn mean_loss(&self) -> f64 {
        self.loss_sum / self.texts.max(1) as f64
    }

    pub(super) fn tokens_per_second(&self) -> f64 {
        self.tokens as f64 / self.seconds.max(f64::MIN_POSITIVE)
    }
}

/// What [`write`] wrote.
pub(super) struct Checkpoint {
    pub(super) run: RunState,
    pub(super) model: SavedModel,
    /// The optimizer's, not yet checked.
    pub(super) moments: TensorFile,
    /// What a model says of the texts without labels: `[texts, labels]`.
    pub(super) taught: Vec<f32>,
    /// Where it stood.
    pub(super) path: PathBuf,
}

/// Writes the state of a run.
pub(super) fn write(
    folder: &Path,
    run: &RunState,
    classifier: &Classifier,
    weights: &Weights,
    optimizer: &Optimizer,
    taught: &[f32],
) -> Result<(), TrainingError> {
    let path = folder.join(FOLDER).join(FILE);
    let mut tensors = weights.to_host()?;
    tensors.extend(optimizer.state());
    let taught = HostTensor {
        shape: vec![taught.len()],
        values: taught.into(),
    };
    tensors.insert(TAUGHT.into(), taught);
    let metadata = BTreeMap::from([
        (RUN.into(), to_json(run)),
        (CONFIG.into(), to_json(classifier.config())),
        (VOCABULARY.into(), classifier.vocabulary().to_file()),
    ]);
    let content = TensorFile { tensors, metadata }.to_bytes(&path, Precision::Full)?;
    let parent = folder.join(FOLDER);
    // Not the folders above: one that was removed meanwhile, by somebody who wants it so, stays so.
    match fs::create_dir(&parent) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(FileError::context("create", &parent)(error).into());
        }
        _ => {}
    }
    write_whole(&path, |out| out.write_all(&content))?;
    Ok(())
}

/// Whether a run in `folder` can be gone on with.
pub(super) fn exists(folder: &Path) -> bool {
    folder.join(FOLDER).join(FILE).exists()
}

/// Reads the state of the run in `folder`.
pub(super) fn read(folder: &Path, device: &Device) -> Result<Checkpoint, TrainingError> {
    let path = folder.join(FOLDER).join(FILE);
    if !exists(folder) {
        return Err(TrainingError::NothingToResume {
            path: folder.into(),
        });
    }
    let mut file = TensorFile::read(&path, u64::MAX)?;
    let config: ModelConfig = from_json(&file, CONFIG, &path)?;
    config.check()?;
    let words = file
        .metadata
        .get(VOCABULARY)
        .map(String::as_str)
        .unwrap_or_default();
    let vocabulary = Vocabulary::parse(words, &path).map_err(ModelError::from)?;

    let shapes = Weights::shapes(&config.architecture, vocabulary.len(), config.labels.len());
    let weights: BTreeMap<String, HostTensor> = shapes
        .iter()
        .filter_map(|(name, _)| file.tensors.remove_entry(name))
        .collect();
    let weights = TensorFile {
        tensors: weights,
        ..TensorFile::default()
    };
    weights.check(&path, &shapes)?;
    let taught = file.tensors.remove(TAUGHT);
    let taught = taught.map_or(Vec::new(), |tensor| tensor.values);
    Ok(Checkpoint {
        run: from_json(&file, RUN, &path)?,
        model: SavedModel {
            config,
            vocabulary,
            weights: Weights::from_host(weights.tensors, device)?,
            // Fitted anew, since that takes little and gives what training needs besides.
            ngrams: None,
        },
        taught,
        moments: file,
        path,
    })
}

/// Removes what a run that was killed left half written.
pub(super) fn clear(folder: &Path) -> Result<(), FileError> {
    remove_unfinished(&folder.join(FOLDER), UNFINISHED)
}

/// Removes the state of a run that is finished.
pub(super) fn remove(folder: &Path) -> Result<(), TrainingError> {
    let folder = folder.join(FOLDER);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(FileError::context("remove", &folder)(error).into())
        }
        _ => Ok(()),
    }
}

fn to_json(value: &impl Serialize) -> String {
    // Numbers, strings, lists and maps with string keys always have a JSON form.
    serde_json::to_string(value).expect("the state is JSON")
}

fn from_json<T: DeserializeOwned>(
    file: &TensorFile,
    key: &str,
    path: &Path,
) -> Result<T, ModelError> {
    let json = file
        .metadata
        .get(key)
        .map(String::as_str)
        .unwrap_or_default();
    serde_json::from_str(json).map_err(|source| ModelError::Config {
        path: path.into(),
        source,
    })
}
