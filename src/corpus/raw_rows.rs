//! The rows of one or several corpora, before their texts and labels are checked.

use std::collections::{HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::columns::{self, ChosenColumns};
use super::labels::{LabelReader, ReadLabel};
use super::notes::ReadingNotes;
use super::open::{Opened, Opening};
use super::read_progress::ReadProgress;
use super::standard_input::STANDARD_INPUT;
use super::table::RecordStream;
use super::{
    Cell, CellKind, Column, CorpusError, CorpusOptions, CorpusRowError, InvalidRow, Kept,
    MAX_COLUMNS, Record, RowLocation, lines,
};
use crate::files::FileError;

/// The labels that a corpus must have.
#[derive(Debug, Clone, Copy)]
pub(super) enum Labels<'a> {
    /// Any.
    Any,
    /// Those of a model.
    Of(&'a [String]),
}

/// A row before its text and its label are checked.
pub(super) struct RawRow {
    pub(super) location: RowLocation,
    pub(super) content: Result<(Cell, Cell), CorpusRowError>,
    pub(super) cells: Vec<Cell>,
}

/// The rows of several corpora.
pub(super) struct RawRows {
    paths: VecDeque<PathBuf>,
    source: Option<Source>,
    pub(super) options: CorpusOptions,
    pub(super) labels_needed: bool,
    label_reader: LabelReader,
    kept: Kept,
    pub(super) columns: Vec<Column>,
    /// Whether `columns` is known: the first corpus was opened.
    has_columns: bool,
    /// The names of columns that later corpora have and the first lacks, at most [`MAX_COLUMNS`].
    late_columns: HashSet<String>,
    pub(super) notes: ReadingNotes,
    pub(super) progress: ReadProgress,
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
    pub(super) fn new(options: &CorpusOptions, labels: Option<Labels>, kept: &Kept) -> Self {
        let known = match labels {
            Some(Labels::Of(labels)) => Some(labels),
            Some(Labels::Any) | None => None,
        };
        Self {
            paths: VecDeque::new(),
            source: None,
            labels_needed: labels.is_some(),
            label_reader: LabelReader::new(options, known),
            options: options.clone(),
            kept: kept.clone(),
            columns: Vec::new(),
            has_columns: false,
            late_columns: HashSet::new(),
            notes: ReadingNotes::default(),
            progress: ReadProgress::default(),
        }
    }

    /// Opens the first corpus, and checks that the others exist.
    pub(super) fn open(
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

    pub(super) fn start(&mut self, opened: Opened) -> Result<(), CorpusError> {
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
        if !is_first && self.kept == Kept::All {
            self.note_late_columns(&columns, &name);
        }
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
        let mut wanted: Vec<usize> = wanted.chain(indices.iter().flatten().copied()).collect();
        if self.kept == Kept::All {
            // Not kept, but read, so that a JSON reader tells what is beside all columns.
            wanted.extend((0..columns.len()).filter(|index| !indices.contains(&Some(*index))));
        }
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

    /// Notes the columns of a later corpus that are not kept because the first lacks them.
    fn note_late_columns(&mut self, columns: &[Column], path: &Arc<Path>) {
        let known: HashSet<&str> = self.columns.iter().map(|kept| kept.name.as_str()).collect();
        for column in columns
            .iter()
            .filter(|column| !known.contains(&*column.name))
        {
            let has_space = self.late_columns.len() < MAX_COLUMNS;
            if has_space && self.late_columns.insert(column.name.clone()) {
                self.notes.count_late_column(path, &column.name);
            }
        }
    }

    /// Returns the index of the label among the kept columns.
    pub(super) fn label_column(&self) -> Option<usize> {
        let source = self.source.as_ref().filter(|source| source.has_label)?;
        let mut columns = self.columns.iter();
        columns.position(|column| column.name == source.label_name)
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

    pub(super) fn text(&self, cell: Cell) -> Result<String, CorpusRowError> {
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

    pub(super) fn label(&self, cell: &Cell) -> Result<ReadLabel, CorpusRowError> {
        let name = self.source.as_ref().map_or("", |source| &source.label_name);
        self.label_reader.read(cell, name)
    }

    fn raw(&self, record: Record) -> RawRow {
        let Record { location, cells } = record;
        let Some(source) = &self.source else {
            unreachable!("a record comes from a source")
        };
        let (error, cells) = match cells {
            Ok(cells) => (None, cells),
            Err(InvalidRow { error, cells }) => (Some(error), cells),
        };
        let mut cells = cells.into_iter();
        let mut next = || cells.next().unwrap_or(Cell::Null);
        let text = next();
        let label = if source.has_label { next() } else { Cell::Null };
        let kept = source.has_column.iter();
        RawRow {
            location,
            cells: kept
                .map(|&is_there| if is_there { next() } else { Cell::Null })
                .collect(),
            content: error.map_or(Ok((text, label)), Err),
        }
    }
}

impl Iterator for RawRows {
    type Item = Result<RawRow, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let source = self.source.as_mut()?;
            match source.records.next() {
                Some(Ok(record)) => {
                    self.progress.count_row();
                    return Some(Ok(self.raw(record)));
                }
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
