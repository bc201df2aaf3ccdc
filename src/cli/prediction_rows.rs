//! Classifies the rows of a table: one prediction for each row, or for each sentence of its text.

use std::ops::Range;

use sentiment::classifier::Prediction;
use sentiment::corpus::{CorpusError, TableRow};
use sentiment::text::sentences;

use super::bad_rows::{BadRows, NoReadableRow};
use super::console::Console;
use super::model_by_text::ModelByText;

/// What to classify in a row.
pub struct PredictionRows {
    /// Whether each sentence is classified.
    pub sentences: bool,
    /// Whether rows that cannot be read are left out.
    pub skip_bad_rows: bool,
}

/// The prediction for a row, or for a sentence of its text.
pub struct PredictedRow<'a> {
    /// The number of the row, from 1.
    pub number: u64,
    /// The row.
    pub row: &'a TableRow,
    /// The classified text; empty if the row cannot be read.
    pub text: &'a str,
    /// The position of the text in the row's text, in characters.
    pub characters: Range<usize>,
    /// The prediction; `None` if the row cannot be read.
    pub prediction: Option<Prediction>,
}

/// The numbers of rows with something to note.
#[derive(Debug, Default)]
pub struct Counts {
    rows: BadRows,
    truncated: u64,
}

impl Counts {
    /// Returns the number of rows so far.
    pub fn rows(&self) -> u64 {
        self.rows.rows()
    }

    /// Prints the notes. Fails if there are rows and none could be read.
    pub fn report(self, skip_bad_rows: bool, console: &Console) -> Result<(), NoReadableRow> {
        self.rows.check()?;
        self.rows.note(skip_bad_rows, console);
        if self.truncated > 0 {
            console.note(format!(
                "texts longer than the model reads, of which the end was read: {}",
                self.truncated
            ));
        }
        Ok(())
    }
}

/// The error of an output to resume that has more rows than the input.
#[derive(Debug, thiserror::Error)]
#[error(
    "the unfinished output has {written} rows, the input only {rows}: resume with the same input and flags, or leave out --resume"
)]
pub struct LongerThanInput {
    written: usize,
    rows: u64,
}

impl PredictionRows {
    /// Passes over the rows of which `written` are in the output already, and counts them.
    pub fn pass_over(
        &self,
        rows: &mut dyn Iterator<Item = Result<TableRow, CorpusError>>,
        written: usize,
    ) -> anyhow::Result<Counts> {
        let mut passed = Counts::default();
        let mut found = 0;
        while found < written {
            let Some(row) = rows.next().transpose()? else {
                let rows = passed.rows();
                return Err(LongerThanInput { written, rows }.into());
            };
            passed.rows.add(&row);
            // Sentences have the number of their row, so that skipped rows count.
            found += usize::from(row.text.is_ok() || self.sentences || !self.skip_bad_rows);
        }
        Ok(passed)
    }

    /// Classifies rows and passes the predictions on in order.
    pub fn classify(
        &self,
        chunk: &[TableRow],
        model: &ModelByText,
        counts: &mut Counts,
        mut each: impl FnMut(PredictedRow) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut texts: Vec<&str> = Vec::new();
        let mut spans: Vec<Vec<Range<usize>>> = Vec::new();
        for row in chunk {
            let text = row.text.as_deref().unwrap_or_default();
            let mut of_row: Vec<Range<usize>> = match (&row.text, self.sentences) {
                (Ok(text), true) => sentences(text).collect(),
                _ => Vec::new(),
            };
            // A text without sentences is classified as a whole.
            if row.text.is_ok() && of_row.is_empty() {
                of_row.push(0..text.len());
            }
            texts.extend(of_row.iter().map(|span| &text[span.clone()]));
            spans.push(of_row);
        }
        let mut predictions = model.predict(&texts)?.into_iter();
        for (row, spans) in chunk.iter().zip(spans) {
            counts.rows.add(row);
            let number = counts.rows();
            let text = row.text.as_deref().unwrap_or_default();
            if row.text.is_err() && !self.skip_bad_rows {
                each(PredictedRow {
                    number,
                    row,
                    text,
                    characters: 0..0,
                    prediction: None,
                })?;
            }
            let (mut byte, mut character) = (0, 0);
            // Counts the characters from the last position on, so that a long text is read once.
            let mut position = |to: usize| {
                character += text[byte..to].chars().count();
                byte = to;
                character
            };
            for span in spans {
                let prediction = predictions.next();
                let unread = prediction
                    .as_ref()
                    .map_or(0, |prediction| prediction.unread_tokens);
                counts.truncated += u64::from(unread > 0);
                each(PredictedRow {
                    number,
                    row,
                    text: &text[span.clone()],
                    characters: position(span.start)..position(span.end),
                    prediction,
                })?;
            }
        }
        Ok(())
    }
}
