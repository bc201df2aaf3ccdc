//! The arguments shared by all commands that read a corpus.

use sentiment::corpus::{CorpusOptions, Format};

/// The arguments of reading a corpus.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Corpus")]
pub struct CorpusArgs {
    /// Format: csv, tsv, jsonl, fasttext, folder or lines [default: by extension]
    #[arg(long, value_name = "FORMAT")]
    corpus_format: Option<Format>,

    /// Column or JSON field with the text
    #[arg(long, value_name = "NAME", default_value = "text")]
    text_column: String,

    /// Column or JSON field with the label
    #[arg(long, value_name = "NAME", default_value = "label")]
    label_column: String,

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
            skip_bad_rows: self.skip_bad_rows,
        }
    }
}
