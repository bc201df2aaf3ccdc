//! What a run writes about itself: its epochs and its best figures.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::evaluation::Summary;
use crate::files::FileError;
use crate::model::ModelError;
use crate::model::folder::{self, NamedFile};

const HISTORY: &str = "history.jsonl";
const METRICS: &str = "metrics.json";

/// The figures of one epoch: a line of history.jsonl.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Which one, from 1.
    pub epoch: usize,
    /// The mean loss over the training texts, as it was while they were learned from.
    pub train_loss: f64,
    /// The mean of minus the log-probability of the right label over the validation texts.
    pub validation_loss: f64,
    /// The share of validation texts whose most probable label is the right one.
    pub validation_accuracy: f64,
    /// The learning rate of the last step.
    pub learning_rate: f64,
    /// How long learning took, without validation.
    pub seconds: f64,
    /// Tokens learned from in a second.
    pub tokens_per_second: f64,
}

impl Epoch {
    /// Whether this epoch's model is the better one: more validation texts right, and of equals the
    /// lower loss.
    pub(crate) fn is_better_than(&self, other: &Self) -> bool {
        (self.validation_accuracy, -self.validation_loss)
            > (other.validation_accuracy, -other.validation_loss)
    }
}

/// What was done so that a probability is the share of answers that are right where it is given.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// What logits are divided by; 1 where nothing was done.
    pub temperature: f64,
    /// The expected calibration error on the validation texts with temperature 1.
    pub error_before: f64,
    /// The same with this temperature.
    pub error_after: f64,
}

/// What is written to metrics.json: how the best epoch did, and what the run took.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Metrics<'a> {
    pub corpus: &'a str,
    pub best: Option<&'a Epoch>,
    pub validation: Summary<'a>,
    pub calibration: Calibration,
    pub train_texts: usize,
    pub validation_texts: usize,
    pub vocabulary: usize,
    pub vectors_found: Option<usize>,
    /// Of pre-training and all epochs so far, learning and validation.
    pub seconds: f64,
    /// The largest resident size of the process so far; null where the system does not tell.
    pub peak_memory_bytes: Option<u64>,
    pub device: String,
    pub corpus_digest: &'a str,
}

/// A run that is over, as its folder tells of it.
#[derive(Clone, Debug, Deserialize)]
pub struct Run {
    /// What the corpus was called.
    #[serde(default)]
    pub corpus: String,
    /// The epoch whose model was saved.
    pub best: Epoch,
    /// How many texts with labels were learned from.
    pub train_texts: u64,
    /// How many texts chose the epoch.
    pub validation_texts: u64,
    /// How long the run took.
    pub seconds: f64,
    /// How the model's probabilities were calibrated; None of a model made before they were.
    pub calibration: Option<Calibration>,
}

impl Run {
    /// Reads metrics.json in a model's folder.
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        let path = folder::current(folder, METRICS);
        let content = fs::read(&path).map_err(FileError::context("read", &path))?;
        serde_json::from_slice(&content).map_err(|source| ModelError::Config { path, source })
    }
}

/// Reads history.jsonl in a model's folder: its epochs, none where the file is not there.
pub fn read_history(folder: &Path) -> Result<Vec<Epoch>, ModelError> {
    let path = folder::current(folder, HISTORY);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let content = fs::read_to_string(&path).map_err(FileError::context("read", &path))?;
    let epochs: Result<Vec<Epoch>, _> = content.lines().map(serde_json::from_str).collect();
    epochs.map_err(|source| ModelError::Config { path, source })
}

/// history.jsonl: a line an epoch.
pub(crate) fn history_file(history: &[Epoch]) -> NamedFile {
    // Numbers always have a JSON form.
    let line = |epoch| serde_json::to_string(epoch).expect("an epoch is JSON") + "\n";
    let lines: String = history.iter().map(line).collect();
    (HISTORY, lines.into_bytes())
}

/// metrics.json.
pub(crate) fn metrics_file(metrics: &Metrics) -> NamedFile {
    // Numbers, strings and maps with string keys always have a JSON form.
    let mut json = serde_json::to_vec_pretty(metrics).expect("metrics are JSON");
    json.push(b'\n');
    (METRICS, json)
}

/// The largest resident size that the process has had, where the system tells it.
pub fn peak_memory_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
