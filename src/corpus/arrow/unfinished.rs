//! The rows of a Parquet file that is not finished. A Parquet file is readable only with its footer, so they are kept as an
//! Arrow IPC stream, which is readable up to its last complete batch.

use std::fs::File;
use std::io::{self, BufReader, Seek, Write};

use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, SchemaRef};

use super::batch_builder::BatchBuilder;
use super::ipc_batches::{Batches, EMPTY, Messages, TRUNCATED};
use super::{Cell, Column, ParquetWriteError, ParquetWriter, cells};

/// Writes the rows of an unfinished Parquet file. [`finish_parquet`] makes the file of them.
///
/// An empty batch marks where a command can continue: the batches after the last one are read as if they were cut off.
pub struct UnfinishedParquet<W: Write> {
    out: W,
    rows: BatchBuilder,
    /// The encoded messages that are not in the output yet.
    messages: StreamWriter<Vec<u8>>,
    /// Whether batches follow the last mark.
    is_unmarked: bool,
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
            is_unmarked: false,
        })
    }

    /// Adds a row. A cell must be null or of the kind of its column.
    pub fn write(&mut self, cells: &[Cell]) -> Result<(), ParquetWriteError> {
        self.rows.push(cells)?;
        if self.rows.is_full() {
            self.encode()?;
            self.is_unmarked = true;
        }
        Ok(())
    }

    /// Lets an interrupted command continue after the rows so far, if they are enough for a batch.
    pub fn flush(&mut self) -> Result<(), ParquetWriteError> {
        match self.is_unmarked {
            true => self.mark(),
            false => Ok(()),
        }
    }

    /// Writes the last rows.
    pub fn finish(mut self) -> Result<(), ParquetWriteError> {
        self.mark()
    }

    fn mark(&mut self) -> Result<(), ParquetWriteError> {
        if !self.rows.is_empty() {
            self.encode()?;
        }
        self.is_unmarked = false;
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
    /// The number of rows up to the last mark.
    pub rows: u64,
    /// The first cell of the last of these rows.
    pub last: Option<Cell>,
    /// The length in bytes up to the last mark.
    pub length: u64,
}

impl UnfinishedRows {
    /// Reads what [`UnfinishedParquet`] wrote. `None` if the file has other columns.
    pub fn read(file: &File, columns: &[Column]) -> io::Result<Option<Self>> {
        let mut marked = Self::default();
        let (mut batches, schema) = match open(file, vec![0]) {
            Ok(opened) => opened,
            Err(error) if is_cut(&error) => return Ok(Some(marked)),
            Err(error) => return Err(io::Error::other(error)),
        };
        if schema != *BatchBuilder::new(columns).schema() {
            return Ok(None);
        }
        marked.has_columns = true;
        marked.length = batches.length();
        let (mut rows, mut last) = (0, None);
        loop {
            let batch = match batches.advance() {
                Ok(Some(batch)) => batch,
                Ok(None) => return Ok(Some(marked)),
                Err(error) if is_cut(&error) => return Ok(Some(marked)),
                Err(error) => return Err(io::Error::other(error)),
            };
            match batch.num_rows().checked_sub(1) {
                Some(row) => last = cells::cell(batch.column(0), row).ok(),
                None => {
                    marked.rows = rows;
                    marked.last = last.clone();
                    marked.length = batches.length();
                }
            }
            rows += batch.num_rows() as u64;
        }
    }
}

/// Returns whether a file ends within a message.
fn is_cut(error: &ArrowError) -> bool {
    match error {
        ArrowError::IoError(_, error) => error.kind() == io::ErrorKind::UnexpectedEof,
        ArrowError::IpcError(reason) => [TRUNCATED, EMPTY].contains(&reason.as_str()),
        _ => false,
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

    /// The rows of one input row, such as the sentences of a text, are complete at a mark.
    #[test]
    fn rows_after_the_last_mark_do_not_count() {
        let file = tempfile::tempfile().unwrap();
        let mut writer = UnfinishedParquet::new(&file, &columns(), false).unwrap();
        for number in 0..1500 {
            writer.write(&row(number)).unwrap();
        }
        writer.flush().unwrap();
        for number in 1500..4000 {
            writer.write(&row(number)).unwrap();
        }
        drop(writer);
        let found = UnfinishedRows::read(&file, &columns()).unwrap().unwrap();
        assert_eq!((found.rows, found.last), (1500, Some(Cell::Integer(1499))));
        assert!(found.length < file.metadata().unwrap().len());
    }

    #[test]
    fn a_file_that_is_not_a_stream_is_not_taken_for_an_empty_one() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"row,text\n1,a text\n").unwrap();
        assert!(UnfinishedRows::read(&file, &columns()).is_err());
    }

    #[test]
    fn a_file_of_other_columns_is_not_continued() {
        let file = tempfile::tempfile().unwrap();
        write(&file, false, 0..3);
        let other = &columns()[..1];
        assert!(UnfinishedRows::read(&file, other).unwrap().is_none());
    }
}
