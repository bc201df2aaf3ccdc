//! The complete rows of an unfinished output.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};

#[cfg(feature = "arrow")]
use sentiment::corpus::{Cell, UnfinishedRows};
use sentiment::corpus::{Column, TableFormat};

/// The complete rows of an unfinished output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The number of rows. Of an output of sentences, the number of input rows whose sentences are all written.
    pub rows: usize,
    /// Whether there is a header.
    pub has_header: bool,
}

/// The rows of an output for each row of the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowsPerInput {
    /// One.
    #[default]
    One,
    /// One for each sentence, in succession. The first column is the number of the input row, from 1.
    Sentences,
}

/// What an unfinished file contains.
pub(super) struct Found {
    pub(super) written: Written,
    /// Whether its columns are the expected ones. Fields without a value are absent from JSON Lines.
    pub(super) has_columns: bool,
    /// The length of the complete rows in bytes, with the header.
    pub(super) length: u64,
}

impl Found {
    /// Reads a file up to its last complete row.
    pub(super) fn read(
        file: &File,
        format: TableFormat,
        rows: RowsPerInput,
        columns: &[Column],
    ) -> io::Result<Self> {
        let names: &[&str] = &columns
            .iter()
            .map(|column| &*column.name)
            .collect::<Vec<_>>();
        let mut progress = Progress {
            per_input: rows,
            ..Progress::default()
        };
        let has_columns = match format {
            TableFormat::Csv => read_records(file, b',', names, &mut progress)?,
            TableFormat::Tsv => read_records(file, b'\t', names, &mut progress)?,
            TableFormat::JsonLines => read_lines(file, names, &mut progress)?,
            #[cfg(feature = "arrow")]
            TableFormat::Parquet => return Self::read_parquet(file, rows, columns),
        };
        Ok(Self {
            written: Written {
                rows: usize::try_from(progress.rows).unwrap_or(usize::MAX),
                has_header: progress.has_header,
            },
            has_columns,
            length: progress.complete,
        })
    }

    /// The rows of a Parquet output are written in batches that end with the last sentence of an input row.
    #[cfg(feature = "arrow")]
    fn read_parquet(file: &File, rows: RowsPerInput, columns: &[Column]) -> io::Result<Self> {
        let found = UnfinishedRows::read(file, columns)?;
        let has_columns = found.is_some();
        let found = found.unwrap_or_default();
        let input_rows = match (rows, found.last) {
            (RowsPerInput::Sentences, Some(Cell::Integer(number))) => number.unsigned_abs(),
            (RowsPerInput::Sentences, _) => 0,
            (RowsPerInput::One, _) => found.rows,
        };
        Ok(Self {
            written: Written {
                rows: usize::try_from(input_rows).unwrap_or(usize::MAX),
                has_header: found.has_columns,
            },
            has_columns,
            length: found.length,
        })
    }
}

/// How far a file goes.
#[derive(Default)]
struct Progress {
    per_input: RowsPerInput,
    has_header: bool,
    /// The number of complete input rows before the last.
    rows: u64,
    /// The number of the input row of the last row.
    last: Option<u64>,
    /// The length of the rows of complete input rows in bytes.
    complete: u64,
    /// The length of all rows in bytes.
    length: u64,
}

impl Progress {
    /// Counts the header, which ends at a position of the file.
    fn header(&mut self, end: u64) {
        self.has_header = true;
        (self.complete, self.length) = (end, end);
    }

    /// Counts a row that ends at a position of the file. Returns false for a sentence without the number of its row.
    fn row(&mut self, end: u64, number: impl FnOnce() -> Option<u64>) -> bool {
        match self.per_input {
            RowsPerInput::One => {
                self.rows += 1;
                self.complete = end;
            }
            RowsPerInput::Sentences => {
                let Some(number) = number() else {
                    return false;
                };
                // Whether the last input row has more sentences is not known before the next.
                if self.last != Some(number) {
                    self.rows = number.saturating_sub(1);
                    self.complete = self.length;
                    self.last = Some(number);
                }
            }
        }
        self.length = end;
        true
    }
}

/// Counts the rows. Returns whether the header has these names.
fn read_records(
    file: &File,
    delimiter: u8,
    names: &[&str],
    progress: &mut Progress,
) -> io::Result<bool> {
    let total = file.metadata()?.len();
    let mut records = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(BufReader::new(file));
    let mut record = csv::ByteRecord::new();
    while records.read_byte_record(&mut record)? {
        let end = records.position().byte();
        // The last record may be cut off, also inside a field.
        if end >= total && !ends_with_line_break(file)? {
            break;
        }
        let number = || std::str::from_utf8(record.get(0)?).ok()?.parse().ok();
        if !progress.has_header {
            if !record.iter().eq(names.iter().map(|name| name.as_bytes())) {
                return Ok(false);
            }
            progress.header(end);
        } else if record.len() != names.len() || !progress.row(end, number) {
            break;
        }
    }
    Ok(true)
}

/// Counts the rows. Returns whether these names include the fields of the first row, and whether rows have the numbers they need.
fn read_lines(file: &File, names: &[&str], progress: &mut Progress) -> io::Result<bool> {
    let mut reader = BufReader::new(file);
    progress.header(0);
    let mut line = Vec::new();
    let mut end = 0;
    loop {
        line.clear();
        end += reader.read_until(b'\n', &mut line)? as u64;
        if !line.ends_with(b"\n") {
            return Ok(true);
        }
        let row = || -> Option<serde_json::Value> { serde_json::from_slice(&line).ok() };
        let is_first = progress.length == 0;
        let is_expected = |row: serde_json::Value| {
            let mut fields = row.as_object()?.keys();
            Some(fields.all(|field| names.contains(&&**field)))
        };
        if is_first && row().and_then(is_expected) != Some(true)
            || !progress.row(end, || row()?.get("row")?.as_u64())
        {
            return Ok(false);
        }
    }
}

fn ends_with_line_break(mut file: &File) -> io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    io::Read::read_exact(&mut file, &mut last)?;
    Ok(last == *b"\n")
}
