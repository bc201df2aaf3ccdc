//! An output that is written in parts: an interrupted command can resume it.
//!
//! The rows are written to `OUTPUT.partial`, which gets its final name when all are written.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use sentiment::corpus::TableFormat;
use sentiment::files::FileError;

/// An unfinished output file.
pub struct PartialOutput {
    output: PathBuf,
    /// The path of the unfinished file.
    pub path: PathBuf,
    /// The unfinished file, at its end.
    pub file: File,
    /// What it contains already.
    pub written: Written,
}

/// The complete rows of an unfinished output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The number of rows. Of an output of sentences, the number of input rows all of whose sentences it has.
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

impl PartialOutput {
    /// Creates the file, or opens that of an interrupted command.
    pub fn open(
        output: &Path,
        format: TableFormat,
        rows: RowsPerInput,
        resume: bool,
    ) -> Result<Self, FileError> {
        let mut name = OsString::from(output);
        name.push(".partial");
        let path = PathBuf::from(name);
        let failed = |action| FileError::context(action, &path);
        let mut options = OpenOptions::new();
        options
            .read(true)
            .write(true)
            .create(true)
            .truncate(!resume);
        let mut file = options.open(&path).map_err(failed("open"))?;
        let (written, length) = match resume {
            true => complete_rows(&file, format, rows).map_err(failed("read"))?,
            false => Default::default(),
        };
        file.set_len(length).map_err(failed("write"))?;
        file.seek(SeekFrom::End(0)).map_err(failed("write"))?;
        Ok(Self {
            output: output.to_owned(),
            path,
            file,
            written,
        })
    }

    /// Gives the finished file its final name.
    pub fn finish(self) -> Result<(), FileError> {
        let failed = || FileError::context("write", &self.output);
        self.file.sync_all().map_err(failed())?;
        fs::rename(&self.path, &self.output).map_err(failed())
    }
}

/// Returns what the file contains, and the length of that in bytes with the header.
fn complete_rows(
    file: &File,
    format: TableFormat,
    rows: RowsPerInput,
) -> io::Result<(Written, u64)> {
    let mut progress = Progress {
        per_input: rows,
        ..Progress::default()
    };
    match format {
        TableFormat::Csv => read_records(file, b',', &mut progress)?,
        TableFormat::Tsv => read_records(file, b'\t', &mut progress)?,
        _ => read_lines(file, &mut progress)?,
    }
    Ok(progress.finish())
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

    fn finish(self) -> (Written, u64) {
        let written = Written {
            rows: usize::try_from(self.rows).unwrap_or(usize::MAX),
            has_header: self.has_header,
        };
        (written, self.complete)
    }
}

fn read_records(file: &File, delimiter: u8, progress: &mut Progress) -> io::Result<()> {
    let total = file.metadata()?.len();
    let mut records = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(BufReader::new(file));
    let mut record = csv::ByteRecord::new();
    let mut columns = None;
    while records.read_byte_record(&mut record)? {
        let end = records.position().byte();
        // The last record may be cut off, also inside a field.
        if record.len() != *columns.get_or_insert(record.len())
            || (end >= total && !ends_with_line_break(file)?)
        {
            break;
        }
        let number = || std::str::from_utf8(record.get(0)?).ok()?.parse().ok();
        if !progress.has_header {
            progress.header(end);
        } else if !progress.row(end, number) {
            break;
        }
    }
    Ok(())
}

fn read_lines(file: &File, progress: &mut Progress) -> io::Result<()> {
    let mut reader = BufReader::new(file);
    progress.header(0);
    let mut line = Vec::new();
    let mut end = 0;
    loop {
        line.clear();
        end += reader.read_until(b'\n', &mut line)? as u64;
        let number = || {
            let row: serde_json::Value = serde_json::from_slice(&line).ok()?;
            row.get("row")?.as_u64()
        };
        if !line.ends_with(b"\n") || !progress.row(end, number) {
            return Ok(());
        }
    }
}

fn ends_with_line_break(mut file: &File) -> io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    io::Read::read_exact(&mut file, &mut last)?;
    Ok(last == *b"\n")
}
