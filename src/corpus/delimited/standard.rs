//! Standard quoting: a quote at the start of a field always encloses it, as in RFC 4180.

use std::io;

use super::fields::{Closing, Escape, find_closing};
use super::records::{Parsed, Records};
use crate::corpus::window::trim_carriage_return;
use crate::corpus::{CorpusError, MAX_ROW_BYTES, RowLocation};

impl Records {
    /// Splits a record in which a quote at the start of a field always opens a quoted field.
    pub(super) fn split_standard(&mut self, location: &RowLocation) -> Result<Parsed, CorpusError> {
        let failed = |error: io::Error| CorpusError::reading(location.clone())(error);
        let unclosed = || CorpusError::UnclosedQuote {
            location: location.clone(),
        };
        self.fields.clear();
        let mut position = 0;
        loop {
            if self.window.bytes().get(position) != Some(&b'"') {
                let line_end = self.window.line_end(position).map_err(failed)?;
                let line_end = line_end.ok_or_else(unclosed)?;
                match self.take_plain(position, line_end) {
                    Some(next) => position = next,
                    None => return Ok(Parsed::standard(line_end)),
                }
                continue;
            }
            let start = position + 1;
            let close = loop {
                match find_closing(self.window.bytes(), start, self.delimiter, Escape::Doubled) {
                    Closing::Missing => {}
                    // A quote at the end of the window may be the first of two.
                    Closing::At(quote) | Closing::Stray(quote)
                        if quote + 2 < self.window.bytes().len() =>
                    {
                        break quote;
                    }
                    Closing::At(quote) | Closing::Stray(quote) => {
                        if !self.window.grow().map_err(failed)? {
                            break quote;
                        }
                        continue;
                    }
                }
                let is_long = self.window.bytes().len() > MAX_ROW_BYTES;
                if is_long || !self.window.grow().map_err(failed)? {
                    return Err(unclosed());
                }
            };
            let line_end = self.window.line_end(close).map_err(failed)?;
            let line_end = line_end.ok_or_else(unclosed)?;
            let bytes = self.window.bytes();
            let after = trim_carriage_return(&bytes[close + 1..line_end]);
            let next = memchr::memchr(self.delimiter, after);
            let text = &after[..next.unwrap_or(after.len())];
            self.fields
                .push_quoted(&bytes[start..close], Escape::Doubled, text);
            match next {
                Some(next) => position = close + 1 + next + 1,
                None => return Ok(Parsed::standard(line_end)),
            }
        }
    }
}
