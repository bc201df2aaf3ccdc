//! Imports of classifiers that Keras or PyTorch trained: embedding, LSTM or GRU layers and a dense layer.
//!
//! The weights come from one file and the tokens from another. Gates are reordered, so that the imported model gives the
//! probabilities of the original for the same token ids.

mod error;
#[cfg(feature = "keras")]
mod hdf5;
mod keras;
mod keras_config;
mod layers;
mod pytorch;
mod tensors;
mod vocabulary;

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

pub use self::error::ImportError;
use self::keras_config::KerasConfig;
use self::layers::Layers;
use self::tensors::WeightFile;
pub use self::vocabulary::VocabularyCounts;
use self::vocabulary::read_vocabulary;
use crate::model::folder::{FolderLock, remove_records, replace_together};
use crate::model::{
    Architecture, Decision, ModelConfig, Pooling, Precision, TensorFile, Weights,
    format_version_of, model_files,
};
use crate::text::{CharNgrams, PreprocessorConfig, StopwordList, Tokenizer};
use crate::training::card_file;

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
    /// How the layer before the dense one combines its states. `None` takes what the file says, or the last state.
    pub pooling: Option<Pooling>,
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
    /// Whether the request or the file tells the pooling.
    pub has_pooling: bool,
}

/// Imports a model into a folder.
///
/// # Errors
/// If a file cannot be read, the layers are others than an embedding, LSTM or GRU layers and a dense layer, or sizes do not
/// fit.
pub fn import(request: &ImportRequest, folder: &Path) -> Result<Imported, ImportError> {
    let WeightFile { tensors, config } = tensors::read(request.weights)?;
    let invalid = |reason| ImportError::Layers {
        path: request.weights.into(),
        reason,
    };
    let config = config.as_ref().map(KerasConfig::new).transpose();
    let config = config.map_err(invalid)?.unwrap_or_default();
    let layers = match request.framework {
        Framework::Keras => keras::layers(tensors, &config.recurrent),
        Framework::Pytorch => pytorch::layers(tensors),
    };
    let layers = layers.map_err(invalid)?;
    let pooling = match (request.pooling, config.pooling) {
        (Some(given), Some(of_file)) if given != of_file => {
            return Err(invalid(
                "the model has another pooling than --pooling".into(),
            ));
        }
        (given, of_file) => given.or(of_file),
    };
    let labels = labels(request, &layers).map_err(invalid)?;
    let (vocabulary, embedding, tokens) =
        read_vocabulary(request.vocabulary, request.unknown, &layers.embedding)?;
    let architecture = Architecture {
        embedding_size: embedding.shape[1],
        encoder: layers.encoder(),
        pooling: pooling.unwrap_or(Pooling::Last),
        word_mean: false,
    };
    let config = ModelConfig {
        format_version: format_version_of(&architecture, &CharNgrams::default()),
        labels,
        further_labels: Vec::new(),
        preprocessing: PreprocessorConfig {
            tokenizer: request.tokenizer,
            stopwords: StopwordList::None,
            ..PreprocessorConfig::default()
        },
        max_length: request.max_length,
        ngrams: 0,
        char_ngrams: CharNgrams::default(),
        normalized_ngrams: false,
        base: None,
        known_languages: None,
        architecture,
        decision: Decision::default(),
        digests: Default::default(),
        training: serde_json::json!({}),
    };
    config.check()?;
    let weights = TensorFile {
        tensors: layers.into_weights(embedding),
        ..TensorFile::default()
    };
    let shapes = Weights::shapes(&config.architecture, vocabulary.len(), config.labels.len());
    let checked = weights.check(&shapes);
    checked.map_err(|error| invalid(error.to_string()))?;
    let weights = Weights::from_host(weights.tensors, &candle_core::Device::Cpu)?;
    let mut files = model_files(&config, &vocabulary, &weights, None, Precision::Full)?;
    files.push(card_file(folder, &config, None));
    let _lock = FolderLock::create(folder)?;
    remove_records(folder)?;
    replace_together(folder, &files)?;
    Ok(Imported {
        config,
        tokens,
        has_pooling: pooling.is_some(),
    })
}

/// Returns the labels: those of the request, or negative and positive.
fn labels(request: &ImportRequest, layers: &Layers) -> Result<Arc<[String]>, String> {
    // One output is the logit of the second of two labels.
    let outputs = layers.outputs().max(2);
    let labels: Vec<String> = match &request.labels {
        Some(labels) => {
            let mut sorted: Vec<&str> = labels.iter().map(|label| label.trim()).collect();
            sorted.sort_unstable();
            let is_repeated = sorted.windows(2).any(|pair| pair[0] == pair[1]);
            if is_repeated || sorted.first() == Some(&"") {
                return Err("each label must have a name of its own".into());
            }
            labels.iter().map(|label| label.trim().into()).collect()
        }
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
