//! CSV and TSV files with a header.
//!
//! Built on `csv-core`, the parser of the `csv` crate. The reader of `csv` itself holds a record of any
//! size in memory (an unclosed quote turns the rest of the file into one record), and its line numbers are
//! wrong after blank lines.

use std::io::{self, BufRead};
use std::path::Path;
use std::sync::Arc;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::{CorpusError, CorpusOptions, CorpusRowError, MAX_ROW_BYTES, Row, RowLocation, Skipped};
use crate::printable::Printable;

const FIRST_BYTES: usize = 1 << 12;
const FIRST_FIELDS: usize = 16;

/// The rows of a CSV or TSV file.
pub(super) struct DelimitedRows {
    records: Records,
    columns: usize,
    text: usize,
    label: Option<usize>,
}

impl DelimitedRows {
    /// Reads the header. The label column may be absent unless `labels_needed`.
    pub(super) fn new(
        reader: Box<dyn BufRead + Send>,
        path: Arc<Path>,
        delimiter: u8,
        options: &CorpusOptions,
        labels_needed: bool,
    ) -> Result<Self, CorpusError> {
        let mut records = Records::new(reader, path, delimiter);
        let Some(location) = records.read()? else {
            return Err(CorpusError::Empty {
                path: records.path.to_path_buf(),
                skipped: Skipped::default(),
            });
        };
        let header: Vec<String> = (0..records.fields)
            .map(|index| String::from_utf8_lossy(records.field(index)).trim().into())
            .collect();
        let find = |column: &str| {
            let found = header.iter().position(|name| name == column);
            found.ok_or_else(|| CorpusError::UnknownColumn {
                location: location.clone(),
                column: column.to_owned(),
                columns: listing(&header),
            })
        };
        Ok(Self {
            columns: header.len(),
            text: find(&options.text_column)?,
            label: match find(&options.label_column) {
                Ok(index) => Some(index),
                Err(_) if !labels_needed => None,
                Err(error) => return Err(error),
            },
            records,
        })
    }

    fn text_and_label(&self) -> Result<(String, Option<String>), CorpusRowError> {
        if self.records.fields != self.columns {
            return Err(CorpusRowError::FieldCount {
                expected: self.columns,
                found: self.records.fields,
            });
        }
        let field = |index| {
            let text = str::from_utf8(self.records.field(index));
            text.map(str::to_owned)
                .map_err(|_| CorpusRowError::InvalidUtf8)
        };
        Ok((field(self.text)?, self.label.map(field).transpose()?))
    }
}

impl Iterator for DelimitedRows {
    type Item = Result<Row, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        let location = match self.records.read() {
            Ok(location) => location?,
            Err(error) => return Some(Err(error)),
        };
        Some(match self.text_and_label() {
            Ok((text, label)) => Ok(Row {
                location,
                text,
                label,
            }),
            Err(error) => Err(CorpusError::BadRow { location, error }),
        })
    }
}

/// Lists the columns of a header for a message: the first ten, each cut to 40 characters.
fn listing(header: &[String]) -> String {
    let mut names: Vec<String> = header
        .iter()
        .take(10)
        .map(|name| {
            let short: String = name.chars().take(40).collect();
            format!("\"{}\"", Printable(&short))
        })
        .collect();
    if header.len() > names.len() {
        names.push(format!("{} more", header.len() - names.len()));
    }
    names.join(", ")
}

/// Splits a stream into records. Holds one record of at most [`MAX_ROW_BYTES`] in memory.
struct Records {
    reader: Box<dyn BufRead + Send>,
    parser: Reader,
    path: Arc<Path>,
    /// The line number of the next byte, from 1.
    line: u64,
    /// The unquoted fields of the record, concatenated, with spare capacity.
    bytes: Vec<u8>,
    /// The end of each field in `bytes`, with spare capacity.
    ends: Vec<usize>,
    /// The number of fields in the record.
    fields: usize,
}

impl Records {
    fn new(reader: Box<dyn BufRead + Send>, path: Arc<Path>, delimiter: u8) -> Self {
        Self {
            reader,
            parser: ReaderBuilder::new().delimiter(delimiter).build(),
            path,
            line: 1,
            bytes: vec![0; FIRST_BYTES],
            ends: vec![0; FIRST_FIELDS],
            fields: 0,
        }
    }

    /// Returns a field of the last record.
    fn field(&self, index: usize) -> &[u8] {
        let start = match index.checked_sub(1) {
            Some(previous) => self.ends[previous],
            None => 0,
        };
        &self.bytes[start..self.ends[index]]
    }

    /// Reads the next record and returns its location; `None` at the end of the file.
    ///
    /// A record that is too long is skipped to its end, so that the next one can be read.
    fn read(&mut self) -> Result<Option<RowLocation>, CorpusError> {
        let blank = self.skip_line_breaks();
        let location = RowLocation::line(&self.path, self.line);
        if !blank.map_err(CorpusError::reading(location.clone()))? {
            return Ok(None);
        }
        let mut taken = 0; // bytes read from the stream
        let mut written = 0; // bytes of unquoted fields
        self.fields = 0;
        loop {
            let input = match fill(&mut self.reader) {
                Ok(input) => input,
                Err(error) => return Err(CorpusError::reading(location)(error)),
            };
            // Adds a line break to a last line without one. Inside a quote it does not end the record.
            let at_end = input.is_empty();
            let input = if at_end { b"\n" } else { input };
            let (result, read, wrote, ended) = self.parser.read_record(
                input,
                &mut self.bytes[written..],
                &mut self.ends[self.fields..],
            );
            if !at_end {
                self.line += count_line_breaks(&input[..read]);
                self.reader.consume(read);
            }
            taken += read;
            written += wrote;
            self.fields += ended;
            let is_too_long = taken > MAX_ROW_BYTES;
            match result {
                ReadRecordResult::Record if is_too_long => {
                    let error = CorpusRowError::TooLong;
                    return Err(CorpusError::BadRow { location, error });
                }
                ReadRecordResult::Record => return Ok(Some(location)),
                ReadRecordResult::InputEmpty if at_end => {
                    return Err(CorpusError::UnclosedQuote { location });
                }
                _ if is_too_long => (written, self.fields) = (0, 0),
                ReadRecordResult::OutputFull => self.bytes.resize(2 * self.bytes.len(), 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(2 * self.ends.len(), 0),
                ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
            }
        }
    }

    /// Skips blank lines and the second byte of a CRLF. Returns `false` at the end of the file.
    fn skip_line_breaks(&mut self) -> io::Result<bool> {
        loop {
            let input = fill(&mut self.reader)?;
            if input.is_empty() {
                return Ok(false);
            }
            let is_break = |byte: &&u8| matches!(byte, b'\r' | b'\n');
            let breaks = input.iter().take_while(is_break).count();
            let is_whole = breaks == input.len();
            self.line += count_line_breaks(&input[..breaks]);
            self.reader.consume(breaks);
            if !is_whole {
                return Ok(true);
            }
        }
    }
}

/// Returns the buffered bytes, filling an empty buffer first; empty at the end of the file.
fn fill(reader: &mut dyn BufRead) -> io::Result<&[u8]> {
    while let Err(error) = reader.fill_buf() {
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    reader.fill_buf()
}

fn count_line_breaks(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}
