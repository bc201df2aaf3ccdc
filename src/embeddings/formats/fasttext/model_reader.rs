//! Reads the fields of a fastText model.

use std::io::{self, BufRead, BufReader, ErrorKind, Read};

use crate::embeddings::error::{EmbeddingsError, FastTextError, RowNumber};
use crate::embeddings::formats::request::ReadRequest;
use crate::embeddings::limits::MAX_ROW_BYTES;

/// The size in bytes of the buffer.
const BUFFER_BYTES: usize = 1 << 18;

/// A reader of little-endian numbers and strings.
pub(super) struct ModelReader<'a, R> {
    source: BufReader<R>,
    pub(super) request: &'a ReadRequest<'a>,
}

impl<'a, R: Read> ModelReader<'a, R> {
    pub(super) fn new(source: R, request: &'a ReadRequest<'a>) -> Self {
        Self {
            source: BufReader::with_capacity(BUFFER_BYTES, source),
            request,
        }
    }

    pub(super) fn byte(&mut self) -> Result<u8, EmbeddingsError> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn int32(&mut self) -> Result<i32, EmbeddingsError> {
        self.array().map(i32::from_le_bytes)
    }

    pub(super) fn int64(&mut self) -> Result<i64, EmbeddingsError> {
        self.array().map(i64::from_le_bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], EmbeddingsError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads exactly as many bytes as fit.
    pub(super) fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EmbeddingsError> {
        let read = self.source.read_exact(bytes);
        read.map_err(|error| self.failure(error))
    }

    /// Reads entry number `entry` of the dictionary up to its zero byte.
    pub(super) fn string(
        &mut self,
        entry: u64,
        bytes: &mut Vec<u8>,
    ) -> Result<(), EmbeddingsError> {
        bytes.clear();
        let limit = MAX_ROW_BYTES as u64 + 1;
        let read = self.source.by_ref().take(limit).read_until(0, bytes);
        read.map_err(|error| self.failure(error))?;
        match bytes.pop() {
            Some(0) => Ok(()),
            _ if bytes.len() == MAX_ROW_BYTES => {
                Err(self.request.fasttext(FastTextError::TooLong { entry }))
            }
            _ => Err(self.request.fasttext(FastTextError::Truncated)),
        }
    }

    /// Skips bytes, all of which must be there.
    pub(super) fn skip(&mut self, count: u64) -> Result<(), EmbeddingsError> {
        let skipped = io::copy(&mut self.source.by_ref().take(count), &mut io::sink());
        match skipped {
            Ok(skipped) if skipped == count => Ok(()),
            Ok(_) => Err(self.request.fasttext(FastTextError::Truncated)),
            Err(error) => Err(self.failure(error)),
        }
    }

    fn failure(&self, error: io::Error) -> EmbeddingsError {
        match error.kind() {
            ErrorKind::UnexpectedEof => self.request.fasttext(FastTextError::Truncated),
            _ => EmbeddingsError::reading(self.request.position(RowNumber::Word(1)), error),
        }
    }
}
