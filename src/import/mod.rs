//! Imports of classifiers that Keras or PyTorch trained: embedding, LSTM or GRU layers and a dense layer.
//!
//! The weights come from one file and the tokens from another. Gates are reordered, so that the imported model gives the
//! probabilities of the original for the same token ids.

mod error;
#[cfg(feature = "keras")]
mod hdf5;
mod keras;
mod layers;
mod pytorch;
mod tensors;
mod vocabulary;

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

pub use self::error::ImportError;
use self::layers::Layers;
pub use self::vocabulary::VocabularyCounts;
use self::vocabulary::read_vocabulary;
use crate::model::folder::{FolderLock, replace_together};
use crate::model::{
    Architecture, Decision, ModelConfig, Pooling, Precision, Weights, format_version_of,
    model_files,
};
use crate::text::{PreprocessorConfig, StopwordList, Tokenizer};

/// The program that trained a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framework {
    /// Keras: a `.keras` file, an HDF5 file or a safetensors file.
    Keras,
    /// PyTorch: a safetensors file of the state dictionary.
    Pytorch,
}

impl fmt::Display for Framework {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Keras => "keras",
            Self::Pytorch => "pytorch",
        })
    }
}

impl FromStr for Framework {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "keras" => Ok(Self::Keras),
            "pytorch" => Ok(Self::Pytorch),
            _ => Err(format!("expected keras or pytorch, got {name:?}")),
        }
    }
}

/// What to import, and what the files do not say.
#[derive(Clone, Debug)]
pub struct ImportRequest<'a> {
    /// The program that trained the model.
    pub framework: Framework,
    /// The file with the weights.
    pub weights: &'a Path,
    /// The file with the tokens: a token a line, in the order of the embedding's rows.
    pub vocabulary: &'a Path,
    /// The token of the vocabulary that stands for unknown words; a usual name if `None`.
    pub unknown: Option<&'a str>,
    /// The labels, in the order of the outputs. `None` for two labels, negative and positive.
    pub labels: Option<Vec<String>>,
    /// How the layer before the dense one combines its states.
    pub pooling: Pooling,
    /// The tokenizer of the imported model.
    pub tokenizer: Tokenizer,
    /// The maximum number of tokens that the model reads of a text.
    pub max_length: usize,
}

/// An imported model.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Its configuration.
    pub config: ModelConfig,
    /// The tokens that were taken and left out.
    pub tokens: VocabularyCounts,
}

/// Imports a model into a folder.
///
/// # Errors
/// If a file cannot be read, the layers are others than an embedding, LSTM or GRU layers and a dense layer, or sizes do not
/// fit.
pub fn import(request: &ImportRequest, folder: &Path) -> Result<Imported, ImportError> {
    let tensors = tensors::read(request.weights)?;
    let layers = match request.framework {
        Framework::Keras => keras::layers(tensors),
        Framework::Pytorch => pytorch::layers(tensors),
    };
    let invalid = |reason| ImportError::Layers {
        path: request.weights.into(),
        reason,
    };
    let layers = layers.map_err(invalid)?;
    let labels = labels(request, &layers).map_err(invalid)?;
    let (vocabulary, embedding, tokens) =
        read_vocabulary(request.vocabulary, request.unknown, &layers.embedding)?;
    let architecture = Architecture {
        embedding_size: embedding.shape[1],
        encoder: layers.encoder(),
        pooling: request.pooling,
        word_mean: false,
    };
    let config = ModelConfig {
        format_version: format_version_of(&architecture),
        labels,
        preprocessing: PreprocessorConfig {
            tokenizer: request.tokenizer,
            stopwords: StopwordList::None,
            ..PreprocessorConfig::default()
        },
        max_length: request.max_length,
        ngrams: 0,
        normalized_ngrams: false,
        base: None,
        known_languages: None,
        architecture,
        decision: Decision::default(),
        digests: Default::default(),
        training: serde_json::json!({}),
    };
    config.check()?;
    let weights = layers.into_weights(embedding);
    let weights = Weights::from_host(weights, &candle_core::Device::Cpu)?;
    let files = model_files(&config, &vocabulary, &weights, None, Precision::Full)?;
    let _lock = FolderLock::create(folder)?;
    replace_together(folder, &files)?;
    Ok(Imported { config, tokens })
}

/// Returns the labels: those of the request, or negative and positive.
fn labels(request: &ImportRequest, layers: &Layers) -> Result<Arc<[String]>, String> {
    // One output is the logit of the second of two labels.
    let outputs = layers.outputs().max(2);
    let labels = match &request.labels {
        Some(labels) => labels.clone(),
        None if outputs == 2 => ["negative", "positive"].map(String::from).into(),
        None => {
            return Err(format!(
                "the model has {outputs} outputs: name their labels with --labels"
            ));
        }
    };
    match labels.len() == outputs {
        true => Ok(labels.into()),
        false => Err(format!(
            "the model has {outputs} labels, but {} are given",
            labels.len()
        )),
    }
}
