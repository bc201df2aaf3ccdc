//! Splits a line into fields, with quotes as text where they do not enclose a field.

use std::str::FromStr;

use thiserror::Error;

/// How quotes are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    /// As in RFC 4180: a quote at the start of a field always opens a quoted field.
    Standard,
    /// A backslash before a delimiter, quote or line break makes it text.
    Backslash,
    /// Quotes are text.
    None,
}

/// The error for an unknown quoting.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown quoting {0:?}; expected standard, backslash or none")]
pub struct UnknownQuoting(String);

impl FromStr for Quoting {
    type Err = UnknownQuoting;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "standard" => Ok(Self::Standard),
            "backslash" => Ok(Self::Backslash),
            "none" => Ok(Self::None),
            _ => Err(UnknownQuoting(name.to_owned())),
        }
    }
}

/// How a quote is written inside a quoted field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// Twice, as in RFC 4180.
    Doubled,
    /// After a backslash.
    Backslash,
}

/// The search for the end of a quoted field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    /// The position of the closing quote, which ends the field.
    At(usize),
    /// A quote that is neither escaped nor at the end of a field.
    Stray(usize),
    /// The bytes end first.
    Missing,
}

/// The fields of a record, concatenated.
#[derive(Debug, Default)]
pub(super) struct Fields {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Fields {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<&[u8]> {
        let start = match index.checked_sub(1) {
            Some(previous) => *self.ends.get(previous)?,
            None => 0,
        };
        self.bytes.get(start..*self.ends.get(index)?)
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Adds the start of a field, which [`Fields::push`] ends.
    pub(super) fn append(&mut self, part: &[u8]) {
        self.bytes.extend_from_slice(part);
    }

    pub(super) fn push(&mut self, field: &[u8]) {
        self.bytes.extend_from_slice(field);
        self.ends.push(self.bytes.len());
    }

    /// Adds a quoted field, without its enclosing quotes, followed by text after the closing quote.
    pub(super) fn push_quoted(&mut self, content: &[u8], escape: Escape, after: &[u8]) {
        let mark = match escape {
            Escape::Doubled => b'"',
            Escape::Backslash => b'\\',
        };
        let mut rest = content;
        while let Some(position) = memchr::memchr(mark, rest) {
            let is_escape = match (escape, rest.get(position + 1)) {
                (Escape::Doubled, _) => true,
                (Escape::Backslash, next) => matches!(next, Some(b'"' | b'\\')),
            };
            let kept = position + usize::from(!is_escape);
            self.bytes.extend_from_slice(&rest[..kept]);
            if is_escape {
                self.bytes.extend(rest.get(position + 1));
            }
            rest = &rest[rest.len().min(position + 1 + usize::from(is_escape))..];
        }
        self.bytes.extend_from_slice(rest);
        self.push(after);
    }
}

/// Finds the quote that closes a field opened before `from`. A closing quote is followed by a delimiter, by the end of
/// the line or by the end of the bytes.
pub(super) fn find_closing(bytes: &[u8], from: usize, delimiter: u8, escape: Escape) -> Closing {
    let mut position = from;
    while let Some(quote) = bytes
        .get(position..)
        .and_then(|rest| memchr::memchr(b'"', rest))
    {
        let quote = position + quote;
        let is_escaped = escape == Escape::Backslash && is_after_backslash(&bytes[from..quote]);
        let next = bytes.get(quote + 1);
        if is_escaped {
            position = quote + 1;
        } else if next == Some(&b'"') && escape == Escape::Doubled {
            position = quote + 2;
        } else if ends_field(&bytes[quote + 1..], delimiter) {
            return Closing::At(quote);
        } else {
            return Closing::Stray(quote);
        }
    }
    Closing::Missing
}

/// Returns whether an odd number of backslashes ends the bytes.
fn is_after_backslash(bytes: &[u8]) -> bool {
    let backslashes = bytes.iter().rev().take_while(|byte| **byte == b'\\');
    backslashes.count() % 2 == 1
}

fn ends_field(after: &[u8], delimiter: u8) -> bool {
    match after {
        [] | [b'\n', ..] | [b'\r'] | [b'\r', b'\n', ..] => true,
        [byte, ..] => *byte == delimiter,
    }
}
