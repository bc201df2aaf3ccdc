//! Parsing blocks of rows on all cores, and joining what was parsed in the file's order.

use rayon::prelude::*;

use super::blocks::{self, BlockError, Rows};
use super::layout::{Encoding, Layout};
use super::reader::Reading;
use super::{EmbeddingsError, MAX_KEPT_BYTES, RowNumber, WordVectors};

/// Blocks that are parsed side by side, and at most read ahead meanwhile.
pub(super) const BATCH_BLOCKS: usize = 16;

/// The vectors of the blocks so far, in order.
pub(super) struct Joined<'a> {
    reading: &'a Reading<'a>,
    layout: Layout,
    rows_read: u64,
    /// Repeated words counted too.
    kept_bytes: usize,
    vectors: WordVectors,
}

impl<'a> Joined<'a> {
    pub(super) fn new(reading: &'a Reading<'a>, layout: Layout) -> Self {
        Self {
            reading,
            layout,
            rows_read: 0,
            kept_bytes: 0,
            vectors: WordVectors::new(layout.dimension),
        }
    }

    /// Parses batches of blocks on all cores, each while the one before is joined.
    pub(super) fn read_all(
        mut self,
        mut blocks: impl Iterator<Item = Result<Vec<u8>, BlockError>>,
    ) -> Result<WordVectors, EmbeddingsError> {
        let layout = self.layout;
        let wanted = self.reading.wanted.as_ref();
        let parse = |block: Result<Vec<u8>, BlockError>| blocks::parse(&block?, &layout, wanted);
        let mut parsed = Vec::new();
        loop {
            let batch: Vec<_> = blocks.by_ref().take(BATCH_BLOCKS).collect();
            let is_last = batch.is_empty();
            let (next, joined) = rayon::join(
                || batch.into_par_iter().map(parse).collect(),
                || parsed.into_iter().try_for_each(|rows| self.join(rows)),
            );
            joined?;
            if self.vectors.len() >= self.reading.count {
                self.vectors.truncate(self.reading.count);
                return Ok(self.vectors);
            }
            if is_last {
                return self.finish();
            }
            parsed = next;
        }
    }

    fn join(&mut self, parsed: Result<Rows, BlockError>) -> Result<(), EmbeddingsError> {
        if self.vectors.len() >= self.reading.count {
            return Ok(());
        }
        let rows = parsed.map_err(|BlockError { rows_before, cause }| {
            self.reading.at_row(self.row_number(rows_before), cause)
        })?;
        self.rows_read += rows.read;
        self.kept_bytes += rows.kept_bytes();
        if self.kept_bytes > MAX_KEPT_BYTES {
            let path = self.reading.name.into();
            return Err(EmbeddingsError::TooLarge { path });
        }
        let vectors = rows.numbers.chunks_exact(self.layout.dimension);
        for (word, vector) in rows.words.into_iter().zip(vectors) {
            self.vectors.push(word, vector);
        }
        Ok(())
    }

    /// The number of the row that is `rows` behind those joined.
    fn row_number(&self, rows: u64) -> RowNumber {
        let row = self.rows_read + rows + 1;
        match self.layout.encoding {
            Encoding::Binary => RowNumber::Word(row),
            Encoding::Text if self.layout.promised_words.is_some() => RowNumber::Line(row + 1),
            Encoding::Text => RowNumber::Line(row),
        }
    }

    fn finish(mut self) -> Result<WordVectors, EmbeddingsError> {
        let path = || self.reading.name.into();
        match self.layout.promised_words {
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
        let reading = Reading {
            name: Path::new("vectors"),
            wanted: None,
            count: usize::MAX,
        };
        let mut joined = Joined::new(&reading, layout);
        let word = || blocks::parse(b"word 1", &layout, None);
        joined.kept_bytes = MAX_KEPT_BYTES - word().unwrap().kept_bytes();
        joined.join(word()).unwrap();
        let refused = joined.join(word()).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "vectors: more than 16 GiB of it are wanted"
        );
    }
}
