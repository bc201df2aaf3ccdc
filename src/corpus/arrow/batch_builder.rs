//! Record batches from rows.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};

use super::column_builder::{ColumnBuilder, data_type, is_of_kind};
use super::parquet_writer::ParquetWriteError;
use super::{Cell, Column};

/// The number of rows, and of text bytes, at which a batch is full.
const BATCH_ROWS: usize = 1024;
const BATCH_BYTES: usize = 4 << 20;

/// Collects rows until they are encoded.
pub(super) struct BatchBuilder {
    schema: SchemaRef,
    columns: Vec<(Column, ColumnBuilder)>,
    rows: usize,
    text_bytes: usize,
}

impl BatchBuilder {
    pub(super) fn new(columns: &[Column]) -> Self {
        let fields = columns
            .iter()
            .map(|column| Field::new(&column.name, data_type(column.kind), true));
        let columns_with_builders = columns
            .iter()
            .map(|column| (column.clone(), ColumnBuilder::new(column.kind)));
        Self {
            schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())),
            columns: columns_with_builders.collect(),
            rows: 0,
            text_bytes: 0,
        }
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Returns whether the rows should be encoded, to keep memory small.
    pub(super) fn is_full(&self) -> bool {
        self.rows >= BATCH_ROWS || self.text_bytes >= BATCH_BYTES
    }

    /// Adds a row. A cell must be null or of the kind of its column.
    pub(super) fn push(&mut self, cells: &[Cell]) -> Result<(), ParquetWriteError> {
        if cells.len() != self.columns.len() {
            return Err(ParquetWriteError::CellCount {
                expected: self.columns.len(),
                found: cells.len(),
            });
        }
        // All cells are checked first, so that an error leaves no part of the row.
        for ((column, _), cell) in self.columns.iter().zip(cells) {
            if !is_of_kind(cell, column.kind) {
                return Err(ParquetWriteError::CellKind {
                    column: column.name.clone(),
                    expected: column.kind,
                    found: cell.clone(),
                });
            }
        }
        for ((_, column), cell) in self.columns.iter_mut().zip(cells) {
            column.push(cell);
            if let Cell::Text(text) | Cell::Json(text) = cell {
                self.text_bytes += text.len();
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// Returns the rows, and starts again without any.
    pub(super) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let arrays = self.columns.iter_mut().map(|(_, column)| column.finish());
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays.collect())?;
        self.rows = 0;
        self.text_bytes = 0;
        Ok(batch)
    }
}
