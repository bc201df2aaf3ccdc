//! Reading Parquet files.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Fields};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, RowGroups,
};
use parquet::arrow::{FieldLevels, ProjectionMask, parquet_to_arrow_field_levels};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::schema::types::{SchemaDescriptor, Type};

use super::row_group::RowGroup;
use super::{BatchRows, Column, CorpusError, Record, Source, TableSchema, cells, footer};
use crate::files::FileError;

/// The maximum number of rows in a batch.
const BATCH_ROWS: usize = 1024;
/// The size of a batch that its number of rows aims at (16 MiB), going by the averages in the row group's header.
const BATCH_BYTES: usize = 16 << 20;
/// The minimum number of rows in a batch. Their fixed-size values have at most [`MAX_FIXED_BYTES`] bytes each.
const MIN_BATCH_ROWS: usize = 16;
/// The maximum size of a fixed-size value or list (1 MiB): `parquet` allocates it for nulls too.
const MAX_FIXED_BYTES: usize = 1 << 20;

/// A Parquet file.
///
/// Columns of integers that the metadata of Hugging Face's `datasets` describes as ClassLabels contain the names of the
/// classes.
pub struct ParquetTable {
    source: Source,
    file: Arc<File>,
    metadata: ArrowReaderMetadata,
    schema: TableSchema,
}

impl ParquetTable {
    /// Opens a file and reads its footer.
    pub fn open(path: &Path) -> Result<Self, CorpusError> {
        Self::open_named(path, path)
    }

    /// Opens a file that messages call `name`.
    pub(in crate::corpus) fn open_named(path: &Path, name: &Path) -> Result<Self, CorpusError> {
        let source = Source {
            path: name.into(),
            format: "Parquet",
        };
        let file = File::open(path).map_err(FileError::context("open", path))?;
        footer::check(&file).map_err(|error| source.error(error))?;
        let metadata = source.guard(|| {
            ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())
                .map_err(|error| source.error(error))
        })?;
        let schema = TableSchema::new(metadata.schema());
        Ok(Self {
            source,
            file: Arc::new(file),
            metadata,
            schema,
        })
    }

    /// Returns the columns in the order of the file.
    pub fn columns(&self) -> &[Column] {
        &self.schema.columns
    }

    /// Returns the number of rows that the file says it has.
    pub fn row_count(&self) -> u64 {
        let rows = self.metadata.metadata().file_metadata().num_rows();
        u64::try_from(rows).unwrap_or(0)
    }

    /// Reads the rows. Their cells are those of `columns`, indices into [`ParquetTable::columns`], in this order.
    pub fn rows(
        self,
        columns: &[usize],
    ) -> Result<impl Iterator<Item = Result<Record, CorpusError>> + Send + use<>, CorpusError> {
        let source = self.source.clone();
        let (projection, readers) = self.schema.project(columns);
        let batches = source.guard(|| Batches::new(self, &projection))?;
        BatchRows::new(source, readers, batches)
    }
}

/// The record batches of a file.
struct Batches {
    table: ParquetTable,
    mask: ProjectionMask,
    levels: FieldLevels,
    /// The size of fixed-size values in a row.
    fixed_bytes: usize,
    next_row_group: usize,
    row_group: Option<OpenRowGroup>,
}

/// A row group being read.
struct OpenRowGroup {
    batches: ParquetRecordBatchReader,
    rows_left: usize,
    page_bytes: Arc<AtomicUsize>,
}

impl Batches {
    fn new(table: ParquetTable, projection: &[usize]) -> Result<Self, CorpusError> {
        let fields = table.metadata.schema().fields();
        let schema = bytes_for_text(table.metadata.parquet_schema(), fields)
            .map_err(|error| table.source.error(error))?;
        let mask = ProjectionMask::roots(&schema, projection.iter().copied());
        let hint: Fields = fields.iter().map(|field| as_view(field)).collect();
        let levels = parquet_to_arrow_field_levels(&schema, mask.clone(), Some(&hint))
            .map_err(|error| table.source.error(error))?;
        let too_large = || {
            let reason = "a column has fixed-size values above 1 MiB";
            table.source.error(reason)
        };
        let sizes = projection
            .iter()
            .map(|index| fixed_bytes(hint[*index].data_type()));
        let fixed_bytes = sizes
            .sum::<Option<usize>>()
            .filter(|bytes| *bytes <= MAX_FIXED_BYTES)
            .ok_or_else(too_large)?;
        Ok(Self {
            table,
            mask,
            levels,
            fixed_bytes,
            next_row_group: 0,
            row_group: None,
        })
    }

    /// Returns the chunks of the projected columns.
    fn chunks(&self, row_group: usize) -> impl Iterator<Item = &ColumnChunkMetaData> {
        let chunks = self
            .table
            .metadata
            .metadata()
            .row_group(row_group)
            .columns();
        let chunks = chunks.iter().enumerate();
        chunks.filter_map(|(index, chunk)| self.mask.leaf_included(index).then_some(chunk))
    }

