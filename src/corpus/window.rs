//! A window on the lines of a file: the bytes from the start of a record to where its end was searched.

use std::io::{self, BufRead};

use crate::corpus::MAX_ROW_BYTES;
use crate::files::fill;

/// The unread bytes of a file, with the number of the line at which they start.
pub(super) struct Window {
    reader: Box<dyn BufRead + Send>,
    bytes: Vec<u8>,
    start: usize,
    is_at_end: bool,
    /// The number of the next line, from 1.
    pub(super) line: u64,
}

impl Window {
    pub(super) fn new(reader: Box<dyn BufRead + Send>) -> Self {
        Self {
            reader,
            bytes: Vec::new(),
            start: 0,
            is_at_end: false,
            line: 1,
        }
    }

    /// Returns the bytes that were read and not consumed.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// Reads more bytes. Returns `false` at the end of the file.
    pub(super) fn grow(&mut self) -> io::Result<bool> {
        if self.is_at_end {
            return Ok(false);
        }
        if self.start > self.bytes.len() / 2 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        let input = fill(&mut self.reader)?;
        let count = input.len();
        self.bytes.extend_from_slice(input);
        self.reader.consume(count);
        self.is_at_end = count == 0;
        Ok(count > 0)
    }

    /// Returns the end of the line that contains the position `from`: the position of its line break, or of the end of
    /// the file. Returns `None` if the record would be longer than [`MAX_ROW_BYTES`].
    pub(super) fn line_end(&mut self, from: usize) -> io::Result<Option<usize>> {
        let mut searched = from;
        loop {
            let unread = &self.bytes()[searched..];
            if let Some(line_break) = memchr::memchr(b'\n', unread) {
                let end = searched + line_break;
                return Ok((end <= MAX_ROW_BYTES + 1).then_some(end));
            }
            searched = self.bytes().len();
            if searched > MAX_ROW_BYTES + 1 {
                return Ok(None);
            }
            if !self.grow()? {
                return Ok(Some(searched));
            }
        }
    }

    /// Consumes bytes, which end with a line break or with the file.
    pub(super) fn consume(&mut self, count: usize, lines: u64) {
        self.start = self.bytes.len().min(self.start + count);
        self.line += lines;
    }

    /// Consumes the rest of a line that is too long.
    pub(super) fn skip_line(&mut self) -> io::Result<()> {
        self.line += 1;
        loop {
            let line_break = memchr::memchr(b'\n', self.bytes());
            match line_break {
                Some(line_break) => {
                    self.start += line_break + 1;
                    return Ok(());
                }
                None => self.start = self.bytes.len(),
            }
            if !self.grow()? {
                return Ok(());
            }
        }
    }

    /// Consumes blank lines. Returns `false` at the end of the file.
    pub(super) fn skip_blank_lines(&mut self) -> io::Result<bool> {
        loop {
            let is_break = |byte: &&u8| matches!(byte, b'\r' | b'\n');
            let breaks = self.bytes().iter().take_while(is_break).count();
            let line_breaks = memchr::memchr_iter(b'\n', &self.bytes()[..breaks]).count();
            let is_whole = breaks == self.bytes().len();
            self.consume(breaks, line_breaks as u64);
            if !is_whole {
                return Ok(true);
            }
            if !self.grow()? {
                return Ok(false);
            }
        }
    }
}

/// Returns the first line of the bytes, without its line break.
pub(super) fn first_line(bytes: &[u8]) -> &[u8] {
    let end = memchr::memchr(b'\n', bytes).unwrap_or(bytes.len());
    trim_carriage_return(&bytes[..end])
}

/// Returns a line without the carriage return at its end.
pub(super) fn trim_carriage_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}
