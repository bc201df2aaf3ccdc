//! Checks of Parquet pages, before `parquet` allocates what their headers claim.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use parquet::basic::Encoding;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;

use super::MAX_BATCH_BYTES;

/// The maximum size of a page after decompression (256 MiB). Writers aim at 1 MiB; a page of DuckDB can have 100 MB.
const MAX_PAGE_BYTES: usize = 256 << 20;
/// The maximum number of values of a nested column in one row group: a list in one row can claim all of them.
const MAX_NESTED_VALUES: u64 = 1 << 26;

fn error(reason: impl Into<String>) -> ParquetError {
    ParquetError::General(reason.into())
}

/// A file, read page by page.
pub(super) struct ChunkFile {
    pub(super) file: Arc<File>,
    /// `parquet` decompresses gzip without a limit.
    pub(super) is_gzip: bool,
}

impl Length for ChunkFile {
    fn len(&self) -> u64 {
        self.file.len()
    }
}

impl ChunkReader for ChunkFile {
    type T = BufReader<File>;

    /// Returns the file from a page header on, unless the header claims a page that is too large.
    fn get_read(&self, start: u64) -> Result<Self::T> {
        let mut reader = self.file.get_read(start)?;
        let claimed = decompressed_bytes(reader.fill_buf()?);
        if claimed.is_some_and(|bytes| bytes > MAX_PAGE_BYTES as u64) {
            return Err(error("a page claims more than 256 MiB"));
        }
        Ok(reader)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        if length > MAX_PAGE_BYTES {
            return Err(error("a page claims more than 256 MiB"));
        }
        let bytes = self.file.get_bytes(start, length)?;
        if self.is_gzip {
            let mut decoder = MultiGzDecoder::new(&bytes[..]).take(MAX_PAGE_BYTES as u64 + 1);
            if io::copy(&mut decoder, &mut io::sink())? > MAX_PAGE_BYTES as u64 {
                return Err(error("a page decompresses to more than 256 MiB"));
            }
        }
        Ok(bytes)
    }
}

/// Returns the decompressed size in a page header: the second field of a struct in Thrift's compact protocol, after the
/// page type. Both are zigzag varints after a byte for the field's type and distance (0x15). `None` if the header
/// starts otherwise, in which case `parquet` reports it.
fn decompressed_bytes(header: &[u8]) -> Option<u64> {
    let rest = header.strip_prefix(&[0x15])?;
    let (_, rest) = varint(rest)?;
    let (size, _) = varint(rest.strip_prefix(&[0x15])?)?;
    Some(size >> 1)
}

/// Splits a varint off the bytes.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (index, byte) in bytes.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[index + 1..]));
        }
    }
    None
}

/// The pages of a column chunk. Checks the counts and sizes of each page after decompression.
pub(super) struct CheckedPages {
    pages: SerializedPageReader<ChunkFile>,
    /// The next page, if it was peeked at.
    peeked: Option<Page>,
    values_left: u64,
    has_repetition: bool,
    has_definition: bool,
    page_bytes: Arc<AtomicUsize>,
}

impl CheckedPages {
    pub(super) fn new(
        pages: SerializedPageReader<ChunkFile>,
        chunk: &ColumnChunkMetaData,
        page_bytes: Arc<AtomicUsize>,
    ) -> Result<Self> {
        let values_left = u64::try_from(chunk.num_values())?;
        let has_repetition = chunk.column_descr().max_rep_level() > 0;
        if has_repetition && values_left > MAX_NESTED_VALUES {
            return Err(error(format!(
                "a row group has {values_left} values of {}; the maximum of a nested column is {MAX_NESTED_VALUES}",
                chunk.column_path()
            )));
        }
        Ok(Self {
            pages,
            peeked: None,
            values_left,
            has_repetition,
            has_definition: chunk.column_descr().max_def_level() > 0,
            page_bytes,
        })
    }

    fn read(&mut self) -> Result<Option<Page>> {
        let Some(page) = self.pages.get_next_page()? else {
            return Ok(None);
        };
        let size = page.buffer().len();
        if self.page_bytes.fetch_add(size, Ordering::Relaxed) + size > MAX_BATCH_BYTES {
            return Err(error("the pages of a batch of rows have more than 1 GiB"));
        }
        if let Page::DictionaryPage { num_values, .. } = page {
            // Each value takes at least one byte.
            if num_values as usize > size {
                return Err(error("a dictionary claims more values than it has"));
            }
            return Ok(Some(page));
        }
        let values = u64::from(page.num_values());
        self.values_left = self
            .values_left
            .checked_sub(values)
            .ok_or_else(|| error("the pages have more values than their column claims"))?;
        self.check_delta_counts(&page)?;
        Ok(Some(page))
    }

