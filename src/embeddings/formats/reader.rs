//! Reads a file of word vectors. One thread reads and decompresses, the others parse.

use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

use super::assembly::{Assembly, CHUNKS_PER_BATCH};
use super::chunks::{self, Chunks};
use super::layout::{Layout, first_line};
use super::parsed_rows::RowFailure;
use super::request::ReadRequest;
use super::{archive, fasttext, safetensors};
use crate::embeddings::error::{ArchiveError, EmbeddingsError, RowNumber};
use crate::embeddings::source::VectorFile;
use crate::embeddings::vectors::WordVectors;
use crate::embeddings::word_filter::WordFilter;
use crate::files::{self, FileError};
use crate::zip_archive::begins_with;

/// The size in bytes of a chunk.
const CHUNK_BYTES: usize = 1 << 18;

const FIRST_LINE: RowNumber = RowNumber::Line(1);

/// Reads the vectors of the filter's words, or all vectors without a filter. Detects the format from
/// the content: GloVe text, word2vec text, word2vec binary or safetensors (see
/// [`write`](super::write)) or a binary fastText model, uncompressed or compressed with gzip or
/// Zstandard, or the only file in a ZIP archive (see [`VectorFile`]).
///
/// In a text file, fields are separated by spaces or tabs. A word may contain spaces: the last numbers
/// of the line are its vector. If a word is repeated, the first vector is kept. Rows that the filter
/// drops are counted but not checked. The aliases of the filter's words are read too (see
/// [`ALIASES`](crate::embeddings::ALIASES)). If the file has none of the words, the result is empty;
/// this is not an error.
///
/// The vectors of a fastText model are those of fastText's `get_word_vector`, also for words of the
/// filter that the model does not contain but whose n-grams it has. Labels are not words.
///
/// Blank lines, a wrong number of words in the header and words that are not UTF-8 are no errors:
/// [`WordVectors::notes`] returns them.
pub fn read(path: &Path, filter: Option<&WordFilter>) -> Result<WordVectors, EmbeddingsError> {
    VectorFile::new(path).read(filter)
}

/// Reads the first `count` words with their vectors, and the vectors of n-grams. Does not check the
/// other words.
pub fn read_first(path: &Path, count: usize) -> Result<WordVectors, EmbeddingsError> {
    VectorFile::new(path).read_first(count)
}

/// Reads at most `limit` words of a file, or of a file in a ZIP archive.
pub(in crate::embeddings) fn read_file(
    file: &VectorFile,
    filter: Option<&WordFilter>,
    limit: usize,
) -> Result<WordVectors, EmbeddingsError> {
    let Some(mut archive) = archive::open(file)? else {
        let request = ReadRequest {
            name: &file.path,
            filter,
            limit,
        };
        return read_request(files::open(&file.path)?, &request, CHUNK_BYTES);
    };
    let (name, member) = archive::member(&mut archive, file)?;
    let request = ReadRequest {
        name: &name,
        filter,
        limit,
    };
    let content = files::decompress(member).map_err(FileError::context("read", &name))?;
    read_request(content, &request, CHUNK_BYTES)
}

/// Reads vectors from a stream, as [`read`] does from a file. Error messages refer to the stream as
/// `name`.
///
/// Does not decompress the stream: see [`files::decompress`] for a stream that may be compressed.
pub fn from_reader(
    reader: impl Read + Send,
    name: &Path,
    filter: Option<&WordFilter>,
) -> Result<WordVectors, EmbeddingsError> {
    let request = ReadRequest {
        name,
        filter,
        limit: usize::MAX,
    };
    read_request(reader, &request, CHUNK_BYTES)
}

fn read_request(
    mut source: impl Read + Send,
    request: &ReadRequest,
    chunk_bytes: usize,
) -> Result<WordVectors, EmbeddingsError> {
    let mut magic = Vec::new();
    source
        .by_ref()
        .take(safetensors::MAGIC_BYTES as u64)
        .read_to_end(&mut magic)
        .map_err(|error| request.error_at(FIRST_LINE, RowFailure::Read(error)))?;
    let is_safetensors = safetensors::begins_with(&magic);
    let is_fasttext = magic.starts_with(&fasttext::MAGIC);
    if begins_with(&magic) {
        return Err(EmbeddingsError::Archive {
            path: request.name.into(),
            reason: ArchiveError::Stream,
        });
    }
    let source = Cursor::new(magic).chain(source);
    match (is_safetensors, is_fasttext) {
        (true, _) => safetensors::read(source, request),
        (_, true) => fasttext::read(source, request),
        _ => read_rows(source, request, chunk_bytes),
    }
}

fn read_rows(
    mut source: impl Read + Send,
    request: &ReadRequest,
    chunk_bytes: usize,
) -> Result<WordVectors, EmbeddingsError> {
    let in_line =
        |blank_lines, failure| request.error_at(RowNumber::Line(blank_lines + 1), failure);
    let mut start = chunks::read_start(&mut source)
        .map_err(|error| in_line(error.lines_before, error.cause))?;
    let (offset, blank_lines) = first_line(&start);
    if start[offset..].trim_ascii_start().is_empty() {
        let path = request.name.into();
        return Err(EmbeddingsError::Empty { path });
    }
    let layout =
        Layout::detect(&start).map_err(|error| in_line(blank_lines, RowFailure::Invalid(error)))?;
    start.drain(..layout.first_row);

    let file = Chunks::new(source, layout, chunk_bytes, start);
    thread::scope(|scope| {
        let (sender, chunks) = sync_channel(CHUNKS_PER_BATCH);
        // `send` fails once parsing has ended, after an error or enough words.
        scope.spawn(move || file.map(|chunk| sender.send(chunk)).find(Result::is_err));
        Assembly::new(request, layout).read_all(chunks.into_iter())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Outcome = Result<Vec<(String, Vec<f32>)>, String>;

    fn outcome(file: &[u8], filter: Option<&WordFilter>, chunk_bytes: usize) -> Outcome {
        let request = ReadRequest {
            name: Path::new("vectors"),
            filter,
            limit: usize::MAX,
        };
        let vectors =
            read_request(file, &request, chunk_bytes).map_err(|error| error.to_string())?;
        let rows = vectors.iter();
        Ok(rows
            .map(|(word, vector)| (word.into(), vector.into()))
            .collect())
    }

    /// Generates mostly valid lines, with repeated words and an occasional invalid line.
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
            // The zero bytes of the first number mark the file as binary.
            let mut file = format!("{} 1\n", rows.len() + 1).into_bytes();
            file.extend(b"x \0\0\0\0");
            file.extend(rows.concat());
            file.truncate(file.len() - cut);
            file
        })
    }

    proptest! {
        #[test]
        fn chunk_boundaries_do_not_matter(
            file in prop_oneof![text(), binary()],
            words in prop::option::of(prop::collection::hash_set("[a-e]{1,3}( [a-e])?", 0..20)),
            chunk_bytes in 1usize..64,
        ) {
            let filter: Option<WordFilter> = words.map(|words| words.into_iter().collect());
            prop_assert_eq!(
                outcome(&file, filter.as_ref(), chunk_bytes),
                outcome(&file, filter.as_ref(), CHUNK_BYTES)
            );
        }
    }

    #[test]
    fn more_chunks_than_a_batch_are_put_together_in_order() {
        let lines: Vec<String> = (0..1000).map(|row| format!("w{row} {row}\n")).collect();
        let rows = outcome(lines.concat().as_bytes(), None, 16).unwrap();
        let expected = (0..1000).map(|row| (format!("w{row}"), vec![row as f32]));
        assert!(rows.into_iter().eq(expected));
    }
}
