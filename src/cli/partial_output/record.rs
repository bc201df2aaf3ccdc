//! The record of an unfinished output, `OUTPUT.partial.json`: what its rows are made with, so that no others follow them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sentiment::corpus::{CorpusError, TableRow};
use sentiment::files::{FileError, write_whole};
use sentiment::model::{Decision, ModelConfig};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::with_ending;

/// The maximum number of rows at the start of the input whose digest is recorded.
const MAX_START_ROWS: usize = 100;

/// What makes the rows of an output beside the input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputSettings {
    /// The version of the program, which contains the built-in models.
    pub version: String,
    /// The [`model_digest`] of the model.
    pub model: String,
    /// Whether the language of a text decides which built-in model reads it.
    pub by_language: bool,
    /// The labels, which may be some of the model's.
    pub labels: Vec<String>,
    /// The decision rule of the model, with the given thresholds.
    pub decision: Decision,
    /// The name of the precision of scoring.
    pub precision: String,
    /// Whether texts in other languages than the model's are predicted.
    pub any_language: bool,
    /// The probability below which a prediction is `uncertain`.
    pub neutral_below: f64,
    /// Whether rows that cannot be read are left out.
    pub skip_bad_rows: bool,
    /// The names of the columns.
    pub columns: Vec<String>,
}

/// Why an unfinished output is not resumed.
#[derive(Debug, thiserror::Error)]
pub enum NotResumable {
    /// The record is lost or damaged, or an older version of the program wrote the output.
    #[error("there is no valid {}, the record of what {} was written with", record.display(), partial.display())]
    NoRecord {
        /// The unfinished output.
        partial: PathBuf,
        /// The file that should have the record.
        record: PathBuf,
    },
    /// Other settings.
    #[error("{} was written {}", partial.display(), differences.join(", "))]
    OtherSettings {
        /// The unfinished output.
        partial: PathBuf,
        /// How the settings differ, each with a preposition.
        differences: Vec<String>,
    },
    /// Another input.
    #[error("{} was written from another input: its first rows differ", partial.display())]
    OtherInput {
        /// The unfinished output.
        partial: PathBuf,
    },
}

impl NotResumable {
    /// Returns what to do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoRecord { .. } => {
                "repeat the command without --resume, which writes all rows again"
            }
            Self::OtherSettings { .. } | Self::OtherInput { .. } => {
                "repeat the interrupted command with --resume, or this one without --resume, which writes all rows again"
            }
        }
    }
}

/// The digest of the rows at the start of the input, at most [`MAX_START_ROWS`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct InputStart {
    rows: usize,
    /// The hexadecimal SHA-256.
    sha256: String,
}

#[derive(Serialize, Deserialize)]
struct Content {
    #[serde(flatten)]
    settings: OutputSettings,
    input: InputStart,
}

/// Hashes the rows at the start of the input.
#[derive(Default)]
struct StartHasher {
    rows: usize,
    hasher: Sha256,
}

impl StartHasher {
    fn add(&mut self, rows: &[TableRow]) {
        for TableRow { text, cells, .. } in rows {
            // In this form, strings are quoted.
            self.hasher.update(format!("{text:?} {cells:?}\n"));
        }
        self.rows += rows.len();
    }

    fn start(&self) -> InputStart {
        InputStart {
            rows: self.rows,
            sha256: format!("{:x}", self.hasher.clone().finalize()),
        }
    }
}

/// The record of an unfinished output. It is written before the rows that it is about.
pub struct OutputRecord {
    path: PathBuf,
    settings: OutputSettings,
    /// The recorded start of the input.
    start: InputStart,
    hasher: StartHasher,
}

impl OutputRecord {
    /// Writes the record of an output without rows.
    pub(super) fn create(partial: &Path, settings: OutputSettings) -> Result<Self, FileError> {
        let hasher = StartHasher::default();
        let record = Self {
            path: path_of(partial),
            settings,
            start: hasher.start(),
            hasher,
        };
        record.write()?;
        Ok(record)
    }

