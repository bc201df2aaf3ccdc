//! Corpora: reading labelled and unlabelled texts in several formats, splitting and auditing them.
//!
//! [`read_labelled`] reads a whole [`Corpus`] into memory, for training. [`open_labelled`] and
//! [`open_texts`] iterate over its rows with one row in memory. Errors name the file and the line.
//!
//! What the user does not say is detected: the format, the encoding, the delimiter and the columns. Decisions that a user
//! may want to change are [`Note`]s.
//!
//! A new format is a file with a function that returns a `Table`, a variant of [`Format`] and a match arm in `open.rs`.

mod archive;
#[cfg(feature = "arrow")]
mod arrow;
mod audit;
mod columns;
mod containers;
mod delimited;
mod distinct_labels;
mod encoding;
mod encoding_detection;
mod error;
mod examples;
mod fast_text;
mod folder;
mod foreign;
mod format;
mod json;
mod label_key;
mod label_set;
mod labels;
mod lines;
mod notes;
mod open;
mod options;
mod raw_rows;
mod read_ahead;
mod read_progress;
mod reservoir;
mod row;
mod row_location;
mod rows;
mod sample_corpus;
mod skipped;
mod soft_labels;
mod split;
#[cfg(feature = "spreadsheet")]
mod spreadsheet;
mod standard_input;
mod table;
#[cfg(all(test, feature = "arrow", feature = "spreadsheet"))]
mod table_fixtures;
mod table_rows;
mod table_writer;
mod text_groups;
mod uploaded_table;
mod window;

#[cfg(feature = "arrow")]
pub use arrow::{
    IpcTable, ParquetTable, ParquetWriteError, ParquetWriter, UnfinishedParquet, UnfinishedRows,
    finish_parquet,
};
pub use audit::{
    Audit, CorpusAudit, EncodingDamage, Finding, LabelCount, LabelVariant,
    NEAR_DUPLICATE_SIMILARITY, OverlapAudit, Percentiles, RowCount, SHINGLE_TOKENS, SampleRow,
    Truncation, VocabularySize, audit,
};
pub use delimited::{Quoting, UnknownQuoting};
pub use encoding::{Encoding, UnknownEncoding};
pub use error::{ColumnRole, CorpusError, CorpusRowError};
pub(crate) use examples::soft_label_text;
pub use examples::{
    Corpus, Example, Examples, LabelledTable, digest, labelled_from_reader, open_all_labelled,
    open_labelled, open_labelled_table, open_with_labels, read_labelled,
};
pub use foreign::ForeignFormat;
pub use format::{Format, UnknownFormatName};
pub use label_key::label_key;
pub use label_set::{LabelSet, rarest_labels};
pub use labels::{InvalidLabelMap, LabelMap};
pub use notes::{Note, NoteKind, ReadingNotes};
pub use options::{CorpusOptions, SeveralLabels};
pub use read_ahead::ReadAhead;
pub use read_progress::ReadProgress;
pub use reservoir::{ReservoirSample, reservoir_sample};
pub use row::{MAX_COLUMNS, MAX_COPY_BYTES, MAX_ROW_BYTES, Row, TableRow};
pub use row_location::{RowLocation, RowPosition};
pub use rows::{Rows, open_all_texts, open_texts, texts_from_reader};
pub use sample_corpus::sample;
pub use skipped::Skipped;
pub use soft_labels::SoftLabelledRows;
pub use split::{
    Split, ThreeWaySplit, stratified_folds, stratified_split, stratified_three_way_split,
};
#[cfg(feature = "spreadsheet")]
pub use spreadsheet::SpreadsheetTable;
pub use table::{Cell, CellKind, Column, InvalidRow, Record, TimestampUnit};
pub use table_rows::{Kept, TableRows};
pub use table_writer::{TableFormat, TableWriter, UnknownTableExtension};
pub use text_groups::TextGroups;
pub use uploaded_table::UploadedTable;
