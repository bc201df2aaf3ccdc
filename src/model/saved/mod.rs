//! Saved models: configuration, vocabulary, weights and n-grams.

mod archive;
mod built_in;
mod config;
pub mod folder;
mod location;
mod source;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use self::archive::ARCHIVE_ENDING;
pub(crate) use self::archive::archive;
pub use self::built_in::BuiltIn;
use self::config::MAX_CONFIG_BYTES;
pub use self::config::{
    BaseRecord, FORMAT_VERSION, FURTHER_BIAS, FURTHER_WEIGHT, ModelConfig, config_file,
    format_version_of,
};
use self::folder::NamedFile;
pub use self::location::ModelLocation;
#[cfg(feature = "hub")]
pub(crate) use self::source::FILES;
pub(crate) use self::source::files_in;
use self::source::{
    CONFIG, ModelTensors, NGRAMS, Source, VOCABULARY, WEIGHTS, invalid_file, sha256_hex,
};
use super::ngrams::{NGRAM_IDF, NGRAM_WEIGHTS};
use super::weights::{OUTPUT_WEIGHTS, dense_to_host, dense_weights};
use super::{
    DenseWeights, EMBEDDING, Embedding, LabelSubset, ModelError, NgramIndex, NgramKey, Ngrams,
    Precision, Weights,
};
use crate::device::Device;
use crate::tensor_file::{HostTensor, ScaledRows, TensorFile, TensorFileError};
use crate::vocabulary::Vocabulary;

/// The maximum number of attempts to read a model that another process is replacing.
const MAX_READ_ATTEMPTS: usize = 100;

/// The maximum size of ngrams.bin.
const MAX_NGRAM_BYTES: u64 = 128 << 20;
/// The maximum size of vocabulary.txt: about ten million tokens.
const MAX_VOCABULARY_BYTES: u64 = 100 << 20;
/// The maximum number of weights, 4 GiB: a million words with vectors of 1,000 numbers.
const MAX_WEIGHTS: usize = 1 << 30;
/// The maximum size of model.safetensors.
const MAX_WEIGHT_BYTES: u64 = (MAX_WEIGHTS * size_of::<f32>()) as u64 + (16 << 20);

/// The files of a saved model, checked against each other.
#[derive(Clone, Debug)]
pub struct SavedModel {
    /// config.json.
    pub config: ModelConfig,
    /// vocabulary.txt.
    pub vocabulary: Vocabulary,
    /// model.safetensors.
    pub weights: Weights,
    /// The weights of [`ModelConfig::further_labels`] in model.safetensors, by name; empty for a model without such labels.
    pub further: DenseWeights,
    /// ngrams.bin, with its weights in model.safetensors.
    pub ngrams: Option<Ngrams>,
}

