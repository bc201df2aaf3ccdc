//! Parses chunks of rows in parallel and collects the vectors in file order.

use rayon::prelude::*;

use super::chunks;
use super::layout::{Encoding, Layout};
use super::parsed_rows::{ChunkError, ParsedRows};
use super::request::ReadRequest;
use super::tally::Tally;
use crate::embeddings::error::{EmbeddingsError, RowNumber};
use crate::embeddings::limits::MAX_KEPT_BYTES;
use crate::embeddings::note::VectorNote;
use crate::embeddings::vectors::WordVectors;

/// The number of chunks parsed in parallel, and the maximum number read ahead meanwhile.
pub(super) const CHUNKS_PER_BATCH: usize = 16;

/// The vectors of the chunks appended so far, in file order.
pub(super) struct Assembly<'a> {
    request: &'a ReadRequest<'a>,
    layout: Layout,
    rows_read: u64,
    blank_lines: Tally,
    decoded_words: Tally,
    skipped_words: Tally,
    /// The memory of all kept rows, including repeated words.
    kept_bytes: usize,
    vectors: WordVectors,
}

impl<'a> Assembly<'a> {
    pub(super) fn new(request: &'a ReadRequest<'a>, layout: Layout) -> Self {
        let mut blank_lines = Tally::default();
        (0..layout.blank_lines).for_each(|line| blank_lines.add(line));
        Self {
            request,
            layout,
            rows_read: 0,
            blank_lines,
            decoded_words: Tally::default(),
            skipped_words: Tally::default(),
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
                let notes = self.notes();
                self.vectors.set_notes(notes);
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
        let lines_read = self.lines_read();
        let rows = parsed.map_err(
            |ChunkError {
                 lines_before,
                 cause,
             }| {
                let row = self.row_number(lines_read + lines_before);
                self.request.error_at(row, cause)
            },
        )?;
        self.rows_read += rows.count;
        self.blank_lines.append(rows.blank_lines, lines_read);
        self.decoded_words.append(rows.decoded_words, lines_read);
        self.skipped_words.append(rows.skipped_words, lines_read);
        self.kept_bytes += rows.kept_bytes();
        if self.kept_bytes > MAX_KEPT_BYTES {
            return Err(self.request.too_large());
        }
        let vectors = rows.numbers.chunks_exact(self.layout.dimension);
        for (word, vector) in rows.words.into_iter().zip(vectors) {
            self.vectors.push(word, vector);
        }
        Ok(())
    }

    /// Returns the number of rows read, or of lines in text, without the header.
    fn lines_read(&self) -> u64 {
        self.rows_read + self.blank_lines.count
    }

    /// Returns the number of the row that comes after `lines` rows, or lines in text, besides the
    /// header.
    fn row_number(&self, lines: u64) -> RowNumber {
        match self.layout.encoding {
            _ if lines < self.layout.blank_lines => RowNumber::Line(lines + 1),
            Encoding::Binary => RowNumber::Word(lines - self.layout.blank_lines + 1),
            Encoding::Text => {
                RowNumber::Line(lines + u64::from(self.layout.header_words.is_some()) + 1)
            }
        }
    }

    fn finish(mut self) -> Result<WordVectors, EmbeddingsError> {
        if self.rows_read == self.skipped_words.count {
            let path = self.request.name.into();
            return Err(EmbeddingsError::Empty { path });
        }
        let mut notes = self.notes();
        if let Some(declared) = self.layout.header_words
            && declared != self.rows_read
        {
            notes.push(VectorNote::WordCount {
                path: self.request.name.into(),
                declared,
                found: self.rows_read,
            });
        }
        self.vectors.set_notes(notes);
        self.vectors.shrink();
        Ok(self.vectors)
    }

    /// Returns the notes about the rows read so far.
    fn notes(&self) -> Vec<VectorNote> {
        let position = |tally: Tally| {
            let first = tally.first?;
            Some((tally.count, self.request.position(self.row_number(first))))
        };
        let blank_lines = position(self.blank_lines);
        let decoded_words = position(self.decoded_words);
        let skipped_words = position(self.skipped_words);
        let notes = [
            blank_lines.map(|(count, first)| VectorNote::BlankLines { count, first }),
            decoded_words.map(|(count, first)| VectorNote::DecodedWords { count, first }),
            skipped_words.map(|(count, first)| VectorNote::SkippedWords { count, first }),
        ];
        notes.into_iter().flatten().collect()
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
