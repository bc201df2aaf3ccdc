//! Labelled texts with their predictions, as CSV.

use std::io::{self, Write};

use sentiment::classifier::{Prediction, join_labels};
use sentiment::corpus::{Cell, CellKind, Example, LabelSet, TableFormat, TableWriter};
use sentiment::evaluation::{LabelledText, ScoredText};

use super::prediction_table::{push_column, push_probabilities};

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
