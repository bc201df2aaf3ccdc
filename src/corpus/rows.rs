//! Iterating over the rows of a corpus in any format.

use std::io::{self, BufRead, Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use super::delimited::DelimitedRows;
use super::folder::FolderRows;
use super::lines::LineRows;
use super::{
    CorpusError, CorpusOptions, CorpusRowError, Format, Row, RowLocation, Skipped, fast_text,
    json_lines,
};
use crate::files;

/// Opens a corpus whose rows may lack a label.
pub fn open_texts(path: &Path, options: &CorpusOptions) -> Result<Rows, CorpusError> {
    Rows::open(path, options, false)
}

/// Reads texts from a stream; error messages call it `name`.
///
/// The stream must not be compressed: see [`files::decompress`].
pub fn texts_from_reader(
    reader: Box<dyn BufRead + Send>,
    name: &Path,
    format: Format,
    options: &CorpusOptions,
) -> Result<Rows, CorpusError> {
    Rows::from_reader(reader, name, format, options, false)
}

/// An iterator over the rows of a corpus. Holds one row in memory and ends after the first error.
pub struct Rows {
    source: RowSource,
    labels_needed: bool,
    skip_bad_rows: bool,
    skipped: Skipped,
    ended: bool,
}

/// The rows of one format. Iteration can continue after a [`CorpusError::BadRow`].
type RowSource = Box<dyn Iterator<Item = Result<Row, CorpusError>> + Send>;

impl Rows {
    /// Returns the rows skipped so far.
    pub fn skipped(&self) -> &Skipped {
        &self.skipped
    }

    pub(super) fn open(
        path: &Path,
        options: &CorpusOptions,
        labels_needed: bool,
    ) -> Result<Self, CorpusError> {
        let format = options.format.or_else(|| Format::of(path));
        match format {
            Some(Format::Folder) => {
                let source = Box::new(FolderRows::open(path)?);
                Ok(Self::new(source, options, labels_needed))
            }
            Some(format) => {
                let reader = files::open(path)?;
                Self::from_reader(reader, path, format, options, labels_needed)
            }
            // A missing file is reported as missing, not as one of unknown format.
            None => match files::open(path) {
                Err(error) => Err(error.into()),
                Ok(_) => Err(CorpusError::UnknownFormat { path: path.into() }),
            },
        }
    }

    pub(super) fn from_reader(
        reader: Box<dyn BufRead + Send>,
        name: &Path,
        format: Format,
        options: &CorpusOptions,
        labels_needed: bool,
    ) -> Result<Self, CorpusError> {
        let path: Arc<Path> = name.into();
        let first = RowLocation::line(&path, 1);
        let reader = drop_byte_order_mark(reader).map_err(CorpusError::reading(first))?;
        let label_column = options.label_column.clone();
        let text_column = options.text_column.clone();
        let source: RowSource = match format {
            Format::Csv => {
                let rows = DelimitedRows::new(reader, path, b',', options, labels_needed);
                Box::new(rows?)
            }
            Format::Tsv => {
                let rows = DelimitedRows::new(reader, path, b'\t', options, labels_needed);
                Box::new(rows?)
            }
            Format::JsonLines => Box::new(LineRows::new(reader, path, move |line| {
                json_lines::parse(line, &text_column, &label_column)
            })),
            Format::FastText => Box::new(LineRows::new(reader, path, fast_text::parse)),
            Format::Lines if labels_needed => {
                let path = name.into();
                return Err(CorpusError::NoLabels { path, format });
            }
            Format::Lines => Box::new(LineRows::new(reader, path, |line| {
                Ok(Some((line.to_owned(), None)))
            })),
            Format::Folder => return Err(CorpusError::NotAFolder { path: name.into() }),
        };
        Ok(Self::new(source, options, labels_needed))
    }

    fn new(source: RowSource, options: &CorpusOptions, labels_needed: bool) -> Self {
        Self {
            source,
            labels_needed,
            skip_bad_rows: options.skip_bad_rows,
            skipped: Skipped::default(),
            ended: false,
        }
    }

    fn check_label(&self, mut row: Row) -> Result<Row, CorpusError> {
        let label = row.label.take();
        let error = match label.as_deref().map(str::trim) {
            Some("") => CorpusRowError::EmptyLabel,
            None => CorpusRowError::MissingLabel,
            Some(label) => {
                row.label = Some(label.to_owned());
                return Ok(row);
            }
        };
        if self.labels_needed {
            let location = row.location;
            return Err(CorpusError::BadRow { location, error });
        }
        Ok(row)
    }
}

impl Iterator for Rows {
    type Item = Result<Row, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            let Some(row) = self.source.next() else {
                self.ended = true;
                break;
            };
            match row.and_then(|row| self.check_label(row)) {
                Err(error @ CorpusError::BadRow { .. }) if self.skip_bad_rows => {
                    self.skipped.rows += 1;
                    self.skipped
                        .first_reason
                        .get_or_insert_with(|| error.to_string());
                }
                Ok(row) => return Some(Ok(row)),
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

/// Drops a UTF-8 byte order mark, which some editors and spreadsheets write.
///
/// Reads one byte at a time while the bytes match: interactive input need not wait for three bytes.
fn drop_byte_order_mark(
    mut reader: Box<dyn BufRead + Send>,
) -> io::Result<Box<dyn BufRead + Send>> {
    const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
    let mut start = Vec::with_capacity(MARK.len());
    while start.len() < MARK.len() && MARK.starts_with(&start) {
        if reader.by_ref().take(1).read_to_end(&mut start)? == 0 {
            break;
        }
    }
    if start == MARK {
        return Ok(reader);
    }
    Ok(Box::new(Cursor::new(start).chain(reader)))
}
