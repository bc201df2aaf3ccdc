//! Reads rows ahead on a separate thread.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use super::{CorpusError, TableRow};

/// The maximum number of rows in the queue and in a chunk.
const MAX_ROWS: usize = 2048;

/// The number of bytes of text after which a chunk ends.
const CHUNK_BYTES: usize = 1 << 18;

/// A reader that returns rows in order, in chunks of those that are ready: a single row from a slow pipe,
/// many rows if reading is faster than processing. Ends after the first error.
pub struct ReadAhead {
    receiver: Receiver<Result<TableRow, CorpusError>>,
    error: Option<CorpusError>,
}

impl ReadAhead {
    /// Starts reading rows.
    pub fn new(rows: impl Iterator<Item = Result<TableRow, CorpusError>> + Send + 'static) -> Self {
        let (sender, receiver) = sync_channel(MAX_ROWS);
        thread::spawn(move || {
            for row in rows {
                let is_last = row.is_err();
                // Sending fails after the receiver is dropped; the rest is not needed then.
                if sender.send(row).is_err() || is_last {
                    break;
                }
            }
        });
        Self {
            receiver,
            error: None,
        }
    }

    /// Waits for the next row and returns it with the rows that are ready after it; `None` after the last
    /// row. An error is returned after the rows before it.
    pub fn next_chunk(&mut self) -> Option<Result<Vec<TableRow>, CorpusError>> {
        if let Some(error) = self.error.take() {
            return Some(Err(error));
        }
        let first = self.receiver.recv().ok()?;
        let mut bytes = 0;
        let mut chunk = Vec::new();
        for row in std::iter::once(first).chain(self.receiver.try_iter()) {
            match row {
                Ok(row) => {
                    bytes += row.text.as_ref().map_or(0, String::len);
                    chunk.push(row);
                }
                Err(error) if chunk.is_empty() => return Some(Err(error)),
                Err(error) => self.error = Some(error),
            }
            if chunk.len() == MAX_ROWS || bytes > CHUNK_BYTES {
                break;
            }
        }
        Some(Ok(chunk))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::super::{CorpusRowError, RowLocation};
    use super::*;

    #[test]
    fn an_error_comes_after_the_rows_before_it() {
        let path: Arc<Path> = Path::new("lines").into();
        let row = |line: u64| TableRow {
            location: RowLocation::line(&path, line),
            text: Ok(line.to_string()),
            cells: Vec::new(),
        };
        let error = CorpusError::BadRow {
            location: RowLocation::line(&path, 3),
            error: CorpusRowError::TooLong,
        };
        let rows = vec![Ok(row(1)), Ok(row(2)), Err(error), Ok(row(4))];
        let mut read_ahead = ReadAhead::new(rows.into_iter());
        let mut texts = Vec::new();
        let error = loop {
            match read_ahead.next_chunk().unwrap() {
                Ok(chunk) => texts.extend(chunk.into_iter().map(|row| row.text.unwrap())),
                Err(error) => break error,
            }
        };
        assert_eq!(texts, ["1", "2"]);
        assert!(error.to_string().starts_with("lines:3: "), "{error}");
    }
}
