//! Where predictions are written to: lines of text, or a table.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::str::FromStr;

use sentiment::corpus::{TableFormat, TableWriter};

use super::partial_output::Written;
use super::prediction_lines::TextLines;
use super::prediction_rows::PredictedRow;
use super::prediction_table::PredictionTable;

/// The format of the output: lines of text, or a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputFormat {
    /// Lines of text.
    Text,
    /// A table.
    Table(TableFormat),
}

impl FromStr for OutputFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match (name, name.parse()) {
            ("text", _) => Ok(Self::Text),
            (_, Ok(format)) => Ok(Self::Table(format)),
            (_, Err(_)) => Err("expected text, csv, tsv, jsonl or parquet".to_owned()),
        }
    }
}

impl OutputFormat {
    /// Returns the format that is given, or that of the output file's extension. Fails for a binary format on a terminal.
    pub fn of(given: Option<Self>, output: Option<&Path>) -> anyhow::Result<Self> {
        Ok(match (given, output) {
            (Some(Self::Table(format)), None)
                if format.is_binary() && io::stdout().is_terminal() =>
            {
                return Err(BinaryOnTerminal(format).into());
            }
            (Some(format), _) => format,
            (None, Some(file)) => Self::Table(TableFormat::of(file)?),
            (None, None) => Self::Text,
        })
    }
}

/// The error of a binary format on a terminal.
#[derive(Debug, thiserror::Error)]
#[error("the format {0} is binary, which a terminal cannot show")]
pub struct BinaryOnTerminal(pub TableFormat);

/// Where predictions are written to.
pub enum Sink<W: Write + Send> {
    /// Tab-separated label, probability and escaped text; a reason if uncertain.
    Text(W, TextLines),
    /// A table.
    Table(TableWriter<W>, PredictionTable),
}

impl<W: Write + Send> Sink<W> {
    /// Creates a table.
    pub fn table(format: TableFormat, out: W, table: PredictionTable) -> io::Result<Self> {
        let mut writer = TableWriter::new(format, out, table.columns().to_vec())?;
        writer.write_header()?;
        Ok(Self::Table(writer, table))
    }

    /// Creates a table that a later command can continue, after what is `written`.
    pub fn unfinished_table(
        format: TableFormat,
        out: W,
        table: PredictionTable,
        written: Written,
    ) -> io::Result<Self> {
        let columns = table.columns().to_vec();
        let writer = TableWriter::unfinished(format, out, columns, written.has_header)?;
        Ok(Self::Table(writer, table))
    }

    /// Writes a prediction.
    pub fn write(&mut self, row: &PredictedRow) -> io::Result<()> {
        match self {
            Self::Text(out, lines) => lines.write(out, row),
            Self::Table(writer, table) => writer.write(&table.cells(row)),
        }
    }

    /// Passes the predictions on to the stream.
    pub fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Text(out, _) => out.flush(),
            Self::Table(writer, _) => writer.flush(),
        }
    }

    /// Writes what the format needs at the end.
    pub fn finish(self) -> io::Result<()> {
        match self {
            Self::Text(mut out, _) => out.flush(),
            Self::Table(writer, _) => writer.finish(),
        }
    }
}
