//! `sentiment predict`: classify texts in order.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anstream::AutoStream;
use sentiment::corpus::{
    Cell, CellKind, Column, Kept, ReadAhead, ReadProgress, ReadingNotes, RowLocation, Skipped,
    TableFormat, TableRow, TableRows,
};
use sentiment::files::write_whole_with;
use sentiment::model::OutputKind;

use super::console::Console;
use super::corpus_args::{CorpusArgs, refuse_to_overwrite};
use super::interrupt::{Interrupted, on_interrupt};
use super::model_args::{ModelArgs, probability};
use super::model_by_text::ModelByText;
use super::partial_output::{
    InputRows, OutputRecord, OutputSettings, PartialOutput, RowsPerInput, Written, is_complete,
    model_digest,
};
use super::prediction_output::{AddedColumns, OutputFormat, PredictionTable, Sink, TextLines};
use super::prediction_rows::{Counts, PredictionRows};
use super::terminal_palette::TerminalPalette;
use super::text_is_file::TextIsFile;

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
    if let (true, Some(output), OutputFormat::Table(_)) = (args.resume, &args.output, format)
        && is_complete(output)
    {
        console.note(format!(
            "{} is complete: there is nothing to resume; without --resume, it is written again",
            output.display()
        ));
        return Ok(());
    }
    let model = ModelByText::load(&args.model, console)?;
    let input = args.open(files)?;
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
            run.predict(input, out, None)
        }
        (Some(output), OutputFormat::Table(format)) => run.predict_resumable(input, output, format),
        (Some(_), OutputFormat::Text) if args.resume => {
            anyhow::bail!("--resume requires a table: {}", TableFormat::extensions())
        }
        (Some(output), OutputFormat::Text) => {
            write_whole_with(output, |out| run.predict(input, out, None))
        }
    }
}

/// One run of the command.
struct Run<'a> {
    args: &'a PredictArgs,
    model: &'a ModelByText<'a>,
    format: OutputFormat,
    palette: Option<TerminalPalette>,
    console: &'a Console,
}

/// The state of an output that can be resumed.
struct Resumption<'a> {
    written: Written,
    record: &'a mut OutputRecord,
    interrupted: &'a AtomicBool,
}

impl Resumption<'_> {
    fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

/// The rows to classify.
struct Input {
    columns: Vec<Column>,
    rows: InputRows,
    notes: ReadingNotes,
    progress: ReadProgress,
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
            progress: rows.progress(),
            rows: Box::new(rows),
        })
    }
}

