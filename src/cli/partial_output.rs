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
    /// The number of rows in it.
    pub rows: usize,
    /// Whether it has a header.
    pub has_header: bool,
}

impl PartialOutput {
    /// Creates the file, or opens that of an interrupted command.
    pub fn open(output: &Path, format: TableFormat, resume: bool) -> Result<Self, FileError> {
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
        let (rows, length, has_header) = match resume {
            true => complete_rows(&file, format).map_err(failed("read"))?,
            false => (0, 0, false),
        };
        file.set_len(length).map_err(failed("write"))?;
        file.seek(SeekFrom::End(0)).map_err(failed("write"))?;
        Ok(Self {
            output: output.to_owned(),
            path,
            file,
            rows,
            has_header,
        })
    }

    /// Gives the finished file its final name.
    pub fn finish(self) -> Result<(), FileError> {
        let failed = || FileError::context("write", &self.output);
        self.file.sync_all().map_err(failed())?;
        fs::rename(&self.path, &self.output).map_err(failed())
    }
}

/// Returns the number of complete rows, their length in bytes with the header, and whether there is a header.
fn complete_rows(file: &File, format: TableFormat) -> io::Result<(usize, u64, bool)> {
    let mut reader = BufReader::new(file);
    let delimiter = match format {
        TableFormat::Csv => b',',
        TableFormat::Tsv => b'\t',
        _ => return complete_lines(&mut reader),
    };
    let total = file.metadata()?.len();
    let mut records = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(reader);
    let mut record = csv::ByteRecord::new();
    let (mut count, mut length, mut columns) = (0, 0, 0);
    while records.read_byte_record(&mut record)? {
        let end = records.position().byte();
        columns = if count == 0 { record.len() } else { columns };
        // The last record may be cut off, also inside a field.
        if record.len() != columns || (end >= total && !ends_with_line_break(file)?) {
            break;
        }
        count += 1;
        length = end;
    }
    Ok((usize::saturating_sub(count, 1), length, count > 0))
}

fn complete_lines(reader: &mut impl BufRead) -> io::Result<(usize, u64, bool)> {
    let (mut rows, mut length) = (0, 0);
    let mut line = Vec::new();
    loop {
        line.clear();
        let count = reader.read_until(b'\n', &mut line)?;
        if !line.ends_with(b"\n") {
            return Ok((rows, length, true));
        }
        rows += 1;
        length += count as u64;
    }
}

fn ends_with_line_break(mut file: &File) -> io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    io::Read::read_exact(&mut file, &mut last)?;
    Ok(last == *b"\n")
}
