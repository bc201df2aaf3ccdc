//! Corpora: reading labelled and unlabelled texts in several formats, splitting and auditing them.
//!
//! [`read_labelled`] reads a whole [`Corpus`] into memory, for training. [`open_labelled`] and
//! [`open_texts`] iterate over its rows with one row in memory. Errors name the file and the line.
//!
//! A new format is a file with an iterator over rows, a variant of [`Format`] and a match arm in
//! `rows.rs`.

#[cfg(feature = "arrow")]
mod arrow;
mod audit;
mod delimited;
mod error;
mod examples;
mod fast_text;
mod folder;
mod format;
mod json_lines;
mod lines;
mod read_ahead;
mod reservoir;
mod row;
mod row_location;
mod rows;
mod sample_corpus;
mod skipped;
mod split;
#[cfg(feature = "spreadsheet")]
mod spreadsheet;
mod table;
#[cfg(all(test, feature = "arrow", feature = "spreadsheet"))]
mod table_fixtures;

#[cfg(feature = "arrow")]
pub use arrow::{IpcTable, ParquetTable, ParquetWriteError, ParquetWriter};
pub use audit::{
    Audit, CorpusAudit, Finding, LabelCount, NEAR_DUPLICATE_SIMILARITY, OverlapAudit, Percentiles,
    SHINGLE_TOKENS, SampleRow, VocabularySize, audit,
};
pub use error::{CorpusError, CorpusRowError};
pub use examples::{
    Corpus, Example, Examples, digest, labelled_from_reader, open_labelled, read_labelled,
};
pub use format::{CorpusOptions, Format, UnknownFormatName};
pub use read_ahead::ReadAhead;
pub use reservoir::{ReservoirSample, reservoir_sample};
pub use row::{MAX_ROW_BYTES, Row};
pub use row_location::{RowLocation, RowPosition};
pub use rows::{Rows, open_texts, texts_from_reader};
pub use sample_corpus::sample;
pub use skipped::Skipped;
pub use split::{
    Split, ThreeWaySplit, stratified_folds, stratified_split, stratified_three_way_split,
};
#[cfg(feature = "spreadsheet")]
pub use spreadsheet::SpreadsheetTable;
pub use table::{Cell, CellKind, Column, Record};
