//! Splits a CSV or TSV file into records.
//!
//! Written by hand because `csv-core` follows every quote at the start of a field to the next one, over any number of
//! rows: a tweet that begins with a quote would swallow the rows after it. Here a quote encloses a field only if it
//! closes where a field may end.

use std::io::{self, BufRead};
use std::path::Path;
use std::sync::Arc;

use super::fields::{Closing, Escape, Fields, Quoting, find_closing};
use crate::corpus::notes::{NoteKind, ReadingNotes};
use crate::corpus::window::{Window, trim_carriage_return};
use crate::corpus::{CorpusError, CorpusRowError, RowLocation};

/// The records of a file. Holds one record of at most [`MAX_ROW_BYTES`](super::super::MAX_ROW_BYTES) in memory.
pub(super) struct Records {
    pub(super) window: Window,
    pub(super) path: Arc<Path>,
    pub(super) delimiter: u8,
    /// `None` detects for each field whether its quotes enclose it.
    pub(super) quoting: Option<Quoting>,
    /// The number of fields in the header; 0 while it is unknown.
    pub(super) columns: usize,
    /// The fields of the last record.
    pub(super) fields: Fields,
    has_backslashes: bool,
    /// Whether a backslash escapes delimiters, quotes and line breaks.
    pub(super) has_escapes: bool,
    /// The line before which no record is written with such escapes.
    pub(super) unescaped_until: u64,
    /// Whether a quoted header or a field that needs its quotes was seen: the file is written with quotes.
    has_quoted_fields: bool,
    notes: ReadingNotes,
}

/// The end of a record and what was noticed in it.
pub(super) struct Parsed {
    /// The position after the record's last byte, before its line break.
    pub(super) end: usize,
    lone_quote: bool,
    backslash: bool,
}

impl Records {
    pub(super) fn new(
        reader: Box<dyn BufRead + Send>,
        path: Arc<Path>,
        delimiter: u8,
        quoting: Option<Quoting>,
        notes: ReadingNotes,
    ) -> Self {
        Self {
            window: Window::new(reader),
            path,
            delimiter,
            quoting,
            columns: 0,
            fields: Fields::default(),
            has_backslashes: false,
            has_escapes: false,
            unescaped_until: 0,
            has_quoted_fields: false,
            notes,
        }
    }

    /// Reads the next record into `fields` and returns its location; `None` at the end of the file.
    ///
    /// A line that is too long is skipped, so that the next record can be read.
    pub(super) fn read(&mut self) -> Result<Option<RowLocation>, CorpusError> {
        let blank = self.window.skip_blank_lines();
        let location = RowLocation::line(&self.path, self.window.line);
        let failed = |error: io::Error| CorpusError::reading(location.clone())(error);
        if !blank.map_err(failed)? {
            return Ok(None);
        }
        let Some(line_end) = self.window.line_end(0).map_err(failed)? else {
            self.window.skip_line().map_err(failed)?;
            let error = CorpusRowError::TooLong;
            return Err(CorpusError::BadRow { location, error });
        };
        let line = trim_carriage_return(&self.window.bytes()[..line_end]).len();
        let parsed = match self.quoting {
            Some(Quoting::None) => self.split_plain(line),
            Some(Quoting::Standard) => self.split_standard(&location)?,
            Some(Quoting::Backslash) | None => self.split_detecting(line).map_err(failed)?,
        };
        if parsed.lone_quote {
            self.notes.count(&location, NoteKind::LoneQuotes);
        }
        if parsed.backslash {
            self.has_backslashes = true;
            self.notes.count(&location, NoteKind::BackslashEscapes);
        }
        self.consume(parsed.end);
        Ok(Some(location))
    }

    /// Consumes a record and its line break.
    fn consume(&mut self, end: usize) {
        let bytes = self.window.bytes();
        let line_break = memchr::memchr(b'\n', &bytes[end..]);
        let count = line_break.map_or(bytes.len(), |line_break| end + line_break + 1);
        let lines = memchr::memchr_iter(b'\n', &bytes[..count]).count();
        self.window.consume(count, lines as u64);
    }

