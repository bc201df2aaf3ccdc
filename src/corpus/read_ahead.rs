//! Reads texts ahead on a separate thread.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use super::{CorpusError, Rows, Skipped};

/// The maximum number of texts in the queue and in a chunk.
const CHUNK: usize = 2048;

/// A reader that returns texts in order, in chunks of those that are ready: a single text from a slow pipe,
/// many texts if reading is faster than processing. Ends after the first error.
pub struct ReadAhead {
    receiver: Receiver<Result<String, CorpusError>>,
    reader: JoinHandle<Skipped>,
    error: Option<CorpusError>,
}

impl ReadAhead {
    /// Reads the texts of a corpus.
    pub fn of_rows(mut rows: Rows) -> Self {
        let (sender, receiver) = sync_channel(CHUNK);
        let reader = thread::spawn(move || {
            let mut texts = rows.by_ref().map(|row| row.map(|row| row.text));
            // Sending fails after the receiver is dropped; the rest is not needed then.
            let _ = texts.try_for_each(|text| sender.send(text));
            rows.skipped().clone()
        });
        Self {
            receiver,
            reader,
            error: None,
        }
    }

    /// Returns texts that are already in memory.
    pub fn of_texts(texts: Vec<String>) -> Self {
        let (sender, receiver) = sync_channel(CHUNK);
        let reader = thread::spawn(move || {
            let _ = texts.into_iter().try_for_each(|text| sender.send(Ok(text)));
            Skipped::default()
        });
        Self {
            receiver,
            reader,
            error: None,
        }
    }

    /// Waits for the next text and returns it with the texts that are ready after it; `None` after the last
    /// text. An error is returned after the texts before it.
    pub fn next_chunk(&mut self) -> Option<Result<Vec<String>, CorpusError>> {
        if let Some(error) = self.error.take() {
            return Some(Err(error));
        }
        let first = self.receiver.recv().ok()?;
        let mut chunk = Vec::new();
        for text in std::iter::once(first).chain(self.receiver.try_iter().take(CHUNK - 1)) {
            match text {
                Ok(text) => chunk.push(text),
                Err(error) if chunk.is_empty() => return Some(Err(error)),
                Err(error) => self.error = Some(error),
            }
        }
        Some(Ok(chunk))
    }

    /// Waits for the reader thread and returns the skipped rows.
    pub fn finish(self) -> Skipped {
        drop(self.receiver);
        self.reader.join().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::path::Path;

    use super::super::{CorpusOptions, Format, texts_from_reader};
    use super::*;

    #[test]
    fn an_error_comes_after_the_texts_before_it() {
        let options = CorpusOptions::default();
        let reader = Box::new(Cursor::new(b"a\nb\nbad \xff line\nc\n"));
        let rows = texts_from_reader(reader, Path::new("lines"), Format::Lines, &options).unwrap();
        let mut read_ahead = ReadAhead::of_rows(rows);
        let mut texts = Vec::new();
        let error = loop {
            match read_ahead.next_chunk().unwrap() {
                Ok(chunk) => texts.extend(chunk),
                Err(error) => break error,
            }
        };
        assert_eq!(texts, ["a", "b"]);
        assert!(error.to_string().starts_with("lines:3: "), "{error}");
        assert!(read_ahead.next_chunk().is_none());
    }

    #[test]
    fn bad_rows_are_counted() {
        let options = CorpusOptions {
            skip_bad_rows: true,
            ..CorpusOptions::default()
        };
        let reader = Box::new(Cursor::new(b"a\nbad \xff line\nc\n"));
        let rows = texts_from_reader(reader, Path::new("lines"), Format::Lines, &options).unwrap();
        let mut read_ahead = ReadAhead::of_rows(rows);
        while read_ahead.next_chunk().is_some() {}
        assert_eq!(read_ahead.finish().rows, 1);
    }
}
