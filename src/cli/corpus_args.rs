//! The arguments shared by all commands that read a corpus.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use clap::builder::NonEmptyStringValueParser;
use sentiment::corpus::{CorpusOptions, Encoding, Format, LabelMap, Quoting, SeveralLabels};

use super::console::Console;
use super::hub_corpus::{resolve_corpus, resolve_validation};

/// The arguments of reading a corpus.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Corpus")]
pub struct CorpusArgs {
    /// Format: csv, tsv, json, fasttext, folder, lines, parquet, arrow, xlsx
    #[arg(long, value_name = "FORMAT")]
    corpus_format: Option<Format>,

    /// Column with the text, by name or number [default: text]
    #[arg(long, value_name = "NAME")]
    text_column: Option<String>,

    /// Column with the label, by name or number [default: label]
    #[arg(long, value_name = "NAME")]
    label_column: Option<String>,

    /// Mapping of labels, such as `1,2=negative;4,5=positive;3=`
    #[arg(long, value_name = "RULES")]
    map_labels: Option<LabelMap>,

    /// Keep labels that differ only in spelling apart
    #[arg(long)]
    exact_labels: bool,

    /// Texts have any number of labels, in lists
    #[arg(long)]
    multi_label: bool,

    /// Separator of several labels in a cell, such as `|`
    #[arg(long, value_name = "TEXT", requires = "multi_label", value_parser = NonEmptyStringValueParser::new())]
    label_separator: Option<String>,

    /// Delimiter of a CSV file: one character, or tab
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,

    /// Quotes of a CSV file: standard, backslash or none
    #[arg(long, value_name = "KIND")]
    quoting: Option<Quoting>,

    /// CSV without a header; columns are numbered from 1
    #[arg(long)]
    no_header: bool,

    /// Character encoding, such as windows-1252 or utf-16le
    #[arg(long, value_name = "NAME")]
    encoding: Option<Encoding>,

    /// File to read from a zip archive with several
    #[arg(long, value_name = "NAME")]
    corpus_member: Option<String>,

    /// Split of an hf: dataset [default: train]
    #[arg(long, value_name = "NAME")]
    split: Option<String>,

    /// Skip and count invalid rows instead of stopping
    #[arg(long)]
    skip_bad_rows: bool,
}

impl CorpusArgs {
    /// Returns the options of the library.
    pub fn options(&self) -> CorpusOptions {
        CorpusOptions {
            format: self.corpus_format,
            text_column: self.text_column.clone(),
            label_column: self.label_column.clone(),
            delimiter: self.delimiter,
            quoting: self.quoting,
            no_header: self.no_header,
            encoding: self.encoding,
            member: self.corpus_member.clone(),
            several_labels: self.multi_label.then(|| self.several_labels()),
            label_map: self.map_labels.clone().unwrap_or_default(),
            exact_labels: self.exact_labels,
            skip_bad_rows: self.skip_bad_rows,
        }
    }

    /// Returns how several labels of a text are read.
    pub fn several_labels(&self) -> SeveralLabels {
        SeveralLabels {
            separator: self.label_separator.clone(),
        }
    }

    /// Returns whether texts have any number of labels.
    pub fn is_multi_label(&self) -> bool {
        self.multi_label
    }

    /// Returns the files of the arguments: datasets of the hub are downloaded, and patterns are expanded.
    pub fn files(&self, paths: &[PathBuf], console: &Console) -> anyhow::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for path in paths {
            let resolved = resolve_corpus(path, self.split.as_deref(), console)?;
            files.extend(resolved.iter().flat_map(|path| expand(path)));
        }
        Ok(files)
    }

    /// Returns the files of a validation set: of a dataset of the hub, its validation split or else its test split.
    pub fn validation_files(&self, path: &Path, console: &Console) -> anyhow::Result<Vec<PathBuf>> {
        let resolved = resolve_validation(path, console)?;
        Ok(resolved.iter().flat_map(|path| expand(path)).collect())
    }

    /// Returns whether invalid rows are skipped.
    pub fn skips_bad_rows(&self) -> bool {
        self.skip_bad_rows
    }
}

/// Parses a delimiter: one ASCII character, or the word `tab` or `\t`.
fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
        _ => Err("expected one ASCII character other than a quote, or `tab`".to_owned()),
    }
}

/// Returns the files of an argument: those that match a pattern with `*`, `?` or `[`, or the argument itself if it
/// exists or matches nothing.
fn expand(path: &Path) -> Vec<PathBuf> {
    let pattern = path
        .to_str()
        .filter(|pattern| pattern.contains(['*', '?', '[']));
    let found: Vec<PathBuf> = match pattern.filter(|_| !path.exists()).map(glob::glob) {
        Some(Ok(found)) => found.filter_map(Result::ok).collect(),
        _ => Vec::new(),
    };
    if found.is_empty() {
        vec![path.to_owned()]
    } else {
        found
    }
}

/// Fails if an output file is also an input file, which messages call `name`. A dataset of the hub is no file.
pub fn refuse_to_overwrite(input: &Path, output: &Path, name: &str) -> anyhow::Result<()> {
    let (Ok(input), Ok(existing)) = (input.canonicalize(), output.canonicalize()) else {
        return Ok(());
    };
    ensure!(
        existing != input,
        "{} would overwrite the {name}",
        existing.display()
    );
    Ok(())
}
