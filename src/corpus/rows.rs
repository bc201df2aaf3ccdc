//! Iterating over the rows of one or several corpora in any format.

use std::collections::VecDeque;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::columns::{self, ChosenColumns};
use super::labels::{LabelReader, ReadLabel};
use super::notes::ReadingNotes;
use super::open::{Opened, Opening};
use super::read_progress::ReadProgress;
use super::table::RecordStream;
use super::{
    Cell, CellKind, Column, CorpusError, CorpusOptions, CorpusRowError, Format, Note, Record, Row,
    RowLocation, Skipped, TableRow, lines,
};
use crate::files::FileError;

/// The path that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// Opens a corpus whose rows may lack a label. The path `-` is standard input.
pub fn open_texts(path: &Path, options: &CorpusOptions) -> Result<Rows, CorpusError> {
    Rows::open(&[path.to_owned()], options, None)
}

/// Like [`open_texts`], for several corpora one after the other.
pub fn open_all_texts(paths: &[PathBuf], options: &CorpusOptions) -> Result<Rows, CorpusError> {
    Rows::open(paths, options, None)
}

/// Reads texts from a stream; error messages call it `name`.
///
/// The stream must not be compressed: see [`crate::files::decompress`].
pub fn texts_from_reader(
    reader: Box<dyn BufRead + Send>,
    name: &Path,
    format: Format,
    options: &CorpusOptions,
) -> Result<Rows, CorpusError> {
    Rows::from_reader(reader, name, format, options, None)
}

/// The labels that a corpus must have.
#[derive(Debug, Clone, Copy)]
pub(super) enum Labels<'a> {
    /// Any.
    Any,
    /// Those of a model.
    Of(&'a [String]),
}

/// An iterator over the rows of a corpus. Holds one row in memory and ends after the first error.
pub struct Rows {
    rows: RawRows,
    labels_needed: bool,
    skip_bad_rows: bool,
    skipped: Skipped,
    ended: bool,
}

impl Rows {
    /// Returns the rows skipped so far.
    pub fn skipped(&self) -> &Skipped {
        &self.skipped
    }

    /// Returns the notes on the rows read so far.
    pub fn notes(&self) -> Vec<Note> {
        self.rows.notes.notes()
    }

    pub(super) fn log(&self) -> &ReadingNotes {
        &self.rows.notes
    }

    pub(super) fn open(
        paths: &[PathBuf],
        options: &CorpusOptions,
        labels: Option<Labels>,
    ) -> Result<Self, CorpusError> {
        Self::open_keeping(paths, options, labels, &Kept::None)
    }

    /// Opens corpora, with columns to keep.
    pub(super) fn open_keeping(
        paths: &[PathBuf],
        options: &CorpusOptions,
        labels: Option<Labels>,
        kept: &Kept,
    ) -> Result<Self, CorpusError> {
        let rows = RawRows::open(paths, options, labels, kept)?;
        Ok(Self::new(rows, options, labels))
    }

    /// Returns the kept columns.
    pub(super) fn columns(&self) -> &[Column] {
        &self.rows.columns
    }

    /// Returns the index of the label among the kept columns.
    pub(super) fn label_column(&self) -> Option<usize> {
        let source = self
            .rows
            .source
            .as_ref()
            .filter(|source| source.has_label)?;
        let mut columns = self.rows.columns.iter();
        columns.position(|column| column.name == source.label_name)
    }

    /// Returns the next row with the cells of the kept columns.
    pub(super) fn next_row(&mut self) -> Option<Result<(Row, Vec<Cell>), CorpusError>> {
        while !self.ended {
            let Some(raw) = self.rows.next() else {
                self.ended = true;
                break;
            };
            self.skipped.of += 1;
            match raw.and_then(|raw| self.row(raw)) {
                Err(error @ CorpusError::BadRow { .. }) if self.skip_bad_rows => {
                    self.skipped.count(error);
                }
                Ok(None) => {}
                Ok(Some(row)) => return Some(Ok(row)),
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }

    pub(super) fn from_reader(
        reader: Box<dyn BufRead + Send>,
        name: &Path,
        format: Format,
        options: &CorpusOptions,
        labels: Option<Labels>,
    ) -> Result<Self, CorpusError> {
        let mut rows = RawRows::new(options, labels, &Kept::default());
        let opening = Opening {
            options,
            labels_needed: labels.is_some(),
            notes: &rows.notes,
            progress: &rows.progress,
        };
        let opened = opening.reader(reader, name, Some(format))?;
        rows.start(opened)?;
        Ok(Self::new(rows, options, labels))
    }

    fn new(rows: RawRows, options: &CorpusOptions, labels: Option<Labels>) -> Self {
        Self {
            rows,
            labels_needed: labels.is_some(),
            skip_bad_rows: options.skip_bad_rows,
            skipped: Skipped::default(),
            ended: false,
        }
    }

    /// Reads the text and the label. Returns `None` for a row that the label mapping leaves out.
    fn row(&self, raw: RawRow) -> Result<Option<(Row, Vec<Cell>)>, CorpusError> {
        let RawRow {
            location,
            content,
            cells,
        } = raw;
        let read = || {
            let (text, label) = content?;
            let text = self.rows.text(text)?;
            let label = match self.rows.label(&label) {
                Ok(ReadLabel::LeftOut) => return Ok(None),
                Ok(ReadLabel::Label(label)) => Some(label),
                Err(_) if !self.labels_needed => None,
                Err(error) => return Err(error),
            };
            Ok(Some((text, label)))
        };
        match read() {
            Ok(None) => {
                self.rows.notes.count(&location, super::NoteKind::LeftOut);
                Ok(None)
            }
            Ok(Some((text, label))) => {
                let row = Row {
                    location,
                    text,
                    label,
                };
                Ok(Some((row, cells)))
            }
            Err(error) => Err(CorpusError::BadRow { location, error }),
        }
    }
}

impl Iterator for Rows {
    type Item = Result<Row, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.next_row()?.map(|(row, _)| row))
    }
}

