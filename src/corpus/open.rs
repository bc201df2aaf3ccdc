//! Opens one corpus: finds out what it is by its name and its first bytes.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::Path;
use std::sync::Arc;

use tempfile::NamedTempFile;

use super::columns::is_text_name;
use super::encoding::Utf8Reader;
use super::encoding_detection::is_binary;
use super::fast_text::LABEL_PREFIX;
use super::notes::ReadingNotes;
use super::read_progress::ReadProgress;
use super::standard_input::{STANDARD_INPUT, STANDARD_INPUT_NAME, StandardInput};
use super::table::Table;
use super::window::first_line;
use super::{
    CorpusError, CorpusOptions, ForeignFormat, Format, MAX_COPY_BYTES, RowLocation, archive,
    containers, delimited, folder, json, lines,
};
use crate::files::{self, FileError, fill};
use crate::zip_archive;

/// The number of bytes by which a container is told.
const START_BYTES: u64 = 8;

/// What to open a corpus for.
pub(super) struct Opening<'a> {
    pub(super) options: &'a CorpusOptions,
    pub(super) labels_needed: bool,
    pub(super) notes: &'a ReadingNotes,
    pub(super) progress: &'a ReadProgress,
}

/// A corpus that is open.
pub(super) struct Opened {
    /// The name in messages.
    pub(super) name: Arc<Path>,
    pub(super) format: Format,
    pub(super) table: Table,
}

