//! `sentiment explain --input`: the strongest words of each row of a table, in order.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::ensure;
use rayon::prelude::*;
use sentiment::classifier::Classifier;
use sentiment::corpus::{
    Cell, CellKind, Column, Kept, ReadAhead, Skipped, TableFormat, TableRow, TableRows, TableWriter,
};
use sentiment::explain::{ExplainError, Explanation, Request, explain};
use sentiment::files::write_whole_with;
use sentiment::printable::Printable;

use super::ExplainArgs;
use crate::cli::bad_rows::{BadRows, NoReadableRow};
use crate::cli::console::Console;
use crate::cli::corpus_args::refuse_to_overwrite;
use crate::cli::model_by_text::ModelByText;
use crate::cli::prediction_output::OutputFormat;
use crate::cli::prediction_table::{integer, push_column};

/// The number of rows that are explained before they are written.
const BATCH: usize = 64;

/// Explains each row of the input and writes it with its words.
pub fn run(args: &ExplainArgs, console: &Console) -> anyhow::Result<()> {
    let model = ModelByText::load(&args.model, console)?;
    let request = args.request(model.main())?;
    ensure!(
        request.labels.len() <= 1,
        "--input explains one label; use --class once"
    );
    let format = OutputFormat::of(args.format, args.output.as_deref())?;
    let files = args.corpus_args.files(&args.input, console)?;
    for input in &files {
        if let Some(output) = &args.output {
            refuse_to_overwrite(input, output, "input")?;
        }
    }
    let rows = Rows {
        args,
        model: &model,
        request: &request,
        format,
        console,
    };
    match &args.output {
        None => rows.write(&files, &mut io::stdout()),
        Some(output) => write_whole_with(output, |out| rows.write(&files, out)),
    }
}

/// The rows to explain.
struct Rows<'a> {
    args: &'a ExplainArgs,
    model: &'a ModelByText<'a>,
    request: &'a Request,
    format: OutputFormat,
    console: &'a Console,
}

impl Rows<'_> {
    /// Explains rows as they arrive, a batch at a time, and writes them in order.
    fn write(&self, files: &[PathBuf], out: &mut (dyn Write + Send)) -> anyhow::Result<()> {
        let input = TableRows::open(files, &self.args.corpus_args.options(), &Kept::All)?;
        let (columns, notes) = (input.columns().to_vec(), input.reading_notes());
        let progress = input.progress();
        let mut sink = Sink::new(
            self.format,
            columns,
            self.request.words,
            BufWriter::new(out),
        )?;
        let mut chunks = ReadAhead::new(input);
        // Explanations on a terminal show the progress by themselves.
        let is_shown = self.args.output.is_some() || !io::stdout().is_terminal();
        let bar = is_shown.then(|| self.console.rows_progress(progress.total()));
        let mut counts = Counts::default();
        while let Some(chunk) = chunks.next_chunk() {
            for batch in chunk?.chunks(BATCH) {
                let explained = self.explain(batch)?;
                for (row, explained) in batch.iter().zip(explained) {
                    counts.add(row, explained.as_ref().err());
                    if row.text.is_err() && self.args.corpus_args.skips_bad_rows() {
                        continue;
                    }
                    sink.write(row, &explained)?;
                }
                sink.flush()?;
                if let Some(bar) = &bar {
                    let rows = counts.rows.rows();
                    bar.set_message(format!("{rows} rows,"));
                    bar.set_position(progress.of_rows(rows));
                }
            }
        }
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        sink.finish()?;
        self.console
            .note_reading(&notes.notes(), &Skipped::default());
        counts.report(self.args.corpus_args.skips_bad_rows(), self.console)?;
        Ok(())
    }

    /// Explains rows, each by its model.
    fn explain(&self, rows: &[TableRow]) -> anyhow::Result<Vec<Result<Explanation, String>>> {
        let with_model = rows.iter().map(|row| {
            let text = row.text.as_deref().unwrap_or_default();
            Ok((row, self.model.of(text)?))
        });
        let with_model = with_model.collect::<anyhow::Result<Vec<_>>>()?;
        let request = self.request;
        let explained = with_model
            .into_par_iter()
            .map(|(row, classifier)| explain_row(row, classifier, request));
        explained.collect()
    }
}

