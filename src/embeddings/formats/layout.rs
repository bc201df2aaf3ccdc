//! Detects the layout of a file from its first bytes.

use super::binary_rows;
use super::text_rows::{self, fields_from_first_number, trim_line_end};
use crate::embeddings::error::VectorRowError;
use crate::embeddings::limits::MAX_DIMENSION;

/// The number of bytes examined to distinguish binary vectors from text: at least two vectors of the
/// usual dimensions.
pub(super) const LOOK_AHEAD_BYTES: usize = 4096;

const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// The encoding of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// One word per line, followed by decimal numbers, separated by single spaces.
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
    /// The offset of the first row, after the byte order mark and the header.
    pub(super) first_row: usize,
}

impl Layout {
    /// Detects the layout from the start of a file. `start` has the first line and
    /// [`LOOK_AHEAD_BYTES`] more, or the whole file.
    pub(super) fn detect(start: &[u8]) -> Result<Self, VectorRowError> {
        let mark = match start.starts_with(&BYTE_ORDER_MARK) {
            true => BYTE_ORDER_MARK.len(),
            false => 0,
        };
        let start = &start[mark..];
        let line_end = memchr::memchr(b'\n', start).unwrap_or(start.len());
        let line = trim_line_end(&start[..line_end]);
        let Some((words, dimension)) = header(line) else {
            let dimension = fields_from_first_number(line).ok_or(VectorRowError::NoVector)?;
            return Ok(Self {
                encoding: Encoding::Text,
                dimension: checked(dimension as u64)?,
                header_words: None,
                first_row: mark,
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
            first_row: start.len().min(line_end + 1) + mark,
        })
    }
}

/// Returns whether the rows after a header are binary. Binary numbers contain control characters,
/// which text does not. A small binary file may contain none by chance; `rows` then has the whole
/// file, so both parsers are tried. A line break at the end indicates text with an error in it.
fn is_binary(rows: &[u8], words: u64, dimension: usize) -> bool {
    let looked_at = &rows[..rows.len().min(LOOK_AHEAD_BYTES)];
    let has_control = looked_at
        .iter()
        .any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace());
    let is_only_binary = || {
        !rows.ends_with(b"\n")
            && text_rows::parse(rows, dimension, None).is_err()
            && binary_rows::parse(rows, dimension, None).is_ok_and(|rows| rows.count == words)
    };
    has_control || (rows.len() < LOOK_AHEAD_BYTES && is_only_binary())
}

/// Parses a word2vec header: the number of words and the dimension. GloVe files have no header.
fn header(line: &[u8]) -> Option<(u64, u64)> {
    let (words, dimension) = str::from_utf8(line).ok()?.split_once(' ')?;
    let whole = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse().ok(),
        false => None,
    };
    Some((whole(words)?, whole(dimension)?))
}

fn checked(dimension: u64) -> Result<usize, VectorRowError> {
    match usize::try_from(dimension) {
        Ok(fitting @ 1..=MAX_DIMENSION) => Ok(fitting),
        _ => Err(VectorRowError::Dimension { dimension }),
    }
}
