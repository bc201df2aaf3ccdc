//! Reading a file of word vectors: one thread reads and decompresses, the others parse.

use std::io::Read;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::blocks::{self, BlockError, Blocks, Cause, Rows};
use super::layout::{Encoding, Layout};
use super::wanted::Wanted;
use super::{EmbeddingsError, MAX_KEPT_BYTES, Place, RowNumber, WordVectors};
use crate::files;

/// Bytes of the file that are parsed in one piece.
const BLOCK_BYTES: usize = 1 << 18;

/// Blocks that are parsed side by side, and at most read ahead meanwhile.
const BATCH_BLOCKS: usize = 16;

/// Reads the vectors of the wanted words, or all of them. The file is GloVe text, word2vec text or
/// word2vec binary, plain, gzip or Zstandard: all of that is seen from its content.
///
/// A word may hold spaces in a text file: the last numbers of the line are its vector. Of a repeated
/// word the first vector is kept. Rows that are not wanted are counted and not checked. With the
/// wanted words come those that stand in for them (see [`STAND_INS`](super::STAND_INS)). A file
/// without any wanted word gives no vectors, which is not an error.
pub fn read(
    path: &Path,
    wanted: Option<&FxHashSet<String>>,
) -> Result<WordVectors, EmbeddingsError> {
    from_reader(files::open(path)?, path, wanted)
}

/// As [`read`], from a stream; `name` stands for it in messages.
///
/// The stream is taken as it comes: see [`files::decompress`] for one that may be compressed.
pub fn from_reader(
    reader: impl Read + Send,
    name: &Path,
    wanted: Option<&FxHashSet<String>>,
) -> Result<WordVectors, EmbeddingsError> {
    read_blocks(reader, name, wanted, BLOCK_BYTES)
}

fn read_blocks(
    mut reader: impl Read + Send,
    name: &Path,
    wanted: Option<&FxHashSet<String>>,
    block_bytes: usize,
) -> Result<WordVectors, EmbeddingsError> {
    let in_first_line = |cause| at_row(name, RowNumber::Line(1), cause);
    let mut start = blocks::read_start(&mut reader).map_err(|error| in_first_line(error.cause))?;
    if start.is_empty() {
        return Err(EmbeddingsError::Empty { path: name.into() });
    }
    let layout = Layout::detect(&start).map_err(|fault| in_first_line(Cause::Fault(fault)))?;
    start.drain(..layout.first_row);

    let wanted = wanted.map(Wanted::new);
    let file = Blocks::new(reader, layout, block_bytes, start);
    thread::scope(|scope| {
        let (sender, blocks) = sync_channel(BATCH_BLOCKS);
        // A send fails once an error has ended the parsing.
        scope.spawn(move || file.map(|block| sender.send(block)).find(Result::is_err));
        Joined::new(name, layout).read_all(blocks.into_iter(), wanted.as_ref())
    })
}

/// The vectors of the blocks so far, in order.
struct Joined<'a> {
    name: &'a Path,
    layout: Layout,
    rows_read: u64,
    /// Repeated words counted too.
    kept_bytes: usize,
    vectors: WordVectors,
}

impl<'a> Joined<'a> {
    fn new(name: &'a Path, layout: Layout) -> Self {
        Self {
            name,
            layout,
            rows_read: 0,
            kept_bytes: 0,
            vectors: WordVectors::new(layout.dimension),
        }
    }

