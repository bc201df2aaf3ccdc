//! Formats with one row per line. This file reads the lines in bounded memory; the format parses them.

use std::io::{self, BufRead, Read};
use std::path::Path;
use std::sync::Arc;

use super::{CorpusError, CorpusRowError, MAX_ROW_BYTES, Row, RowLocation};

/// The text and the label of a line; `None` if the line contains no row.
pub(super) type ParsedLine = Result<Option<(String, Option<String>)>, CorpusRowError>;

/// The rows of a file with one row per line.
pub(super) struct LineRows<Parse> {
    reader: Box<dyn BufRead + Send>,
    parse: Parse,
    path: Arc<Path>,
    /// The number of the next line, from 1.
    line: u64,
    bytes: Vec<u8>,
}

impl<Parse: Fn(&str) -> ParsedLine> LineRows<Parse> {
    pub(super) fn new(reader: Box<dyn BufRead + Send>, path: Arc<Path>, parse: Parse) -> Self {
        Self {
            reader,
            parse,
            path,
            line: 1,
            bytes: Vec::new(),
        }
    }

    /// Reads the next line into `bytes` without its line break. Returns `None` at the end of the file.
    fn read_line(&mut self) -> io::Result<Option<Result<(), CorpusRowError>>> {
        self.bytes.clear();
        let longest = MAX_ROW_BYTES + "\r\n".len();
        let mut limited = self.reader.by_ref().take(longest as u64);
        if limited.read_until(b'\n', &mut self.bytes)? == 0 {
            return Ok(None);
        }
        let is_whole = self.bytes.pop_if(|last| *last == b'\n').is_some();
        if !is_whole && self.bytes.len() == longest {
            self.reader.skip_until(b'\n')?;
        }
        self.bytes.pop_if(|last| *last == b'\r');
        if self.bytes.len() > MAX_ROW_BYTES {
            return Ok(Some(Err(CorpusRowError::TooLong)));
        }
        Ok(Some(Ok(())))
    }

    fn parse_line(&self) -> ParsedLine {
        let line = str::from_utf8(&self.bytes).map_err(|_| CorpusRowError::InvalidUtf8)?;
        (self.parse)(line)
    }
}

impl<Parse: Fn(&str) -> ParsedLine> Iterator for LineRows<Parse> {
    type Item = Result<Row, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let location = RowLocation::line(&self.path, self.line);
            let read = match self.read_line() {
                Ok(read) => read?,
                Err(error) => return Some(Err(CorpusError::reading(location)(error))),
            };
            self.line += 1;
            return Some(match read.and_then(|()| self.parse_line()) {
                Ok(Some((text, label))) => Ok(Row {
                    location,
                    text,
                    label,
                }),
                Ok(None) => continue,
                Err(error) => Err(CorpusError::BadRow { location, error }),
            });
        }
    }
}
