//! Chooses the columns of the text and the label.

use std::path::Path;
use std::sync::Arc;

use super::notes::{NoteKind, ReadingNotes};
use super::table::Table;
use super::{CellKind, Column, ColumnRole, CorpusError, CorpusOptions, RowLocation};
use crate::printable::Printable;

/// The default name of the text column, then the names that well-known datasets give it.
pub(super) const TEXT_NAMES: [&str; 16] = [
    "text",
    "review",
    "reviewText",
    "review_text",
    "review_body",
    "sentence",
    "content",
    "comment",
    "tweet",
    "body",
    "message",
    "文本",
    "内容",
    "评论",
    "评论内容",
    "句子",
];

/// The default name of the label column, then the names that well-known datasets give it.
pub(super) const LABEL_NAMES: [&str; 14] = [
    "label",
    "sentiment",
    "polarity",
    "rating",
    "stars",
    "star_rating",
    "overall",
    "airline_sentiment",
    "class",
    "target",
    "标签",
    "情感",
    "评分",
    "类别",
];

/// The number of columns and of characters of each that a message shows.
const SHOWN_COLUMNS: usize = 10;
const SHOWN_CHARACTERS: usize = 40;

/// The indices of the text and label columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChosenColumns {
    pub(super) text: usize,
    pub(super) label: Option<usize>,
}

impl ChosenColumns {
    /// Returns the columns of a format that names them `text` and `label`.
    pub(super) fn by_name(table: &Table) -> Self {
        let find = |name: &str| table.columns.iter().position(|column| column.name == name);
        Self {
            text: find(TEXT_NAMES[0]).unwrap_or(0),
            label: find(LABEL_NAMES[0]),
        }
    }
}

/// Returns whether the text is read from a column of this name if no other is named.
pub(super) fn is_text_name(name: &str, options: &CorpusOptions) -> bool {
    match &options.text_column {
        Some(given) => given.eq_ignore_ascii_case(name),
        None => TEXT_NAMES
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name)),
    }
}

/// Returns the index of a column that is given by its number, from 1.
pub(super) fn position(number: &str, columns: usize) -> Option<usize> {
    let number: usize = number.parse().ok()?;
    (1..=columns).contains(&number).then(|| number - 1)
}

/// Chooses the text column, and the label column, which may be absent unless `labels_needed`.
pub(super) fn choose(
    table: &mut Table,
    path: &Arc<Path>,
    options: &CorpusOptions,
    labels_needed: bool,
    notes: &ReadingNotes,
) -> Result<ChosenColumns, CorpusError> {
    let mut find = |role, given: Option<&str>, names: &[&str], other: fn(String) -> NoteKind| {
        let index = match given {
            Some(name) => index_of(&table.columns, name),
            None => names
                .iter()
                .find_map(|name| index_of_name(&table.columns, name)),
        };
        let name = given.unwrap_or(names[0]);
        let Some(index) = index else {
            return match table.has_fixed_columns {
                true => Err(unknown_column(table, path, name, role)),
                false => Ok(add_column(table, name)),
            };
        };
        let found = &table.columns[index].name;
        if given.is_none() && !found.eq_ignore_ascii_case(name) {
            notes.add(path, other(found.clone()));
        }
        if table
            .columns
            .iter()
            .filter(|column| column.name == *found)
            .count()
            > 1
        {
            notes.add(path, NoteKind::DuplicateColumn(found.clone()));
        }
        Ok(index)
    };
    let text = options.text_column.as_deref();
    let text = find(ColumnRole::Text, text, &TEXT_NAMES, NoteKind::TextColumn)?;
    let label = options.label_column.as_deref();
    let found = find(
        ColumnRole::Label,
        label,
        &LABEL_NAMES,
        NoteKind::LabelColumn,
    );
    let label = match found {
        Ok(index) => Some(index),
        Err(_) if !labels_needed && label.is_none() => None,
        Err(error) => return Err(error),
    };
    Ok(ChosenColumns { text, label })
}

/// Returns the column of a name or number that the user wants to keep.
pub(super) fn named(
    columns: &[Column],
    name: &str,
    path: &Arc<Path>,
) -> Result<Column, CorpusError> {
    let index = index_of(columns, name);
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let unknown = || CorpusError::UnknownColumn {
        location: RowLocation::file(path),
        column: name.to_owned(),
        columns: listing(&names),
        role: ColumnRole::Kept,
    };
    index
        .map(|index| columns[index].clone())
        .ok_or_else(unknown)
}

/// Returns the column of a name, or of a number if no column has that name.
fn index_of(columns: &[Column], name: &str) -> Option<usize> {
    let exact = columns.iter().position(|column| column.name == name);
    exact
        .or_else(|| index_of_name(columns, name))
        .or_else(|| position(name, columns.len()))
}

fn index_of_name(columns: &[Column], name: &str) -> Option<usize> {
    let exact = columns.iter().position(|column| column.name == name);
    exact.or_else(|| {
        let mut columns = columns.iter();
        columns.position(|column| column.name.eq_ignore_ascii_case(name))
    })
}

fn add_column(table: &mut Table, name: &str) -> usize {
    table.columns.push(Column {
        name: name.to_owned(),
        kind: CellKind::Json,
    });
    table.columns.len() - 1
}

fn unknown_column(table: &Table, path: &Arc<Path>, column: &str, role: ColumnRole) -> CorpusError {
    let location = table.header.clone();
    CorpusError::UnknownColumn {
        location: location.unwrap_or_else(|| RowLocation::file(path)),
        column: column.to_owned(),
        columns: listing(&table.first_row),
        role,
    }
}

/// Lists names or cells for a message: the first ten, each cut to 40 characters.
fn listing(names: &[String]) -> String {
    let mut shown: Vec<String> = names
        .iter()
        .take(SHOWN_COLUMNS)
        .map(|name| {
            let short: String = name.chars().take(SHOWN_CHARACTERS).collect();
            format!("\"{}\"", Printable(&short))
        })
        .collect();
    if names.len() > shown.len() {
        shown.push(format!("{} more", names.len() - shown.len()));
    }
    shown.join(", ")
}
