//! Tables in Parquet files, Arrow IPC files and Arrow IPC streams.
//!
//! Both readers convert record batches to rows of [`Cell`]s. They read one batch at a time and only the columns
//! that were asked for. The checks in [`footer`] and [`pages`] bound the memory that a damaged or hostile file can claim;
//! `parquet` and `arrow-ipc` themselves validate text, offsets and dictionary keys.

mod batch_builder;
mod cells;
mod class_labels;
mod column_builder;
mod footer;
#[cfg(all(test, feature = "spreadsheet"))]
mod hostile_tests;
mod ipc_batches;
mod ipc_table;
mod iso_time;
mod json;
mod pages;
mod parquet_table;
mod parquet_writer;
mod row_group;
#[cfg(all(test, feature = "spreadsheet"))]
mod tests;
mod unfinished;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::Schema;

pub use ipc_table::IpcTable;
pub use parquet_table::ParquetTable;
pub use parquet_writer::{ParquetWriteError, ParquetWriter};
pub use unfinished::{UnfinishedParquet, UnfinishedRows, finish_parquet};

use super::table::collect_cells;
use super::{Cell, Column, CorpusError, CorpusRowError, Record, RowLocation};
use class_labels::ClassLabels;

/// The maximum size of a record batch, and of the data pages of one, in bytes after decompression (1 GiB).
const MAX_BATCH_BYTES: usize = 1 << 30;

/// The columns of a schema, with the class names of those that are ClassLabels.
struct TableSchema {
    columns: Vec<Column>,
    is_text: Vec<bool>,
    class_labels: Vec<Option<Arc<ClassLabels>>>,
}

impl TableSchema {
    fn new(schema: &Schema) -> Self {
        let mut names = class_labels::from_metadata(schema);
        let (columns, class_labels) = schema
            .fields()
            .iter()
            .map(|field| {
                let labels = names
                    .remove(field.name())
                    .filter(|_| field.data_type().is_integer());
                let kind = match labels {
                    Some(_) => super::CellKind::Text,
                    None => cells::kind(field.data_type()),
                };
                let name = field.name().clone();
                (Column { name, kind }, labels.map(Arc::new))
            })
            .unzip();
        let types = schema.fields().iter().map(|field| field.data_type());
        Self {
            columns,
            is_text: types.map(cells::is_text).collect(),
            class_labels,
        }
    }

    /// Returns the sorted, distinct indices of the columns, and how to read each of the columns from a batch that
    /// contains just these.
    fn project(&self, columns: &[usize]) -> (Vec<usize>, Vec<ColumnReader>) {
        let mut projection = columns.to_vec();
        projection.sort_unstable();
        projection.dedup();
        let reader = |column: &usize| ColumnReader {
            index: projection.partition_point(|index| index < column),
            name: self.columns[*column].name.clone(),
            is_text: self.is_text[*column],
            class_labels: self.class_labels[*column].clone(),
        };
        let readers = columns.iter().map(reader).collect();
        (projection, readers)
    }
}

/// How to read a column from a projected batch.
struct ColumnReader {
    index: usize,
    name: String,
    is_text: bool,
    class_labels: Option<Arc<ClassLabels>>,
}

impl ColumnReader {
    fn cell(&self, batch: &RecordBatch, row: usize) -> Result<Cell, CorpusRowError> {
        let array = batch.column(self.index);
        if self.is_text {
            return cells::text_cell(&self.name, array, row);
        }
        match (&self.class_labels, cells::cell(array, row)?) {
            (Some(labels), Cell::Integer(index)) => labels.cell(&self.name, index),
            (_, cell) => Ok(cell),
        }
    }
}

/// The path and the format of a table, for its errors.
#[derive(Clone)]
struct Source {
    path: Arc<Path>,
    format: &'static str,
}

impl Source {
    fn error(&self, reason: impl ToString) -> CorpusError {
        CorpusError::Table {
            path: self.path.to_path_buf(),
            format: self.format,
            reason: reason.to_string(),
        }
    }

    /// Runs a step of a reader and converts a panic to an error.
    ///
    /// `parquet` and `arrow-ipc` panic on some damaged files, such as those with a buffer of offsets that is cut short.
    fn guard<T>(&self, step: impl FnOnce() -> Result<T, CorpusError>) -> Result<T, CorpusError> {
        catch_unwind(AssertUnwindSafe(step))
            .unwrap_or_else(|_| Err(self.error("the file is damaged")))
    }
}

/// The rows of a sequence of record batches. Ends after the first error of the file.
struct BatchRows<B> {
    source: Source,
    columns: Vec<ColumnReader>,
    batches: B,
    /// The current batch; `None` after the last.
    batch: Option<RecordBatch>,
    /// The next row of the batch.
    next: usize,
    /// The rows before the next, in the whole file.
    rows: u64,
}

impl<B: Iterator<Item = Result<RecordBatch, CorpusError>>> BatchRows<B> {
    fn new(
        source: Source,
        columns: Vec<ColumnReader>,
        mut batches: B,
    ) -> Result<Self, CorpusError> {
        let batch = source.guard(|| batches.next().transpose())?;
        Ok(Self {
            source,
            columns,
            batches,
            batch,
            next: 0,
            rows: 0,
        })
    }

    fn advance(&mut self) -> Result<Option<Record>, CorpusError> {
        while let Some(batch) = &self.batch {
            if self.next < batch.num_rows() {
                let row = self.next;
                self.next += 1;
                self.rows += 1;
                let cells = self.columns.iter().map(|column| column.cell(batch, row));
                return Ok(Some(Record {
                    location: RowLocation::row(&self.source.path, self.rows),
                    cells: collect_cells(cells),
                }));
            }
            // The old batch is released before the next is decoded.
            self.batch = None;
            self.batch = self.batches.next().transpose()?;
            self.next = 0;
        }
        Ok(None)
    }
}

impl<B: Iterator<Item = Result<RecordBatch, CorpusError>>> Iterator for BatchRows<B> {
    type Item = Result<Record, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        let source = self.source.clone();
        let record = source.guard(|| self.advance());
        if record.is_err() {
            self.batch = None;
        }
        record.transpose()
    }
}
