//! An output that is written in parts: an interrupted command can resume it.
//!
//! The rows are written to `OUTPUT.partial`, which gets its final name when all are written. What they are made with is
//! recorded in `OUTPUT.partial.json`.

mod record;
mod written;

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::ensure;
#[cfg(feature = "arrow")]
use sentiment::corpus::finish_parquet;
use sentiment::corpus::{Column, CorpusError, TableFormat, TableRow};
use sentiment::files::FileError;
#[cfg(feature = "arrow")]
use sentiment::files::write_whole_with;

pub use self::record::{NotResumable, OutputRecord, OutputSettings, model_digest};
use self::written::Found;
pub use self::written::{RowsPerInput, Written};
use super::console::Console;

/// The rows of an input, in order.
pub type InputRows = Box<dyn Iterator<Item = Result<TableRow, CorpusError>> + Send>;

/// An unfinished output file.
pub struct PartialOutput {
    output: PathBuf,
    /// The path of the unfinished file.
    pub path: PathBuf,
    /// The unfinished file, at its end.
    pub file: File,
    /// What it contains already.
    pub written: Written,
    /// The record of what its rows are made with.
    pub record: OutputRecord,
}

impl PartialOutput {
    /// Opens the file of an interrupted command with the same settings.
    pub fn resume(
        output: &Path,
        format: TableFormat,
        rows: RowsPerInput,
        columns: &[Column],
        settings: OutputSettings,
    ) -> anyhow::Result<Self> {
        let path = path_of(output);
        // The record is written before the first row.
        if !fs::metadata(&path).is_ok_and(|file| file.len() > 0) {
            return Ok(Self::start(output, settings)?);
        }
        let record = OutputRecord::read(&path, &settings)?;
        let mut file = open(&path, false)?;
        let failed = |action| FileError::context(action, &path);
        let found = Found::read(&file, format, rows, columns).map_err(failed("read"))?;
        ensure!(
            found.has_columns,
            "{} has other columns than this command writes: resume with the same flags and model, or leave out --resume",
            path.display()
        );
        file.set_len(found.length).map_err(failed("write"))?;
        file.seek(SeekFrom::End(0)).map_err(failed("write"))?;
        Ok(Self {
            output: output.to_owned(),
            path,
            file,
            written: found.written,
            record,
        })
    }

    /// Creates the file. Notes that it replaces that of an interrupted command.
    pub fn create(
        output: &Path,
        settings: OutputSettings,
        console: &Console,
    ) -> Result<Self, FileError> {
        let path = path_of(output);
        if fs::metadata(&path).is_ok_and(|file| file.len() > 0) {
            console.note(format!(
                "replacing the unfinished {}, which --resume would have continued",
                path.display()
            ));
        }
        Self::start(output, settings)
    }

    fn start(output: &Path, settings: OutputSettings) -> Result<Self, FileError> {
        let path = path_of(output);
        Ok(Self {
            output: output.to_owned(),
            file: open(&path, true)?,
            written: Written::default(),
            // Rows of an earlier command are gone by now.
            record: OutputRecord::create(&path, settings)?,
            path,
        })
    }

    /// Notes how far the interrupted command came.
    pub fn note_resumed(&self, console: &Console) {
        console.note(match self.written.rows {
            0 if self.output.exists() => format!(
                "there are no rows in {}: starting at the first row, and {} is replaced at the end",
                self.path.display(),
                self.output.display()
            ),
            0 => format!(
                "there are no rows in {}: starting at the first row",
                self.path.display()
            ),
            rows => format!("resuming after {rows} rows"),
        });
    }

    /// Returns the rows of the input. Fails if those at its start are others than those of the interrupted command.
    pub fn check_input(&mut self, mut input: InputRows) -> anyhow::Result<InputRows> {
        let start = self.record.read_start(&mut input, &self.path)?;
        Ok(Box::new(start.into_iter().map(Ok).chain(input)))
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
                self.remove_file()?;
            }
        }
        Ok(self.record.remove()?)
    }

    /// Removes the unfinished file. The output stays as it is.
    pub fn discard(self) -> Result<(), FileError> {
        self.remove_file()?;
        self.record.remove()
    }

    fn remove_file(&self) -> Result<(), FileError> {
        fs::remove_file(&self.path).map_err(FileError::context("remove", &self.path))
    }
}

fn open(path: &Path, truncate: bool) -> Result<File, FileError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true);
    let file = options.truncate(truncate).open(path);
    file.map_err(FileError::context("open", path))
}

fn path_of(output: &Path) -> PathBuf {
    with_ending(output, ".partial")
}

/// Returns the path of the file whose name is that of `path` with an ending.
fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}