    /// Checks the number of values in the header of a delta encoding, for which `parquet` allocates.
    fn check_delta_counts(&self, page: &Page) -> Result<()> {
        let invalid = || error("a delta-encoded page claims more values than it has");
        let (lists, data) = match page.encoding() {
            Encoding::DELTA_LENGTH_BYTE_ARRAY => (1, self.values(page)),
            Encoding::DELTA_BYTE_ARRAY => (2, self.values(page)),
            _ => return Ok(()),
        };
        let mut data = data.ok_or_else(invalid)?;
        for _ in 0..lists {
            let (count, rest) = skip_delta_list(data, page.num_values()).ok_or_else(invalid)?;
            if count > u64::from(page.num_values()) {
                return Err(invalid());
            }
            data = rest;
        }
        Ok(())
    }

    /// Returns the values of a page, which follow its repetition and definition levels.
    fn values<'a>(&self, page: &'a Page) -> Option<&'a [u8]> {
        let mut data: &[u8] = page.buffer();
        if let Page::DataPageV2 {
            def_levels_byte_len,
            rep_levels_byte_len,
            ..
        } = page
        {
            return data.get(*def_levels_byte_len as usize + *rep_levels_byte_len as usize..);
        }
        for _ in 0..usize::from(self.has_repetition) + usize::from(self.has_definition) {
            let (length, rest) = data.split_first_chunk()?;
            data = rest.get(u32::from_le_bytes(*length) as usize..)?;
        }
        Some(data)
    }
}

/// Splits a list of delta-encoded integers off the bytes and returns its count and the rest. `None` if it is damaged or
/// has more than `max` integers.
///
/// See DELTA_BINARY_PACKED in <https://parquet.apache.org/docs/file-format/data-pages/encodings>.
fn skip_delta_list(data: &[u8], max: u32) -> Option<(u64, &[u8])> {
    let (block_size, rest) = varint(data)?;
    let (miniblocks, rest) = varint(rest)?;
    let (count, rest) = varint(rest)?;
    let (_first, mut rest) = varint(rest)?;
    if count > u64::from(max) || miniblocks == 0 {
        return None;
    }
    let miniblock_size = block_size / miniblocks;
    let mut left = count.saturating_sub(1);
    while left > 0 {
        let (_min_delta, after) = varint(rest)?;
        let widths = after.get(..usize::try_from(miniblocks).ok()?)?;
        rest = &after[widths.len()..];
        for width in widths {
            if left == 0 {
                break;
            }
            let bytes = miniblock_size.checked_mul(u64::from(*width))? / 8;
            rest = rest.get(usize::try_from(bytes).ok()?..)?;
            // A miniblock of no integers would make no progress.
            left = left.saturating_sub(miniblock_size.max(1));
        }
    }
    Some((count, rest))
}

impl Iterator for CheckedPages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for CheckedPages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        match self.peeked.take() {
            Some(page) => Ok(Some(page)),
            None => self.read(),
        }
    }

    /// Reads the page: if its reader peeked, it would read the page later without a call of
    /// [`ChunkReader::get_read`] at the header.
    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        if self.peeked.is_none() {
            self.peeked = self.read()?;
        }
        Ok(self.peeked.as_ref().map(|page| PageMetadata {
            num_rows: match page {
                Page::DataPageV2 { num_rows, .. } => Some(*num_rows as usize),
                _ => None,
            },
            num_levels: match page {
                Page::DictionaryPage { .. } => None,
                page => Some(page.num_values() as usize),
            },
            is_dict: matches!(page, Page::DictionaryPage { .. }),
        }))
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.get_next_page().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn a_page_header_states_its_decompressed_size() {
        // Page type 0, 300 bytes, 150 compressed.
        let header = [0x15, 0x00, 0x15, 0xd8, 0x04, 0x15, 0xac, 0x02];
        assert_eq!(decompressed_bytes(&header), Some(300));
        assert_eq!(decompressed_bytes(&header[..3]), None);
        assert_eq!(decompressed_bytes(&[]), None);
    }

    #[test]
    fn a_gzip_page_cannot_decompress_to_more_than_its_limit() {
        let mut file = tempfile::tempfile().unwrap();
        let mut encoder = GzEncoder::new(&mut file, Compression::fast());
        for _ in 0..=MAX_PAGE_BYTES >> 20 {
            encoder.write_all(&[0; 1 << 20]).unwrap();
        }
        encoder.finish().unwrap();
        let chunk = ChunkFile {
            file: Arc::new(file),
            is_gzip: true,
        };
        let length = chunk.len() as usize;
        let error = chunk.get_bytes(0, length).unwrap_err().to_string();
        assert!(
            error.contains("decompresses to more than 256 MiB"),
            "{error}"
        );
    }

    #[test]
    fn a_delta_list_is_skipped() {
        // The example of the specification: 1 to 5 in a block of 128 integers, four miniblocks, all deltas 1.
        let list = [0x80, 0x01, 0x04, 0x05, 0x02, 0x02, 0, 0, 0, 0, 42];
        assert_eq!(skip_delta_list(&list, 5), Some((5, &[42][..])));
        assert_eq!(skip_delta_list(&list, 4), None);
        assert_eq!(skip_delta_list(&list[..8], 5), None);
    }
}
