//! `sentiment predict`: the label of texts, one after the other, in order.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use anyhow::Context;
use clap::ValueEnum;
use sentiment::answer::Answer;
use sentiment::classifier::{Classifier, Prediction};
use sentiment::corpus::{self, CorpusError, Format, Row, Skipped};
use sentiment::files::{decompress, write_whole_with};
use sentiment::printable::Printable;
use serde::Serialize;

use super::console::Console;
use super::corpus_args::CorpusArgs;
use super::model_args::{ModelArgs, probability};

/// Texts that are read ahead, and scored together where so many are waiting.
const CHUNK: usize = 2048;

/// The arguments of `sentiment predict`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("source").required(true).args(["texts", "input"]))]
pub struct PredictArgs {
    /// The texts to classify; `-` alone is standard input, one text a line
    #[arg(value_name = "TEXT")]
    texts: Vec<String>,

    /// Classify the texts of a file instead: a corpus, or one text a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,

    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Give no label to a text for which none is at least this probable, but `uncertain`
    #[arg(long, value_name = "PROBABILITY", default_value_t = 0.0, value_parser = probability, hide_default_value = true)]
    neutral_below: f64,

    /// How predictions are written
    #[arg(long, value_enum, default_value_t)]
    format: OutputFormat,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    reading: CorpusArgs,
}

/// How predictions are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum OutputFormat {
    /// Label, probability and text, with tabs between, and why where there is no label; control characters
    /// are escaped
    #[default]
    Text,
    /// CSV with a header: text, label, score, a probability for each label, and the reason where there is no
    /// label
    Csv,
    /// A JSON object a line
    Jsonl,
}

/// Runs `sentiment predict`.
pub fn run(args: &PredictArgs, console: &Console) -> anyhow::Result<()> {
    let classifier = args.model.load(console)?;
    let (rows, reading) = texts(args)?;
    let writer = PredictionWriter {
        labels: classifier.labels(),
        format: args.format,
        neutral_below: args.neutral_below,
    };
    let predict = |out: &mut dyn Write| predict(&classifier, rows, &writer, out);
    match &args.output {
        None => predict(&mut io::stdout().lock())?,
        Some(file) => write_whole_with(file, predict)?,
    }
    if let Ok(skipped) = reading.join() {
        console.note_skipped(&skipped);
    }
    Ok(())
}

/// Texts as they are read.
type Texts = Receiver<Result<String, CorpusError>>;

/// The texts, read ahead by a thread of their own, so that what arrives slowly through a pipe is
/// answered as it comes and what waits is scored together. The thread ends with what it left out.
fn texts(args: &PredictArgs) -> anyhow::Result<(Texts, JoinHandle<Skipped>)> {
    let (sender, receiver) = sync_channel(CHUNK);
    let options = args.reading.options();
    let standard_input = PathBuf::from("-");
    let input = match args.texts.as_slice() {
        [text] if text == "-" => Some(&standard_input),
        _ => args.input.as_ref(),
    };
    let mut rows = match input {
        None => {
            let texts = args.texts.clone();
            let reading = thread::spawn(move || {
                // A receiver that is gone wants no more.
                let _ = texts.into_iter().try_for_each(|text| sender.send(Ok(text)));
                Skipped::default()
            });
            return Ok((receiver, reading));
        }
        Some(file) if *file == standard_input => {
            let name = Path::new("standard input");
            let input = decompress(io::stdin()).context("could not read standard input")?;
            let format = options.format.unwrap_or(Format::Lines);
            corpus::texts_from_reader(input, name, format, &options)?
        }
        Some(file) => corpus::open_texts(file, &options)?,
    };
    let reading = thread::spawn(move || {
        let mut texts = rows.by_ref().map(|row| row.map(|Row { text, .. }| text));
        let _ = texts.try_for_each(|text| sender.send(text));
        rows.skipped().clone()
    });
    Ok((receiver, reading))
}

/// Classifies texts as they come and writes the predictions in their order.
fn predict(
    classifier: &Classifier,
    texts: Texts,
    writer: &PredictionWriter,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let mut out = BufWriter::new(out);
    writer.begin(&mut out)?;
    while let Ok(first) = texts.recv() {
        // An error is met in its turn: what came before it is answered.
        let (mut chunk, mut failure) = (Vec::new(), None);
        for text in std::iter::once(first).chain(texts.try_iter().take(CHUNK - 1)) {
            match text {
                Ok(text) => chunk.push(text),
                Err(error) => failure = Some(error),
            }
        }
        for (text, prediction) in chunk.iter().zip(classifier.predict(&chunk)?) {
            writer.write(&mut out, text, &prediction)?;
        }
        out.flush()?;
        if let Some(error) = failure {
            return Err(error.into());
        }
    }
    Ok(())
}

/// How predictions are written.
struct PredictionWriter<'a> {
    labels: &'a [String],
    format: OutputFormat,
    neutral_below: f64,
}

impl PredictionWriter<'_> {
    /// Writes what stands before all predictions.
    fn begin(&self, out: &mut impl Write) -> anyhow::Result<()> {
        if self.format != OutputFormat::Csv {
            return Ok(());
        }
        let of_labels = self.labels.iter();
        let names = of_labels.map(|label| format!("probability_{label}"));
        let before = ["text", "label", "score"].map(String::from).into_iter();
        write_csv(out, before.chain(names).chain(["reason".into()]))
    }

    /// Writes what was predicted of a text.
    fn write(
        &self,
        out: &mut impl Write,
        text: &str,
        prediction: &Prediction,
    ) -> anyhow::Result<()> {
        let answer = Answer::new(self.labels, prediction, self.neutral_below);
        let Answer {
            label,
            score,
            reason,
            ..
        } = answer;
        match self.format {
            OutputFormat::Text => {
                let (label, text) = (Printable(label), Printable(text));
                match reason {
                    None => writeln!(out, "{label}\t{score:.4}\t{text}")?,
                    Some(reason) => writeln!(out, "{label}\t{score:.4}\t{text}\t({reason})")?,
                }
            }
            OutputFormat::Csv => {
                let figures = std::iter::once(&score).chain(&prediction.probabilities);
                let fields = [text.to_string(), label.to_string()].into_iter();
                let reason = reason.unwrap_or_default().to_string();
                write_csv(
                    out,
                    fields.chain(figures.map(f64::to_string)).chain([reason]),
                )?;
            }
            OutputFormat::Jsonl => {
                let line = JsonLine { text, answer };
                serde_json::to_writer(&mut *out, &line).map_err(io::Error::from)?;
                writeln!(out)?;
            }
        }
        Ok(())
    }
}

/// Writes a line of CSV.
pub fn write_csv(
    out: &mut (impl Write + ?Sized),
    record: impl Iterator<Item = String>,
) -> anyhow::Result<()> {
    // The writer lives for a record, so its buffer is small; `out` has one.
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
    answer: Answer<'a>,
}
