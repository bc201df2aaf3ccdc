//! The text formats. A row is a word followed by decimal numbers, separated by spaces or tabs.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;

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

/// Parses lines, one row each. Ignores blank lines. Skips the vectors of words that the filter drops,
/// without checking them.
pub(super) fn parse(
    bytes: &[u8],
    dimension: usize,
    filter: Option<&WordFilter>,
) -> Result<ParsedRows, ChunkError> {
    let mut rows = ParsedRows::default();
    let mut rest = bytes;
    while !rest.is_empty() {
        let line_end = memchr::memchr(b'\n', rest);
        let (line, after) = rest.split_at(line_end.unwrap_or(rest.len()));
        rest = after.get(1..).unwrap_or_default();
        let lines_before = rows.lines();
        let line = trim_line_end(line);
        if line.is_empty() {
            rows.blank_lines.add(lines_before);
            continue;
        }
        // Without a line break at its end, the file may be truncated: even a row that the filter
        // drops is checked.
        let checked = match (line_end, filter) {
            (None, Some(_)) => parse_line(line, dimension, None, &mut ParsedRows::default()),
            _ => Ok(()),
        };
        checked
            .and_then(|()| parse_line(line, dimension, filter, &mut rows))
            .map_err(|error| ChunkError::row(lines_before, error))?;
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
    let piece_end = memchr::memchr2(b' ', b'\t', line).unwrap_or(line.len());
    let (piece, vector) = line.split_at(piece_end);
    // A line that is not UTF-8 is always parsed, so that the notes do not depend on the filter.
    if let (Some(filter), Ok(line)) = (filter, str::from_utf8(line))
        && !filter.may_begin_with(&line[..piece_end])
    {
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
    let word = decode(word, rows);
    match filter.is_none_or(|filter| filter.keeps(&word)) {
        true => rows.words.push(word.into_owned()),
        false => rows.numbers.truncate(before),
    }
    Ok(())
}

/// Decodes a word as UTF-8, or else as Windows-1252, in which every byte is a character.
fn decode<'a>(word: &'a [u8], rows: &mut ParsedRows) -> Cow<'a, str> {
    match str::from_utf8(word) {
        Ok(word) => Cow::Borrowed(word),
        Err(_) => {
            rows.decoded_words.add(rows.lines());
            WINDOWS_1252.decode_without_bom_handling(word).0
        }
    }
}

/// Parses exactly `dimension` finite numbers, each after a separator. Returns `false` for other text.
fn parse_numbers(text: &[u8], dimension: usize, numbers: &mut Vec<f32>) -> bool {
    let mut rest = text;
    for _ in 0..dimension {
        let Some(([b' ' | b'\t'], field)) = rest.split_at_checked(1) else {
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

/// Parses a line whose word contains spaces or whose fields have several separators between them, or
/// returns the error in the line.
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
    let count = fields(line).count() - 1;
    let (word, vector) = split_vector(line, dimension).ok_or_else(|| ragged(count))?;
    let is_decimal = |piece: &[u8]| piece.contains(&b'.') && is_number(piece);
    if fields(word).skip(1).any(is_decimal) {
        return Err(ragged(fields_from_first_number(line).unwrap_or(count)));
    }
    for field in fields(vector).skip(1) {
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
    Ok(trim_line_end(word))
}

/// Splits a line before the separator of its last `dimension` fields. Returns `None` if there are too
/// few.
fn split_vector(line: &[u8], dimension: usize) -> Option<(&[u8], &[u8])> {
    let mut before = line;
    for _ in 0..dimension {
        let end = memchr::memrchr2(b' ', b'\t', trim_line_end(before))?;
        before = &before[..end];
    }
    Some(line.split_at(before.len()))
}

/// Returns the number of fields from the first number to the end of the line. Ignores the first field,
/// which is the word.
pub(super) fn fields_from_first_number(line: &[u8]) -> Option<usize> {
    let count = fields(line).count() - 1;
    Some(count - fields(line).skip(1).position(is_number)?)
}

/// Iterates over the fields of a line. The first is the word, which is empty if the line begins with a
/// separator.
pub(super) fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| matches!(byte, b' ' | b'\t'))
        .enumerate()
        .filter(|(index, field)| *index == 0 || !field.is_empty())
        .map(|(_, field)| field)
}

/// Removes trailing blanks: word2vec ends a line with a space, other programs with `\r`.
pub(super) fn trim_line_end(mut line: &[u8]) -> &[u8] {
    while let [before @ .., b' ' | b'\t' | b'\r'] = line {
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
