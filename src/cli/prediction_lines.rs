//! Predictions as lines of text.

use std::io::{self, Write};

use anstyle::Style;
use sentiment::classifier::PredictionRecord;
use sentiment::printable::Printable;

use super::prediction_rows::PredictedRow;
use super::styled_text::{ASIDE, styled};
use super::terminal_palette::TerminalPalette;

/// The labels of a text without a label.
const NO_LABEL: &str = "(none)";

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
    /// Writes a prediction.
    pub fn write(self, out: &mut impl Write, row: &PredictedRow) -> io::Result<()> {
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