    fn open(&self, index: usize) -> Result<OpenRowGroup, CorpusError> {
        for chunk in self.chunks(index) {
            let start = chunk.dictionary_page_offset();
            if start.unwrap_or(chunk.data_page_offset()) < 0 || chunk.compressed_size() < 0 {
                let reason = "a column has a negative offset or size";
                return Err(self.table.source.error(reason));
            }
            if !is_supported(chunk.compression()) {
                let column = chunk.column_path();
                let codec = chunk.compression();
                let reason = format!("the compression {codec} of {column} is not supported");
                return Err(self.table.source.error(reason));
            }
        }
        let page_bytes = Arc::new(AtomicUsize::new(0));
        let row_group = RowGroup {
            file: Arc::clone(&self.table.file),
            metadata: self.table.metadata.clone(),
            index,
            page_bytes: Arc::clone(&page_bytes),
        };
        let rows = row_group.num_rows();
        let bytes: usize = self
            .chunks(index)
            .map(|chunk| usize::try_from(chunk.uncompressed_size()).unwrap_or(0))
            .fold(0, usize::saturating_add);
        let row_bytes = (bytes / rows.max(1)).saturating_add(self.fixed_bytes);
        let batch_rows = (BATCH_BYTES / row_bytes.max(1)).clamp(MIN_BATCH_ROWS, BATCH_ROWS);
        let batches = ParquetRecordBatchReader::try_new_with_row_groups(
            &self.levels,
            &row_group,
            batch_rows,
            None,
        )
        .map_err(|error| self.table.source.error(error))?;
        Ok(OpenRowGroup {
            batches,
            rows_left: rows,
            page_bytes,
        })
    }

    fn advance(&mut self) -> Result<Option<RecordBatch>, CorpusError> {
        loop {
            let Some(row_group) = &mut self.row_group else {
                if self.next_row_group == self.table.metadata.metadata().num_row_groups() {
                    return Ok(None);
                }
                self.row_group = Some(self.open(self.next_row_group)?);
                self.next_row_group += 1;
                continue;
            };
            row_group.page_bytes.store(0, Ordering::Relaxed);
            let batch = row_group.batches.next().transpose();
            match batch.map_err(|error| self.table.source.error(error))? {
                Some(batch) => {
                    row_group.rows_left = row_group.rows_left.saturating_sub(batch.num_rows());
                    return Ok(Some(batch));
                }
                None if row_group.rows_left > 0 => {
                    let reason = "a row group has fewer rows than its header claims";
                    return Err(self.table.source.error(reason));
                }
                None => self.row_group = None,
            }
        }
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().transpose()
    }
}

/// The codecs in the features of `parquet` that are enabled. Brotli needs four more crates, and LZO is obsolete.
fn is_supported(codec: Compression) -> bool {
    !matches!(codec, Compression::BROTLI(_) | Compression::LZO)
}

/// Returns the schema with bytes in the place of text, except in nested columns. `parquet` would refuse a whole batch for
/// one text that is not UTF-8.
fn bytes_for_text(
    schema: &SchemaDescriptor,
    fields: &Fields,
) -> Result<SchemaDescriptor, ParquetError> {
    let columns = schema.root_schema().get_fields().iter().zip(fields);
    let as_bytes = columns.map(|(column, field)| {
        if !cells::is_text(field.data_type()) {
            return Ok(Arc::clone(column));
        }
        let info = column.get_basic_info();
        let bytes = Type::primitive_type_builder(column.name(), column.get_physical_type())
            .with_repetition(info.repetition());
        Ok(Arc::new(bytes.build()?))
    });
    let root = Type::group_type_builder(schema.name())
        .with_fields(as_bytes.collect::<Result<_, ParquetError>>()?);
    Ok(SchemaDescriptor::new(Arc::new(root.build()?)))
}

/// Makes the values of a column of strings views of the pages. Copies of a dictionary's long strings could otherwise
/// exhaust memory.
fn as_view(field: &Field) -> Field {
    match field.data_type() {
        DataType::Binary | DataType::LargeBinary => {}
        data_type if cells::is_text(data_type) => {}
        _ => return field.clone(),
    }
    field.clone().with_data_type(DataType::BinaryView)
}

/// Returns the memory that a null takes in bytes; `None` on overflow.
fn fixed_bytes(data_type: &DataType) -> Option<usize> {
    match data_type {
        DataType::FixedSizeBinary(size) => usize::try_from(*size).ok(),
        DataType::FixedSizeList(field, size) => {
            fixed_bytes(field.data_type())?.checked_mul(usize::try_from(*size).ok()?)
        }
        DataType::Struct(fields) => fields
            .iter()
            .map(|field| fixed_bytes(field.data_type()))
            .sum(),
        DataType::List(field) | DataType::LargeList(field) | DataType::Map(field, _) => {
            fixed_bytes(field.data_type())
        }
        _ => Some(16),
    }
}