    /// Splits a line at each delimiter.
    fn split_plain(&mut self, line: usize) -> Parsed {
        self.fields.clear();
        let line = &self.window.bytes()[..line];
        let mut start = 0;
        for delimiter in memchr::memchr_iter(self.delimiter, line) {
            self.fields.push(&line[start..delimiter]);
            start = delimiter + 1;
        }
        self.fields.push(&line[start..]);
        Parsed::standard(line.len())
    }

    /// Splits a record and decides what its quotes and backslashes mean.
    fn split_detecting(&mut self, line: usize) -> io::Result<Parsed> {
        let bytes = &self.window.bytes()[..line];
        let has_backslashes = memchr::memchr(b'\\', bytes).is_some();
        let has_quotes = memchr::memchr(b'"', bytes).is_some();
        if self.has_escapes
            && (has_backslashes || has_quotes)
            && let Some(parsed) = self.split_escaped()?
        {
            return Ok(parsed);
        }
        let parsed = match has_quotes {
            true => self.split_with_quotes(line)?,
            false => self.split_plain(line),
        };
        if !has_backslashes || self.columns == 0 || self.fields.len() == self.columns {
            return Ok(parsed);
        }
        if let Some(escaped) = self.split_first_escapes(line) {
            return Ok(escaped);
        }
        match has_quotes {
            true => self.split_with_quotes(line),
            false => Ok(self.split_plain(line)),
        }
    }

    /// Splits a record with quotes, and decides for each field whether its quotes enclose it. If that gives another
    /// number of fields than the header has, tries the other readings of the line.
    fn split_with_quotes(&mut self, line: usize) -> io::Result<Parsed> {
        let first = match self.has_backslashes {
            true => Escape::Backslash,
            false => Escape::Doubled,
        };
        let parsed = self.split_quoted(line, first)?;
        if self.columns == 0 || self.fields.len() == self.columns {
            return Ok(parsed);
        }
        if memchr::memmem::find(&self.window.bytes()[..line], b"\\\"").is_some() {
            let other = match first {
                Escape::Doubled => Escape::Backslash,
                Escape::Backslash => Escape::Doubled,
            };
            let parsed = self.split_quoted(line, other)?;
            if self.fields.len() == self.columns {
                return Ok(parsed);
            }
        }
        let plain = self.split_plain(line);
        if self.fields.len() == self.columns {
            return Ok(Parsed {
                lone_quote: true,
                ..plain
            });
        }
        self.split_quoted(line, first)
    }

    fn split_quoted(&mut self, line: usize, escape: Escape) -> io::Result<Parsed> {
        self.fields.clear();
        let mut parsed = Parsed::standard(line);
        let mut position = 0;
        loop {
            let opens = self.window.bytes().get(position) == Some(&b'"') && position < parsed.end;
            let closing = match opens {
                true => self.closing(position + 1, &mut parsed, escape)?,
                false => None,
            };
            let next = match closing {
                Some((close, escape)) => {
                    let bytes = self.window.bytes();
                    self.fields
                        .push_quoted(&bytes[position + 1..close], escape, b"");
                    let has_next = close + 1 < parsed.end;
                    has_next.then_some(close + 2)
                }
                None => {
                    parsed.lone_quote |= opens;
                    self.take_plain(position, parsed.end)
                }
            };
            match next {
                Some(next) => position = next,
                None => return Ok(parsed),
            }
        }
    }

