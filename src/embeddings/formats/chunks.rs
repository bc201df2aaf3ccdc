//! Splits a file into chunks of complete rows, so that threads can parse them in parallel.

use std::io::{self, Read};

use super::layout::{Encoding, LOOK_AHEAD_BYTES, Layout, first_line};
use super::parsed_rows::{ChunkError, ParsedRows};
use super::{binary_rows, text_rows};
use crate::embeddings::error::VectorRowError;
use crate::embeddings::limits::MAX_ROW_BYTES;
use crate::embeddings::word_filter::WordFilter;

/// Parses a chunk.
pub(super) fn parse(
    chunk: &[u8],
    layout: &Layout,
    filter: Option<&WordFilter>,
) -> Result<ParsedRows, ChunkError> {
    match layout.encoding {
        Encoding::Text => text_rows::parse(chunk, layout.dimension, filter),
        Encoding::Binary => binary_rows::parse(chunk, layout.dimension, filter),
    }
}

/// Reads the input of [`Layout::detect`]: the first line that is not blank and the look-ahead, or the
/// whole file if it is shorter.
pub(super) fn read_start(reader: &mut impl Read) -> Result<Vec<u8>, ChunkError> {
    let mut start = Vec::new();
    loop {
        let length = start.len() + LOOK_AHEAD_BYTES;
        read_up_to(reader, LOOK_AHEAD_BYTES, &mut start).map_err(ChunkError::read)?;
        let (offset, blank_lines) = first_line(&start);
        let line_end = memchr::memchr(b'\n', &start[offset..]);
        let is_seen = line_end.is_some_and(|end| start.len() - offset - end > LOOK_AHEAD_BYTES);
        if is_seen || start.len() < length {
            return Ok(start);
        }
        if line_end.is_none() && start.len() > MAX_ROW_BYTES {
            return Err(ChunkError::row(blank_lines, VectorRowError::TooLong));
        }
    }
}

/// An iterator over the chunks of a file, in order. Ends after the first error.
pub(super) struct Chunks<R> {
    reader: R,
    layout: Layout,
    chunk_bytes: usize,
    /// Bytes read from the file but not returned yet.
    pending: Vec<u8>,
    failure: Option<ChunkError>,
    ended: bool,
}

impl<R: Read> Chunks<R> {
    /// Creates an iterator over chunks of about `chunk_bytes`. `pending` holds the bytes of rows that
    /// were already read.
    pub(super) fn new(reader: R, layout: Layout, chunk_bytes: usize, pending: Vec<u8>) -> Self {
        Self {
            reader,
            layout,
            chunk_bytes,
            pending,
            failure: None,
            ended: false,
        }
    }

    /// Reads until `pending` has a complete row or the file ends.
    fn next_chunk(&mut self) -> Vec<u8> {
        while !self.ended {
            let length = self.pending.len() + self.chunk_bytes;
            match read_up_to(&mut self.reader, self.chunk_bytes, &mut self.pending) {
                Err(error) => self.end(Some(ChunkError::read(error))),
                Ok(()) if self.pending.len() < length => {
                    self.end(None);
                    return std::mem::take(&mut self.pending);
                }
                Ok(()) => {}
            }
            let whole = self.whole_rows();
            if whole > 0 {
                let rest = self.pending.split_off(whole);
                return std::mem::replace(&mut self.pending, rest);
            }
            // The longest row and two line breaks.
            if self.pending.len() > MAX_ROW_BYTES + 2 {
                self.end(Some(ChunkError::row(0, VectorRowError::TooLong)));
            }
        }
        Vec::new()
    }

    fn whole_rows(&self) -> usize {
        match self.layout.encoding {
            Encoding::Text => text_rows::whole_rows(&self.pending),
            Encoding::Binary => binary_rows::whole_rows(&self.pending, self.layout.dimension),
        }
    }

    fn end(&mut self, failure: Option<ChunkError>) {
        self.ended = true;
        self.failure = failure;
    }
}

impl<R: Read> Iterator for Chunks<R> {
    type Item = Result<Vec<u8>, ChunkError>;

    fn next(&mut self) -> Option<Self::Item> {
        let chunk = self.next_chunk();
        if chunk.is_empty() {
            return self.failure.take().map(Err);
        }
        Some(Ok(chunk))
    }
}

/// Appends the next `count` bytes, or fewer at the end of the file. Keeps the bytes read before an error.
fn read_up_to(reader: &mut impl Read, count: usize, bytes: &mut Vec<u8>) -> io::Result<()> {
    bytes.reserve(count);
    reader.take(count as u64).read_to_end(bytes).map(drop)
}
