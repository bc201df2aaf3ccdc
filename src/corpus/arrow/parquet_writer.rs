//! Writing Parquet files.

use std::io::Write;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use thiserror::Error;

use super::super::CellKind;
use super::batch_builder::BatchBuilder;
use super::{Cell, Column};

/// The maximum number of rows in a row group, and the memory of its encoded pages.
const ROW_GROUP_ROWS: usize = 128 << 10;
const ROW_GROUP_BYTES: usize = 16 << 20;

/// An error in writing a Parquet file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ParquetWriteError {
    /// A row and the table have different numbers of columns.
    #[error("the row has {found} cells; the table has {expected} columns")]
    CellCount {
        /// The number of columns.
        expected: usize,
        /// The number of cells.
        found: usize,
    },
    /// The kind of a cell is not that of its column.
    #[error("the column {column:?} has cells of kind {expected:?}; found {found:?}")]
    CellKind {
        /// The name of the column.
        column: String,
        /// The kind of the column.
        expected: CellKind,
        /// The cell.
        found: Cell,
    },
    /// The output could not be written.
    #[error(transparent)]
    Write(#[from] ParquetError),
    /// The unfinished output could not be written or read.
    #[error(transparent)]
    Unfinished(#[from] ArrowError),
}

/// Writes a table as a Parquet file with Zstandard compression. Keeps at most one row group in memory: about 32 MiB, or
/// a few times the size of a cell that is larger.
pub struct ParquetWriter<W: Write + Send> {
    rows: BatchBuilder,
    writer: ArrowWriter<W>,
}

impl<W: Write + Send> ParquetWriter<W> {
    /// Starts a file.
    pub fn new(out: W, columns: &[Column]) -> Result<Self, ParquetWriteError> {
        let rows = BatchBuilder::new(columns);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .build();
        let writer = ArrowWriter::try_new(out, Arc::clone(rows.schema()), Some(properties))?;
        Ok(Self { rows, writer })
    }

    /// Writes a row. A cell must be null or of the kind of its column.
    pub fn write(&mut self, cells: &[Cell]) -> Result<(), ParquetWriteError> {
        self.rows.push(cells)?;
        if self.rows.is_full() {
            self.encode()?;
        }
        Ok(())
    }

    /// Encodes the rows that are kept.
    fn encode(&mut self) -> Result<(), ParquetWriteError> {
        let batch = self.rows.finish()?;
        self.write_batch(&batch)
    }

    /// Encodes rows of the file's schema.
    pub(super) fn write_batch(&mut self, batch: &RecordBatch) -> Result<(), ParquetWriteError> {
        self.writer.write(batch)?;
        if self.writer.memory_size() >= ROW_GROUP_BYTES {
            self.writer.flush()?;
        }
        Ok(())
    }

    /// Writes the last rows and the footer, and returns the output.
    pub fn finish(mut self) -> Result<W, ParquetWriteError> {
        if !self.rows.is_empty() {
            self.encode()?;
        }
        Ok(self.writer.into_inner()?)
    }
}

#[cfg(all(test, feature = "spreadsheet"))]
mod tests {
    use std::fs::File;
    use std::io::Cursor;

    use parquet::file::metadata::ParquetMetaDataReader;
    use proptest::prelude::*;

    use super::super::super::TimestampUnit;
    use super::super::super::table_fixtures::rows;
    use super::super::ParquetTable;
    use super::*;

    fn cell(kind: CellKind) -> BoxedStrategy<Cell> {
        let value = match kind {
            CellKind::Text => any::<String>().prop_map(Cell::Text).boxed(),
            CellKind::Json => any::<Vec<i8>>()
                .prop_map(|list| Cell::Json(format!("{list:?}")))
                .boxed(),
            CellKind::Integer => any::<i64>().prop_map(Cell::Integer).boxed(),
            CellKind::Float => any::<f64>().prop_map(Cell::Float).boxed(),
            CellKind::Boolean => any::<bool>().prop_map(Cell::Boolean).boxed(),
            CellKind::Date => "[12][0-9]{3}-0[1-9]-[12][0-8]".prop_map(Cell::Text).boxed(),
            CellKind::Timestamp { .. } => {
                "20[0-9]{2}-0[1-9]-[12][0-8]T1[0-9]:[0-5][0-9]:[0-5][1-9](\\.[0-9]{5}[1-9])?Z"
                    .prop_map(Cell::Text)
                    .boxed()
            }
        };
        prop_oneof![1 => Just(Cell::Null), 4 => value].boxed()
    }

    const KINDS: [CellKind; 7] = [
        CellKind::Text,
        CellKind::Json,
        CellKind::Integer,
        CellKind::Float,
        CellKind::Boolean,
        CellKind::Date,
        CellKind::Timestamp {
            unit: TimestampUnit::Microsecond,
            is_utc: true,
        },
    ];

    fn columns() -> Vec<Column> {
        KINDS
            .map(|kind| Column {
                name: format!("{kind:?}"),
                kind,
            })
            .to_vec()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_was_written_is_read(table in prop::collection::vec(KINDS.map(cell), 0..40)) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("table.parquet");
            let mut writer = ParquetWriter::new(File::create(&path).unwrap(), &columns()).unwrap();
            for row in &table {
                writer.write(row).unwrap();
            }
            writer.finish().unwrap();
            let read = rows(ParquetTable::open(&path).unwrap().rows(&[0, 1, 2, 3, 4, 5, 6]).unwrap());
            prop_assert_eq!(read.len(), table.len());
            for (read, written) in read.iter().zip(&table) {
                for (read, written) in read.iter().zip(written) {
                    match (read, written) {
                        (Cell::Float(read), Cell::Float(written)) => prop_assert_eq!(read.to_bits(), written.to_bits()),
                        // JSON is written as text.
                        (Cell::Text(read), Cell::Json(written)) => prop_assert_eq!(read, written),
                        _ => prop_assert_eq!(read, written),
                    }
                }
            }
        }
    }

    #[test]
    fn a_large_table_is_written_in_several_row_groups() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.parquet");
        let mut writer =
            ParquetWriter::new(File::create(&path).unwrap(), &columns()[2..3]).unwrap();
        for number in 0..300_000 {
            writer.write(&[Cell::Integer(number)]).unwrap();
        }
        writer.finish().unwrap();
        let metadata = ParquetMetaDataReader::new()
            .parse_and_finish(&File::open(&path).unwrap())
            .unwrap();
        assert!(metadata.num_row_groups() > 2);
        let expected = (0..300_000).map(|number| vec![Cell::Integer(number)]);
        assert!(
            rows(ParquetTable::open(&path).unwrap().rows(&[0]).unwrap())
                .into_iter()
                .eq(expected)
        );
    }

    #[test]
    fn a_cell_of_another_kind_is_an_error_that_names_the_column() {
        let mut writer = ParquetWriter::new(Cursor::new(Vec::new()), &columns()[..5]).unwrap();
        let null = Cell::Null;
        let row = [
            null.clone(),
            null.clone(),
            Cell::Float(1.0),
            null.clone(),
            null,
        ];
        let error = writer.write(&row).unwrap_err().to_string();
        assert_eq!(
            error,
            r#"the column "Integer" has cells of kind Integer; found Float(1.0)"#
        );
        let error = writer.write(&row[..2]).unwrap_err().to_string();
        assert_eq!(error, "the row has 2 cells; the table has 5 columns");
    }
}
