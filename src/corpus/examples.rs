//! Examples: rows that have a label, as a stream or as a whole corpus that training can use.

use std::collections::BTreeSet;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{CorpusError, CorpusOptions, Format, Rows, Skipped};

/// A text and the class it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The text as it is written in the corpus.
    pub text: String,
    /// The label, never empty.
    pub label: String,
}

/// Opens a corpus of which every row must have a label.
pub fn open_labelled(path: &Path, options: &CorpusOptions) -> Result<Examples, CorpusError> {
    let rows = Rows::open(path, options, true)?;
    Ok(Examples::new(rows, path))
}

/// Reads examples from a stream; `name` stands for it in messages.
///
/// The stream is taken as it comes: see [`crate::files::decompress`] for one that may be
/// compressed.
pub fn labelled_from_reader(
    reader: Box<dyn BufRead + Send>,
    name: &Path,
    format: Format,
    options: &CorpusOptions,
) -> Result<Examples, CorpusError> {
    let rows = Rows::from_reader(reader, name, format, options, true)?;
    Ok(Examples::new(rows, name))
}

/// Reads a whole labelled corpus: [`open_labelled`], then [`Corpus::collect`].
pub fn read_labelled(path: &Path, options: &CorpusOptions) -> Result<Corpus, CorpusError> {
    Corpus::collect(open_labelled(path, options)?)
}

/// The examples of a corpus in order, in memory bounded by one row. Ends after the first error.
pub struct Examples {
    rows: Rows,
    path: PathBuf,
}

impl Examples {
    fn new(rows: Rows, path: &Path) -> Self {
        Self {
            rows,
            path: path.to_owned(),
        }
    }

    /// The rows left out so far.
    pub fn skipped(&self) -> &Skipped {
        self.rows.skipped()
    }
}

impl Iterator for Examples {
    type Item = Result<Example, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = match self.rows.next()? {
            Ok(row) => row,
            Err(error) => return Some(Err(error)),
        };
        // `Rows` gives no row without a label where labels are needed.
        let label = row.label.unwrap_or_default();
        Some(Ok(Example {
            text: row.text,
            label,
        }))
    }
}

/// A labelled corpus that is not empty and has two classes or more.
#[derive(Debug, Clone)]
pub struct Corpus {
    /// The examples in the corpus's order.
    pub examples: Vec<Example>,
    /// The different labels in byte order.
    pub labels: Vec<String>,
    /// The rows that were left out.
    pub skipped: Skipped,
}

impl Corpus {
    /// Collects a stream of examples and checks that a classifier can be made from them.
    pub fn collect(mut examples: Examples) -> Result<Self, CorpusError> {
        let collected = examples.by_ref().collect::<Result<Vec<Example>, _>>()?;
        let skipped = examples.skipped().clone();
        let path = examples.path;
        let labels: BTreeSet<&str> = collected.iter().map(|e| e.label.as_str()).collect();
        let labels: Vec<String> = labels.into_iter().map(str::to_owned).collect();
        match labels.as_slice() {
            [] => Err(CorpusError::Empty { path, skipped }),
            [label] => Err(CorpusError::OneClass {
                path,
                label: label.clone(),
                skipped,
            }),
            _ => Ok(Self {
                examples: collected,
                labels,
                skipped,
            }),
        }
    }

    /// Names the corpus by its content: the [`digest`] of its examples in order. The file's format
    /// does not enter.
    pub fn digest(&self) -> String {
        digest(
            self.examples
                .iter()
                .map(|example| (&example.text, &example.label)),
        )
    }
}

/// SHA-256, in hexadecimal, of every text and label in order, each behind its length in bytes (64
/// bits, little-endian).
pub fn digest(examples: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<str>)>) -> String {
    let mut hasher = Sha256::new();
    for (text, label) in examples {
        for part in [text.as_ref(), label.as_ref()] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    format!("{:x}", hasher.finalize())
}
