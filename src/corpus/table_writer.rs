//! Writes tables as CSV, TSV, JSON Lines and Parquet.

use std::fmt::{self, Display};
use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;

use serde_json::{Map, Value};
use thiserror::Error;

#[cfg(feature = "arrow")]
use super::CellKind;
use super::{Cell, Column};

/// A format in which tables are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    /// Comma-separated values with a header.
    Csv,
    /// Tab-separated values with a header, quoted as in CSV.
    Tsv,
    /// One JSON object per line.
    JsonLines,
    /// Apache Parquet.
    #[cfg(feature = "arrow")]
    Parquet,
}

/// The error for a file whose extension is not that of a table.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}: unknown file extension for a table; the extensions are {names}", names = TableFormat::extensions())]
pub struct UnknownTableExtension(String);

impl TableFormat {
    /// Every format.
    #[cfg(feature = "arrow")]
    pub const ALL: [Self; 4] = [Self::Csv, Self::Tsv, Self::JsonLines, Self::Parquet];
    /// Every format.
    #[cfg(not(feature = "arrow"))]
    pub const ALL: [Self; 3] = [Self::Csv, Self::Tsv, Self::JsonLines];

    /// Returns the file extension of the format.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => ".csv",
            Self::Tsv => ".tsv",
            Self::JsonLines => ".jsonl",
            #[cfg(feature = "arrow")]
            Self::Parquet => ".parquet",
        }
    }

    /// Returns whether the format is not text.
    pub fn is_binary(self) -> bool {
        match self {
            Self::Csv | Self::Tsv | Self::JsonLines => false,
            #[cfg(feature = "arrow")]
            Self::Parquet => true,
        }
    }

    /// Returns the file extensions of all formats, for a message.
    pub fn extensions() -> String {
        Self::ALL.map(Self::extension).join(", ")
    }

    /// Returns the format for the extension of a file.
    pub fn of(path: &Path) -> Result<Self, UnknownTableExtension> {
        let name = path.to_string_lossy();
        let lower = name.to_lowercase();
        let mut formats = Self::ALL.into_iter();
        formats
            .find(|format| lower.ends_with(format.extension()))
            .ok_or_else(|| UnknownTableExtension(name.into_owned()))
    }
}

impl Display for TableFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.extension()[1..])
    }
}

impl FromStr for TableFormat {
    type Err = UnknownTableExtension;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::of(format!(".{name}").as_ref()).map_err(|_| UnknownTableExtension(name.to_owned()))
    }
}

/// Writes the rows of a table to a stream.
pub struct TableWriter<W: Write + Send> {
    sink: Sink<W>,
    columns: Vec<Column>,
}

enum Sink<W: Write + Send> {
    Delimited(Box<csv::Writer<W>>),
    JsonLines(W),
    #[cfg(feature = "arrow")]
    Parquet(Box<super::arrow::ParquetWriter<W>>),
    #[cfg(feature = "arrow")]
    Unfinished(Box<super::arrow::UnfinishedParquet<W>>),
}

impl<W: Write + Send> TableWriter<W> {
    /// Creates a writer. [`TableWriter::write_header`] writes the header.
    pub fn new(format: TableFormat, out: W, columns: Vec<Column>) -> io::Result<Self> {
        let delimited = |delimiter: u8, out: W| {
            let writer = csv::WriterBuilder::new()
                .delimiter(delimiter)
                .from_writer(out);
            Sink::Delimited(Box::new(writer))
        };
        let sink = match format {
            TableFormat::Csv => delimited(b',', out),
            TableFormat::Tsv => delimited(b'\t', out),
            TableFormat::JsonLines => Sink::JsonLines(out),
            #[cfg(feature = "arrow")]
            TableFormat::Parquet => {
                let writer = super::arrow::ParquetWriter::new(out, &as_text(&columns));
                Sink::Parquet(Box::new(writer.map_err(io::Error::other)?))
            }
        };
        Ok(Self { sink, columns })
    }

