//! config.json: what a saved model is made of, and how it came to be.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::folder::NamedFile;
use super::source::{CONFIG, Source, hexadecimal, unfit};
use crate::model::limits::{check_labels, check_size};
use crate::model::{Architecture, Decision, MAX_NGRAM, ModelError};
use crate::text::PreprocessorConfig;

/// The format version that is written, and the newest that is read.
///
/// Every older version is read: what a version added has a default, which is how models were before it. Version 2 added
/// n-grams: a model of version 1 is one without. Version 3 added `decision`: of an older model the most probable label
/// is the answer, and logits are taken as they are. Version 4 added `digests`: an older model's files are not checked
/// against any. Version 5 added `architecture.encoder`: an older model's encoder is the LSTM whose sizes stand in
/// `architecture` itself.
pub const FORMAT_VERSION: u32 = 5;
const DECISION_VERSION: u32 = 3;
const DIGESTS_VERSION: u32 = 4;
const ENCODER_VERSION: u32 = 5;

/// Bounds what a folder can make us allocate.
pub(super) const MAX_CONFIG_BYTES: u64 = 16 << 20;

/// The content of config.json: all that is needed, beside vocabulary and weights, to turn a text
/// into probabilities; and how the model came to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// See [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The classes, in the order of the network's outputs.
    pub labels: Arc<[String]>,
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
    pub(super) fn checked(
        &self,
        source: &Source,
        name: &str,
        most: u64,
    ) -> Result<Vec<u8>, ModelError> {
        let content = source.bytes(name, most)?;
        let digest = source.is_checked().then(|| hexadecimal(&content));
        self.check_digest(name, &source.path(name), digest)?;
        Ok(content)
    }

    /// Checks a file's digest, if one was taken, against the one that was saved.
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
        Self::of(&Source::Folder(folder))
    }

    /// Reads config.json and checks what it says.
    pub(super) fn of(source: &Source) -> Result<Self, ModelError> {
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
        read.check()?;
        Ok(read)
    }
}

/// config.json, in the form of the configuration's format version.
pub fn config_file(config: &ModelConfig) -> NamedFile {
    const IS_JSON: &str = "strings, numbers and maps with string keys have a JSON form";
    let mut json = serde_json::to_value(config).expect(IS_JSON);
    if config.format_version < ENCODER_VERSION {
        json["architecture"] = config.architecture.to_flat_json();
        // Older programs refuse fields that they do not know; Penn Treebank tokens were the only ones.
        if let Some(preprocessing) = json["preprocessing"].as_object_mut() {
            preprocessing.shift_remove("tokenizer");
        }
    }
    let mut content = serde_json::to_vec_pretty(&json).expect(IS_JSON);
    content.push(b'\n');
    (CONFIG, content)
}
