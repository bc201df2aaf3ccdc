//! Finds the JSON values in a stream without parsing them.

use std::ops::Range;

use crate::corpus::window::first_line;

/// How the objects of a JSON file are arranged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// One object per line. An invalid line does not affect the others.
    Lines,
    /// Objects over any number of lines, in an array or one after the other.
    Values,
}

/// The result of searching the next value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Search {
    /// The value is at these positions.
    Found(Range<usize>),
    /// The value starts at a position, or would, and more bytes are needed.
    Incomplete { start: usize },
    /// There are no more values.
    End,
}

impl Layout {
    /// Returns the layout by the first bytes of a file.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let line = first_line(bytes).trim_ascii();
        match line.first() {
            Some(b'[') => Self::Values,
            // A line that a pretty-printed object leaves open.
            Some(b'{') if matches!(line.last(), Some(b'{' | b'[' | b',')) => Self::Values,
            _ => Self::Lines,
        }
    }

    /// Finds the next value in `bytes`. `is_whole` says that no more bytes follow.
    pub(super) fn find(self, bytes: &[u8], is_whole: bool) -> Search {
        let is_between = |byte: &u8| match self {
            Self::Lines => byte.is_ascii_whitespace(),
            Self::Values => byte.is_ascii_whitespace() || matches!(byte, b',' | b'[' | b']'),
        };
        let Some(start) = bytes.iter().position(|byte| !is_between(byte)) else {
            return match is_whole {
                true => Search::End,
                false => Search::Incomplete { start: bytes.len() },
            };
        };
        let length = match self {
            Self::Lines => {
                memchr::memchr(b'\n', &bytes[start..]).or(is_whole.then_some(bytes.len() - start))
            }
            Self::Values => value_length(&bytes[start..]),
        };
        match length {
            Some(length) => Search::Found(start..start + length),
            None => Search::Incomplete { start },
        }
    }
}

/// Returns the length of the object, or of the other value up to a comma or bracket, that starts the bytes.
fn value_length(bytes: &[u8]) -> Option<usize> {
    if bytes.first() != Some(&b'{') {
        let is_end = |byte: &u8| matches!(byte, b',' | b']' | b'{' | b'\n');
        return bytes.iter().position(is_end).map(|end| end.max(1));
    }
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut is_escaped = false;
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => {
                depth -= 1;
                if depth == 0 {
                    return Some(index + 1);
                }
            }
            _ => {}
        }
    }
    None
}
