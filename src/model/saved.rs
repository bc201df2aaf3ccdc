//! A saved model: its configuration, vocabulary and weights, read and checked against each other.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};

use candle_core::Device;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::architecture::{check_labels, check_size};
use super::files::{CONFIG, Files, NGRAMS, VOCABULARY, WEIGHTS, files_in};
use super::folder::NamedFile;
use super::ngrams::NGRAM_WEIGHTS;
use super::{
    Architecture, Decision, MAX_NGRAM, ModelError, NgramIndex, NgramKey, Ngrams, Precision, Weights,
};
use crate::tensor_file::{HostTensor, TensorFile};
use crate::text::PreprocessorConfig;
use crate::vocabulary::Vocabulary;

/// The format version that is written, and the newest that is read.
///
/// Every older version is read: what a version added has a default, which is how models were before it. Version 2 added
/// n-grams: a model of version 1 is one without. Version 3 added `decision`: of an older model the most probable label
/// is the answer, and logits are taken as they are. Version 4 added `digests`: an older model's files are not checked
/// against any.
pub const FORMAT_VERSION: u32 = 4;
const DECISION_VERSION: u32 = 3;
const DIGESTS_VERSION: u32 = 4;

/// How often a model is read that is replaced meanwhile.
const MOST_READINGS: usize = 100;

/// Bounds on what a folder can make us allocate.
const MAX_CONFIG_BYTES: u64 = 16 << 20;
const MAX_NGRAM_BYTES: u64 = 128 << 20;
/// Room for ten million tokens of the usual length.
const MAX_VOCABULARY_BYTES: u64 = 100 << 20;
/// 4 GiB of weights: a million words with vectors of 1,000 numbers.
const MAX_WEIGHTS: usize = 1 << 30;

/// The content of config.json: all that is needed, beside vocabulary and weights, to turn a text
/// into probabilities; and how the model came to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// See [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The classes, in the order of the network's outputs.
    pub labels: Vec<String>,
    /// What is done to a text before it is looked up in the vocabulary.
    pub preprocessing: PreprocessorConfig,
    /// How many tokens of a text are read.
    pub max_length: usize,
    /// Tokens of the longest n-gram that has weights; 0 where none has.
    #[serde(default)]
    pub ngrams: usize,
    /// The network's shape.
    pub architecture: Architecture,
    /// How an answer is made of logits.
    #[serde(default)]
    pub decision: Decision,
    /// The SHA-256 of the other files by name, in hexadecimal. A file that has one and is another now, by damage or because
    /// it belongs to another model, is refused.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digests: BTreeMap<String, String>,
    /// The settings of the training run: for people and for going on with it.
    pub training: serde_json::Value,
}

/// A model's files, read and checked against each other.
#[derive(Debug)]
pub struct SavedModel {
    /// config.json.
    pub config: ModelConfig,
    /// vocabulary.txt.
    pub vocabulary: Vocabulary,
    /// model.safetensors.
    pub weights: Weights,
    /// ngrams.bin, and its weights in model.safetensors.
    pub ngrams: Option<Ngrams>,
}

impl SavedModel {
    /// Reads a model from its folder, its weights onto `device`.
    pub fn read(folder: &Path, device: &Device) -> Result<Self, ModelError> {
        let mut readings = 0;
        loop {
            readings += 1;
            let state = folder_state(folder);
            let read = Self::of(&Files::Folder(folder), device);
            // What was read while it was replaced may be of two models: it is read again.
            if read.is_ok() || readings == MOST_READINGS || folder_state(folder) == state {
                return read;
            }
        }
    }

    /// The model in the program: see models/README.md.
    pub fn shipped(device: &Device) -> Result<Self, ModelError> {
        Self::of(&Files::Shipped, device)
    }

