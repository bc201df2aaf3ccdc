//! Detects the layout of a file from its first bytes.

use super::binary_rows;
use super::text_rows::{self, fields, fields_from_first_number, trim_line_end};
use crate::embeddings::error::VectorRowError;
use crate::embeddings::limits::MAX_DIMENSION;

/// The number of bytes examined to distinguish binary vectors from text: at least two vectors of the
/// usual dimensions.
pub(super) const LOOK_AHEAD_BYTES: usize = 4096;

const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// The encoding of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// One word per line, followed by decimal numbers, separated by spaces or tabs.
    Text,
    /// The word2vec binary encoding: the word, a space and the vector in little-endian 32-bit floats.
    /// A line break may precede the word.
    Binary,
}

/// The layout of a file, detected from its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) encoding: Encoding,
    /// The dimension of the vectors, from 1 to [`MAX_DIMENSION`].
    pub(super) dimension: usize,
    /// The number of words declared in the header, or `None` without a header.
    pub(super) header_words: Option<u64>,
    /// The number of blank lines before the header or the first row.
    pub(super) blank_lines: u64,
    /// The offset of the first row, after the byte order mark, blank lines and the header.
    pub(super) first_row: usize,
}

/// Returns the offset of the first line that is not blank, after the byte order mark, and the number of
/// blank lines before it.
pub(super) fn first_line(start: &[u8]) -> (usize, u64) {
    let (mut offset, mut blank_lines) = match start.starts_with(&BYTE_ORDER_MARK) {
        true => (BYTE_ORDER_MARK.len(), 0),
        false => (0, 0),
    };
    while let Some(length) = memchr::memchr(b'\n', &start[offset..])
        && trim_line_end(&start[offset..][..length]).is_empty()
    {
        offset += length + 1;
        blank_lines += 1;
    }
    (offset, blank_lines)
}

impl Layout {
    /// Detects the layout from the start of a file. `start` has the first line and
    /// [`LOOK_AHEAD_BYTES`] more, or the whole file.
    pub(super) fn detect(start: &[u8]) -> Result<Self, VectorRowError> {
        let (offset, blank_lines) = first_line(start);
        let start = &start[offset..];
        let line_end = memchr::memchr(b'\n', start).unwrap_or(start.len());
        let line = trim_line_end(&start[..line_end]);
        let Some((words, dimension)) = header(line) else {
            let dimension = fields_from_first_number(line).ok_or(VectorRowError::NoVector)?;
            return Ok(Self {
                encoding: Encoding::Text,
                dimension: checked(dimension as u64)?,
                header_words: None,
                blank_lines,
                first_row: offset,
            });
        };
        let dimension = checked(dimension)?;
        let rows = start.get(line_end + 1..).unwrap_or_default();
        Ok(Self {
            encoding: match is_binary(rows, words, dimension) {
                true => Encoding::Binary,
                false => Encoding::Text,
            },
            dimension,
            header_words: Some(words),
            blank_lines,
            first_row: start.len().min(line_end + 1) + offset,
        })
    }
}

/// Returns whether the rows after a header are binary. Binary numbers contain control characters,
/// which text does not. A small binary file may contain none by chance; `rows` then has the whole
/// file, so both parsers are tried. A wrong number of words or a line break at the end indicates text
/// with an error in it, unless there are bytes that are not UTF-8.
fn is_binary(rows: &[u8], words: u64, dimension: usize) -> bool {
    let looked_at = &rows[..rows.len().min(LOOK_AHEAD_BYTES)];
    let has_control = looked_at
        .iter()
        .any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace());
    let is_only_binary = || {
        let is_utf8 = str::from_utf8(rows).is_ok();
        text_rows::parse(rows, dimension, None).is_err()
            && binary_rows::parse(rows, dimension, None)
                .is_ok_and(|parsed| !is_utf8 || (parsed.count == words && !rows.ends_with(b"\n")))
    };
    has_control || (rows.len() < LOOK_AHEAD_BYTES && is_only_binary())
}

/// Parses a word2vec header: the number of words and the dimension. GloVe files have no header.
fn header(line: &[u8]) -> Option<(u64, u64)> {
    let whole = |field: &[u8]| match field.iter().all(u8::is_ascii_digit) {
        true => str::from_utf8(field).ok()?.parse().ok(),
        false => None,
    };
    let mut fields = fields(line);
    let header = (whole(fields.next()?)?, whole(fields.next()?)?);
    fields.next().is_none().then_some(header)
}

fn checked(dimension: u64) -> Result<usize, VectorRowError> {
    match usize::try_from(dimension) {
        Ok(fitting @ 1..=MAX_DIMENSION) => Ok(fitting),
        _ => Err(VectorRowError::Dimension { dimension }),
    }
}
