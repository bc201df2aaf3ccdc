//! An output that is written in parts: an interrupted command can resume it.
//!
//! The rows are written to `OUTPUT.partial`, which gets its final name when all are written.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::ensure;
#[cfg(feature = "arrow")]
use sentiment::corpus::{Cell, UnfinishedRows, finish_parquet};
use sentiment::corpus::{Column, TableFormat};
use sentiment::files::FileError;
#[cfg(feature = "arrow")]
use sentiment::files::write_whole_with;

use super::console::Console;

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

impl PartialOutput {
    /// Opens the file of an interrupted command that wrote the same columns.
    pub fn resume(
        output: &Path,
        format: TableFormat,
        rows: RowsPerInput,
        columns: &[Column],
        console: &Console,
    ) -> anyhow::Result<Self> {
        let path = path_of(output);
        if !path.exists() {
            console.note(format!(
                "there is no {}: starting at the first row",
                path.display()
            ));
        }
        let mut partial = Self::open(output, false)?;
        let failed = |action| FileError::context(action, &path);
        let found = Found::read(&partial.file, format, rows, columns).map_err(failed("read"))?;
        ensure!(
            found.has_columns,
            "{} has other columns than this command writes: resume with the same flags and model, or leave out --resume",
            path.display()
        );
        partial.written = found.written;
        partial
            .file
            .set_len(found.length)
            .map_err(failed("write"))?;
        let end = SeekFrom::End(0);
        partial.file.seek(end).map_err(failed("write"))?;
        console.note(format!("resuming after {} rows", found.written.rows));
        Ok(partial)
    }

    /// Creates the file. Notes that it replaces that of an interrupted command.
    pub fn create(output: &Path, console: &Console) -> Result<Self, FileError> {
        let path = path_of(output);
        if fs::metadata(&path).is_ok_and(|file| file.len() > 0) {
            console.note(format!(
                "replacing the unfinished {}, which --resume would have continued",
                path.display()
            ));
        }
        Self::open(output, true)
    }

    fn open(output: &Path, truncate: bool) -> Result<Self, FileError> {
        let path = path_of(output);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true);
        let file = options.truncate(truncate).open(&path);
        Ok(Self {
            output: output.to_owned(),
            file: file.map_err(FileError::context("open", &path))?,
            path,
            written: Written::default(),
        })
    }

    /// Makes the output of the finished file.
    #[cfg_attr(not(feature = "arrow"), expect(unused_variables))]
    pub fn finish(self, format: TableFormat, columns: &[Column]) -> anyhow::Result<()> {
        match format {
            TableFormat::Csv | TableFormat::Tsv | TableFormat::JsonLines => {
                let failed = || FileError::context("write", &self.output);
                self.file.sync_all().map_err(failed())?;
                fs::rename(&self.path, &self.output).map_err(failed())?;
            }
            #[cfg(feature = "arrow")]
            TableFormat::Parquet => {
                write_whole_with(&self.output, |out| -> anyhow::Result<()> {
                    finish_parquet(&self.file, columns, out)?;
                    Ok(())
                })?;
                fs::remove_file(&self.path).map_err(FileError::context("remove", &self.path))?;
            }
        }
        Ok(())
    }
}

fn path_of(output: &Path) -> PathBuf {
    let mut name = OsString::from(output);
    name.push(".partial");
    name.into()
}

/// What an unfinished file contains.
struct Found {
    written: Written,
    /// Whether its columns are the expected ones. Fields without a value are absent from JSON Lines.
    has_columns: bool,
    /// The length of the complete rows in bytes, with the header.
    length: u64,
}

impl Found {
    fn read(
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
