//! The word2vec binary format. A row is a word, a space and the vector in little-endian 32-bit floats.

use super::parsed_rows::{ChunkError, ParsedRows};
use crate::embeddings::error::VectorRowError;
use crate::embeddings::limits::MAX_ROW_BYTES;
use crate::embeddings::word_filter::WordFilter;

const NUMBER_BYTES: usize = size_of::<f32>();

/// Returns the length in bytes of the complete rows at the start of `bytes`.
pub(super) fn whole_rows(bytes: &[u8], dimension: usize) -> usize {
    let mut rest = bytes;
    while let Some((_, _, after)) = split_row(rest, dimension) {
        rest = after;
    }
    bytes.len() - rest.len()
}

/// Parses rows. Skips the vectors of words that the filter drops or that are not UTF-8, without
/// checking them.
pub(super) fn parse(
    bytes: &[u8],
    dimension: usize,
    filter: Option<&WordFilter>,
) -> Result<ParsedRows, ChunkError> {
    let mut rows = ParsedRows::default();
    let mut rest = bytes;
    // The original word2vec program ends each row with a line break; gensim does not.
    while !rest.trim_ascii_start().is_empty() {
        let row = split_row(rest, dimension).ok_or(VectorRowError::CutShort);
        let after = row.and_then(|(word, vector, after)| {
            parse_row(word, vector, filter, &mut rows)?;
            Ok(after)
        });
        rest = after.map_err(|error| ChunkError::row(rows.count, error))?;
        rows.count += 1;
    }
    Ok(rows)
}

/// Returns the word, the vector's bytes and the remaining bytes, or `None` if the row is incomplete.
fn split_row(bytes: &[u8], dimension: usize) -> Option<(&[u8], &[u8], &[u8])> {
    let word_end = memchr::memchr(b' ', bytes)?;
    let (word, rest) = bytes.split_at(word_end);
    let (vector, after) = rest[1..].split_at_checked(dimension * NUMBER_BYTES)?;
    Some((word.strip_prefix(b"\n").unwrap_or(word), vector, after))
}

fn parse_row(
    word: &[u8],
    vector: &[u8],
    filter: Option<&WordFilter>,
    rows: &mut ParsedRows,
) -> Result<(), VectorRowError> {
    if word.len() + vector.len() > MAX_ROW_BYTES {
        return Err(VectorRowError::TooLong);
    }
    // The word2vec program cuts long words, possibly in the middle of a character.
    let Ok(word) = str::from_utf8(word) else {
        rows.skipped_words.add(rows.count);
        return Ok(());
    };
    if filter.is_some_and(|filter| !filter.keeps(word)) {
        return Ok(());
    }
    if word.is_empty() {
        return Err(VectorRowError::EmptyWord);
    }
    let (numbers, _) = vector.as_chunks::<NUMBER_BYTES>();
    for number in numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)) {
        if !number.is_finite() {
            let field = number.to_string();
            return Err(VectorRowError::NotFinite { field });
        }
        rows.numbers.push(number);
    }
    rows.words.push(word.to_owned());
    Ok(())
}
