//! Writes word vectors, so that other programs can use trained or selected vectors.

use std::io::{self, Write};
use std::path::Path;

use super::output_format::OutputFormat;
use super::safetensors;
use crate::embeddings::error::EmbeddingsError;
use crate::embeddings::error::VectorWriteError;
use crate::embeddings::vectors::WordVectors;
use crate::files;
use crate::tensor_file::NumberType;

/// Writes word vectors, `[words, dimension]`, atomically. The file extension selects the format:
///
/// - `.txt`: GloVe text, one word per line, without a header;
/// - `.vec`: word2vec text, after a header line with the number of words and the dimension;
/// - `.bin`: word2vec binary, as gensim writes and reads it
///   (`KeyedVectors.load_word2vec_format(binary=True)`);
/// - `.safetensors`: the tensor `vectors` in `number_type`, and the words in the metadata entry
///   `words`, one per line.
///
/// `.gz` or `.zst` may follow the first three. [`read`](super::read) returns the same words for each
/// format and, with [`NumberType::F32`], the same numbers: decimals are the shortest that round-trip.
///
/// # Errors
///
/// Returns an error before writing anything if the vectors could not be read back:
///
/// - there are no words;
/// - a number is not finite;
/// - a word is empty or contains a line break;
/// - in `.vec` and `.bin`, a word contains a space or a control character;
/// - in `.txt`, the same, except for words whose spaces can be distinguished from the spaces before
///   the numbers (`. . .`).
///
/// Words are not escaped, because other programs would not unescape them.
///
/// ```
/// use sentiment::embeddings;
/// use sentiment::tensor_file::NumberType;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("sample.vec.gz");
/// let vectors = embeddings::sample(None)?;
/// embeddings::write(&path, &vectors, NumberType::F32)?;
/// assert!(embeddings::read(&path, None)?.iter().eq(vectors.iter()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write(
    path: &Path,
    vectors: &WordVectors,
    number_type: NumberType,
) -> Result<(), EmbeddingsError> {
    let unwritable = |reason| EmbeddingsError::Unwritable {
        path: path.into(),
        reason,
    };
    let format = format_of(path, number_type).map_err(unwritable)?;
    check(vectors, format, number_type).map_err(unwritable)?;
    let written = match format {
        OutputFormat::GloveText => files::write_compressed(path, |out| write_text(vectors, out)),
        OutputFormat::Word2vecText => files::write_compressed(path, |out| {
            write_header(vectors, out)?;
            write_text(vectors, out)
        }),
        OutputFormat::Word2vecBinary => files::write_compressed(path, |out| {
            write_header(vectors, out)?;
            write_binary(vectors, out)
        }),
        OutputFormat::Safetensors => {
            let writer = safetensors::writer(vectors, number_type).map_err(unwritable)?;
            files::write_whole(path, |out| writer.write(out))
        }
    };
    Ok(written?)
}

/// Checks that [`write()`] supports the file's extension, before there are vectors to write.
pub fn check_format(path: &Path, number_type: NumberType) -> Result<(), EmbeddingsError> {
    match format_of(path, number_type) {
        Ok(_) => Ok(()),
        Err(reason) => Err(EmbeddingsError::Unwritable {
            path: path.into(),
            reason,
        }),
    }
}

fn format_of(path: &Path, number_type: NumberType) -> Result<OutputFormat, VectorWriteError> {
    match OutputFormat::of(path)? {
        OutputFormat::Safetensors => Ok(OutputFormat::Safetensors),
        other if number_type == NumberType::F32 => Ok(other),
        _ => Err(VectorWriteError::NumberType {
            bits: number_type.bits(),
        }),
    }
}

/// Checks that the written file can be read back.
fn check(
    vectors: &WordVectors,
    format: OutputFormat,
    number_type: NumberType,
) -> Result<(), VectorWriteError> {
    if vectors.is_empty() {
        return Err(VectorWriteError::Empty);
    }
    for (row, (word, vector)) in vectors.iter().enumerate() {
        format.check_word(word, row, vectors.dimension())?;
        let unfit = |number: &&f32| !number_type.can_hold(**number);
        if let Some(number) = vector.iter().find(unfit) {
            return Err(VectorWriteError::Number {
                word: word.into(),
                number: number.to_string(),
                bits: number_type.bits(),
            });
        }
    }
    Ok(())
}

fn write_header(vectors: &WordVectors, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} {}", vectors.len(), vectors.dimension())
}

fn write_text(vectors: &WordVectors, out: &mut dyn Write) -> io::Result<()> {
    let mut line = Vec::new();
    for (word, vector) in vectors.iter() {
        line.clear();
        line.extend_from_slice(word.as_bytes());
        for number in vector {
            // `{:?}` is the shortest form that round-trips, and it always has a point or an
            // exponent. A numeric word and an integer in the first line would look like a word2vec
            // header.
            write!(line, " {number:?}")?;
        }
        line.push(b'\n');
        out.write_all(&line)?;
    }
    Ok(())
}

fn write_binary(vectors: &WordVectors, out: &mut dyn Write) -> io::Result<()> {
    let mut row = Vec::new();
    for (word, vector) in vectors.iter() {
        row.clear();
        row.extend_from_slice(word.as_bytes());
        row.push(b' ');
        row.extend(vector.iter().flat_map(|number| number.to_le_bytes()));
        out.write_all(&row)?;
    }
    Ok(())
}
