//! config.json: the configuration of a saved model.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::folder::NamedFile;
use super::location::ModelLocation;
use super::source::{CONFIG, Source, invalid_file, sha256_hex};
use crate::files::file_names;
use crate::model::limits::{check_further_labels, check_labels, check_size};
use crate::model::{Architecture, Decision, EncoderKind, MAX_NGRAM, ModelError};
use crate::text::{CharNgrams, KnownLanguages, PreprocessorConfig};

/// The newest supported format version, and that of models with further labels.
///
/// All older versions are supported. The fields that a version added have defaults for older models:
///
/// - Version 2 added `ngrams`. Older models have no n-grams.
/// - Version 3 added `decision`. Older models have temperature 1 and no threshold.
/// - Version 4 added `digests`. The files of older models are not verified.
/// - Version 5 added `architecture.encoder`. The encoder of older models is an LSTM whose sizes are fields of
///   `architecture`.
/// - Version 6 added `decision.thresholds` and `decision.output`. Older models have `decision.threshold`, of the second
///   of two labels. It also added `normalized_ngrams`, `base` and `architecture.word_mean`, which older models do not have.
/// - Version 7 added `preprocessing.version`. Older models have version 1 of the preprocessing.
/// - Version 8 added `known_languages`, tokenizers beside the Penn Treebank's, `preprocessing.dictionary` and
///   `preprocessing.fold_width`. Older models predict texts in any language.
/// - Version 9 added encoders beside the LSTM. New models with an LSTM are still of version 8.
/// - Version 10 added `char_ngrams`. New models without them are still of version 8 or 9.
/// - Version 11 added `further_labels`. New models without them are still of version 8 to 10.
pub const FORMAT_VERSION: u32 = 11;
const CHAR_NGRAMS_VERSION: u32 = 10;
const OTHER_ENCODERS_VERSION: u32 = 9;
const LSTM_VERSION: u32 = 8;
const DECISION_VERSION: u32 = 3;
const DIGESTS_VERSION: u32 = 4;
const ENCODER_VERSION: u32 = 5;
const THRESHOLDS_VERSION: u32 = 6;

/// The names of the weights of the further labels.
pub const FURTHER_WEIGHT: &str = "further.weight";
/// See [`FURTHER_WEIGHT`].
pub const FURTHER_BIAS: &str = "further.bias";

/// The maximum size of config.json.
pub(super) const MAX_CONFIG_BYTES: u64 = 16 << 20;

/// The content of config.json: all settings that prediction needs, and those of the training run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct ModelConfig {
    /// See [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The labels, in the order of the network's outputs.
    pub labels: Arc<[String]>,
    /// Labels that the network learned beside those that it predicts, such as emotions. If a model with other labels starts
    /// from this one with a fixed encoder, the fit of its linear layer reads their logits too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_labels: Vec<String>,
    /// The preprocessing of texts.
    pub preprocessing: PreprocessorConfig,
    /// The maximum number of tokens that the model reads of a text.
    pub max_length: usize,
    /// The maximum number of tokens in an n-gram; 0 for a model without n-grams of tokens.
    #[serde(default)]
    pub ngrams: usize,
    /// The lengths of the character n-grams.
    #[serde(default, skip_serializing_if = "CharNgrams::is_none")]
    pub char_ngrams: CharNgrams,
    /// Whether the n-gram weights of a text are divided by the norm of its inverse document frequencies.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub normalized_ngrams: bool,
    /// The model that training started from; `None` for a model trained from scratch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<BaseRecord>,
    /// The languages of the corpus; `None` if they are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_languages: Option<KnownLanguages>,
    /// The architecture of the network.
    pub architecture: Architecture,
    /// The decision rule.
    #[serde(default)]
    pub decision: Decision,
    /// The hexadecimal SHA-256 of the other files, by name. A file with another digest is damaged or belongs to another
    /// model, and is an error.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digests: BTreeMap<String, String>,
    /// The recipe of the training run, as a record and to resume it; empty for an imported model.
    pub training: serde_json::Value,
}

/// The model that training started from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseRecord {
    /// The name of a built-in model or of one on the hub, its folder or archive, or the address of an archive.
    pub name: String,
    /// The hexadecimal SHA-256 of its weights.
    pub digest: String,
}

impl BaseRecord {
    /// Returns the name for others: without folders, which are private, and without the query of an address, which may
    /// hold a secret. The name of a model on the hub is whole.
    pub(crate) fn shared_name(&self) -> String {
        let name = self.name.as_str();
        match name {
            _ if name.starts_with("hf:") => name.into(),
            _ if name.contains("://") => file_names(name.split(['?', '#']).next().unwrap_or(name)),
            _ => file_names(name),
        }
    }
}

/// Returns the format version of new models with this architecture and these character n-grams: the oldest that has all of it.
pub fn format_version_of(architecture: &Architecture, char_ngrams: &CharNgrams) -> u32 {
    match architecture.encoder.kind() {
        _ if !char_ngrams.is_none() => CHAR_NGRAMS_VERSION,
        EncoderKind::Lstm => LSTM_VERSION,
        _ => OTHER_ENCODERS_VERSION,
    }
}

