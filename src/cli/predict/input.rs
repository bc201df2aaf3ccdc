//! The rows to classify: of files, of standard input or of the command line.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sentiment::corpus::{
    Cell, CellKind, Column, Kept, ReadProgress, ReadingNotes, RowLocation, TableRow, TableRows,
};

use super::PredictArgs;
use crate::cli::partial_output::InputRows;

/// The name of the texts of the command line in messages.
const COMMAND_LINE: &str = "command line";

/// The rows to classify.
pub(super) struct Input {
    pub(super) columns: Vec<Column>,
    pub(super) rows: InputRows,
    pub(super) notes: ReadingNotes,
    pub(super) progress: ReadProgress,
}

impl Input {
    /// Opens the input, or takes the texts of the command line.
    pub(super) fn open(args: &PredictArgs, files: Vec<PathBuf>) -> anyhow::Result<Self> {
        let kept = match (args.only_predictions, args.columns.as_slice()) {
            (true, _) => Kept::None,
            (false, []) => Kept::All,
            (false, names) => Kept::Names(names.to_vec()),
        };
        let paths = match args.texts.as_slice() {
            [text] if text == "-" => vec![PathBuf::from("-")],
            [] => files,
            texts => return Ok(command_line(texts, !args.only_predictions)),
        };
        let rows = TableRows::open(&paths, &args.reading.options(), &kept)?;
        Ok(Self {
            columns: rows.columns().to_vec(),
            notes: rows.reading_notes(),
            progress: rows.progress(),
            rows: Box::new(rows),
        })
    }
}

/// Returns the texts of the command line as rows.
fn command_line(texts: &[String], keeps_text: bool) -> Input {
    let path: Arc<Path> = Path::new(COMMAND_LINE).into();
    let text_column = Column {
        name: "text".to_owned(),
        kind: CellKind::Text,
    };
    let rows: Vec<_> = texts
        .iter()
        .zip(1..)
        .map(|(text, number)| {
            Ok(TableRow {
                location: RowLocation::row(&path, number),
                text: Ok(text.clone()),
                cells: keeps_text
                    .then(|| Cell::Text(text.clone()))
                    .into_iter()
                    .collect(),
            })
        })
        .collect();
    Input {
        columns: keeps_text.then_some(text_column).into_iter().collect(),
        rows: Box::new(rows.into_iter()),
        notes: ReadingNotes::default(),
        progress: ReadProgress::default(),
    }
}
