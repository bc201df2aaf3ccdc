//! `sentiment predict`: classify texts in order.

mod input;
mod run;

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use anstream::AutoStream;
use sentiment::corpus::TableFormat;
use sentiment::files::write_whole_with;

use self::input::Input;
use self::run::Run;
use super::console::Console;
use super::corpus_args::{CorpusArgs, refuse_to_overwrite};
use super::model_args::{ModelArgs, probability};
use super::model_by_text::ModelByText;
use super::prediction_output::OutputFormat;
use super::terminal_palette::TerminalPalette;
use super::text_is_file::TextIsFile;

/// The arguments of `sentiment predict`.
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("source").required(true).args(["texts", "input"])
)]
pub struct PredictArgs {
    /// Texts to classify; `-` reads standard input
    #[arg(value_name = "TEXT")]
    texts: Vec<String>,

    /// Corpora or text files to classify; `-` is standard input
    #[arg(long, value_name = "FILE", num_args = 1..)]
    input: Vec<PathBuf>,

    /// Output file: .csv, .tsv, .jsonl or .parquet
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Format: text, csv, tsv, jsonl or parquet [default: text]
    #[arg(long, value_name = "FORMAT")]
    format: Option<OutputFormat>,

    /// Predict `uncertain` if no label is this probable [default: 0]
    #[arg(long, value_name = "PROBABILITY", default_value_t = 0.0, value_parser = probability, hide_default_value = true)]
    neutral_below: f64,

    /// Write the N most probable labels
    #[arg(long, value_name = "N", value_parser = count)]
    top: Option<NonZeroUsize>,

    /// Input columns to keep in the output [default: all]
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        conflicts_with = "only_predictions"
    )]
    columns: Vec<String>,

    /// Keep no input column in the output
    #[arg(long)]
    only_predictions: bool,

    /// Add a column with the number of the row
    #[arg(long)]
    row_numbers: bool,

    /// Classify each sentence, with its position in the text
    #[arg(long)]
    sentences: bool,

    /// Continue the --output of an interrupted command
    #[arg(long, requires = "output")]
    resume: bool,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    reading: CorpusArgs,
}

/// Runs `sentiment predict`.
pub fn run(args: &PredictArgs, console: &Console) -> anyhow::Result<()> {
    let format = OutputFormat::of(args.format, args.output.as_deref())?;
    args.check_texts()?;
    args.check_columns(format)?;
    let files = args.reading.files(&args.input, console)?;
    if let Some(output) = &args.output {
        for input in &files {
            refuse_to_overwrite(input, output, "input")?;
        }
    }
    let model = ModelByText::load(&args.model, console)?;
    let input = Input::open(args, files)?;
    let run = Run {
        args,
        model: &model,
        format,
        palette: args.palette(format),
        console,
    };
    match (&args.output, format) {
        (None, _) => {
            let out: &mut (dyn Write + Send) = match run.palette {
                Some(_) => &mut AutoStream::auto(io::stdout()),
                // Looking for styles to remove would take time.
                None => &mut io::stdout(),
            };
            run.predict(input, out)
        }
        (Some(output), OutputFormat::Table(format)) => run.predict_resumable(input, output, format),
        (Some(_), OutputFormat::Text) if args.resume => {
            anyhow::bail!("--resume requires a table: {}", TableFormat::extensions())
        }
        (Some(output), OutputFormat::Text) => {
            write_whole_with(output, |out| run.predict(input, out))
        }
    }
}

impl PredictArgs {
    /// Fails if a text is the name of a file, or looks like that of one that is missing.
    fn check_texts(&self) -> anyhow::Result<()> {
        let mut texts = self.texts.iter().filter(|text| *text != "-");
        let error = texts.find_map(|text| TextIsFile::of(text));
        error.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Fails if lines of text have no place for the columns that are asked for.
    fn check_columns(&self, format: OutputFormat) -> anyhow::Result<()> {
        let flags = [
            ("--columns", !self.columns.is_empty()),
            ("--only-predictions", self.only_predictions),
            ("--row-numbers", self.row_numbers),
        ];
        let given = flags.into_iter().find(|(_, is_given)| *is_given);
        match (format, given) {
            (OutputFormat::Text, Some((flag, _))) => {
                anyhow::bail!("{flag} needs a table: add --format csv, or --output FILE")
            }
            _ => Ok(()),
        }
    }

    /// Returns the colours of lines of text on standard output, if there are colours.
    fn palette(&self, format: OutputFormat) -> Option<TerminalPalette> {
        let is_styled = format == OutputFormat::Text && self.output.is_none();
        let palette = is_styled.then(TerminalPalette::of_output);
        palette.filter(|palette| palette.has_colors())
    }
}

/// Parses a number of labels.
fn count(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "expected 1 or more".to_owned())
}