/// Explains a row. Returns the reason if it cannot be read or has nothing to explain.
fn explain_row(
    row: &TableRow,
    classifier: &Classifier,
    request: &Request,
) -> anyhow::Result<Result<Explanation, String>> {
    let text = match &row.text {
        Ok(text) => text,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let mut request = request.clone();
    if request.labels.is_empty() {
        request.labels = vec![classifier.predict_one(text)?.class];
    }
    match explain(classifier, text, &request) {
        Ok(explanation) => Ok(Ok(explanation)),
        Err(error @ (ExplainError::Empty | ExplainError::TooManyFeatures { .. })) => {
            Ok(Err(error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

/// The numbers of rows, of those that cannot be read, and of texts that have no explanation.
#[derive(Debug, Default)]
struct Counts {
    rows: BadRows,
    unexplained: u64,
    first: Option<String>,
}

impl Counts {
    /// Counts a row that may have no explanation for a reason.
    fn add(&mut self, row: &TableRow, reason: Option<&String>) {
        self.rows.add(row);
        if row.text.is_ok()
            && let Some(reason) = reason
        {
            self.unexplained += 1;
            self.first
                .get_or_insert_with(|| format!("{}: {reason}", row.location));
        }
    }

    /// Prints the notes. Fails if there are rows and none could be read.
    fn report(self, skip_bad_rows: bool, console: &Console) -> Result<(), NoReadableRow> {
        self.rows.check()?;
        self.rows.note(skip_bad_rows, console);
        if let Some(first) = &self.first {
            let (rows, unexplained) = (self.rows.rows(), self.unexplained);
            console.note(format!(
                "texts without an explanation: {unexplained} of {rows}, first: {first}"
            ));
        }
        Ok(())
    }
}

/// Where explanations are written to.
enum Sink<W: Write + Send> {
    /// Tab-separated label, probability, words and escaped text.
    Text(W),
    /// A table with the input's columns.
    Table {
        writer: TableWriter<W>,
        columns: usize,
        /// The number of words with a column each; `None` if the words are a list.
        words: Option<usize>,
    },
}

impl<W: Write + Send> Sink<W> {
    fn new(
        format: OutputFormat,
        mut columns: Vec<Column>,
        words: usize,
        out: W,
    ) -> io::Result<Self> {
        let OutputFormat::Table(format) = format else {
            return Ok(Self::Text(out));
        };
        let words = (format != TableFormat::JsonLines).then_some(words);
        push_column(&mut columns, "predicted", CellKind::Text);
        push_column(&mut columns, "score", CellKind::Float);
        match words {
            None => push_column(&mut columns, "words", CellKind::Json),
            Some(words) => {
                for rank in 1..=words {
                    push_column(&mut columns, &format!("word_{rank}"), CellKind::Text);
                    push_column(
                        &mut columns,
                        &format!("word_{rank}_weight"),
                        CellKind::Float,
                    );
                }
            }
        }
        push_column(&mut columns, "reason", CellKind::Text);
        push_column(&mut columns, "unread_tokens", CellKind::Integer);
        let count = columns.len();
        let mut writer = TableWriter::new(format, out, columns)?;
        writer.write_header()?;
        Ok(Self::Table {
            writer,
            columns: count,
            words,
        })
    }

    fn write(&mut self, row: &TableRow, explained: &Result<Explanation, String>) -> io::Result<()> {
        match self {
            Self::Text(out) => write_line(out, row, explained),
            Self::Table {
                writer,
                columns,
                words,
            } => writer.write(&cells(row, explained, *words, *columns)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Text(out) => out.flush(),
            Self::Table { writer, .. } => writer.flush(),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Text(mut out) => out.flush(),
            Self::Table { writer, .. } => writer.finish(),
        }
    }
}

/// Returns the cells of a row: those of the input, the prediction, the words and the reason.
fn cells(
    row: &TableRow,
    explained: &Result<Explanation, String>,
    words: Option<usize>,
    columns: usize,
) -> Vec<Cell> {
    let mut cells = row.cells.clone();
    let (reason, unread) = match explained {
        Ok(explanation) => {
            cells.push(Cell::Text(explanation.label.clone()));
            cells.push(Cell::Float(explanation.score));
            let weights = &explanation.answer().weights;
            match words {
                None => {
                    let json = serde_json::to_string(weights).unwrap_or_default();
                    cells.push(Cell::Json(json));
                }
                Some(words) => {
                    for weight in weights.iter().take(words) {
                        cells.push(Cell::Text(weight.token.clone()));
                        cells.push(Cell::Float(weight.weight));
                    }
                }
            }
            (explanation.reason.as_ref(), explanation.unread_tokens)
        }
        Err(reason) => (Some(reason), 0),
    };
    // Shorter texts have fewer words.
    cells.resize(columns - 2, Cell::Null);
    cells.push(reason.map_or(Cell::Null, |reason| Cell::Text(reason.clone())));
    cells.push(integer(unread as u64));
    cells
}

fn write_line(
    out: &mut impl Write,
    row: &TableRow,
    explained: &Result<Explanation, String>,
) -> io::Result<()> {
    let text = Printable(row.text.as_deref().unwrap_or_default());
    let explanation = match explained {
        Ok(explanation) => explanation,
        Err(reason) => return writeln!(out, "error\t\t\t{text}\t({reason})"),
    };
    let weights = explanation.answer().weights.iter();
    let words = weights.map(|weight| format!("{} {:+.4}", weight.token, weight.weight));
    let words = words.collect::<Vec<_>>().join(", ");
    write!(
        out,
        "{}\t{:.4}\t{}\t{text}",
        Printable(&explanation.label),
        explanation.score,
        Printable(&words)
    )?;
    match &explanation.reason {
        Some(reason) => writeln!(out, "\t({reason})"),
        None => writeln!(out),
    }
}
