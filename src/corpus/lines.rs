//! Formats with one row per line: plain lines, and the training format of fastText.

use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;

use super::table::{ParsedLine, Table};
use super::window::{Window, trim_carriage_return};
use super::{Cell, CorpusError, CorpusRowError, Format, Record, RowLocation, fast_text};

/// Opens a file of texts, one per line.
pub(super) fn open_lines(reader: Box<dyn BufRead + Send>, path: Arc<Path>) -> Table {
    let parse = |line: &str| Ok(Some(vec![Cell::Text(line.to_owned())]));
    Table::of_records(&["text"], LineRows::new(reader, path, parse))
}

/// Opens a file in fastText's format.
pub(super) fn open_fast_text(reader: Box<dyn BufRead + Send>, path: Arc<Path>) -> Table {
    Table::of_records(
        &["label", "text"],
        LineRows::new(reader, path, fast_text::parse),
    )
}

/// Returns whether the format has no columns to choose.
pub(super) fn has_fixed_columns(format: Format) -> bool {
    matches!(format, Format::Lines | Format::FastText | Format::Folder)
}

/// The rows of a file with one row per line.
struct LineRows<Parse> {
    window: Window,
    path: Arc<Path>,
    parse: Parse,
}

impl<Parse: Fn(&str) -> ParsedLine> LineRows<Parse> {
    fn new(reader: Box<dyn BufRead + Send>, path: Arc<Path>, parse: Parse) -> Self {
        Self {
            window: Window::new(reader),
            path,
            parse,
        }
    }

    fn read(&mut self) -> Result<Option<Record>, CorpusError> {
        loop {
            let location = RowLocation::line(&self.path, self.window.line);
            let end = self.window.line_end(0);
            let Some(end) = end.map_err(CorpusError::reading(location.clone()))? else {
                let skipped = self.window.skip_line();
                skipped.map_err(CorpusError::reading(location.clone()))?;
                let cells = Err(CorpusRowError::TooLong.into());
                return Ok(Some(Record { location, cells }));
            };
            let bytes = self.window.bytes();
            if bytes.is_empty() {
                return Ok(None);
            }
            let line = trim_carriage_return(&bytes[..end]);
            let parsed = str::from_utf8(line).map_err(|_| CorpusRowError::InvalidUtf8);
            let parsed = parsed.and_then(&self.parse);
            self.window.consume(end + 1, 1);
            if let Some(cells) = parsed.transpose() {
                let cells = cells.map_err(Into::into);
                return Ok(Some(Record { location, cells }));
            }
        }
    }
}

impl<Parse: Fn(&str) -> ParsedLine> Iterator for LineRows<Parse> {
    type Item = Result<Record, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}
