//! `sentiment predict`: classify texts in order.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::ensure;
use sentiment::classifier::Classifier;
use sentiment::corpus::{
    Cell, CellKind, Column, CorpusError, Kept, ReadAhead, ReadingNotes, RowLocation, Skipped,
    TableFormat, TableRow, TableRows,
};
use sentiment::files::write_whole_with;

use super::console::Console;
use super::corpus_args::CorpusArgs;
use super::model_args::{ModelArgs, probability};
use super::prediction_output::{AddedColumns, PredictionTable, Sink};
use super::prediction_rows::{Counts, PredictionRows};

/// The name of the texts of the command line in messages.
const COMMAND_LINE: &str = "command line";

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

    /// Format: text, csv, tsv or jsonl [default: text]
    #[arg(long, value_name = "FORMAT", value_parser = output_format)]
    format: Option<OutputFormat>,

    /// Predict `uncertain` if no label is this probable [default: 0]
    #[arg(long, value_name = "PROBABILITY", default_value_t = 0.0, value_parser = probability, hide_default_value = true)]
    neutral_below: f64,

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

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    reading: CorpusArgs,
}

/// The format of the output: lines of text, or a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OutputFormat {
    Text,
    Table(TableFormat),
}

fn output_format(name: &str) -> Result<OutputFormat, String> {
    match (name, name.parse()) {
        ("text", _) => Ok(OutputFormat::Text),
        (_, Ok(format)) => Ok(OutputFormat::Table(format)),
        (_, Err(_)) => Err("expected text, csv, tsv, jsonl or parquet".to_owned()),
    }
}

/// Runs `sentiment predict`.
pub fn run(args: &PredictArgs, console: &Console) -> anyhow::Result<()> {
    let format = args.output_format()?;
    args.check_texts()?;
    let files = args.reading.files(&args.input, console)?;
    args.check_output(&files)?;
    let classifier = args.model.load(console)?;
    let input = args.open(files)?;
    match &args.output {
        None => args.predict(&classifier, input, format, &mut io::stdout(), console),
        Some(file) => write_whole_with(file, |out| {
            args.predict(&classifier, input, format, out, console)
        }),
    }
}

/// The rows to classify.
struct Input {
    columns: Vec<Column>,
    rows: Box<dyn Iterator<Item = Result<TableRow, CorpusError>> + Send>,
    notes: ReadingNotes,
}

impl PredictArgs {
    /// Returns the format that is given, or that of the output file's extension.
    fn output_format(&self) -> anyhow::Result<OutputFormat> {
        Ok(match (self.format, &self.output) {
            (Some(format), _) => format,
            (None, Some(file)) => OutputFormat::Table(TableFormat::of(file)?),
            (None, None) => OutputFormat::Text,
        })
    }

    /// Fails if a text is the name of a file.
    fn check_texts(&self) -> anyhow::Result<()> {
        let is_file = |text: &&String| *text != "-" && Path::new(text).is_file();
        if let Some(file) = self.texts.iter().find(is_file) {
            return Err(TextIsFile { file: file.clone() }.into());
        }
        Ok(())
    }

    /// Fails if the output file is also an input file.
    fn check_output(&self, files: &[PathBuf]) -> anyhow::Result<()> {
        let output = self
            .output
            .as_ref()
            .and_then(|file| file.canonicalize().ok());
        let Some(output) = output else {
            return Ok(());
        };
        for input in files {
            ensure!(
                !input.canonicalize().is_ok_and(|input| input == output),
                "{} would overwrite the input",
                output.display()
            );
        }
        Ok(())
    }

    /// Opens the input, or takes the texts of the command line.
    fn open(&self, files: Vec<PathBuf>) -> anyhow::Result<Input> {
        let kept = match (self.only_predictions, self.columns.as_slice()) {
            (true, _) => Kept::None,
            (false, []) => Kept::All,
            (false, names) => Kept::Names(names.to_vec()),
        };
        let paths = match self.texts.as_slice() {
            [text] if text == "-" => vec![PathBuf::from("-")],
            [] => files,
            texts => return Ok(command_line(texts, !self.only_predictions)),
        };
        let rows = TableRows::open(&paths, &self.reading.options(), &kept)?;
        Ok(Input {
            columns: rows.columns().to_vec(),
            notes: rows.reading_notes(),
            rows: Box::new(rows),
        })
    }

    /// Classifies rows as they arrive and writes the predictions in order.
    fn predict(
        &self,
        classifier: &Classifier,
        input: Input,
        format: OutputFormat,
        out: &mut (dyn Write + Send),
        console: &Console,
    ) -> anyhow::Result<()> {
        let rows = PredictionRows {
            sentences: self.sentences,
            skip_bad_rows: self.reading.skips_bad_rows(),
        };
        let added = AddedColumns {
            row_numbers: self.row_numbers || self.sentences,
            sentences: self.sentences,
        };
        let out = BufWriter::new(out);
        let mut sink = match format {
            OutputFormat::Text => Sink::Text(out, self.neutral_below),
            OutputFormat::Table(format) => {
                let labels = classifier.labels();
                let table = PredictionTable::new(&input.columns, added, labels, self.neutral_below);
                Sink::table(format, out, table, true)?
            }
        };
        let mut counts = Counts::default();
        let mut chunks = ReadAhead::new(input.rows);
        while let Some(chunk) = chunks.next_chunk() {
            rows.classify(
                &chunk?,
                classifier,
                &mut counts,
                |row| Ok(sink.write(&row)?),
            )?;
            sink.flush()?;
        }
        sink.finish()?;
        console.note_reading(&input.notes.notes(), &Skipped::default());
        counts.note(rows.skip_bad_rows, console);
        Ok(())
    }
}

/// Returns the texts of the command line as rows.
fn command_line(texts: &[String], keeps_text: bool) -> Input {
    let path: Arc<Path> = Path::new(COMMAND_LINE).into();
    let text_column = Column {
        name: "text".to_owned(),
        kind: CellKind::Text,
    };
    let rows: Vec<_> = texts
        .iter()
        .zip(1..)
        .map(|(text, number)| {
            Ok(TableRow {
                location: RowLocation::row(&path, number),
                text: Ok(text.clone()),
                cells: keeps_text
                    .then(|| Cell::Text(text.clone()))
                    .into_iter()
                    .collect(),
            })
        })
        .collect();
    Input {
        columns: keeps_text.then_some(text_column).into_iter().collect(),
        rows: Box::new(rows.into_iter()),
        notes: ReadingNotes::default(),
    }
}

/// The error of a text that is the name of a file.
#[derive(Debug, thiserror::Error)]
#[error("{file:?} is a file, not a text")]
pub struct TextIsFile {
    file: String,
}

impl TextIsFile {
    /// Returns the flag that reads the file.
    pub fn hint(&self) -> String {
        let quoted = shlex::try_quote(&self.file);
        format!("use --input {}", quoted.as_deref().unwrap_or(&self.file))
    }
}
