//! The text formats. A row is a word followed by decimal numbers.

use super::parsed_rows::{ChunkError, ParsedRows};
use crate::embeddings::error::VectorRowError;
use crate::embeddings::limits::MAX_ROW_BYTES;
use crate::embeddings::word_filter::WordFilter;

/// The maximum number of characters of a field that an error message quotes.
const SHOWN_CHARACTERS: usize = 40;

/// Returns the length in bytes of the complete rows at the start of `bytes`.
pub(super) fn whole_rows(bytes: &[u8]) -> usize {
    memchr::memrchr(b'\n', bytes).map_or(0, |line_break| line_break + 1)
}

/// Parses lines, one row each. Skips the vectors of words that the filter drops, without checking them.
pub(super) fn parse(
    bytes: &[u8],
    dimension: usize,
    filter: Option<&WordFilter>,
) -> Result<ParsedRows, ChunkError> {
    let mut rows = ParsedRows::default();
    let mut rest = bytes;
    while !rest.is_empty() {
        let line_end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let (line, after) = rest.split_at(line_end);
        rest = after.get(1..).unwrap_or_default();
        parse_line(line, dimension, filter, &mut rows)
            .map_err(|error| ChunkError::row(rows.count, error))?;
        rows.count += 1;
    }
    Ok(rows)
}

fn parse_line(
    line: &[u8],
    dimension: usize,
    filter: Option<&WordFilter>,
    rows: &mut ParsedRows,
) -> Result<(), VectorRowError> {
    if line.len() > MAX_ROW_BYTES {
        return Err(VectorRowError::TooLong);
    }
    let line = trim_line_end(line);
    let piece_end = memchr::memchr(b' ', line).unwrap_or(line.len());
    let (piece, vector) = line.split_at(piece_end);
    if filter.is_some_and(|filter| !filter.may_begin_with(piece)) {
        return Ok(());
    }
    let before = rows.numbers.len();
    let word = match parse_numbers(vector, dimension, &mut rows.numbers) {
        true => piece,
        false => {
            rows.numbers.truncate(before);
            parse_with_care(line, dimension, &mut rows.numbers)?
        }
    };
    if word.is_empty() {
        return Err(VectorRowError::EmptyWord);
    }
    let word = str::from_utf8(word).map_err(|_| VectorRowError::InvalidUtf8)?;
    match filter.is_none_or(|filter| filter.keeps(word)) {
        true => rows.words.push(word.to_owned()),
        false => rows.numbers.truncate(before),
    }
    Ok(())
}

/// Parses exactly `dimension` finite numbers, each after a space. Returns `false` for other text.
fn parse_numbers(text: &[u8], dimension: usize, numbers: &mut Vec<f32>) -> bool {
    let mut rest = text;
    for _ in 0..dimension {
        let Some(([b' '], field)) = rest.split_at_checked(1) else {
            return false;
        };
        let Ok((number, length)) = fast_float2::parse_partial::<f32, _>(field) else {
            return false;
        };
        if !number.is_finite() {
            return false;
        }
        numbers.push(number);
        rest = &field[length..];
    }
    rest.is_empty()
}

/// Parses a line whose word contains spaces, or returns the error in the line.
///
/// The last `dimension` fields are the vector, and the text before them is the word: `. . .` is a
/// word of GloVe 840B. If a decimal follows the word's first space, the line has too many numbers.
fn parse_with_care<'a>(
    line: &'a [u8],
    dimension: usize,
    numbers: &mut Vec<f32>,
) -> Result<&'a [u8], VectorRowError> {
    let ragged = |found| VectorRowError::Ragged {
        found,
        expected: dimension,
    };
    let fields = memchr::memchr_iter(b' ', line).count();
    let word_end = memchr::memrchr_iter(b' ', line)
        .nth(dimension - 1)
        .ok_or_else(|| ragged(fields))?;
    let (word, vector) = line.split_at(word_end);
    let is_decimal = |piece: &[u8]| piece.contains(&b'.') && is_number(piece);
    if word.split(|byte| *byte == b' ').skip(1).any(is_decimal) {
        return Err(ragged(fields_from_first_number(line).unwrap_or(fields)));
    }
    for field in vector[1..].split(|byte| *byte == b' ') {
        match fast_float2::parse::<f32, _>(field) {
            Ok(number) if number.is_finite() => numbers.push(number),
            Ok(_) => {
                return Err(VectorRowError::NotFinite {
                    field: shown(field),
                });
            }
            Err(_) => {
                return Err(VectorRowError::NotANumber {
                    field: shown(field),
                });
            }
        }
    }
    Ok(word.trim_ascii_end())
}

/// Returns the number of fields from the first number to the end of the line. Ignores the first field,
/// which is the word.
pub(super) fn fields_from_first_number(line: &[u8]) -> Option<usize> {
    let fields = memchr::memchr_iter(b' ', line).count();
    let mut pieces = line.split(|byte| *byte == b' ').skip(1);
    Some(fields - pieces.position(is_number)?)
}

/// Removes trailing blanks: word2vec ends a line with a space, other programs with `\r`.
pub(super) fn trim_line_end(mut line: &[u8]) -> &[u8] {
    while let [before @ .., b' ' | b'\r'] = line {
        line = before;
    }
    line
}

fn is_number(field: &[u8]) -> bool {
    fast_float2::parse::<f32, _>(field).is_ok()
}

fn shown(field: &[u8]) -> String {
    String::from_utf8_lossy(field)
        .chars()
        .take(SHOWN_CHARACTERS)
        .collect()
}