    /// Reads the record of an output with rows. Fails if it has other settings.
    pub(super) fn read(partial: &Path, settings: &OutputSettings) -> Result<Self, NotResumable> {
        let path = path_of(partial);
        let content = fs::read(&path).ok();
        let content = content.and_then(|content| serde_json::from_slice(&content).ok());
        let Some(Content {
            settings: recorded,
            input: start,
        }) = content
        else {
            return Err(NotResumable::NoRecord {
                partial: partial.to_owned(),
                record: path,
            });
        };
        let differences = recorded.differences(settings);
        if !differences.is_empty() {
            return Err(NotResumable::OtherSettings {
                partial: partial.to_owned(),
                differences,
            });
        }
        Ok(Self {
            path,
            settings: recorded,
            start,
            hasher: StartHasher::default(),
        })
    }

    /// Reads the recorded rows at the start of the input and returns them. Fails if they differ.
    pub(super) fn read_start(
        &mut self,
        input: &mut dyn Iterator<Item = Result<TableRow, CorpusError>>,
        partial: &Path,
    ) -> anyhow::Result<Vec<TableRow>> {
        let rows = input.take(self.start.rows);
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        self.hasher.add(&rows);
        if self.hasher.start() != self.start {
            let partial = partial.to_owned();
            return Err(NotResumable::OtherInput { partial }.into());
        }
        Ok(rows)
    }

    /// Records rows that come after the first `before` rows of the input, if they are at its start.
    pub fn add(&mut self, before: usize, rows: &[TableRow]) -> Result<(), FileError> {
        let index = |row: usize| row.saturating_sub(before).min(rows.len());
        let new = &rows[index(self.start.rows)..index(MAX_START_ROWS)];
        if new.is_empty() {
            return Ok(());
        }
        self.hasher.add(new);
        self.start = self.hasher.start();
        self.write()
    }

    /// Removes the record.
    pub(super) fn remove(&self) -> Result<(), FileError> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(FileError::context("remove", &self.path)),
        }
    }

    fn write(&self) -> Result<(), FileError> {
        let content = Content {
            settings: self.settings.clone(),
            input: self.start.clone(),
        };
        write_whole(&self.path, |file| {
            serde_json::to_writer_pretty(&mut *file, &content).map_err(io::Error::from)?;
            file.write_all(b"\n")
        })
    }
}

impl OutputSettings {
    /// Returns how these settings differ from others, each difference with a preposition.
    fn differences(&self, other: &Self) -> Vec<String> {
        let flag = |name: &str, is_given: bool| match is_given {
            true => format!("with {name}"),
            false => format!("without {name}"),
        };
        let of_model = |settings: &Self| (settings.model.clone(), settings.by_language);
        let differences = [
            (
                self.version != other.version,
                format!("by version {} of sentiment", self.version),
            ),
            (
                of_model(self) != of_model(other),
                "with another model".into(),
            ),
            (
                self.labels != other.labels,
                format!("with the labels {}", self.labels.join(", ")),
            ),
            (
                self.decision != other.decision,
                "with other thresholds".into(),
            ),
            (
                self.precision != other.precision,
                format!("with --precision {}", self.precision),
            ),
            (
                self.any_language != other.any_language,
                flag("--any-language", self.any_language),
            ),
            (
                self.neutral_below != other.neutral_below,
                format!("with --neutral-below {}", self.neutral_below),
            ),
            (
                self.skip_bad_rows != other.skip_bad_rows,
                flag("--skip-bad-rows", self.skip_bad_rows),
            ),
            (self.columns != other.columns, "with other columns".into()),
        ];
        let differing = differences.into_iter().filter(|(differs, _)| *differs);
        differing.map(|(_, how)| how).collect()
    }
}

/// Returns the digest of the configuration of a model, which has the digests of its other files. The labels and the decision
/// rule do not count: options change them.
pub fn model_digest(config: &ModelConfig) -> serde_json::Result<String> {
    let config = ModelConfig {
        labels: Arc::default(),
        decision: Decision::default(),
        ..config.clone()
    };
    Ok(format!(
        "{:x}",
        Sha256::digest(serde_json::to_vec(&config)?)
    ))
}

/// Returns the path of the record of an unfinished output.
fn path_of(partial: &Path) -> PathBuf {
    with_ending(partial, ".json")
}