    fn of(files: &Files, device: &Device) -> Result<Self, ModelError> {
        let config = ModelConfig::of(files)?;
        let content = config.checked(files, VOCABULARY, MAX_VOCABULARY_BYTES)?;
        let path = files.path(VOCABULARY);
        let content = String::from_utf8(content).map_err(unfit(&path))?;
        let vocabulary = Vocabulary::parse(&content, &path)?;
        let labels = config.labels.len();
        let mut expected = Weights::shapes(&config.architecture, vocabulary.len(), labels);
        let index = match config.ngrams {
            0 => None,
            _ => Some(read_ngrams(files, &config, &vocabulary)?),
        };
        if let Some(index) = &index {
            expected.push((NGRAM_WEIGHTS.into(), vec![index.len(), labels]));
        }
        let mut tensors = read_weights(files, &config, &expected)?;
        let ngrams = match index.zip(tensors.remove(NGRAM_WEIGHTS)) {
            Some((index, weights)) => {
                let weights = weights.values;
                Some(Ngrams::new(index, weights, config.ngrams, labels)?)
            }
            None => None,
        };
        let weights = Weights::from_host(tensors, device)?;
        Ok(Self {
            config,
            vocabulary,
            weights,
            ngrams,
        })
    }
}

/// What changes when the files of a model are replaced: where they stand, and the configuration.
fn folder_state(folder: &Path) -> ([PathBuf; 4], Option<Vec<u8>>) {
    let config = Files::Folder(folder).bytes(CONFIG, MAX_CONFIG_BYTES).ok();
    (files_in(folder), config)
}

/// Reads model.safetensors, which holds tensors of the expected names and shapes.
fn read_weights(
    files: &Files,
    config: &ModelConfig,
    expected: &[(String, Vec<usize>)],
) -> Result<BTreeMap<String, HostTensor>, ModelError> {
    let path = files.path(WEIGHTS);
    let count = expected
        .iter()
        .map(|(_, shape)| shape.iter().product::<usize>())
        .fold(0, usize::saturating_add);
    if count > MAX_WEIGHTS {
        let reason = format!("the model has {count} weights, and at most {MAX_WEIGHTS} are read");
        return Err(unfit(&path)(reason));
    }
    let (file, digest) = files.tensors(WEIGHTS, TensorFile::max_bytes(expected))?;
    file.check(expected).map_err(ModelError::weights(&path))?;
    config.check_digest(WEIGHTS, &path, digest)?;
    Ok(file.tensors)
}

/// Reads ngrams.bin, whose n-grams are of tokens of `vocabulary`.
fn read_ngrams(
    files: &Files,
    config: &ModelConfig,
    vocabulary: &Vocabulary,
) -> Result<NgramIndex, ModelError> {
    let path = files.path(NGRAMS);
    if vocabulary.len() > NgramKey::MAX_VOCABULARY {
        return Err(unfit(&path)(format!(
            "n-grams are of at most {} tokens",
            NgramKey::MAX_VOCABULARY
        )));
    }
    let content = config.checked(files, NGRAMS, MAX_NGRAM_BYTES)?;
    NgramIndex::from_bytes(&content).map_err(unfit(&path))
}

/// For `map_err`: what a file of the model is not fit for.
fn unfit<E: Display>(path: &Path) -> impl Fn(E) -> ModelError {
    move |reason| ModelError::Weights {
        path: path.into(),
        reason: reason.to_string(),
    }
}

impl ModelConfig {
    /// Checks that a network can be made of it.
    pub fn check(&self) -> Result<(), ModelError> {
        self.architecture.check()?;
        check_labels(self.labels.len())?;
        self.decision.check(self.labels.len())?;
        check_size("longest n-gram", self.ngrams, 0, MAX_NGRAM)?;
        check_size("longest text", self.max_length, 1, usize::MAX)
    }

    /// The same with another way to make answers, which format version 3 is the first to have.
    pub fn with_decision(&self, decision: Decision) -> Self {
        Self {
            format_version: self.format_version.max(DECISION_VERSION),
            decision,
            ..self.clone()
        }
    }

