//! Files with a backslash before delimiters, quotes and line breaks, such as those of Python's csv with
//! `quoting=QUOTE_NONE, escapechar="\\"`.

use std::io;

use super::fields::{Closing, Escape, Fields, Quoting, find_closing};
use super::records::{Parsed, Records};
use crate::corpus::MAX_ROW_BYTES;

/// The result of splitting a record.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Split {
    /// The record is whole.
    Record(Escaped),
    /// More bytes are needed.
    Incomplete,
    /// The quote at this position neither encloses a field nor follows a backslash.
    StrayQuote(usize),
}

/// A record and what was noticed in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Escaped {
    /// The position after the record's last byte, before its line break.
    end: usize,
    /// Whether a delimiter, quote or line break follows a backslash.
    has_escapes: bool,
    /// Whether a backslash stands before another byte, where it is text.
    has_literal_backslashes: bool,
}

/// Splits the record at the start of `bytes`. `is_whole` says that no more bytes follow.
fn split(bytes: &[u8], delimiter: u8, is_whole: bool, fields: &mut Fields) -> Split {
    fields.clear();
    let mut record = Escaped {
        end: 0,
        has_escapes: false,
        has_literal_backslashes: false,
    };
    loop {
        let start = record.end;
        let end = match bytes.get(start) {
            Some(b'"') => quoted_field(bytes, delimiter, is_whole, &mut record, fields),
            _ => plain_field(bytes, delimiter, is_whole, &mut record, fields),
        };
        if let Err(split) = end {
            return split;
        }
        match bytes.get(record.end) {
            Some(byte) if *byte == delimiter => record.end += 1,
            _ => return Split::Record(record),
        }
    }
}

/// Adds the quoted field at the end of the record.
fn quoted_field(
    bytes: &[u8],
    delimiter: u8,
    is_whole: bool,
    record: &mut Escaped,
    fields: &mut Fields,
) -> Result<(), Split> {
    let start = record.end + 1;
    let closing = find_closing(bytes, start, delimiter, Escape::Backslash);
    // The bytes after a quote tell whether it ends the field.
    let is_known = |quote: usize| match bytes.get(quote + 1..) {
        Some([] | [b'\r']) => is_whole,
        _ => true,
    };
    match closing {
        Closing::At(quote) if is_known(quote) => {
            let content = &bytes[start..quote];
            record.has_escapes |= memchr::memmem::find(content, b"\\\"").is_some();
            record.has_literal_backslashes |= has_literal_backslash(content);
            fields.push_quoted(content, Escape::Backslash, b"");
            let has_return = bytes.get(quote + 1) == Some(&b'\r') && delimiter != b'\r';
            record.end = quote + 1 + usize::from(has_return);
            Ok(())
        }
        Closing::Stray(quote) if is_known(quote) => Err(Split::StrayQuote(quote)),
        Closing::Missing if is_whole => Err(Split::StrayQuote(record.end)),
        _ => Err(Split::Incomplete),
    }
}

/// Returns whether a backslash in a quoted field stands before a byte that needs none.
fn has_literal_backslash(content: &[u8]) -> bool {
    let mut rest = content;
    while let Some(position) = memchr::memchr(b'\\', rest) {
        if !matches!(rest.get(position + 1), Some(b'"' | b'\\')) {
            return true;
        }
        rest = &rest[position + 2..];
    }
    false
}

/// Adds the field without quotes at the end of the record.
fn plain_field(
    bytes: &[u8],
    delimiter: u8,
    is_whole: bool,
    record: &mut Escaped,
    fields: &mut Fields,
) -> Result<(), Split> {
    let is_stop = |byte: &u8| matches!(byte, b'\\' | b'"' | b'\n') || *byte == delimiter;
    let mut position = record.end;
    loop {
        let rest = &bytes[position..];
        let stop = rest.iter().position(is_stop).unwrap_or(rest.len());
        let (text, rest) = rest.split_at(stop);
        match rest {
            [b'\\', b'\r'] if !is_whole => return Err(Split::Incomplete),
            [b'\\', escaped, after @ ..] => {
                // The line ends after a backslash that is text.
                let is_line_end = *escaped == b'\r' && after.first() == Some(&b'\n');
                let is_escape = matches!(escaped, b'"' | b'\\' | b'\r' | b'\n') && !is_line_end;
                let is_escape = is_escape || *escaped == delimiter;
                record.has_escapes |= is_escape && *escaped != b'\\';
                record.has_literal_backslashes |= !is_escape;
                fields.append(text);
                let length = if is_line_end { 1 } else { 2 };
                fields.append(&rest[usize::from(is_escape)..length]);
                position += stop + length;
            }
            [b'"', ..] => return Err(Split::StrayQuote(position + stop)),
            [] | [b'\\'] if !is_whole => return Err(Split::Incomplete),
            [b'\\'] => {
                record.has_literal_backslashes = true;
                fields.append(text);
                fields.push(rest);
                record.end = bytes.len();
                return Ok(());
            }
            _ => {
                let is_line = rest.first() != Some(&delimiter);
                let text = match text {
                    [text @ .., b'\r'] if is_line => text,
                    text => text,
                };
                fields.push(text);
                record.end = position + stop;
                return Ok(());
            }
        }
    }
}

