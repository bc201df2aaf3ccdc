//! Parses chunks of rows in parallel and collects the vectors in file order.

use rayon::prelude::*;

use super::chunks;
use super::layout::{Encoding, Layout};
use super::parsed_rows::{ChunkError, ParsedRows};
use super::request::ReadRequest;
use crate::embeddings::error::{EmbeddingsError, RowNumber};
use crate::embeddings::limits::MAX_KEPT_BYTES;
use crate::embeddings::vectors::WordVectors;

/// The number of chunks parsed in parallel, and the maximum number read ahead meanwhile.
pub(super) const CHUNKS_PER_BATCH: usize = 16;

/// The vectors of the chunks appended so far, in file order.
pub(super) struct Assembly<'a> {
    request: &'a ReadRequest<'a>,
    layout: Layout,
    rows_read: u64,
    /// The memory of all kept rows, including repeated words.
    kept_bytes: usize,
    vectors: WordVectors,
}

impl<'a> Assembly<'a> {
    pub(super) fn new(request: &'a ReadRequest<'a>, layout: Layout) -> Self {
        Self {
            request,
            layout,
            rows_read: 0,
            kept_bytes: 0,
            vectors: WordVectors::new(layout.dimension),
        }
    }

    /// Parses batches of chunks in parallel, while appending the previous batch.
    pub(super) fn read_all(
        mut self,
        mut chunks: impl Iterator<Item = Result<Vec<u8>, ChunkError>>,
    ) -> Result<WordVectors, EmbeddingsError> {
        let layout = self.layout;
        let filter = self.request.filter;
        let parse = |chunk: Result<Vec<u8>, ChunkError>| chunks::parse(&chunk?, &layout, filter);
        let mut parsed = Vec::new();
        loop {
            let batch: Vec<_> = chunks.by_ref().take(CHUNKS_PER_BATCH).collect();
            let is_last = batch.is_empty();
            let (next, appended) = rayon::join(
                || batch.into_par_iter().map(parse).collect(),
                || parsed.into_iter().try_for_each(|rows| self.append(rows)),
            );
            appended?;
            if self.vectors.len() >= self.request.limit {
                self.vectors.truncate(self.request.limit);
                return Ok(self.vectors);
            }
            if is_last {
                return self.finish();
            }
            parsed = next;
        }
    }

    fn append(&mut self, parsed: Result<ParsedRows, ChunkError>) -> Result<(), EmbeddingsError> {
        if self.vectors.len() >= self.request.limit {
            return Ok(());
        }
        let rows = parsed.map_err(|ChunkError { rows_before, cause }| {
            self.request.error_at(self.row_number(rows_before), cause)
        })?;
        self.rows_read += rows.count;
        self.kept_bytes += rows.kept_bytes();
        if self.kept_bytes > MAX_KEPT_BYTES {
            let path = self.request.name.into();
            return Err(EmbeddingsError::TooLarge { path });
        }
        let vectors = rows.numbers.chunks_exact(self.layout.dimension);
        for (word, vector) in rows.words.into_iter().zip(vectors) {
            self.vectors.push(word, vector);
        }
        Ok(())
    }

    /// Returns the number of the row that comes `rows` rows after the appended rows.
    fn row_number(&self, rows: u64) -> RowNumber {
        let row = self.rows_read + rows + 1;
        match self.layout.encoding {
            Encoding::Binary => RowNumber::Word(row),
            Encoding::Text if self.layout.header_words.is_some() => RowNumber::Line(row + 1),
            Encoding::Text => RowNumber::Line(row),
        }
    }

    fn finish(mut self) -> Result<WordVectors, EmbeddingsError> {
        let path = || self.request.name.into();
        match self.layout.header_words {
            Some(promised) if promised != self.rows_read => Err(EmbeddingsError::WordCount {
                path: path(),
                promised,
                found: self.rows_read,
            }),
            _ if self.rows_read == 0 => Err(EmbeddingsError::Empty { path: path() }),
            _ => {
                self.vectors.shrink();
                Ok(self.vectors)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn refuses_to_keep_more_than_its_bound() {
        let layout = Layout::detect(b"a 1").unwrap();
        let request = ReadRequest {
            name: Path::new("vectors"),
            filter: None,
            limit: usize::MAX,
        };
        let mut assembly = Assembly::new(&request, layout);
        let word = || chunks::parse(b"word 1", &layout, None);
        assembly.kept_bytes = MAX_KEPT_BYTES - word().unwrap().kept_bytes();
        assembly.append(word()).unwrap();
        let refused = assembly.append(word()).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "vectors: the selected vectors take more than 16 GiB; select fewer words"
        );
    }
}