/// The columns of a table to keep beside the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Kept {
    /// No column.
    #[default]
    None,
    /// All columns.
    All,
    /// The columns of these names.
    Names(Vec<String>),
}

/// An iterator over the rows of a table with the columns to keep, one item for each row, in order. Ends after the first
/// error that prevents further reading.
pub struct TableRows {
    rows: RawRows,
}

impl TableRows {
    /// Opens corpora, read one after the other. The columns are those of the first.
    pub fn open(
        paths: &[PathBuf],
        options: &CorpusOptions,
        kept: &Kept,
    ) -> Result<Self, CorpusError> {
        let rows = RawRows::open(paths, options, None, kept)?;
        Ok(Self { rows })
    }

    /// Returns the kept columns.
    pub fn columns(&self) -> &[Column] {
        &self.rows.columns
    }

    /// Returns how much was read, also while another thread reads.
    pub fn progress(&self) -> ReadProgress {
        self.rows.progress.clone()
    }

    /// Returns the notes on the rows. They grow while the rows are read, also by another thread.
    pub fn reading_notes(&self) -> ReadingNotes {
        self.rows.notes.clone()
    }
}

impl Iterator for TableRows {
    type Item = Result<TableRow, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        let raw = match self.rows.next()? {
            Ok(raw) => raw,
            Err(error) => return Some(Err(error)),
        };
        let text = raw.content.and_then(|(text, _)| self.rows.text(text));
        Some(Ok(TableRow {
            location: raw.location,
            text,
            cells: raw.cells,
        }))
    }
}

/// A row before its text and its label are checked.
struct RawRow {
    location: RowLocation,
    content: Result<(Cell, Cell), CorpusRowError>,
    cells: Vec<Cell>,
}

/// The rows of several corpora.
struct RawRows {
    paths: VecDeque<PathBuf>,
    source: Option<Source>,
    options: CorpusOptions,
    labels_needed: bool,
    label_reader: LabelReader,
    kept: Kept,
    columns: Vec<Column>,
    /// Whether `columns` is known: the first corpus was opened.
    has_columns: bool,
    notes: ReadingNotes,
    progress: ReadProgress,
}

/// The records of one corpus: the text, the label if there is one, and the kept columns that the corpus has.
struct Source {
    records: RecordStream,
    has_label: bool,
    text_column: Column,
    label_name: String,
    /// For each column to keep, whether the corpus has it.
    has_column: Vec<bool>,
}

impl RawRows {
    fn new(options: &CorpusOptions, labels: Option<Labels>, kept: &Kept) -> Self {
        let known = match labels {
            Some(Labels::Of(labels)) => Some(labels),
            Some(Labels::Any) | None => None,
        };
        Self {
            paths: VecDeque::new(),
            source: None,
            labels_needed: labels.is_some(),
            label_reader: LabelReader::new(options.label_map.clone(), known, options.exact_labels),
            options: options.clone(),
            kept: kept.clone(),
            columns: Vec::new(),
            has_columns: false,
            notes: ReadingNotes::default(),
            progress: ReadProgress::default(),
        }
    }

    /// Opens the first corpus, and checks that the others exist.
    fn open(
        paths: &[PathBuf],
        options: &CorpusOptions,
        labels: Option<Labels>,
        kept: &Kept,
    ) -> Result<Self, CorpusError> {
        let mut rows = Self::new(options, labels, kept);
        for path in paths
            .iter()
            .skip(1)
            .filter(|path| *path != Path::new(STANDARD_INPUT))
        {
            path.metadata().map_err(FileError::context("open", path))?;
        }
        rows.progress = ReadProgress::of(paths);
        rows.paths = paths.iter().cloned().collect();
        rows.open_next()?;
        Ok(rows)
    }

