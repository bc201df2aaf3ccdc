//! `sentiment predict`: classify texts in order.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use sentiment::classifier::Classifier;
use sentiment::corpus::{self, Format, ReadAhead};
use sentiment::files::{decompress, write_whole_with};

use super::console::Console;
use super::corpus_args::CorpusArgs;
use super::model_args::{ModelArgs, probability};
use super::prediction_output::{OutputFormat, PredictionWriter};

/// The arguments of `sentiment predict`.
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("source").required(true).args(["texts", "input"])
)]
pub struct PredictArgs {
    /// Texts to classify; `-` reads lines from standard input
    #[arg(value_name = "TEXT")]
    texts: Vec<String>,

    /// Corpus or text file to classify; `-` is standard input
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,

    /// Output file [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Predict `uncertain` if no label is this probable [default: 0]
    #[arg(long, value_name = "PROBABILITY", default_value_t = 0.0, value_parser = probability, hide_default_value = true)]
    neutral_below: f64,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: OutputFormat,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    reading: CorpusArgs,
}

/// Runs `sentiment predict`.
pub fn run(args: &PredictArgs, console: &Console) -> anyhow::Result<()> {
    let classifier = args.model.load(console)?;
    let mut texts = args.texts()?;
    let writer = PredictionWriter {
        labels: classifier.labels(),
        format: args.format,
        neutral_below: args.neutral_below,
    };
    let mut predict = |out: &mut dyn Write| predict(&classifier, &mut texts, &writer, out);
    match &args.output {
        None => predict(&mut io::stdout().lock())?,
        Some(file) => write_whole_with(file, predict)?,
    }
    console.note_skipped(&texts.finish());
    Ok(())
}

impl PredictArgs {
    /// The texts to classify.
    fn texts(&self) -> anyhow::Result<ReadAhead> {
        let options = self.reading.options();
        let standard_input = PathBuf::from("-");
        let input = match self.texts.as_slice() {
            [text] if text == "-" => Some(&standard_input),
            _ => self.input.as_ref(),
        };
        let rows = match input {
            None => return Ok(ReadAhead::of_texts(self.texts.clone())),
            Some(file) if *file == standard_input => {
                let name = Path::new("standard input");
                let input = decompress(io::stdin()).context("could not read standard input")?;
                let format = options.format.unwrap_or(Format::Lines);
                corpus::texts_from_reader(input, name, format, &options)?
            }
            Some(file) => corpus::open_texts(file, &options)?,
        };
        Ok(ReadAhead::of_rows(rows))
    }
}

/// Classifies texts as they arrive and writes the predictions in order.
fn predict(
    classifier: &Classifier,
    texts: &mut ReadAhead,
    writer: &PredictionWriter,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let mut out = BufWriter::new(out);
    writer.begin(&mut out)?;
    while let Some(chunk) = texts.next_chunk() {
        let chunk = chunk?;
        for (text, prediction) in chunk.iter().zip(classifier.predict(&chunk)?) {
            writer.write(&mut out, text, &prediction)?;
        }
        out.flush()?;
    }
    Ok(())
}