impl Run<'_> {
    /// Writes a table that can be resumed after an interruption.
    fn predict_resumable(
        &self,
        mut input: Input,
        output: &Path,
        format: TableFormat,
    ) -> anyhow::Result<()> {
        let interrupted = on_interrupt();
        let rows = match self.args.sentences {
            true => RowsPerInput::Sentences,
            false => RowsPerInput::One,
        };
        let table = self.table(format, &input.columns);
        let (columns, settings) = (table.columns(), self.settings(table.columns())?);
        let mut partial = match self.args.resume {
            true => PartialOutput::resume(output, format, rows, columns, settings)?,
            false => PartialOutput::create(output, settings, self.console)?,
        };
        input.rows = partial.check_input(input.rows)?;
        if self.args.resume {
            partial.note_resumed(self.console);
        }
        let resumption = Resumption {
            written: partial.written,
            record: &mut partial.record,
            interrupted: &interrupted,
        };
        self.predict(input, &mut partial.file, Some(resumption))?;
        if interrupted.load(Ordering::Relaxed) {
            return Err(Interrupted::new(&partial.path).into());
        }
        partial.finish(format, columns)
    }

    /// Returns what makes the rows of a table with these columns beside the input.
    fn settings(&self, columns: &[Column]) -> anyhow::Result<OutputSettings> {
        let classifier = self.model.main();
        let names = columns.iter().map(|column| column.name.clone());
        Ok(OutputSettings {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model: model_digest(classifier.config())?,
            by_language: !self.args.model.is_given(),
            labels: classifier.labels().to_vec(),
            decision: classifier.config().decision.clone(),
            precision: classifier.precision().to_string(),
            any_language: self.args.model.predicts_any_language(),
            neutral_below: self.args.neutral_below,
            skip_bad_rows: self.args.reading.skips_bad_rows(),
            columns: names.collect(),
        })
    }

    /// Classifies rows as they arrive and writes the predictions in order.
    fn predict(
        &self,
        mut input: Input,
        out: &mut (dyn Write + Send),
        mut resumption: Option<Resumption>,
    ) -> anyhow::Result<()> {
        let args = self.args;
        let rows = PredictionRows {
            sentences: args.sentences,
            skip_bad_rows: args.reading.skips_bad_rows(),
        };
        let written = resumption.as_ref().map(|resumption| resumption.written);
        let mut sink = self.sink(&input.columns, written, BufWriter::new(out))?;
        let written = written.map_or(0, |written| written.rows);
        let start = rows.pass_over(&mut input.rows, written)?;
        let mut counts = Counts::after(start);
        let mut chunks = ReadAhead::new(input.rows);
        // Predictions on a terminal show the progress by themselves.
        let is_shown = args.output.is_some() || !io::stdout().is_terminal();
        let begin = Instant::now();
        let bar = is_shown.then(|| self.console.rows_progress(input.progress.total()));
        while !resumption.as_ref().is_some_and(Resumption::is_interrupted)
            && let Some(chunk) = chunks.next_chunk()
        {
            let chunk = chunk?;
            if let Some(Resumption { record, .. }) = &mut resumption {
                record.add(counts.rows() as usize, &chunk)?;
            }
            rows.classify(&chunk, self.model, &mut counts, |row| Ok(sink.write(&row)?))?;
            sink.flush()?;
            if let Some(bar) = &bar {
                let speed = (counts.rows() - start) as f64 / begin.elapsed().as_secs_f64();
                bar.set_message(format!("{} rows, {speed:.0} rows/s,", counts.rows()));
                bar.set_position(input.progress.of_rows(counts.rows()));
            }
        }
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        sink.finish()?;
        self.console
            .note_reading(&input.notes.notes(), &Skipped::default());
        counts.note(rows.skip_bad_rows, self.console);
        Ok(())
    }

    fn sink<W: Write + Send>(
        &self,
        input: &[Column],
        written: Option<Written>,
        out: W,
    ) -> io::Result<Sink<W>> {
        match self.format {
            OutputFormat::Text => Ok(Sink::Text(
                out,
                TextLines {
                    neutral_below: self.args.neutral_below,
                    top: self.top(),
                    palette: self.palette,
                },
            )),
            OutputFormat::Table(format) => {
                let table = self.table(format, input);
                match written {
                    Some(written) => Sink::unfinished_table(format, out, table, written),
                    None => Sink::table(format, out, table),
                }
            }
        }
    }

    /// Returns the number of labels to write, if it is given.
    fn top(&self) -> Option<usize> {
        let labels = self.model.main().labels().len();
        self.args.top.map(|top| top.get().min(labels))
    }

    /// Returns the table for input columns.
    fn table(&self, format: TableFormat, input: &[Column]) -> PredictionTable {
        let PredictArgs {
            neutral_below,
            row_numbers,
            sentences,
            ..
        } = *self.args;
        let classifier = self.model.main();
        let added = AddedColumns {
            row_numbers: row_numbers || sentences,
            sentences,
            label_lists: format == TableFormat::JsonLines
                && classifier.config().decision.output == OutputKind::MultiLabel,
            top: self.top(),
        };
        PredictionTable::new(input, added, classifier.labels(), neutral_below)
    }
}

/// Parses a number of labels.
fn count(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "expected 1 or more".to_owned())
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
        progress: ReadProgress::default(),
    }
}
