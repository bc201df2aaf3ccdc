//! The checkpoint that `--resume` continues from.
//!
//! It is one file that is replaced atomically, so it is complete or absent. It does not depend on the saved
//! model, which is that of the best epoch.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::state::RunState;
use crate::device::Device;
use crate::files::{FileError, UNFINISHED, remove_unfinished, write_whole};
use crate::model::folder::FolderLock;
use crate::model::{
    DenseWeights, HostTensor, ModelConfig, ModelError, SavedModel, TensorFile, Weights,
};
use crate::tensor_file::NumberType;
use crate::training::error::TrainingError;
use crate::vocabulary::Vocabulary;

/// The path of the checkpoint in a model folder.
const FOLDER: &str = "state";
const FILE: &str = "checkpoint.safetensors";

/// The maximum size of the header in `safetensors`. It contains the vocabulary; its other parts are small.
const MAX_HEADER_BYTES: usize = 100_000_000;
const MAX_VOCABULARY_BYTES: usize = MAX_HEADER_BYTES - (1 << 20);

/// The keys of the file's metadata.
const RUN: &str = "run";
const CONFIG: &str = "config";
const VOCABULARY: &str = "vocabulary";

/// The name of the tensor of pseudo-labels.
const PSEUDO_LABELS: &str = "taught";

/// A checkpoint read from a file.
pub(crate) struct Checkpoint {
    pub(crate) run: RunState,
    pub(crate) model: SavedModel,
    /// The optimizer moments and, in pre-training, the projections; not yet validated.
    pub(crate) training_tensors: TensorFile,
    /// The soft pseudo-labels, `[texts, labels]`.
    pub(crate) pseudo_labels: Vec<f32>,
    /// The checkpoint file.
    pub(crate) path: PathBuf,
}

/// Locks the model folder for a run and removes partially written files of a killed run.
pub(crate) fn lock(folder: &Path) -> Result<FolderLock, TrainingError> {
    let lock = FolderLock::create(folder)?;
    remove_partial_files(folder)?;
    Ok(lock)
}

/// Writes the checkpoint of a run. `tensors` are the weights and the optimizer moments.
pub(crate) fn write(
    folder: &Path,
    run: &RunState,
    config: &ModelConfig,
    vocabulary: &Vocabulary,
    mut tensors: BTreeMap<String, HostTensor>,
    pseudo_labels: &[f32],
) -> Result<(), TrainingError> {
    let path = folder.join(FOLDER).join(FILE);
    let pseudo_labels = HostTensor {
        shape: vec![pseudo_labels.len()],
        values: pseudo_labels.into(),
    };
    tensors.insert(PSEUDO_LABELS.into(), pseudo_labels);
    let metadata = BTreeMap::from([
        (RUN.into(), to_json(run)),
        (CONFIG.into(), to_json(config)),
        (VOCABULARY.into(), vocabulary.to_file()),
    ]);
    let content = TensorFile { tensors, metadata }
        .to_bytes(|_| NumberType::F32)
        .map_err(ModelError::weights(&path))?;
    let parent = folder.join(FOLDER);
    // Does not create parent folders: a model folder that the user has removed stays removed.
    match fs::create_dir(&parent) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(FileError::context("create", &parent)(error).into());
        }
        _ => {}
    }
    write_whole(&path, |out| out.write_all(&content))?;
    Ok(())
}

/// Checks before a run that the vocabulary fits into a checkpoint.
pub(crate) fn check_vocabulary(vocabulary: &Vocabulary) -> Result<(), TrainingError> {
    match to_json(&vocabulary.to_file()).len() {
        0..=MAX_VOCABULARY_BYTES => Ok(()),
        bytes => Err(TrainingError::LargeVocabulary { bytes }),
    }
}

/// Returns whether `folder` has a checkpoint.
pub(crate) fn exists(folder: &Path) -> bool {
    folder.join(FOLDER).join(FILE).exists()
}

/// Reads the checkpoint in `folder`.
pub(crate) fn read(folder: &Path, device: &Device) -> Result<Checkpoint, TrainingError> {
    let path = folder.join(FOLDER).join(FILE);
    if !exists(folder) {
        return Err(TrainingError::NothingToResume {
            path: folder.into(),
        });
    }
    let mut file =
        TensorFile::read(&path, MAX_HEADER_BYTES as u64).map_err(ModelError::weights(&path))?;
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
    weights.check(&shapes).map_err(ModelError::weights(&path))?;
    let pseudo_labels = file.tensors.remove(PSEUDO_LABELS);
    let pseudo_labels = pseudo_labels.map_or(Vec::new(), |tensor| tensor.values);
    Ok(Checkpoint {
        run: from_json(&file, RUN, &path)?,
        model: SavedModel {
            config,
            vocabulary,
            weights: Weights::from_host(weights.tensors, &device.to_candle())?,
            further: DenseWeights::new(),
            // Fitted again when the run resumes, which is fast.
            ngrams: None,
        },
        pseudo_labels,
        training_tensors: file,
        path,
    })
}

/// Removes partially written files of a killed run.
fn remove_partial_files(folder: &Path) -> Result<(), FileError> {
    remove_unfinished(&folder.join(FOLDER), UNFINISHED)
}

/// Removes the checkpoint.
pub(crate) fn remove(folder: &Path) -> Result<(), TrainingError> {
    let file = folder.join(FOLDER).join(FILE);
    match fs::remove_file(&file) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(FileError::context("remove", &file)(error).into());
        }
        _ => {}
    }
    remove_partial_files(folder)?;
    // Fails if the folder contains files of the user, which stay.
    let _ = fs::remove_dir(folder.join(FOLDER));
    Ok(())
}

fn to_json(value: &impl Serialize) -> String {
    // Numbers, strings, lists and maps with string keys always have a JSON form.
    serde_json::to_string(value).expect("a checkpoint is JSON")
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
