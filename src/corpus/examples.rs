//! Labelled examples, as a stream or as a whole corpus.

use std::collections::BTreeSet;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::notes::NoteKind;
use super::rows::Labels;
use super::{CorpusError, CorpusOptions, Format, Note, Rows, Skipped, labels};

/// A text with its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The text, unchanged.
    pub text: String,
    /// The label, never empty.
    pub label: String,
}

/// Opens a corpus in which every row must have a label. The path `-` is standard input.
pub fn open_labelled(path: &Path, options: &CorpusOptions) -> Result<Examples, CorpusError> {
    open_all_labelled(&[path.to_owned()], options)
}

/// Like [`open_labelled`], for several corpora one after the other.
pub fn open_all_labelled(
    paths: &[PathBuf],
    options: &CorpusOptions,
) -> Result<Examples, CorpusError> {
    let rows = Rows::open(paths, options, Some(Labels::Any))?;
    Ok(Examples::new(rows, &joined(paths), options))
}

/// Opens corpora in which every row must have one of the labels of a model. A label in another spelling is read as the
/// label of the model, unless labels are exact.
pub fn open_with_labels(
    paths: &[PathBuf],
    options: &CorpusOptions,
    labels: &[String],
) -> Result<Examples, CorpusError> {
    let rows = Rows::open(paths, options, Some(Labels::Of(labels)))?;
    Ok(Examples::new(rows, &joined(paths), options))
}

/// Returns a name for several corpora.
fn joined(paths: &[PathBuf]) -> PathBuf {
    let names: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
    names.join(", ").into()
}

/// Reads examples from a stream; error messages call it `name`.
///
/// The stream must not be compressed: see [`crate::files::decompress`].
pub fn labelled_from_reader(
    reader: Box<dyn BufRead + Send>,
    name: &Path,
    format: Format,
    options: &CorpusOptions,
) -> Result<Examples, CorpusError> {
    let rows = Rows::from_reader(reader, name, format, options, Some(Labels::Any))?;
    Ok(Examples::new(rows, name, options))
}

/// Reads a whole labelled corpus: [`open_labelled`] followed by [`Corpus::collect`].
pub fn read_labelled(path: &Path, options: &CorpusOptions) -> Result<Corpus, CorpusError> {
    Corpus::collect(open_labelled(path, options)?)
}

/// An iterator over the examples of a corpus. Holds one row in memory and ends after the first error.
pub struct Examples {
    rows: Rows,
    path: PathBuf,
    exact_labels: bool,
}

impl Examples {
    fn new(rows: Rows, path: &Path, options: &CorpusOptions) -> Self {
        Self {
            rows,
            path: path.to_owned(),
            exact_labels: options.exact_labels,
        }
    }

    /// Returns the notes on the rows read so far.
    pub fn notes(&self) -> Vec<Note> {
        self.rows.notes()
    }

    /// Returns the rows skipped so far.
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
        // `Rows` yields no row without a label if labels are required.
        let label = row.label.unwrap_or_default();
        Some(Ok(Example {
            text: row.text,
            label,
        }))
    }
}

/// A labelled corpus with at least two classes.
#[derive(Debug, Clone)]
pub struct Corpus {
    /// The examples, in the order of the corpus.
    pub examples: Vec<Example>,
    /// The distinct labels, in byte order.
    pub labels: Vec<String>,
    /// The skipped rows.
    pub skipped: Skipped,
    /// The notes on how the corpus was read.
    pub notes: Vec<Note>,
}

impl Corpus {
    /// Collects a stream of examples, and gives labels that differ in spelling only the same spelling. Fails if it is empty or has only one class.
    pub fn collect(mut examples: Examples) -> Result<Self, CorpusError> {
        let mut collected = examples.by_ref().collect::<Result<Vec<Example>, _>>()?;
        let path: Arc<Path> = examples.path.as_path().into();
        let log = examples.rows.log();
        if !examples.exact_labels
            && let Some(folded) = labels::fold(&mut collected)
        {
            log.add(&path, NoteKind::FoldedLabels(folded));
        }
        if let Some(rare) = labels::rare(&collected) {
            log.add(&path, NoteKind::RareLabels(rare));
        }
        let notes = log.notes();
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
                notes,
            }),
        }
    }

    /// Returns the [`digest`] of the examples in order. It does not depend on the file format.
    pub fn digest(&self) -> String {
        digest(
            self.examples
                .iter()
                .map(|example| (&example.text, &example.label)),
        )
    }
}

/// Returns the hexadecimal SHA-256 of all texts and labels in order, each preceded by its length in bytes
/// (64 bits, little-endian).
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
