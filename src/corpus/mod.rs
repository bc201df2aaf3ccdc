//! Labelled text: reading it as a stream from the formats people have it in, splitting it, and
//! looking for what is wrong with it.
//!
//! [`read_labelled`] gives a whole, checked [`Corpus`] for training; [`open_labelled`] and
//! [`open_texts`] give its rows one at a time, in memory bounded by one row. Every error names the
//! file and the line.

mod audit;
mod delimited;
mod draw;
mod error;
mod examples;
mod fast_text;
mod folder;
mod format;
mod json_lines;
mod lines;
mod rows;
mod sample;
mod split;

pub use audit::{
    AcrossAudit, Audit, Finding, LabelCount, NEAR_DUPLICATE_SIMILARITY, PartAudit, Percentiles,
    SHINGLE_TOKENS, SampleRow, VocabularySize, audit,
};
pub use draw::{Drawn, draw_texts};
pub use error::{CorpusError, Place, RowFault};
pub use examples::{
    Corpus, Example, Examples, digest, labelled_from_reader, open_labelled, read_labelled,
};
pub use format::{CorpusOptions, Format, UnknownFormatName};
pub use rows::{Row, Rows, Skipped, open_texts, texts_from_reader};
pub use sample::sample;
pub use split::{Split, stratified_folds, stratified_split};

/// The most bytes that one row may take (16 MiB): far above any review, low enough that a file
/// with no line break or an unclosed quote cannot fill the memory.
pub const MAX_ROW_BYTES: usize = 16 << 20;