impl Opening<'_> {
    /// Opens a file, a folder, or standard input for `-`.
    pub(super) fn path(&self, path: &Path) -> Result<Opened, CorpusError> {
        if path == Path::new(STANDARD_INPUT) {
            return self.standard_input();
        }
        let is_folder = path.is_dir() || self.options.format == Some(Format::Folder);
        if is_folder {
            let Self {
                options,
                labels_needed,
                notes,
                ..
            } = self;
            let table = folder::open(path, *labels_needed, options.encoding, notes)?;
            return Ok(Opened {
                name: path.into(),
                format: Format::Folder,
                table,
            });
        }
        let mut file = File::open(path).map_err(FileError::context("open", path))?;
        let start = read_start(&mut file).map_err(FileError::context("read", path))?;
        match Container::of(&start) {
            Some(container) => {
                let bytes = file.metadata().map_or(0, |metadata| metadata.len());
                self.container(container, path, path, bytes)
            }
            None => {
                let reader = files::decompress(Rejoined {
                    start: io::Cursor::new(start),
                    rest: self.progress.counting(file),
                });
                let reader = reader.map_err(FileError::context("read", path))?;
                self.reader(reader, path, Format::of(path))
            }
        }
    }

    fn standard_input(&self) -> Result<Opened, CorpusError> {
        let name = Path::new(STANDARD_INPUT_NAME);
        let failed = || FileError::context("read", name);
        let mut input = files::decompress(StandardInput::default()).map_err(failed())?;
        let start = fill(&mut input).map_err(failed())?;
        let Some(container) = Container::of(start) else {
            return self.reader(input, name, None);
        };
        // These formats are read from their end.
        let mut copy = NamedTempFile::new().map_err(failed())?;
        archive::copy_bounded(&mut input, copy.as_file_mut(), MAX_COPY_BYTES, name)?;
        self.container(container, copy.path(), name, 0)
    }

    /// Opens a file of a format that is not text. `path` is where it is, `name` what messages call it, and `bytes` what it counts as.
    fn container(
        &self,
        container: Container,
        path: &Path,
        name: &Path,
        bytes: u64,
    ) -> Result<Opened, CorpusError> {
        let format = match container {
            Container::Parquet => Format::Parquet,
            Container::Arrow => Format::Arrow,
            Container::Zip if archive::is_spreadsheet(path) => Format::Spreadsheet,
            Container::Zip => return self.archive(path, name, bytes),
        };
        let (mut table, rows) = containers::open(format, path, name)?;
        match rows {
            Some(rows) => table = table.counting_rows(self.progress.parts(bytes, rows)),
            None => self.progress.set_unknown(),
        }
        Ok(Opened {
            name: name.into(),
            format,
            table,
        })
    }

    /// Opens the corpus in a zip archive.
    fn archive(&self, path: &Path, name: &Path, bytes: u64) -> Result<Opened, CorpusError> {
        let member = archive::extract(path, name, self.options.member.as_deref(), self.notes)?;
        let path = member.file.path();
        let mut file = File::open(path).map_err(FileError::context("open", name))?;
        let start = read_start(&mut file).map_err(FileError::context("read", name))?;
        match Container::of(&start) {
            Some(Container::Zip) if !archive::is_spreadsheet(path) => {
                Err(CorpusError::NestedArchive {
                    path: name.to_owned(),
                })
            }
            Some(container) => self.container(container, path, name, bytes),
            None => {
                let reader = files::decompress(Rejoined {
                    start: io::Cursor::new(start),
                    rest: self.progress.counting_share(file, bytes),
                });
                let reader = reader.map_err(FileError::context("read", name))?;
                self.reader(reader, name, Format::of(member.name.as_ref()))
            }
        }
    }

    /// Opens a text format. `named` is the format that the name of the file shows.
    pub(super) fn reader(
        &self,
        reader: Box<dyn BufRead + Send>,
        name: &Path,
        named: Option<Format>,
    ) -> Result<Opened, CorpusError> {
        let Self {
            options,
            labels_needed,
            notes,
            ..
        } = self;
        let path: Arc<Path> = name.into();
        let notes = *notes;
        let mut reader = reader;
        let first = RowLocation::line(&path, 1);
        let start = fill(&mut reader).map_err(CorpusError::reading(first))?;
        if let Some(format) = ForeignFormat::of(start) {
            let path = name.to_owned();
            return Err(CorpusError::Foreign { path, format });
        }
        let mut reader: Box<dyn BufRead + Send> = Box::new(Utf8Reader::new(
            reader,
            Arc::clone(&path),
            options.encoding,
            notes.clone(),
        ));
        let first = RowLocation::line(&path, 1);
        let start = fill(&mut reader).map_err(CorpusError::reading(first))?;
        if options.encoding.is_none() && is_binary(start) {
            return Err(CorpusError::Binary {
                path: name.to_owned(),
            });
        }
        let format = match (options.format, named) {
            (Some(format), _) => format,
            (None, Some(Format::Lines)) if starts_with_label(start) => Format::FastText,
            // Excel saves "Unicode text" as .txt.
            (None, Some(Format::Lines)) if self.is_header(start, b'\t') => Format::Tsv,
            (None, Some(format)) => format,
            (None, None) => self.sniff(start, name)?,
        };
        let table = match format {
            Format::Csv => delimited::open(reader, Arc::clone(&path), b',', options, notes)?,
            Format::Tsv => delimited::open(reader, Arc::clone(&path), b'\t', options, notes)?,
            Format::Json => json::open(reader, Arc::clone(&path), notes)?,
            Format::FastText => lines::open_fast_text(reader, Arc::clone(&path)),
            Format::Lines if *labels_needed => {
                let path = name.into();
                return Err(CorpusError::NoLabels { path, format });
            }
            Format::Lines => lines::open_lines(reader, Arc::clone(&path)),
            Format::Folder => return Err(CorpusError::NotAFolder { path: name.into() }),
            Format::Parquet | Format::Arrow | Format::Spreadsheet => {
                return Err(CorpusError::WrongFormat {
                    path: name.into(),
                    format,
                });
            }
        };
        Ok(Opened {
            name: path,
            format,
            table,
        })
    }

    /// Returns whether the first line has several fields, and one of them is the name of a text column.
    fn is_header(&self, start: &[u8], delimiter: u8) -> bool {
        let line = first_line(start);
        let mut names = line.split(move |byte| *byte == delimiter);
        // A space after the delimiter is punctuation of a sentence.
        let is_text = |name: &[u8]| {
            is_text_name(
                String::from_utf8_lossy(name).trim_matches('"'),
                self.options,
            )
        };
        memchr::memchr(delimiter, line).is_some() && names.any(is_text)
    }

    /// Detects the format of a text by its start. Standard input that shows no format has one text per line.
    fn sniff(&self, start: &[u8], name: &Path) -> Result<Format, CorpusError> {
        let text = start.trim_ascii_start();
        let is_header = |delimiter: u8| self.is_header(text, delimiter);
        let is_standard_input = name == Path::new(STANDARD_INPUT_NAME);
        match text {
            [b'{', ..] => Ok(Format::Json),
            [b'[', rest @ ..] if rest.trim_ascii_start().starts_with(b"{") => Ok(Format::Json),
            _ if starts_with_label(text) => Ok(Format::FastText),
            _ if is_header(b'\t') => Ok(Format::Tsv),
            _ if [b',', b';', b'|'].into_iter().any(is_header) => Ok(Format::Csv),
            _ if is_standard_input => Ok(Format::Lines),
            _ => Err(CorpusError::UnknownFormat { path: name.into() }),
        }
    }
}

fn starts_with_label(text: &[u8]) -> bool {
    text.trim_ascii_start().starts_with(LABEL_PREFIX.as_bytes())
}

/// A kind of file that is not text, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Parquet,
    Arrow,
    /// A zip archive, or a spreadsheet, which is one.
    Zip,
}

impl Container {
    fn of(start: &[u8]) -> Option<Self> {
        match start {
            [b'P', b'A', b'R', b'1', ..] => Some(Self::Parquet),
            // A file, or a stream of messages.
            [b'A', b'R', b'R', b'O', b'W', b'1', ..] | [0xff, 0xff, 0xff, 0xff, ..] => {
                Some(Self::Arrow)
            }
            _ => zip_archive::begins_with(start).then_some(Self::Zip),
        }
    }
}

/// The first bytes of a file, and the rest in the same read: a pipe cannot be rewound.
struct Rejoined<R> {
    start: io::Cursor<Vec<u8>>,
    rest: R,
}

impl<R: Read> Read for Rejoined<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.start.read(buffer)?;
        Ok(count + self.rest.read(&mut buffer[count..])?)
    }
}

/// Returns the first bytes of a file, which tell a container.
fn read_start(file: &mut File) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    file.take(START_BYTES).read_to_end(&mut start)?;
    Ok(start)
}