/// Returns whether the first lines of a file are written with a backslash before delimiters, quotes and line breaks. If
/// so, every backslash escapes something, no other quote stands in a field, and all records have as many fields as the
/// first. One column has as many fields in any reading, which shows nothing.
pub(super) fn uses_escapes(sample: &[u8], delimiter: u8) -> bool {
    if memchr::memchr(b'\\', sample).is_none() {
        return false;
    }
    let mut fields = Fields::default();
    let mut has_escapes = false;
    let mut columns = None;
    let mut rest = sample;
    loop {
        let is_break = |byte: &&u8| matches!(byte, b'\r' | b'\n');
        let breaks = rest.iter().take_while(is_break).count();
        rest = &rest[breaks..];
        if rest.is_empty() {
            return has_escapes;
        }
        match split(rest, delimiter, false, &mut fields) {
            Split::Incomplete => return has_escapes,
            Split::Record(record)
                if !record.has_literal_backslashes
                    && fields.len() > 1
                    && fields.len() == *columns.get_or_insert(fields.len()) =>
            {
                has_escapes |= record.has_escapes;
                rest = &rest[record.end..];
            }
            Split::Record(_) | Split::StrayQuote(_) => return false,
        }
    }
}

impl Records {
    /// Splits a record in which a backslash escapes delimiters, quotes and line breaks. Returns `None` if it is not
    /// written so, or has another number of fields than the header.
    pub(super) fn split_escaped(&mut self) -> io::Result<Option<Parsed>> {
        if self.window.line < self.unescaped_until {
            return Ok(None);
        }
        let mut is_whole = false;
        let end = loop {
            let bytes = self.window.bytes();
            match split(bytes, self.delimiter, is_whole, &mut self.fields) {
                Split::Record(record) if self.accepts(&record) => {
                    return Ok(Some(Parsed::escaped(record.end, record.has_escapes)));
                }
                Split::Record(record) => break record.end,
                Split::StrayQuote(quote) => break quote,
                Split::Incomplete if bytes.len() > MAX_ROW_BYTES => break bytes.len(),
                Split::Incomplete => {
                    // Twice as many bytes each time, so that a long record is not split once for each read.
                    let wanted = 2 * bytes.len();
                    while self.window.bytes().len() < wanted && !is_whole {
                        is_whole = !self.window.grow()?;
                    }
                }
            }
        };
        // Its lines are rows of their own: none of them is tried again, so that reading stays linear.
        let lines = memchr::memchr_iter(b'\n', &self.window.bytes()[..end]).count();
        self.unescaped_until = self.window.line + lines as u64;
        Ok(None)
    }

    /// Returns whether a record is that of a writer which escapes every backslash.
    fn accepts(&self, record: &Escaped) -> bool {
        let is_set = self.quoting == Some(Quoting::Backslash);
        (self.columns == 0 || self.fields.len() == self.columns)
            && record.end <= MAX_ROW_BYTES
            && (is_set || !record.has_literal_backslashes)
    }

    /// Splits a line that has another number of fields than the header unless a backslash in it escapes a delimiter or
    /// a quote. The rest of the file is read so, too.
    pub(super) fn split_first_escapes(&mut self, line: usize) -> Option<Parsed> {
        let bytes = &self.window.bytes()[..line];
        match split(bytes, self.delimiter, true, &mut self.fields) {
            Split::Record(record)
                if record.end == line && record.has_escapes && self.accepts(&record) =>
            {
                self.has_escapes = true;
                Some(Parsed::escaped(line, true))
            }
            _ => None,
        }
    }
}