impl ModelConfig {
    /// Checks that all settings are within bounds.
    pub fn check(&self) -> Result<(), ModelError> {
        self.architecture.check()?;
        check_labels(self.labels.len())?;
        check_further_labels(self.further_labels.len())?;
        self.decision.check(&self.labels)?;
        check_size("maximum n-gram length", self.ngrams, 0, MAX_NGRAM)?;
        check_size("maximum text length", self.max_length, 1, usize::MAX)
    }

    /// Returns the maximum number of tokens in an n-gram, which is 0 if all are character n-grams; `None` for a model without
    /// n-grams.
    pub fn longest_ngram(&self) -> Option<usize> {
        (self.ngrams > 0 || !self.char_ngrams.is_none()).then_some(self.ngrams)
    }

    /// Returns the names and shapes of the weights of the further labels.
    pub(super) fn further_shapes(&self) -> Vec<(String, Vec<usize>)> {
        let labels = self.further_labels.len();
        match labels {
            0 => Vec::new(),
            _ => vec![
                (
                    FURTHER_WEIGHT.into(),
                    vec![labels, self.architecture.pooled_features()],
                ),
                (FURTHER_BIAS.into(), vec![labels]),
            ],
        }
    }

    /// Returns whether the model was trained by another program.
    pub(crate) fn is_imported(&self) -> bool {
        self.training
            .as_object()
            .is_some_and(serde_json::Map::is_empty)
    }

    /// Returns the reason to abstain from predicting a text in a language that the model did not learn from.
    pub(crate) fn foreign_reason(&self, language: &str) -> Arc<str> {
        let known = self.known_languages.as_ref();
        let known = known.map_or(String::new(), KnownLanguages::names);
        format!("looks like {language}; this model knows {known}").into()
    }

    /// Returns the configuration with another decision rule, in the oldest format version that has it.
    ///
    /// Only files with digests become version 6. Models of versions 1 to 3 have none, so they keep their version, and
    /// older programs reject a rule that they do not know as an unknown field.
    pub fn with_decision(&self, decision: Decision) -> Self {
        let is_older_rule = decision.thresholds.of_second_label(&self.labels).is_some();
        let oldest = match self.format_version {
            DIGESTS_VERSION.. if !is_older_rule => THRESHOLDS_VERSION,
            _ => DECISION_VERSION,
        };
        Self {
            format_version: self.format_version.max(oldest),
            decision,
            ..self.clone()
        }
    }

    /// Reads a file of at most `max_bytes` bytes and verifies its digest.
    pub(super) fn read_verified(
        &self,
        source: &Source,
        name: &str,
        max_bytes: u64,
    ) -> Result<Cow<'static, [u8]>, ModelError> {
        let content = source.bytes(name, max_bytes)?;
        let digest = source.needs_digests().then(|| sha256_hex(&content));
        self.check_digest(name, &source.path(name), digest)?;
        Ok(content)
    }

    /// Compares a file's digest, if it was computed, with the saved one.
    pub(super) fn check_digest(
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
                Err(invalid_file(path)("config.json has no digest for it"))
            }
            Some(saved) if *saved != found => Err(invalid_file(path)(
                "it is not the file that was saved with config.json",
            )),
            _ => Ok(()),
        }
    }

    /// Reads and checks config.json in a model's folder.
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        Self::read_from(&Source::Folder(folder))
    }

    /// Reads and checks config.json of the model in a place.
    pub fn of(location: &ModelLocation) -> Result<Self, ModelError> {
        Self::read_from(&location.source())
    }

    /// Reads and checks config.json.
    pub(super) fn read_from(source: &Source) -> Result<Self, ModelError> {
        let path = source.path(CONFIG);
        if let (Source::Folder(folder), false) = (source, path.exists()) {
            let path = folder.to_path_buf();
            return Err(ModelError::Missing { path });
        }
        let content = source.bytes(CONFIG, MAX_CONFIG_BYTES)?;
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
        if let Err(source) = read.preprocessing.check_version() {
            let source = Box::new(source);
            return Err(ModelError::Preprocessing { path, source });
        }
        read.check()?;
        Ok(read)
    }
}

impl Serialize for ModelConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for ModelConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut config = Self::deserialize(deserializer)?;
        let thresholds = &mut config.decision.thresholds;
        thresholds.name_second_label(&config.labels);
        Ok(config)
    }
}

/// Returns config.json in the format version of the configuration.
pub fn config_file(config: &ModelConfig) -> NamedFile {
    const IS_JSON: &str = "strings, numbers and maps with string keys have a JSON form";
    let mut json = serde_json::to_value(config).expect(IS_JSON);
    if config.format_version < ENCODER_VERSION {
        json["architecture"] = config.architecture.to_flat_json();
        // Older programs reject unknown fields. Their only tokenizer was the Penn Treebank's.
        if let Some(preprocessing) = json["preprocessing"].as_object_mut() {
            preprocessing.shift_remove("tokenizer");
        }
    }
    if config.format_version < THRESHOLDS_VERSION
        && let Some(threshold) = config.decision.thresholds.of_second_label(&config.labels)
        && let Some(decision) = json["decision"].as_object_mut()
    {
        decision.shift_remove("thresholds");
        decision.insert("threshold".into(), threshold.into());
    }
    let mut content = serde_json::to_vec_pretty(&json).expect(IS_JSON);
    content.push(b'\n');
    (CONFIG, content)
}