impl SavedModel {
    /// Reads a model from its folder, with the weights on `device`.
    pub fn read(folder: &Path, device: &Device) -> Result<Self, ModelError> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let state = folder_state(folder);
            let read = Self::read_from(&Source::Folder(folder), device);
            // Files that were replaced meanwhile may come from two models.
            if read.is_ok() || attempts == MAX_READ_ATTEMPTS || folder_state(folder) == state {
                return read;
            }
        }
    }

    /// Reads a model from its place.
    pub fn open(location: &ModelLocation, device: &Device) -> Result<Self, ModelError> {
        match location {
            ModelLocation::BuiltIn(model) if !model.is_built() => Err(ModelError::NotBuilt {
                model: model.name(),
            }),
            ModelLocation::Folder(folder) => Self::read(folder, device),
            ModelLocation::BuiltIn(_) | ModelLocation::Archive(_) => {
                Self::read_from(&location.source(), device)
            }
        }
    }

    /// Returns the model with some of its labels, at least two.
    pub(crate) fn restricted_to(self, labels: &[String]) -> Result<Self, ModelError> {
        let subset = LabelSubset::new(&self.config, labels)?;
        let mut weights = self.weights;
        for name in OUTPUT_WEIGHTS {
            if let Some(weight) = weights.dense.get_mut(name) {
                *weight = subset.select_rows(weight)?;
            }
        }
        Ok(Self {
            vocabulary: self.vocabulary,
            weights,
            further: self.further,
            ngrams: self.ngrams.map(|ngrams| ngrams.restricted_to(&subset)),
            config: subset.config,
        })
    }

    fn read_from(source: &Source, device: &Device) -> Result<Self, ModelError> {
        let config = ModelConfig::read_from(source)?;
        let content = config.read_verified(source, VOCABULARY, MAX_VOCABULARY_BYTES)?;
        let path = source.path(VOCABULARY);
        let content = str::from_utf8(&content).map_err(invalid_file(&path))?;
        let vocabulary = Vocabulary::parse(content, &path)?;
        let labels = config.labels.len();
        let mut expected = Weights::shapes(&config.architecture, vocabulary.len(), labels);
        let index = match config.longest_ngram() {
            None => None,
            Some(_) => Some(read_ngrams(source, &config, &vocabulary)?),
        };
        if let Some(index) = &index {
            expected.push((NGRAM_WEIGHTS.into(), vec![index.len(), labels]));
            if config.normalized_ngrams {
                expected.push((NGRAM_IDF.into(), vec![index.len()]));
            }
        }
        let further = config.further_shapes();
        expected.extend(further.iter().cloned());
        let (mut tensors, table) = read_weights(source, &config, expected)?;
        let further = further
            .iter()
            .filter_map(|(name, _)| tensors.remove_entry(name));
        let further = dense_weights(further.collect(), &device.to_candle())?;
        let ngrams = match index.zip(tensors.remove(NGRAM_WEIGHTS)) {
            Some((index, weights)) => {
                let ngrams = Ngrams::new(index, weights.values, config.ngrams, labels)?;
                Some(match tensors.remove(NGRAM_IDF) {
                    Some(idf) => ngrams.normalized(idf.values)?,
                    None => ngrams,
                })
            }
            None => None,
        };
        let weights = match table {
            Some(table) => Weights {
                embedding: Embedding::from(table),
                dense: dense_weights(tensors, &device.to_candle())?,
            },
            None => Weights::from_host(tensors, &device.to_candle())?,
        };
        Ok(Self {
            config,
            vocabulary,
            weights,
            further,
            ngrams,
        })
    }

    /// Returns the files of the model.
    pub fn files(&self, precision: Precision) -> Result<Vec<NamedFile>, ModelError> {
        let mut tensors = self.weights.to_host()?;
        tensors.extend(dense_to_host(&self.further)?);
        let ngrams = self.ngrams.as_ref();
        files_with(&self.config, &self.vocabulary, tensors, ngrams, precision)
    }
}

/// Returns what changes when the files of a model are replaced: their paths and the configuration.
fn folder_state(folder: &Path) -> ([PathBuf; 4], Option<Vec<u8>>) {
    let config = Source::Folder(folder).bytes(CONFIG, MAX_CONFIG_BYTES);
    (files_in(folder), config.ok().map(Cow::into_owned))
}

/// Reads model.safetensors and checks the names and shapes of its tensors. Returns a table of 8-bit integers apart from them.
fn read_weights(
    source: &Source,
    config: &ModelConfig,
    mut expected: Vec<(String, Vec<usize>)>,
) -> Result<(BTreeMap<String, HostTensor>, Option<ScaledRows>), ModelError> {
    let path = source.path(WEIGHTS);
    let count = expected
        .iter()
        .map(|(_, shape)| shape.iter().product::<usize>())
        .fold(0, usize::saturating_add);
    if count > MAX_WEIGHTS {
        let reason = format!("the model has {count} weights: the maximum is {MAX_WEIGHTS}");
        return Err(invalid_file(&path)(reason));
    }
    let (tensors, digest) = source.tensors(WEIGHTS, TensorFile::max_bytes(&expected))?;
    let ModelTensors { file, table } = tensors;
    if let Some(table) = &table
        && let Some(place) = expected.iter().position(|(name, _)| name == EMBEDDING)
    {
        let (name, expected) = expected.swap_remove(place);
        let found = vec![table.rows(), table.size()];
        if found != expected {
            let error = TensorFileError::Shape {
                name,
                found,
                expected,
            };
            return Err(ModelError::weights(&path)(error));
        }
    }
    file.check(&expected).map_err(ModelError::weights(&path))?;
    config.check_digest(WEIGHTS, &path, digest)?;
    Ok((file.tensors, table))
}

