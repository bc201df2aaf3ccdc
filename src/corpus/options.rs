//! The options for reading a corpus.

use super::{Encoding, Format, LabelMap, Quoting};

/// How several labels of a text are read: as a JSON list, as several `__label__` in fastText's format, or as labels with a
/// separator between them. A list may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeveralLabels {
    /// The separator between the labels in a cell. With a separator, an empty cell has no label.
    pub separator: Option<String>,
}

/// Options for reading a corpus. What is not given is detected.
#[derive(Debug, Clone, Default)]
pub struct CorpusOptions {
    /// The format; `None` detects it by the file extension and the first bytes.
    pub format: Option<Format>,
    /// The column or JSON field with the text, by its name, or by its number from 1; `None` takes `text` or a
    /// well-known name.
    pub text_column: Option<String>,
    /// The column or JSON field with the label, likewise; `None` takes `label` or a well-known name.
    pub label_column: Option<String>,
    /// The delimiter of a CSV or TSV file.
    pub delimiter: Option<u8>,
    /// How quotes in a CSV or TSV file are read.
    pub quoting: Option<Quoting>,
    /// Whether a CSV or TSV file has no header; its columns are named by their numbers.
    pub no_header: bool,
    /// The character encoding of a text file.
    pub encoding: Option<Encoding>,
    /// The member of a zip archive to read.
    pub member: Option<String>,
    /// The mapping of labels.
    pub label_map: LabelMap,
    /// How several labels of a text are read; `None` for a corpus with one label a text.
    pub several_labels: Option<SeveralLabels>,
    /// Whether labels that differ in spelling only are different labels.
    pub exact_labels: bool,
    /// Whether to skip and count invalid rows instead of stopping at the first one.
    pub skip_bad_rows: bool,
}

impl CorpusOptions {
    /// Returns whether a column is given by a number.
    pub(super) fn selects_by_number(&self) -> bool {
        let names = [&self.text_column, &self.label_column];
        let mut names = names.into_iter().flatten();
        names.any(|name| name.parse::<usize>().is_ok())
    }
}
