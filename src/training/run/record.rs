//! The saved metrics of a run: history.jsonl and metrics.json.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::evaluation::AnySummary;
use crate::files::{FileError, file_names};
use crate::model::folder::{self, NamedFile};
use crate::model::{BaseRecord, ModelError, ModelLocation};

const HISTORY: &str = "history.jsonl";
const METRICS: &str = "metrics.json";

/// The maximum size of metrics.json.
const MAX_METRICS_BYTES: u64 = 64 << 20;

/// The metrics of an epoch: a line of history.jsonl.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// The epoch, from 1.
    pub epoch: usize,
    /// The mean training loss over the steps of the epoch.
    pub train_loss: f64,
    /// The log loss on the validation set.
    pub validation_loss: f64,
    /// The accuracy on the validation set.
    pub validation_accuracy: f64,
    /// The learning rate of the last step.
    pub learning_rate: f64,
    /// The duration in seconds, without validation.
    pub seconds: f64,
    /// The training throughput.
    pub tokens_per_second: f64,
}

impl Epoch {
    /// Returns whether this epoch has a higher validation accuracy or, if equal, a lower validation loss.
    pub(crate) fn is_better_than(&self, other: &Self) -> bool {
        (self.validation_accuracy, -self.validation_loss)
            > (other.validation_accuracy, -other.validation_loss)
    }
}

/// The result of temperature calibration on the validation set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The temperature that logits are divided by; 1 without calibration.
    pub temperature: f64,
    /// The expected calibration error with temperature 1.
    pub error_before: f64,
    /// The expected calibration error with the fitted temperature.
    pub error_after: f64,
}

/// The content of metrics.json: the metrics of the best epoch and the cost of the run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Metrics<'a> {
    pub corpus: &'a str,
    pub best: Option<&'a Epoch>,
    pub validation: AnySummary<'a>,
    pub calibration: Calibration,
    pub train_texts: usize,
    pub train_labels: &'a [u64],
    pub validation_texts: usize,
    pub vocabulary: usize,
    pub vectors_found: Option<usize>,
    /// The duration so far: pre-training, supervised training and validation.
    pub seconds: f64,
    /// The peak memory of the process so far; null if the system does not report it.
    pub peak_memory_bytes: Option<u64>,
    pub device: String,
    pub corpus_digest: &'a str,
    pub validation_digest: &'a str,
    /// The model whose probabilities were a part of the training targets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teacher: Option<&'a BaseRecord>,
}

/// A finished run, read from metrics.json.
#[derive(Clone, Debug, Deserialize)]
pub struct Run {
    /// The name of the corpus.
    #[serde(default)]
    pub corpus: String,
    /// The [digest](crate::corpus::Corpus::digest) of the corpus; empty for a model of an older version.
    #[serde(default)]
    pub corpus_digest: String,
    /// The [digest](crate::corpus::digest) of the texts that the metrics are of; empty for a model of an older version.
    #[serde(default)]
    pub validation_digest: String,
    /// The model whose probabilities were a part of the training targets; see [`Dataset::distil`](crate::training::Dataset::distil).
    #[serde(default)]
    pub teacher: Option<BaseRecord>,
    /// The best epoch, whose model was saved.
    pub best: Epoch,
    /// The number of labelled texts in the training set.
    pub train_texts: u64,
    /// The number of texts in the training set with each label, in the order of the labels; empty for a model of an
    /// older version.
    #[serde(default)]
    pub train_labels: Vec<u64>,
    /// The number of texts in the validation set.
    pub validation_texts: u64,
    /// The metrics on the validation set, by the keys of `eval --json`.
    #[serde(default)]
    pub validation: serde_json::Map<String, serde_json::Value>,
    /// The duration in seconds.
    pub seconds: f64,
    /// The calibration, or `None` for a model of an older version.
    pub calibration: Option<Calibration>,
}

impl Run {
    /// Reads metrics.json of the model in a place. Returns `None` if it has none, as a built-in model.
    pub fn of(location: &ModelLocation) -> Result<Option<Self>, ModelError> {
        let content = location.record(METRICS, MAX_METRICS_BYTES)?;
        let path = Path::new(&location.to_string()).join(METRICS);
        content
            .map(|content| Self::parse(&content, &path))
            .transpose()
    }

    /// Reads metrics.json in a model folder.
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        let path = folder::current(folder, METRICS);
        let content = fs::read(&path).map_err(FileError::context("read", &path))?;
        Self::parse(&content, &path)
    }

    /// Parses metrics.json. `path` names it in errors.
    pub(crate) fn parse(content: &[u8], path: &Path) -> Result<Self, ModelError> {
        serde_json::from_slice(content).map_err(|source| ModelError::Config {
            path: path.into(),
            source,
        })
    }

    /// Returns a metric on the validation set by its key.
    pub fn metric(&self, key: &str) -> Option<f64> {
        self.validation.get(key)?.as_f64()
    }
}

/// Reads the epochs of history.jsonl in a model folder. Returns none if the file does not exist.
pub fn read_history(folder: &Path) -> Result<Vec<Epoch>, ModelError> {
    let path = folder::current(folder, HISTORY);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let content = fs::read_to_string(&path).map_err(FileError::context("read", &path))?;
    let epochs: Result<Vec<Epoch>, _> = content.lines().map(serde_json::from_str).collect();
    epochs.map_err(|source| ModelError::Config { path, source })
}

/// Returns history.jsonl, with one line per epoch.
pub(crate) fn history_file(history: &[Epoch]) -> NamedFile {
    // Numbers always have a JSON form.
    let line = |epoch| serde_json::to_string(epoch).expect("an epoch is JSON") + "\n";
    let lines: String = history.iter().map(line).collect();
    (HISTORY, lines.into_bytes())
}

/// Returns metrics.json.
pub(crate) fn metrics_file(metrics: &Metrics) -> NamedFile {
    // Numbers, strings and maps with string keys always have a JSON form.
    let mut json = serde_json::to_vec_pretty(metrics).expect("metrics are JSON");
    json.push(b'\n');
    (METRICS, json)
}

/// Returns metrics.json of the model in a place for others: with the names of the corpus's files, without their folders.
/// Returns `None` if the model has none that can be read.
pub(crate) fn shared_metrics_file(
    location: &ModelLocation,
) -> Result<Option<NamedFile>, ModelError> {
    let Some(content) = location.record(METRICS, MAX_METRICS_BYTES)? else {
        return Ok(None);
    };
    // A record that is damaged is none, as for a card.
    let Ok(mut metrics) = serde_json::from_slice::<serde_json::Value>(&content) else {
        return Ok(None);
    };
    if let Some(serde_json::Value::String(corpus)) = metrics.get_mut("corpus") {
        *corpus = file_names(corpus);
    }
    let mut json = serde_json::to_vec_pretty(&metrics).expect("a JSON value is JSON");
    json.push(b'\n');
    Ok(Some((METRICS, json)))
}

/// Returns the peak resident memory of the process in bytes, if the system reports it.
pub fn peak_memory_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