/// Reads ngrams.bin, whose n-grams consist of tokens of `vocabulary`.
fn read_ngrams(
    source: &Source,
    config: &ModelConfig,
    vocabulary: &Vocabulary,
) -> Result<NgramIndex, ModelError> {
    let path = source.path(NGRAMS);
    if vocabulary.len() > NgramKey::MAX_VOCABULARY {
        return Err(invalid_file(&path)(format!(
            "a model with n-grams may have a vocabulary of at most {} tokens",
            NgramKey::MAX_VOCABULARY
        )));
    }
    let content = config.read_verified(source, NGRAMS, MAX_NGRAM_BYTES)?;
    NgramIndex::from_bytes(&content).map_err(invalid_file(&path))
}

/// Returns the files of a saved model as they are stored, config.json first. `config` is that of the model.
pub(crate) fn stored_files(
    location: &ModelLocation,
    config: &ModelConfig,
) -> Result<Vec<NamedFile>, ModelError> {
    let source = location.source();
    let mut sizes = vec![
        (VOCABULARY, MAX_VOCABULARY_BYTES),
        (WEIGHTS, MAX_WEIGHT_BYTES),
    ];
    if config.longest_ngram().is_some() {
        sizes.push((NGRAMS, MAX_NGRAM_BYTES));
    }
    let mut shared = config.clone();
    if let Some(base) = &mut shared.base {
        base.name = base.shared_name();
    }
    let mut files = vec![config_file(&shared)];
    for (name, max_bytes) in sizes {
        let content = config.read_verified(&source, name, max_bytes)?;
        files.push((name, content.into_owned()));
    }
    Ok(files)
}

/// Returns the files of a saved model without further labels.
pub(crate) fn model_files(
    config: &ModelConfig,
    vocabulary: &Vocabulary,
    weights: &Weights,
    ngrams: Option<&Ngrams>,
    precision: Precision,
) -> Result<Vec<NamedFile>, ModelError> {
    files_with(config, vocabulary, weights.to_host()?, ngrams, precision)
}

/// Returns the files of a saved model with these weights beside those of its n-grams, by name.
fn files_with(
    config: &ModelConfig,
    vocabulary: &Vocabulary,
    tensors: BTreeMap<String, HostTensor>,
    ngrams: Option<&Ngrams>,
    precision: Precision,
) -> Result<Vec<NamedFile>, ModelError> {
    let mut files = vec![
        (VOCABULARY, vocabulary.to_file().into_bytes()),
        weights_file(tensors, ngrams, precision)?,
    ];
    files.extend(ngrams.map(|ngrams| (NGRAMS, ngrams.index().to_bytes())));
    let digests = files.iter();
    let digests = digests.map(|(name, content)| ((*name).into(), sha256_hex(content)));
    let config = ModelConfig {
        digests: digests.collect(),
        normalized_ngrams: ngrams.is_some_and(|ngrams| ngrams.idf().is_some()),
        ..config.clone()
    };
    files.push(config_file(&config));
    Ok(files)
}

/// Returns model.safetensors: these weights and those of n-grams.
fn weights_file(
    mut tensors: BTreeMap<String, HostTensor>,
    ngrams: Option<&Ngrams>,
    precision: Precision,
) -> Result<NamedFile, ModelError> {
    if let Some(ngrams) = ngrams {
        let values = ngrams.weights().to_vec();
        let shape = vec![ngrams.index().len(), ngrams.labels()];
        tensors.insert(NGRAM_WEIGHTS.into(), HostTensor { shape, values });
        if let Some(idf) = ngrams.idf() {
            let (shape, values) = (vec![idf.len()], idf.to_vec());
            tensors.insert(NGRAM_IDF.into(), HostTensor { shape, values });
        }
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
