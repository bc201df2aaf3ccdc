//! A run of `predict`: reads rows, classifies them and writes the predictions.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use sentiment::corpus::{Column, ReadAhead, Skipped, TableFormat};
use sentiment::model::OutputKind;

use super::PredictArgs;
use super::input::Input;
use crate::cli::bad_rows::NoReadableRow;
use crate::cli::console::Console;
use crate::cli::interrupt::{Interrupted, on_interrupt};
use crate::cli::model_by_text::ModelByText;
use crate::cli::partial_output::{
    OutputRecord, OutputSettings, PartialOutput, RowsPerInput, Written, model_digest,
};
use crate::cli::prediction_lines::TextLines;
use crate::cli::prediction_output::{OutputFormat, Sink};
use crate::cli::prediction_rows::PredictionRows;
use crate::cli::prediction_table::{AddedColumns, PredictionTable};
use crate::cli::terminal_palette::TerminalPalette;

/// One run of the command.
pub(super) struct Run<'a> {
    pub(super) args: &'a PredictArgs,
    pub(super) model: &'a ModelByText<'a>,
    pub(super) format: OutputFormat,
    pub(super) palette: Option<TerminalPalette>,
    pub(super) console: &'a Console,
}

/// The state of an output that can be resumed.
pub(super) struct Resumption<'a> {
    written: Written,
    record: &'a mut OutputRecord,
    interrupted: &'a AtomicBool,
}

impl Resumption<'_> {
    fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

impl Run<'_> {
    /// Writes a table that can be resumed after an interruption.
    pub(super) fn predict_resumable(
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
        let readable = self.write(input, &mut partial.file, Some(resumption))?;
        if interrupted.load(Ordering::Relaxed) {
            return Err(Interrupted::new(&partial.path).into());
        }
        if let Err(error) = readable {
            partial.discard()?;
            return Err(error.into());
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

    /// Writes predictions that cannot be resumed.
    pub(super) fn predict(&self, input: Input, out: &mut (dyn Write + Send)) -> anyhow::Result<()> {
        Ok(self.write(input, out, None)??)
    }

    /// Classifies rows as they arrive and writes the predictions in order. The inner error is that no row could be read.
    fn write(
        &self,
        mut input: Input,
        out: &mut (dyn Write + Send),
        mut resumption: Option<Resumption>,
    ) -> anyhow::Result<Result<(), NoReadableRow>> {
        let args = self.args;
        let rows = PredictionRows {
            sentences: args.sentences,
            skip_bad_rows: args.reading.skips_bad_rows(),
        };
        let written = resumption.as_ref().map(|resumption| resumption.written);
        let mut sink = self.sink(&input.columns, written, BufWriter::new(out))?;
        let written = written.map_or(0, |written| written.rows);
        let mut counts = rows.pass_over(&mut input.rows, written)?;
        let start = counts.rows();
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
        Ok(counts.report(rows.skip_bad_rows, self.console))
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