    /// Finds the quote that closes a field which starts at `start`: on the same line, or on a later one if the rows in
    /// between are part of the field. Moves the record's end to that line.
    fn closing(
        &mut self,
        start: usize,
        parsed: &mut Parsed,
        escape: Escape,
    ) -> io::Result<Option<(usize, Escape)>> {
        let line = &self.window.bytes()[..parsed.end];
        let closing = find_closing(line, start, self.delimiter, escape);
        let other = match (closing, escape) {
            (Closing::At(close), _) => {
                let content = &line[start..close];
                parsed.backslash |=
                    escape == Escape::Backslash && memchr::memmem::find(content, b"\\\"").is_some();
                let needs_quotes = memchr::memchr(self.delimiter, content).is_some()
                    || memchr::memmem::find(content, b"\"\"").is_some();
                self.has_quoted_fields |= self.columns == 0 || needs_quotes;
                return Ok(Some((close, escape)));
            }
            (Closing::Stray(quote), Escape::Doubled) => {
                let is_escaped = quote > start && line[quote - 1] == b'\\';
                is_escaped.then_some(Escape::Backslash)
            }
            (Closing::Stray(quote), Escape::Backslash) => {
                let is_doubled = line.get(quote + 1) == Some(&b'"');
                is_doubled.then_some(Escape::Doubled)
            }
            (Closing::Missing, _) => None,
        };
        let escape = match (closing, other) {
            (Closing::Stray(_), None) => return Ok(None),
            (_, None) => escape,
            (_, Some(other)) => match find_closing(line, start, self.delimiter, other) {
                Closing::At(close) => {
                    parsed.backslash |= other == Escape::Backslash;
                    return Ok(Some((close, other)));
                }
                Closing::Stray(_) => return Ok(None),
                Closing::Missing => other,
            },
        };
        let Some((close, end)) = self.closing_on_later_line(start, parsed.end, escape)? else {
            return Ok(None);
        };
        parsed.end = end;
        parsed.backslash |= other.is_some() && escape == Escape::Backslash;
        Ok(Some((close, escape)))
    }

    /// Returns the closing quote of a field that continues after its line, and the end of the quote's line.
    fn closing_on_later_line(
        &mut self,
        start: usize,
        line_end: usize,
        escape: Escape,
    ) -> io::Result<Option<(usize, usize)>> {
        let mut line_start = line_end;
        loop {
            // The search stops at the next quote that is not escaped, so no line is searched twice for one field.
            let Some(next_end) = self
                .window
                .line_end((line_start + 1).min(self.window.bytes().len()))?
            else {
                return Ok(None);
            };
            if next_end <= line_start {
                return Ok(None);
            }
            let bytes = &self.window.bytes()[..next_end];
            let searched = start.max(line_start);
            match find_closing(bytes, searched, self.delimiter, escape) {
                Closing::At(close) => {
                    let end = trim_carriage_return(bytes).len();
                    let has_escapes = memchr::memmem::find(&bytes[start..close], b"\"\"").is_some();
                    let is_field =
                        self.has_quoted_fields || has_escapes || !self.are_rows(&bytes[..end]);
                    return Ok(is_field.then_some((close, end)));
                }
                Closing::Stray(_) => return Ok(None),
                Closing::Missing if next_end == self.window.bytes().len() => return Ok(None),
                Closing::Missing => line_start = next_end,
            }
        }
    }

    /// Returns whether each line is a row of its own in a file whose fields rarely hold the delimiter: a tab or a
    /// vertical bar.
    fn are_rows(&self, lines: &[u8]) -> bool {
        let is_row =
            |line: &[u8]| memchr::memchr_iter(self.delimiter, line).count() + 1 == self.columns;
        matches!(self.delimiter, b'\t' | b'|')
            && self.columns > 1
            && lines.split(|byte| *byte == b'\n').all(is_row)
    }

    /// Adds the field from `position` to the next delimiter or to `end`. Returns the start of the next field, if any.
    pub(super) fn take_plain(&mut self, position: usize, end: usize) -> Option<usize> {
        let rest = trim_carriage_return(&self.window.bytes()[position.min(end)..end]);
        let delimiter = memchr::memchr(self.delimiter, rest);
        self.fields.push(&rest[..delimiter.unwrap_or(rest.len())]);
        delimiter.map(|delimiter| position + delimiter + 1)
    }
}

impl Parsed {
    /// Returns a record of which backslashes were removed if `has_escapes`.
    pub(super) fn escaped(end: usize, has_escapes: bool) -> Self {
        Self {
            backslash: has_escapes,
            ..Self::standard(end)
        }
    }

    pub(super) fn standard(end: usize) -> Self {
        Self {
            end,
            lone_quote: false,
            backslash: false,
        }
    }
}
