//! Access to the column chunks of one row group, with the checks of [`pages`](super::pages).

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use parquet::arrow::arrow_reader::{ArrowReaderMetadata, RowGroups};
use parquet::basic::Compression;
use parquet::column::page::{PageIterator, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::properties::ReaderProperties;
use parquet::file::serialized_reader::SerializedPageReader;

use super::pages::{CheckedPages, ChunkFile};

/// One row group of a file.
pub(super) struct RowGroup {
    pub(super) file: Arc<File>,
    pub(super) metadata: ArrowReaderMetadata,
    pub(super) index: usize,
    /// The bytes of decompressed pages since the last batch.
    pub(super) page_bytes: Arc<AtomicUsize>,
}

impl RowGroup {
    fn row_group(&self) -> &RowGroupMetaData {
        self.metadata.metadata().row_group(self.index)
    }
}

impl RowGroups for RowGroup {
    fn num_rows(&self) -> usize {
        usize::try_from(self.row_group().num_rows()).unwrap_or(0)
    }

    fn column_chunks(&self, column: usize) -> Result<Box<dyn PageIterator>> {
        let chunk = self.row_group().column(column);
        let file = ChunkFile {
            file: Arc::clone(&self.file),
            is_gzip: matches!(chunk.compression(), Compression::GZIP(_)),
        };
        // The fallback for files of old writers decompresses without a limit.
        let properties = ReaderProperties::builder()
            .set_backward_compatible_lz4(false)
            .build();
        let pages = SerializedPageReader::new_with_properties(
            Arc::new(file),
            chunk,
            self.num_rows(),
            None,
            Arc::new(properties),
        )?;
        let pages = CheckedPages::new(pages, chunk, Arc::clone(&self.page_bytes))?;
        Ok(Box::new(OneChunk(Some(Box::new(pages)))))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(std::iter::once(self.row_group()))
    }

    fn metadata(&self) -> &ParquetMetaData {
        self.metadata.metadata()
    }
}

/// The pages of a column in one row group.
struct OneChunk(Option<Box<dyn PageReader>>);

impl Iterator for OneChunk {
    type Item = Result<Box<dyn PageReader>, ParquetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.take().map(Ok)
    }
}

impl PageIterator for OneChunk {}