    fn open_next(&mut self) -> Result<(), CorpusError> {
        self.source = None;
        let Some(path) = self.paths.pop_front() else {
            return Ok(());
        };
        let opening = Opening {
            options: &self.options,
            labels_needed: self.labels_needed,
            notes: &self.notes,
            progress: &self.progress,
        };
        let opened = opening.path(&path)?;
        self.start(opened)
    }

    fn start(&mut self, opened: Opened) -> Result<(), CorpusError> {
        let Opened {
            name,
            format,
            mut table,
        } = opened;
        // A column that is chosen but that the first JSON objects lack is not kept.
        let columns = table.columns.clone();
        let chosen = match lines::has_fixed_columns(format) {
            true => ChosenColumns::by_name(&table),
            false => {
                let Self {
                    options,
                    labels_needed,
                    notes,
                    ..
                } = &*self;
                columns::choose(&mut table, &name, options, *labels_needed, notes)?
            }
        };
        if !self.has_columns {
            self.columns = self.kept_columns(&columns, &name)?;
        }
        let is_first = !std::mem::replace(&mut self.has_columns, true);
        let is_same = is_first && self.kept == Kept::All;
        let indices = self.columns.iter().enumerate().map(|(index, column)| {
            let mut columns = table.columns.iter();
            // Several columns of the first corpus may have one name.
            match is_same {
                true => Some(index),
                false => columns.position(|other| other.name == column.name),
            }
        });
        let indices: Vec<Option<usize>> = indices.collect();
        let wanted = [chosen.text].into_iter().chain(chosen.label);
        let wanted = wanted.chain(indices.iter().flatten().copied()).collect();
        let name_of = |index: usize| table.columns[index].clone();
        self.source = Some(Source {
            has_label: chosen.label.is_some(),
            text_column: name_of(chosen.text),
            label_name: chosen
                .label
                .map_or(String::new(), |label| name_of(label).name),
            has_column: indices.iter().map(Option::is_some).collect(),
            records: table.records(wanted)?,
        });
        Ok(())
    }

    fn kept_columns(
        &self,
        columns: &[Column],
        path: &Arc<Path>,
    ) -> Result<Vec<Column>, CorpusError> {
        match &self.kept {
            Kept::None => Ok(Vec::new()),
            Kept::All => Ok(columns.to_vec()),
            Kept::Names(names) => {
                let find = |name: &String| columns::named(columns, name, path);
                names.iter().map(find).collect()
            }
        }
    }

    fn text(&self, cell: Cell) -> Result<String, CorpusRowError> {
        let column = self.source.as_ref().map(|source| &source.text_column);
        let name = || column.map_or(String::new(), |column| column.name.clone());
        match cell {
            Cell::Text(text) => Ok(text),
            Cell::Null => Err(CorpusRowError::MissingField(name())),
            other if column.is_some_and(|column| column.kind != CellKind::Json) => {
                Ok(other.as_text().into_owned())
            }
            _ => Err(CorpusRowError::FieldType {
                field: name(),
                expected: "a string",
            }),
        }
    }

    fn label(&self, cell: &Cell) -> Result<ReadLabel, CorpusRowError> {
        let name = self.source.as_ref().map_or("", |source| &source.label_name);
        self.label_reader.read(cell, name)
    }

    fn raw(&self, record: Record) -> RawRow {
        let Record { location, cells } = record;
        let none = || vec![Cell::Null; self.columns.len()];
        let Some(source) = &self.source else {
            unreachable!("a record comes from a source")
        };
        match cells {
            Err(error) => RawRow {
                location,
                content: Err(error),
                cells: none(),
            },
            Ok(cells) => {
                let mut cells = cells.into_iter();
                let mut next = || cells.next().unwrap_or(Cell::Null);
                let text = next();
                let label = if source.has_label { next() } else { Cell::Null };
                let kept = source.has_column.iter();
                RawRow {
                    location,
                    content: Ok((text, label)),
                    cells: kept
                        .map(|&is_there| if is_there { next() } else { Cell::Null })
                        .collect(),
                }
            }
        }
    }
}

impl Iterator for RawRows {
    type Item = Result<RawRow, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let source = self.source.as_mut()?;
            match source.records.next() {
                Some(Ok(record)) => return Some(Ok(self.raw(record))),
                // As `records` stops after an error, the next file is opened: the rows of `Rows` end before that.
                Some(Err(error)) => {
                    self.source = None;
                    self.paths.clear();
                    return Some(Err(error));
                }
                None => {
                    if let Err(error) = self.open_next() {
                        return Some(Err(error));
                    }
                }
            }
        }
    }
}
