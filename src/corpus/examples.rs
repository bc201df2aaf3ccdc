//! Labelled examples, as a stream or as a whole corpus.

use std::borrow::Cow;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::notes::NoteKind;
use super::raw_rows::Labels;
use super::read_progress::ReadProgress;
use super::{
    Cell, Column, CorpusError, CorpusOptions, Format, Kept, Note, Rows, Skipped, distinct_labels,
};

/// A text with its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The text, unchanged.
    pub text: String,
    /// The label, never empty; a [`LabelSet`](super::LabelSet) in a corpus of several labels a text.
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

/// Like [`open_all_labelled`], with all columns, for [`LabelledTable::collect`].
pub fn open_labelled_table(
    paths: &[PathBuf],
    options: &CorpusOptions,
) -> Result<Examples, CorpusError> {
    let rows = Rows::open_keeping(paths, options, Some(Labels::Any), &Kept::All)?;
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
    are_sets: bool,
}

impl Examples {
    fn new(rows: Rows, path: &Path, options: &CorpusOptions) -> Self {
        Self {
            rows,
            path: path.to_owned(),
            exact_labels: options.exact_labels,
            are_sets: options.several_labels.is_some(),
        }
    }

    /// Returns the notes on the rows read so far.
    pub fn notes(&self) -> Vec<Note> {
        self.rows.notes()
    }

    /// Returns how much was read, also while another thread reads.
    pub fn progress(&self) -> ReadProgress {
        self.rows.progress()
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
    /// The distinct labels: in the order of their values if all are numbers, otherwise in byte order.
    pub labels: Vec<String>,
    /// Whether a text may have any number of labels: the label of each example is a [`LabelSet`](super::LabelSet).
    pub is_multi_label: bool,
    /// For each example, the probability of each label, if the corpus has [soft labels](super::SoftLabelledRows); the label
    /// of an example is then its most probable one.
    pub distributions: Vec<Vec<f32>>,
    /// The skipped rows.
    pub skipped: Skipped,
    /// The notes on how the corpus was read.
    pub notes: Vec<Note>,
}

impl Corpus {
    /// Builds a corpus from the examples of `rows`, which are at their end.
    fn of_examples(
        mut examples: Vec<Example>,
        rows: &Rows,
        path: PathBuf,
        exact_labels: bool,
        are_sets: bool,
    ) -> Result<Self, CorpusError> {
        let log = rows.log();
        let name: Arc<Path> = path.as_path().into();
        if !exact_labels && let Some(folded) = distinct_labels::fold(&mut examples, are_sets) {
            log.add(&name, NoteKind::FoldedLabels(folded));
        }
        if let Some(rare) = distinct_labels::rare(&examples, are_sets) {
            log.add(&name, NoteKind::RareLabels(rare));
        }
        let skipped = rows.skipped().clone();
        let corpus = Self::with_labels(examples, path, are_sets, skipped)?;
        Ok(Self {
            notes: log.notes(),
            ..corpus
        })
    }

    /// Builds a corpus without notes. Fails if there are no examples or only one class.
    fn with_labels(
        examples: Vec<Example>,
        path: PathBuf,
        is_multi_label: bool,
        skipped: Skipped,
    ) -> Result<Self, CorpusError> {
        let labels = distinct_labels::distinct(&examples, is_multi_label);
        match labels.as_slice() {
            [] => Err(CorpusError::Empty { path, skipped }),
            [label] => Err(CorpusError::OneClass {
                path,
                label: label.clone(),
                skipped,
            }),
            _ => Ok(Self {
                examples,
                labels,
                is_multi_label,
                distributions: Vec::new(),
                skipped,
                notes: Vec::new(),
            }),
        }
    }

    /// Collects a stream of examples, and gives labels that differ in spelling only the same spelling. Fails if it is empty or has only one class.
    pub fn collect(mut examples: Examples) -> Result<Self, CorpusError> {
        let collected = examples.by_ref().collect::<Result<Vec<Example>, _>>()?;
        let Examples {
            rows,
            path,
            exact_labels,
            are_sets,
        } = examples;
        Self::of_examples(collected, &rows, path, exact_labels, are_sets)
    }

    /// Builds a corpus from examples in memory, which errors call `name`. Labels that differ in spelling are different
    /// labels. Fails if there are none or only one class.
    pub fn from_examples(
        examples: Vec<Example>,
        name: &str,
        is_multi_label: bool,
    ) -> Result<Self, CorpusError> {
        Self::with_labels(examples, name.into(), is_multi_label, Skipped::default())
    }

    /// Returns the [`digest`] of the examples in order, with their soft labels. It does not depend on the file format.
    pub fn digest(&self) -> String {
        let examples = self.examples.iter().enumerate();
        digest(examples.map(|(index, Example { text, label })| {
            let distribution = self.distributions.get(index);
            (
                text,
                soft_label_text(label, distribution.map(Vec::as_slice)),
            )
        }))
    }
}

/// A labelled corpus with all of its columns.
#[derive(Debug, Clone)]
pub struct LabelledTable {
    /// The texts and labels.
    pub corpus: Corpus,
    /// The columns.
    pub columns: Vec<Column>,
    /// The cells of each example, in the order of the columns. The label is the one of the example.
    pub rows: Vec<Vec<Cell>>,
}

impl LabelledTable {
    /// Collects the rows that [`open_labelled_table`] opens. Fails if there are none or only one class.
    pub fn collect(examples: Examples) -> Result<Self, CorpusError> {
        let Examples {
            mut rows,
            path,
            exact_labels,
            are_sets,
        } = examples;
        let columns = rows.columns().to_vec();
        let label_column = rows.label_column();
        let mut examples = Vec::new();
        let mut cells = Vec::new();
        while let Some(row) = rows.next_row() {
            let (row, of_row) = row?;
            let label = row.label.unwrap_or_default();
            examples.push(Example {
                text: row.text,
                label,
            });
            cells.push(of_row);
        }
        let corpus = Corpus::of_examples(examples, &rows, path, exact_labels, are_sets)?;
        if let Some(label) = label_column {
            for (cells, example) in cells.iter_mut().zip(&corpus.examples) {
                cells[label] = Cell::Text(example.label.clone());
            }
        }
        Ok(Self {
            corpus,
            columns,
            rows: cells,
        })
    }
}

/// Returns the text that stands for a label in a digest: the label, or with a distribution also its probabilities.
pub(crate) fn soft_label_text<'a>(label: &'a str, distribution: Option<&[f32]>) -> Cow<'a, str> {
    match distribution {
        None => Cow::Borrowed(label),
        Some(distribution) => Cow::Owned(format!("{label} {distribution:?}")),
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
