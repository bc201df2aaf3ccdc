//! A saved model: its configuration, vocabulary and weights, read and checked against each other.

use std::path::Path;

use candle_core::Device;
use serde::{Deserialize, Serialize};

use super::architecture::check_size;
use super::folder::{NamedFile, current};
use super::tensor_file::TensorFile;
use super::{Architecture, ModelError, Weights};
use crate::files::FileError;
use crate::text::PreprocessorConfig;
use crate::vocabulary::Vocabulary;

/// The format version that is written, and the newest that is read.
pub const FORMAT_VERSION: u32 = 1;

/// Bounds on what a folder can make us allocate.
const MAX_CONFIG_BYTES: u64 = 16 << 20;
const MAX_LABELS: usize = 65_536;
const CONFIG: &str = "config.json";
const VOCABULARY: &str = "vocabulary.txt";
const WEIGHTS: &str = "model.safetensors";

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
    /// The network's shape.
    pub architecture: Architecture,
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
}

impl SavedModel {
    /// Reads a model from its folder, its weights onto `device`.
    pub fn read(folder: &Path, device: &Device) -> Result<Self, ModelError> {
        let config = ModelConfig::read(folder)?;
        let vocabulary = Vocabulary::read(&current(folder, VOCABULARY))?;
        let path = current(folder, WEIGHTS);
        let labels = config.labels.len();
        let expected = Weights::shapes(&config.architecture, vocabulary.len(), labels);
        let file = TensorFile::read(&path, TensorFile::most_bytes(&expected))?;
        file.check(&path, &expected)?;
        let weights = Weights::from_host(file.tensors, device)?;
        Ok(Self {
            config,
            vocabulary,
            weights,
        })
    }
}

impl ModelConfig {
    /// Checks that a network can be made of it.
    pub fn check(&self) -> Result<(), ModelError> {
        self.architecture.check()?;
        check_size("number of labels", self.labels.len(), 2, MAX_LABELS)?;
        check_size("longest text", self.max_length, 1, usize::MAX)
    }

    /// Reads config.json from a model's folder and checks what it says.
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        let path = current(folder, CONFIG);
        if !path.exists() {
            return Err(ModelError::Missing {
                path: folder.into(),
            });
        }
        let size = std::fs::metadata(&path)
            .map_err(FileError::context("open", &path))?
            .len();
        if size > MAX_CONFIG_BYTES {
            return Err(ModelError::Weights {
                path,
                reason: format!("it has more than {MAX_CONFIG_BYTES} bytes"),
            });
        }
        let content = std::fs::read(&path).map_err(FileError::context("read", &path))?;
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

/// The file of a model's folder that holds its configuration.
pub fn config_file(config: &ModelConfig) -> NamedFile {
    // Strings, numbers and maps with string keys always have a JSON form.
    let mut content = serde_json::to_vec_pretty(config).expect("a configuration is JSON");
    content.push(b'\n');
    (CONFIG, content)
}

/// The file of a model's folder that holds its vocabulary.
pub fn vocabulary_file(vocabulary: &Vocabulary) -> NamedFile {
    (VOCABULARY, vocabulary.to_file().into_bytes())
}

/// The file of a model's folder that holds its weights.
pub fn weights_file(weights: &Weights) -> Result<NamedFile, ModelError> {
    let file = TensorFile {
        tensors: weights.to_host()?,
        ..TensorFile::default()
    };
    Ok((WEIGHTS, file.to_bytes(Path::new(WEIGHTS))?))
}
