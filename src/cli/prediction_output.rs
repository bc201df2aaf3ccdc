//! Predictions as lines of text, CSV and JSON.

use std::io::{self, Write};

use clap::ValueEnum;
use sentiment::classifier::{Prediction, PredictionRecord};
use sentiment::corpus::Example;
use sentiment::evaluation::ScoredText;
use sentiment::printable::Printable;
use serde::Serialize;

/// The output format of predictions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// Tab-separated label, probability and escaped text; a reason if uncertain
    #[default]
    Text,
    /// CSV with text, label, score, all probabilities and reason
    Csv,
    /// One JSON object per line
    Jsonl,
}

/// Writes predictions.
pub struct PredictionWriter<'a> {
    /// The labels of the model.
    pub labels: &'a [String],
    /// The output format.
    pub format: OutputFormat,
    /// The minimum probability of a predicted label; below it the prediction is `uncertain`.
    pub neutral_below: f64,
}

impl PredictionWriter<'_> {
    /// Writes the header, if the format has one.
    pub fn begin(&self, out: &mut impl Write) -> anyhow::Result<()> {
        if self.format != OutputFormat::Csv {
            return Ok(());
        }
        let of_labels = self.labels.iter();
        let names = of_labels.map(|label| format!("probability_{label}"));
        let before = ["text", "label", "score"].map(String::from).into_iter();
        write_csv(out, before.chain(names).chain(["reason".into()]))
    }

    /// Writes the prediction for a text.
    pub fn write(
        &self,
        out: &mut impl Write,
        text: &str,
        prediction: &Prediction,
    ) -> anyhow::Result<()> {
        let record = prediction.record(self.neutral_below);
        let PredictionRecord {
            label,
            score,
            reason,
            ..
        } = record;
        match self.format {
            OutputFormat::Text => {
                let (label, text) = (Printable(label), Printable(text));
                match reason {
                    None => writeln!(out, "{label}\t{score:.4}\t{text}")?,
                    Some(reason) => writeln!(out, "{label}\t{score:.4}\t{text}\t({reason})")?,
                }
            }
            OutputFormat::Csv => {
                let probabilities = std::iter::once(&score).chain(&prediction.probabilities);
                let fields = [text.to_string(), label.to_string()].into_iter();
                let reason = reason.unwrap_or_default().to_string();
                write_csv(
                    out,
                    fields
                        .chain(probabilities.map(f64::to_string))
                        .chain([reason]),
                )?;
            }
            OutputFormat::Jsonl => {
                let line = JsonLine { text, record };
                serde_json::to_writer(&mut *out, &line).map_err(io::Error::from)?;
                writeln!(out)?;
            }
        }
        Ok(())
    }
}

/// Writes the CSV header of `eval --predictions`.
pub fn begin_scored(out: &mut dyn Write, labels: &[String]) -> anyhow::Result<()> {
    let names = labels.iter().map(|label| format!("probability_{label}"));
    let before = ["text", "label", "predicted", "score"].map(String::from);
    write_csv(out, before.into_iter().chain(names))
}

/// Writes a labelled text with its prediction as a CSV row of `eval --predictions`.
pub fn write_scored(
    out: &mut dyn Write,
    example: &Example,
    ScoredText { prediction, .. }: &ScoredText,
) -> anyhow::Result<()> {
    let fields = [
        example.text.clone(),
        example.label.clone(),
        prediction.label().into(),
        prediction.score().to_string(),
    ];
    let probabilities = prediction.probabilities.iter().map(f64::to_string);
    write_csv(out, fields.into_iter().chain(probabilities))
}

/// Writes a CSV record.
fn write_csv(
    out: &mut (impl Write + ?Sized),
    record: impl Iterator<Item = String>,
) -> anyhow::Result<()> {
    // The buffer is small because the writer lives for one record, and `out` is buffered.
    let mut writer = csv::WriterBuilder::new()
        .buffer_capacity(1 << 10)
        .from_writer(out);
    writer.write_record(record)?;
    writer.flush()?;
    Ok(())
}

#[derive(Serialize)]
struct JsonLine<'a> {
    text: &'a str,
    #[serde(flatten)]
    record: PredictionRecord<'a>,
}