    /// A file's content, as it was when the model was saved.
    fn checked(&self, files: &Files, name: &str, most: u64) -> Result<Vec<u8>, ModelError> {
        let content = files.bytes(name, most)?;
        let digest = files.are_checked().then(|| hexadecimal(&content));
        self.check_digest(name, &files.path(name), digest)?;
        Ok(content)
    }

    fn check_digest(
        &self,
        name: &str,
        path: &Path,
        found: Option<String>,
    ) -> Result<(), ModelError> {
        let Some(found) = found else {
            return Ok(());
        };
        match self.digests.get(name) {
            None if self.format_version >= DIGESTS_VERSION => {
                Err(unfit(path)("config.json has no digest of it"))
            }
            Some(saved) if *saved != found => Err(unfit(path)(
                "it is not the file that was saved with config.json",
            )),
            _ => Ok(()),
        }
    }

    /// Reads config.json in a model's folder.
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        Self::of(&Files::Folder(folder))
    }

    /// Reads config.json and checks what it says.
    fn of(files: &Files) -> Result<Self, ModelError> {
        let path = files.path(CONFIG);
        if let (Files::Folder(folder), false) = (files, path.exists()) {
            let path = folder.to_path_buf();
            return Err(ModelError::Missing { path });
        }
        let content = files.bytes(CONFIG, MAX_CONFIG_BYTES)?;
        let config = |source| ModelError::Config {
            path: path.clone(),
            source,
        };
        #[derive(Deserialize)]
        struct Version {
            format_version: u32,
        }
        let Version { format_version } = serde_json::from_slice(&content).map_err(config)?;
        if format_version > FORMAT_VERSION {
            return Err(ModelError::Newer {
                path,
                found: format_version,
                newest: FORMAT_VERSION,
            });
        }
        let read: Self = serde_json::from_slice(&content).map_err(config)?;
        read.check()?;
        Ok(read)
    }
}

/// The files of a model's folder that a classifier is read from.
pub fn model_files(
    config: &ModelConfig,
    vocabulary: &Vocabulary,
    weights: &Weights,
    ngrams: Option<&Ngrams>,
    precision: Precision,
) -> Result<Vec<NamedFile>, ModelError> {
    let mut files = vec![
        (VOCABULARY, vocabulary.to_file().into_bytes()),
        weights_file(weights, ngrams, precision)?,
    ];
    files.extend(ngrams.map(|ngrams| (NGRAMS, ngrams.index().to_bytes())));
    let digests = files.iter();
    let digests = digests.map(|(name, content)| ((*name).into(), hexadecimal(content)));
    let config = ModelConfig {
        digests: digests.collect(),
        ..config.clone()
    };
    files.push(config_file(&config));
    Ok(files)
}

fn hexadecimal(content: &[u8]) -> String {
    format!("{:x}", Sha256::digest(content))
}

/// config.json.
pub fn config_file(config: &ModelConfig) -> NamedFile {
    // Strings, numbers and maps with string keys always have a JSON form.
    let mut content = serde_json::to_vec_pretty(config).expect("a configuration is JSON");
    content.push(b'\n');
    (CONFIG, content)
}

/// The weights, those of n-grams among them.
fn weights_file(
    weights: &Weights,
    ngrams: Option<&Ngrams>,
    precision: Precision,
) -> Result<NamedFile, ModelError> {
    let mut tensors = weights.to_host()?;
    if let Some(ngrams) = ngrams {
        let values = ngrams.weights().to_vec();
        let shape = vec![ngrams.index().len(), ngrams.labels()];
        tensors.insert(NGRAM_WEIGHTS.into(), HostTensor { shape, values });
    }
    let file = TensorFile {
        tensors,
        ..TensorFile::default()
    };
    let bytes = file.to_bytes(|name| precision.number_type(name));
    Ok((
        WEIGHTS,
        bytes.map_err(ModelError::weights(Path::new(WEIGHTS)))?,
    ))
}
