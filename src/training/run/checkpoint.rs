//! The state of a run that `--resume` goes on from: one file with all it needs, so that it is whole
//! or not there, and does not depend on the saved model, which is that of the best epoch.

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
use crate::model::{HostTensor, ModelConfig, ModelError, SavedModel, TensorFile, Weights};
use crate::tensor_file::NumberType;
use crate::training::error::TrainingError;
use crate::vocabulary::Vocabulary;

/// Where in a model's folder the state is.
const FOLDER: &str = "state";
const FILE: &str = "checkpoint.safetensors";

/// The most that the file's header can have, which is `safetensors`' own bound. The vocabulary is in it, and the rest is
/// small.
const MOST_HEADER_BYTES: usize = 100_000_000;
const MOST_VOCABULARY_BYTES: usize = MOST_HEADER_BYTES - (1 << 20);

/// The keys of the file's metadata.
const RUN: &str = "run";
const CONFIG: &str = "config";
const VOCABULARY: &str = "vocabulary";

/// The name of a model's probabilities among the tensors.
const PSEUDO_LABELS: &str = "taught";

/// What [`write`] wrote.
pub(crate) struct Checkpoint {
    pub(crate) run: RunState,
    pub(crate) model: SavedModel,
    /// The optimizer's moments and what else there is, not yet checked.
    pub(crate) rest: TensorFile,
    /// What a model says of the texts without labels: `[texts, labels]`.
    pub(crate) pseudo_labels: Vec<f32>,
    /// Where it stood.
    pub(crate) path: PathBuf,
}

/// Takes a folder for a run, without what a killed one left half written.
pub(crate) fn lock(folder: &Path) -> Result<FolderLock, TrainingError> {
    let lock = FolderLock::create(folder)?;
    clear(folder)?;
    Ok(lock)
}

/// Writes the state of a run, `tensors` being that of what learns.
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

/// Checks before a run that its vocabulary will fit into its states.
pub(crate) fn check(vocabulary: &Vocabulary) -> Result<(), TrainingError> {
    match to_json(&vocabulary.to_file()).len() {
        0..=MOST_VOCABULARY_BYTES => Ok(()),
        bytes => Err(TrainingError::LargeVocabulary { bytes }),
    }
}

/// Whether a run in `folder` can be gone on with.
pub(crate) fn exists(folder: &Path) -> bool {
    folder.join(FOLDER).join(FILE).exists()
}

/// Reads the state of the run in `folder`.
pub(crate) fn read(folder: &Path, device: &Device) -> Result<Checkpoint, TrainingError> {
    let path = folder.join(FOLDER).join(FILE);
    if !exists(folder) {
        return Err(TrainingError::NothingToResume {
            path: folder.into(),
        });
    }
    let mut file =
        TensorFile::read(&path, MOST_HEADER_BYTES as u64).map_err(ModelError::weights(&path))?;
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
            // Fitted anew, since that takes little and gives what training needs besides.
            ngrams: None,
        },
        pseudo_labels,
        rest: file,
        path,
    })
}

/// Removes what a run that was killed left half written.
fn clear(folder: &Path) -> Result<(), FileError> {
    remove_unfinished(&folder.join(FOLDER), UNFINISHED)
}

/// Removes the state of a run that is finished.
pub(crate) fn remove(folder: &Path) -> Result<(), TrainingError> {
    let file = folder.join(FOLDER).join(FILE);
    match fs::remove_file(&file) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(FileError::context("remove", &file)(error).into());
        }
        _ => {}
    }
    clear(folder)?;
    // It stays where it holds something that is not a run's.
    let _ = fs::remove_dir(folder.join(FOLDER));
    Ok(())
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
