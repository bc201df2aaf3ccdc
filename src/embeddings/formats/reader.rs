//! Reading a file of word vectors: one thread reads and decompresses, the others parse.

use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

use rustc_hash::FxHashSet;

use super::blocks::{self, Blocks, Cause};
use super::joined::{BATCH_BLOCKS, Joined};
use super::layout::Layout;
use super::wanted::Wanted;
use super::{EmbeddingsError, Place, RowNumber, WordVectors, tensors};
use crate::files;

/// Bytes of the file that are parsed in one piece.
const BLOCK_BYTES: usize = 1 << 18;

/// Reads the vectors of the wanted words, or all of them. The file is GloVe text, word2vec text,
/// word2vec binary or safetensors (see [`write`](super::write)), plain, gzip or Zstandard: all of
/// that is seen from its content.
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

/// Reads the first `count` words and their vectors, and the vectors of n-grams; of other words nothing
/// is looked at.
pub fn read_first(path: &Path, count: usize) -> Result<WordVectors, EmbeddingsError> {
    let reading = Reading {
        name: path,
        wanted: None,
        count,
    };
    reading.read(files::open(path)?, BLOCK_BYTES)
}

/// As [`read`], from a stream; `name` stands for it in messages.
///
/// The stream is taken as it comes: see [`files::decompress`] for one that may be compressed.
pub fn from_reader(
    reader: impl Read + Send,
    name: &Path,
    wanted: Option<&FxHashSet<String>>,
) -> Result<WordVectors, EmbeddingsError> {
    let reading = Reading {
        name,
        wanted: wanted.map(Wanted::new),
        count: usize::MAX,
    };
    reading.read(reader, BLOCK_BYTES)
}

/// What is read of which file.
pub(super) struct Reading<'a> {
    /// The file, for messages.
    pub(super) name: &'a Path,
    /// The words to keep; None for all.
    pub(super) wanted: Option<Wanted<'a>>,
    /// How many words at most.
    pub(super) count: usize,
}

impl Reading<'_> {
    fn read(
        &self,
        mut reader: impl Read + Send,
        block_bytes: usize,
    ) -> Result<WordVectors, EmbeddingsError> {
        let in_first_line = |cause| self.at_row(RowNumber::Line(1), cause);
        let mut magic = Vec::new();
        reader
            .by_ref()
            .take(tensors::MAGIC_BYTES as u64)
            .read_to_end(&mut magic)
            .map_err(|error| in_first_line(Cause::Read(error)))?;
        let is_tensors = tensors::begin_with(&magic);
        let reader = Cursor::new(magic).chain(reader);
        match is_tensors {
            true => tensors::read(reader, self.name, self.wanted.as_ref(), self.count),
            false => self.read_rows(reader, block_bytes),
        }
    }

    fn read_rows(
        &self,
        mut reader: impl Read + Send,
        block_bytes: usize,
    ) -> Result<WordVectors, EmbeddingsError> {
        let in_first_line = |cause| self.at_row(RowNumber::Line(1), cause);
        let mut start =
            blocks::read_start(&mut reader).map_err(|error| in_first_line(error.cause))?;
        if start.is_empty() {
            let path = self.name.into();
            return Err(EmbeddingsError::Empty { path });
        }
        let layout = Layout::detect(&start).map_err(|fault| in_first_line(Cause::Fault(fault)))?;
        start.drain(..layout.first_row);

        let file = Blocks::new(reader, layout, block_bytes, start);
        thread::scope(|scope| {
            let (sender, blocks) = sync_channel(BATCH_BLOCKS);
            // A send fails once the parsing has ended, at an error or with enough words.
            scope.spawn(move || file.map(|block| sender.send(block)).find(Result::is_err));
            Joined::new(self, layout).read_all(blocks.into_iter())
        })
    }

    pub(super) fn at_row(&self, row: RowNumber, cause: Cause) -> EmbeddingsError {
        let place = Place {
            path: self.name.into(),
            row,
        };
        match cause {
            Cause::Read(source) => EmbeddingsError::reading(place, source),
            Cause::Fault(fault) => EmbeddingsError::BadRow { place, fault },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Outcome = Result<Vec<(String, Vec<f32>)>, String>;

    fn outcome(file: &[u8], wanted: Option<&FxHashSet<String>>, block_bytes: usize) -> Outcome {
        let reading = Reading {
            name: Path::new("vectors"),
            wanted: wanted.map(Wanted::new),
            count: usize::MAX,
        };
        let vectors = reading
            .read(file, block_bytes)
            .map_err(|error| error.to_string())?;
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
    fn more_blocks_than_a_batch_are_joined_in_order() {
        let lines: Vec<String> = (0..1000).map(|row| format!("w{row} {row}\n")).collect();
        let rows = outcome(lines.concat().as_bytes(), None, 16).unwrap();
        let expected = (0..1000).map(|row| (format!("w{row}"), vec![row as f32]));
        assert!(rows.into_iter().eq(expected));
    }
}
