//! The options of every command that reads a corpus.

use sentiment::corpus::{CorpusOptions, Format};

/// How to read a corpus.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Reading the corpus")]
pub struct CorpusArgs {
    /// csv, tsv, jsonl, fasttext, folder or lines [default: by file name]
    #[arg(long, value_name = "FORMAT")]
    corpus_format: Option<Format>,

    /// Column or JSON field that holds the text
    #[arg(long, value_name = "NAME", default_value = "text")]
    text_column: String,

    /// Column or JSON field that holds the label
    #[arg(long, value_name = "NAME", default_value = "label")]
    label_column: String,

    /// Skip invalid rows instead of stopping at the first
    #[arg(long)]
    skip_bad_rows: bool,
}

impl CorpusArgs {
    /// The options as the library takes them.
    pub fn options(&self) -> CorpusOptions {
        CorpusOptions {
            format: self.corpus_format,
            text_column: self.text_column.clone(),
            label_column: self.label_column.clone(),
            skip_bad_rows: self.skip_bad_rows,
        }
    }
}