    /// Creates a writer of an output that may be interrupted and continued. That of Parquet is
    /// [`UnfinishedParquet`](super::UnfinishedParquet). If the output `is_continued`, it has rows already.
    pub fn unfinished(
        format: TableFormat,
        out: W,
        columns: Vec<Column>,
        is_continued: bool,
    ) -> io::Result<Self> {
        let mut writer = match format {
            #[cfg(feature = "arrow")]
            TableFormat::Parquet => {
                let columns_as_text = as_text(&columns);
                let writer =
                    super::arrow::UnfinishedParquet::new(out, &columns_as_text, is_continued);
                let sink = Sink::Unfinished(Box::new(writer.map_err(io::Error::other)?));
                Self { sink, columns }
            }
            _ => Self::new(format, out, columns)?,
        };
        if !is_continued {
            writer.write_header()?;
        }
        Ok(writer)
    }

    /// Writes the header, in the formats that have one.
    pub fn write_header(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::Delimited(writer) => {
                let names = self.columns.iter().map(|column| &column.name);
                writer.write_record(names).map_err(io_error)?;
            }
            Sink::JsonLines(_) => {}
            #[cfg(feature = "arrow")]
            Sink::Parquet(_) | Sink::Unfinished(_) => {}
        }
        Ok(())
    }

    /// Writes a row, which has one cell per column. In JSON, empty cells are left out.
    pub fn write(&mut self, cells: &[Cell]) -> io::Result<()> {
        match &mut self.sink {
            Sink::Delimited(writer) => {
                for cell in cells {
                    writer.write_field(&*cell.as_text()).map_err(io_error)?;
                }
                writer.write_record(None::<&[u8]>).map_err(io_error)?;
            }
            Sink::JsonLines(out) => {
                let fields = self.columns.iter().zip(cells);
                let fields = fields.filter(|(_, cell)| !matches!(cell, Cell::Null));
                let object = fields.map(|(column, cell)| (column.name.clone(), json(cell)));
                serde_json::to_writer(&mut *out, &object.collect::<Map<_, _>>())?;
                out.write_all(b"\n")?;
            }
            #[cfg(feature = "arrow")]
            Sink::Parquet(writer) => {
                let cells = typed(&self.columns, cells);
                writer.write(&cells).map_err(io::Error::other)?;
            }
            #[cfg(feature = "arrow")]
            Sink::Unfinished(writer) => {
                let cells = typed(&self.columns, cells);
                writer.write(&cells).map_err(io::Error::other)?;
            }
        }
        Ok(())
    }

    /// Passes the rows on to the stream. Parquet keeps those of an unfinished row group.
    pub fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::Delimited(writer) => writer.flush(),
            Sink::JsonLines(out) => out.flush(),
            #[cfg(feature = "arrow")]
            Sink::Parquet(_) => Ok(()),
            #[cfg(feature = "arrow")]
            Sink::Unfinished(writer) => writer.flush().map_err(io::Error::other),
        }
    }

    /// Writes what the format needs at the end.
    pub fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        match self.sink {
            #[cfg(feature = "arrow")]
            Sink::Parquet(writer) => writer.finish().map(drop).map_err(io::Error::other),
            #[cfg(feature = "arrow")]
            Sink::Unfinished(writer) => writer.finish().map_err(io::Error::other),
            Sink::Delimited(_) | Sink::JsonLines(_) => Ok(()),
        }
    }
}

/// Returns the error of the stream, which `csv` wraps and hides from the chain of causes.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// Returns the columns with text in the place of JSON, whose values may be of several kinds.
#[cfg(feature = "arrow")]
fn as_text(columns: &[Column]) -> Vec<Column> {
    let text = |column: &Column| Column {
        kind: match column.kind {
            CellKind::Json => CellKind::Text,
            kind => kind,
        },
        ..column.clone()
    };
    columns.iter().map(text).collect()
}

/// Returns the cells, as text where the column is text.
#[cfg(feature = "arrow")]
fn typed(columns: &[Column], cells: &[Cell]) -> Vec<Cell> {
    let of_kind = |(column, cell): (&Column, &Cell)| match (column.kind, cell) {
        (_, Cell::Null) => Cell::Null,
        (CellKind::Text | CellKind::Json, cell) => Cell::Text(cell.as_text().into_owned()),
        (_, cell) => cell.clone(),
    };
    columns.iter().zip(cells).map(of_kind).collect()
}

fn json(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Text(text) => Value::from(text.as_str()),
        Cell::Integer(integer) => Value::from(*integer),
        Cell::Float(float) => Value::from(*float),
        Cell::Boolean(boolean) => Value::from(*boolean),
        Cell::Json(json) => {
            serde_json::from_str(json).unwrap_or_else(|_| Value::from(json.as_str()))
        }
    }
}
