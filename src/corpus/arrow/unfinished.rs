//! The rows of a Parquet file that is not finished. A Parquet file is readable only with its footer, so they are kept as an
//! Arrow IPC stream, which is readable up to its last complete batch.

use std::fs::File;
use std::io::{self, BufReader, Seek, Write};

use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, SchemaRef};

use super::batch_builder::BatchBuilder;
use super::ipc_batches::{Batches, Messages};
use super::{Cell, Column, ParquetWriteError, ParquetWriter, cells};

/// Writes the rows of an unfinished Parquet file. [`finish_parquet`] makes the file of them.
pub struct UnfinishedParquet<W: Write> {
    out: W,
    rows: BatchBuilder,
    /// The encoded messages that are not in the output yet.
    messages: StreamWriter<Vec<u8>>,
}

impl<W: Write> UnfinishedParquet<W> {
    /// Creates a writer. If the output `is_continued`, it has rows of the same columns already.
    pub fn new(out: W, columns: &[Column], is_continued: bool) -> Result<Self, ParquetWriteError> {
        let rows = BatchBuilder::new(columns);
        let mut messages = StreamWriter::try_new(Vec::new(), rows.schema())?;
        if is_continued {
            messages.get_mut().clear();
        }
        Ok(Self {
            out,
            rows,
            messages,
        })
    }

    /// Adds a row. A cell must be null or of the kind of its column.
    pub fn write(&mut self, cells: &[Cell]) -> Result<(), ParquetWriteError> {
        self.rows.push(cells)
    }

    /// Writes the rows if they are enough for a batch. An interrupted output ends where this was called.
    pub fn flush(&mut self) -> Result<(), ParquetWriteError> {
        match self.rows.is_full() {
            true => self.encode(),
            false => Ok(()),
        }
    }

    /// Writes the last rows.
    pub fn finish(mut self) -> Result<(), ParquetWriteError> {
        self.encode()
    }

    fn encode(&mut self) -> Result<(), ParquetWriteError> {
        let batch = self.rows.finish()?;
        self.messages.write(&batch)?;
        let messages = self.messages.get_mut();
        let write = self.out.write_all(messages).and_then(|()| self.out.flush());
        messages.clear();
        Ok(write.map_err(ArrowError::from)?)
    }
}

/// What an unfinished Parquet file contains.
#[derive(Debug, Default)]
pub struct UnfinishedRows {
    /// Whether the columns are in the file.
    pub has_columns: bool,
    /// The number of rows.
    pub rows: u64,
    /// The first cell of the last row.
    pub last: Option<Cell>,
    /// The length of the complete batches in bytes.
    pub length: u64,
}

impl UnfinishedRows {
    /// Reads what [`UnfinishedParquet`] wrote. `None` if the file has other columns.
    pub fn read(file: &File, columns: &[Column]) -> io::Result<Option<Self>> {
        let mut found = Self::default();
        if file.metadata()?.len() == 0 {
            return Ok(Some(found));
        }
        let expected = BatchBuilder::new(columns);
        let Some((mut batches, schema)) = open(file, vec![0]).ok() else {
            return Ok(Some(found));
        };
        if schema != *expected.schema() {
            return Ok(None);
        }
        found.has_columns = true;
        found.length = batches.length();
        // The last batch may be cut off.
        while let Ok(Some(batch)) = batches.advance() {
            if let Some(last) = batch.num_rows().checked_sub(1) {
                found.last = cells::cell(batch.column(0), last).ok();
            }
            found.rows += batch.num_rows() as u64;
            found.length = batches.length();
        }
        Ok(Some(found))
    }
}

/// Writes the rows of an unfinished file as a Parquet file.
pub fn finish_parquet<W: Write + Send>(
    unfinished: &File,
    columns: &[Column],
    out: W,
) -> Result<W, ParquetWriteError> {
    let (mut batches, _) = open(unfinished, (0..columns.len()).collect())?;
    let mut writer = ParquetWriter::new(out, columns)?;
    while let Some(batch) = batches.advance()? {
        writer.write_batch(&batch)?;
    }
    writer.finish()
}

/// Starts reading a file with these columns.
fn open(file: &File, columns: Vec<usize>) -> Result<(Batches, SchemaRef), ArrowError> {
    let mut file = file.try_clone()?;
    file.rewind()?;
    let mut messages = Messages::new(Box::new(BufReader::new(file)), false);
    let schema = messages.read_schema()?;
    let batches = Batches::new(messages, SchemaRef::clone(&schema), columns);
    Ok((batches, schema))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, SeekFrom};
    use std::ops::Range;

    use super::super::super::CellKind;
    use super::*;

    fn columns() -> Vec<Column> {
        let column = |name: &str, kind| Column {
            name: name.to_owned(),
            kind,
        };
        vec![
            column("row", CellKind::Integer),
            column("text", CellKind::Text),
        ]
    }

    fn row(number: i64) -> [Cell; 2] {
        [Cell::Integer(number), Cell::Text(format!("text {number}"))]
    }

    /// Writes a batch of rows.
    fn write(file: &File, is_continued: bool, numbers: Range<i64>) {
        let mut writer = UnfinishedParquet::new(file, &columns(), is_continued).unwrap();
        for number in numbers {
            writer.write(&row(number)).unwrap();
        }
        writer.finish().unwrap();
    }

    #[test]
    fn a_file_cut_anywhere_continues_after_its_last_complete_batch() {
        let mut whole = tempfile::tempfile().unwrap();
        write(&whole, false, 0..3);
        write(&whole, true, 3..5);
        write(&whole, true, 5..9);
        let mut bytes = Vec::new();
        whole.rewind().unwrap();
        whole.read_to_end(&mut bytes).unwrap();
        for length in (0..=bytes.len()).step_by(13).chain([bytes.len()]) {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes[..length]).unwrap();
            let found = UnfinishedRows::read(&file, &columns()).unwrap().unwrap();
            assert!([0, 3, 5, 9].contains(&found.rows), "{length} bytes");
            let last = found.rows.checked_sub(1);
            assert_eq!(found.last, last.map(|last| Cell::Integer(last as i64)));
            file.set_len(found.length).unwrap();
            file.seek(SeekFrom::End(0)).unwrap();
            write(&file, found.has_columns, found.rows as i64..12);
            let found = UnfinishedRows::read(&file, &columns()).unwrap().unwrap();
            assert_eq!(found.rows, 12, "{length} bytes");
        }
    }

    #[test]
    fn a_file_of_other_columns_is_not_continued() {
        let file = tempfile::tempfile().unwrap();
        write(&file, false, 0..3);
        let other = &columns()[..1];
        assert!(UnfinishedRows::read(&file, other).unwrap().is_none());
    }
}
