//! How a file is laid out, seen from its beginning.

use super::binary;
use super::text::{self, fields_from_first_number, trim_line_end};
use crate::embeddings::error::VectorRowError;
use crate::embeddings::limits::MAX_DIMENSION;

/// How many bytes are looked at to tell binary vectors from text: at least two of the vectors in use.
pub(super) const LOOK_AHEAD_BYTES: usize = 4096;

const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// A line a word: the word and its numbers in decimals, single spaces between.
    Text,
    /// word2vec's: the word, a space, and its numbers as little-endian 32-bit floats. A line break
    /// may stand before the word.
    Binary,
}

/// What the beginning of a file says about the rest of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) encoding: Encoding,
    /// Numbers in a vector, from 1 to [`MAX_DIMENSION`].
    pub(super) dimension: usize,
    /// How many words a header says there are; None without a header.
    pub(super) header_words: Option<u64>,
    /// Where the rows begin: behind the byte order mark and the header.
    pub(super) first_row: usize,
}

impl Layout {
    /// Sees the layout from the first bytes of a file: its first line and [`LOOK_AHEAD_BYTES`], or
    /// all of it.
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

/// Whether what follows a header is binary: numbers are full of bytes that no text has, but for a
/// file so small that it may have none by chance. All of such a file is here to be tried; a line
/// break at its end speaks for text with a fault in it.
fn is_binary(rows: &[u8], words: u64, dimension: usize) -> bool {
    let looked_at = &rows[..rows.len().min(LOOK_AHEAD_BYTES)];
    let has_control = looked_at
        .iter()
        .any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace());
    let is_only_binary = || {
        !rows.ends_with(b"\n")
            && text::parse(rows, dimension, None).is_err()
            && binary::parse(rows, dimension, None).is_ok_and(|rows| rows.count == words)
    };
    has_control || (rows.len() < LOOK_AHEAD_BYTES && is_only_binary())
}

/// The two numbers of word2vec's first line: how many words there are and their dimension. GloVe
/// files have no such line.
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
