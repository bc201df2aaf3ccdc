//! Predictions as lines of text and as tables.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::str::FromStr;

use anstyle::Style;
use sentiment::classifier::{Prediction, PredictionRecord, join_labels};
use sentiment::corpus::{Cell, CellKind, Column, Example, LabelSet, TableFormat, TableWriter};
use sentiment::evaluation::{LabelledText, ScoredText};
use sentiment::printable::Printable;

use super::partial_output::Written;
use super::prediction_rows::PredictedRow;
use super::styled_text::{ASIDE, styled};
use super::terminal_palette::TerminalPalette;

/// The labels of a text without a label, in lines of text.
const NO_LABEL: &str = "(none)";

/// The format of the output: lines of text, or a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputFormat {
    /// Lines of text.
    Text,
    /// A table.
    Table(TableFormat),
}

impl FromStr for OutputFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match (name, name.parse()) {
            ("text", _) => Ok(Self::Text),
            (_, Ok(format)) => Ok(Self::Table(format)),
            (_, Err(_)) => Err("expected text, csv, tsv, jsonl or parquet".to_owned()),
        }
    }
}

impl OutputFormat {
    /// Returns the format that is given, or that of the output file's extension. Fails for a binary format on a terminal.
    pub fn of(given: Option<Self>, output: Option<&Path>) -> anyhow::Result<Self> {
        Ok(match (given, output) {
            (Some(Self::Table(format)), None)
                if format.is_binary() && io::stdout().is_terminal() =>
            {
                return Err(BinaryOnTerminal(format).into());
            }
            (Some(format), _) => format,
            (None, Some(file)) => Self::Table(TableFormat::of(file)?),
            (None, None) => Self::Text,
        })
    }
}

/// The error of a binary format on a terminal.
#[derive(Debug, thiserror::Error)]
#[error("the format {0} is binary, which a terminal cannot show")]
pub struct BinaryOnTerminal(pub TableFormat);

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
    fn cells(&self, row: &PredictedRow) -> Vec<Cell> {
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
fn push_probabilities(columns: &mut Vec<Column>, labels: &[String]) {
    for label in labels {
        push_column(columns, &format!("probability_{label}"), CellKind::Float);
    }
}

/// Returns the cell of a count.
pub fn integer(number: u64) -> Cell {
    Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Where predictions are written to.
pub enum Sink<W: Write + Send> {
    /// Tab-separated label, probability and escaped text; a reason if uncertain.
    Text(W, TextLines),
    /// A table.
    Table(TableWriter<W>, PredictionTable),
}

impl<W: Write + Send> Sink<W> {
    /// Creates a table.
    pub fn table(format: TableFormat, out: W, table: PredictionTable) -> io::Result<Self> {
        let mut writer = TableWriter::new(format, out, table.columns.clone())?;
        writer.write_header()?;
        Ok(Self::Table(writer, table))
    }

    /// Creates a table that a later command can continue, after what is `written`.
    pub fn unfinished_table(
        format: TableFormat,
        out: W,
        table: PredictionTable,
        written: Written,
    ) -> io::Result<Self> {
        let columns = table.columns.clone();
        let writer = TableWriter::unfinished(format, out, columns, written.has_header)?;
        Ok(Self::Table(writer, table))
    }

    /// Writes a prediction.
    pub fn write(&mut self, row: &PredictedRow) -> io::Result<()> {
        match self {
            Self::Text(out, lines) => lines.write(out, row),
            Self::Table(writer, table) => writer.write(&table.cells(row)),
        }
    }

    /// Passes the predictions on to the stream.
    pub fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Text(out, _) => out.flush(),
            Self::Table(writer, _) => writer.flush(),
        }
    }

    /// Writes what the format needs at the end.
    pub fn finish(self) -> io::Result<()> {
        match self {
            Self::Text(mut out, _) => out.flush(),
            Self::Table(writer, _) => writer.finish(),
        }
    }
}