    /// Parses batches of blocks on all cores, each while the one before is joined.
    fn read_all(
        mut self,
        mut blocks: impl Iterator<Item = Result<Vec<u8>, BlockError>>,
        wanted: Option<&Wanted>,
    ) -> Result<WordVectors, EmbeddingsError> {
        let layout = self.layout;
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
            if is_last {
                return self.finish();
            }
            parsed = next;
        }
    }

    fn join(&mut self, parsed: Result<Rows, BlockError>) -> Result<(), EmbeddingsError> {
        let rows = parsed.map_err(|BlockError { rows_before, cause }| {
            at_row(self.name, self.row_number(rows_before), cause)
        })?;
        self.rows_read += rows.read;
        self.kept_bytes += rows.kept_bytes();
        if self.kept_bytes > MAX_KEPT_BYTES {
            let path = self.name.into();
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
        let path = || self.name.into();
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

fn at_row(name: &Path, row: RowNumber, cause: Cause) -> EmbeddingsError {
    let place = Place {
        path: name.into(),
        row,
    };
    match cause {
        Cause::Read(source) => EmbeddingsError::reading(place, source),
        Cause::Fault(fault) => EmbeddingsError::BadRow { place, fault },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Outcome = Result<Vec<(String, Vec<f32>)>, String>;

    fn outcome(file: &[u8], wanted: Option<&FxHashSet<String>>, block_bytes: usize) -> Outcome {
        let read = read_blocks(file, Path::new("vectors"), wanted, block_bytes);
        let vectors = read.map_err(|error| error.to_string())?;
        let rows = vectors.iter();
        Ok(rows
            .map(|(word, vector)| (word.into(), vector.into()))
            .collect())
    }

    /// Mostly good lines, repeated words among them, and now and then a bad one.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        let line = prop_oneof![
            20 => ("[a-e]{1,3}( [a-e])?", -9i8..9, -9i8..9).prop_map(|(word, a, b)| format!("{word} {a} {b}")),
            1 => "[a-e0-9. ]{0,8}",
        ];
        ("(3 2)?", prop::collection::vec(line, 0..40), "\n?").prop_map(|(header, lines, end)| {
            let header = if header.is_empty() {
                header
            } else {
                header + "\n"
            };
            (header + &lines.join("\n") + &end).into_bytes()
        })
    }

    fn binary() -> impl Strategy<Value = Vec<u8>> {
        let row = ("\n?[a-e]{1,3}", any::<[u8; 4]>())
            .prop_map(|(word, number)| [word.as_bytes(), b" ", &number].concat());
        let rows = prop::collection::vec(row, 0..40);
        (rows, 0usize..3).prop_map(|(rows, cut)| {
            // The first number is zero, whose bytes show that the file is binary.
            let mut file = format!("{} 1\n", rows.len() + 1).into_bytes();
            file.extend(b"x \0\0\0\0");
            file.extend(rows.concat());
            file.truncate(file.len() - cut);
            file
        })
    }

    proptest! {
        #[test]
        fn block_boundaries_do_not_matter(
            file in prop_oneof![text(), binary()],
            wanted in prop::option::of(prop::collection::hash_set("[a-e]{1,3}( [a-e])?", 0..20)),
            block_bytes in 1usize..64,
        ) {
            let wanted = wanted.map(|words| words.into_iter().collect());
            prop_assert_eq!(
                outcome(&file, wanted.as_ref(), block_bytes),
                outcome(&file, wanted.as_ref(), BLOCK_BYTES)
            );
        }
    }

    #[test]
    fn refuses_to_keep_more_than_its_bound() {
        let layout = Layout::detect(b"a 1").unwrap();
        let mut joined = Joined::new(Path::new("vectors"), layout);
        let word = || blocks::parse(b"word 1", &layout, None);
        joined.kept_bytes = MAX_KEPT_BYTES - word().unwrap().kept_bytes();
        joined.join(word()).unwrap();
        let refused = joined.join(word()).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "vectors: more than 16 GiB of it are wanted"
        );
    }

    #[test]
    fn more_blocks_than_a_batch_are_joined_in_order() {
        let lines: Vec<String> = (0..1000).map(|row| format!("w{row} {row}\n")).collect();
        let rows = outcome(lines.concat().as_bytes(), None, 16).unwrap();
        let expected = (0..1000).map(|row| (format!("w{row}"), vec![row as f32]));
        assert!(rows.into_iter().eq(expected));
    }
}
