//! Predictions as rows of a table.

use sentiment::classifier::{Prediction, PredictionRecord};
use sentiment::corpus::{Cell, CellKind, Column};

use super::prediction_rows::PredictedRow;

/// The columns of predictions beside those of the input.
#[derive(Clone, Copy, Debug, Default)]
pub struct AddedColumns {
    /// Whether there is a column with the number of the row.
    pub row_numbers: bool,
    /// Whether there are columns with the sentence and its position.
    pub sentences: bool,
    /// Whether the predicted labels are a list.
    pub label_lists: bool,
    /// The number of most probable labels, whose columns replace those of the probability of each label.
    pub top: Option<usize>,
}

/// Makes table rows of predictions.
pub struct PredictionTable {
    columns: Vec<Column>,
    /// The index of the column `reason`.
    reason: usize,
    added: AddedColumns,
    neutral_below: f64,
}

impl PredictionTable {
    /// Creates the table for input columns and the labels of a model. Predictions below a probability of
    /// `neutral_below` are `uncertain`.
    pub fn new(
        input: &[Column],
        added: AddedColumns,
        labels: &[String],
        neutral_below: f64,
    ) -> Self {
        let mut columns = Vec::new();
        if added.row_numbers {
            push_column(&mut columns, "row", CellKind::Integer);
        }
        for column in input {
            push_column(&mut columns, &column.name, column.kind);
        }
        if added.sentences {
            push_column(&mut columns, "sentence", CellKind::Text);
            push_column(&mut columns, "sentence_start", CellKind::Integer);
            push_column(&mut columns, "sentence_end", CellKind::Integer);
        }
        let predicted = match added.label_lists {
            true => CellKind::Json,
            false => CellKind::Text,
        };
        push_column(&mut columns, "predicted", predicted);
        push_column(&mut columns, "score", CellKind::Float);
        match added.top {
            Some(top) => push_top(&mut columns, top),
            None => push_probabilities(&mut columns, labels),
        }
        let reason = columns.len();
        push_column(&mut columns, "reason", CellKind::Text);
        push_column(&mut columns, "known", CellKind::Float);
        push_column(&mut columns, "unread_tokens", CellKind::Integer);
        Self {
            columns,
            reason,
            added,
            neutral_below,
        }
    }

    /// Returns the columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Returns the cells of a row.
    pub fn cells(&self, row: &PredictedRow) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(self.columns.len());
        if self.added.row_numbers {
            cells.push(integer(row.number));
        }
        cells.extend_from_slice(&row.row.cells);
        if self.added.sentences {
            cells.push(Cell::Text(row.text.to_owned()));
            cells.push(integer(row.characters.start as u64));
            cells.push(integer(row.characters.end as u64));
        }
        match (&row.prediction, &row.row.text) {
            (Some(prediction), _) => self.push_prediction(&mut cells, prediction),
            (None, text) => {
                let reason = text.as_ref().err().map(ToString::to_string);
                cells.resize(self.columns.len(), Cell::Null);
                cells[self.reason] = Cell::Text(reason.unwrap_or_default());
            }
        }
        cells
    }

    fn push_prediction(&self, cells: &mut Vec<Cell>, prediction: &Prediction) {
        let PredictionRecord {
            label,
            labels,
            score,
            known,
            reason,
            ..
        } = prediction.record(self.neutral_below);
        cells.push(match labels.filter(|_| self.added.label_lists) {
            Some(labels) => Cell::Json(json_list(&labels)),
            None => Cell::Text(label.into_owned()),
        });
        cells.push(Cell::Float(score));
        match self.added.top {
            Some(top) => {
                for (label, probability) in prediction.most_probable(top) {
                    cells.push(Cell::Text(label.to_owned()));
                    cells.push(Cell::Float(probability));
                }
            }
            None => cells.extend(prediction.probabilities.iter().copied().map(Cell::Float)),
        }
        cells.push(reason.map_or(Cell::Null, |reason| Cell::Text(reason.to_owned())));
        cells.push(known.map_or(Cell::Null, Cell::Float));
        cells.push(integer(prediction.unread_tokens as u64));
    }
}

fn json_list(labels: &[&str]) -> String {
    serde_json::Value::from(labels).to_string()
}

/// Adds a column. A column of the same name before it keeps its name: `predicted` becomes `predicted_2`.
pub fn push_column(columns: &mut Vec<Column>, name: &str, kind: CellKind) {
    let is_taken = |name: &str| columns.iter().any(|column| column.name == name);
    let mut unique = name.to_owned();
    let mut number = 2;
    while is_taken(&unique) {
        unique = format!("{name}_{number}");
        number += 1;
    }
    columns.push(Column { name: unique, kind });
}

/// Adds the columns of the `top` most probable labels and their probabilities.
fn push_top(columns: &mut Vec<Column>, top: usize) {
    for rank in 1..=top {
        push_column(columns, &format!("top_{rank}"), CellKind::Text);
        push_column(columns, &format!("top_{rank}_score"), CellKind::Float);
    }
}

/// Adds the columns of the probability of each label.
pub fn push_probabilities(columns: &mut Vec<Column>, labels: &[String]) {
    for label in labels {
        push_column(columns, &format!("probability_{label}"), CellKind::Float);
    }
}

/// Returns the cell of a count.
pub fn integer(number: u64) -> Cell {
    Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}