/// How to write predictions as lines.
#[derive(Clone, Copy)]
pub struct TextLines {
    /// The probability below which a prediction is `uncertain`.
    pub neutral_below: f64,
    /// The number of most probable labels to write in place of the predicted label.
    pub top: Option<usize>,
    /// The colours of the labels; `None` for a file.
    pub palette: Option<TerminalPalette>,
}

impl TextLines {
    fn write(self, out: &mut impl Write, row: &PredictedRow) -> io::Result<()> {
        let Some(prediction) = &row.prediction else {
            let error = row.row.text.as_ref().err().map(ToString::to_string);
            let label = styled(self.aside(), "error");
            return writeln!(out, "{label}\t\t\t({})", error.unwrap_or_default());
        };
        let PredictionRecord {
            label,
            score,
            reason,
            ..
        } = prediction.record(self.neutral_below);
        let style = |label: &str| match reason {
            None => self.tone(label),
            Some(_) => self.aside(),
        };
        let mut write_label = |label: &str, probability: f64| {
            let label = styled(style(label), Printable(label));
            write!(out, "{label}\t{probability:.4}\t")
        };
        match self.top {
            None if label.is_empty() => {
                write!(out, "{}\t{score:.4}\t", styled(self.aside(), NO_LABEL))?;
            }
            None => write_label(&label, score)?,
            Some(top) => {
                for (label, probability) in prediction.most_probable(top) {
                    write_label(label, probability)?;
                }
            }
        }
        write!(out, "{}", Printable(row.text))?;
        if let Some(reason) = reason {
            write!(out, "\t({reason})")?;
        }
        match prediction.unread_tokens {
            0 => writeln!(out),
            unread => writeln!(out, "\t({unread} tokens not read)"),
        }
    }

    /// Returns the style of a label.
    fn tone(self, label: &str) -> Style {
        let style = self.palette.map(|palette| palette.label(label));
        style.unwrap_or_default()
    }

    /// Returns the style of what is not a label.
    fn aside(self) -> Style {
        self.palette.map_or(Style::new(), |_| ASIDE)
    }
}

/// Writes labelled texts with their predictions as CSV, for `eval --predictions`.
pub struct ScoredWriter<W: Write + Send>(TableWriter<W>);

impl<W: Write + Send> ScoredWriter<W> {
    /// Creates the table and writes its header.
    pub fn new(out: W, labels: &[String]) -> io::Result<Self> {
        let mut columns = Vec::new();
        for name in ["text", "label", "predicted"] {
            push_column(&mut columns, name, CellKind::Text);
        }
        push_column(&mut columns, "score", CellKind::Float);
        push_probabilities(&mut columns, labels);
        let mut writer = TableWriter::new(TableFormat::Csv, out, columns)?;
        writer.write_header()?;
        Ok(Self(writer))
    }

    /// Writes a labelled text with its prediction.
    pub fn write(&mut self, example: &Example, row: &ScoredText) -> io::Result<()> {
        let prediction = &row.prediction;
        self.write_row(
            [&example.text, &example.label, prediction.label()],
            prediction,
        )
    }

    /// Writes a text of several labels with its prediction. Labels are joined as in the output of `predict`.
    pub fn write_set(&mut self, example: &Example, row: &LabelledText) -> io::Result<()> {
        let set = LabelSet::parse(&example.label).unwrap_or_default();
        let actual = join_labels(&set.iter().collect::<Vec<_>>());
        let predicted = row.prediction.label_set().unwrap_or_default();
        let texts = [&example.text, &*actual, &*join_labels(&predicted)];
        self.write_row(texts, &row.prediction)
    }

    fn write_row(&mut self, texts: [&str; 3], prediction: &Prediction) -> io::Result<()> {
        let texts = texts.map(|text| Cell::Text(text.to_owned()));
        let score = [Cell::Float(prediction.score())];
        let probabilities = prediction.probabilities.iter().copied().map(Cell::Float);
        let cells: Vec<Cell> = texts
            .into_iter()
            .chain(score)
            .chain(probabilities)
            .collect();
        self.0.write(&cells)
    }

    /// Writes what is left.
    pub fn finish(self) -> io::Result<()> {
        self.0.finish()
    }
}
