//! Reading Excel files (`.xlsx`).
//!
//! The cells are read twice: for the kinds of the columns, then for the rows. A thread reads the rows, since the reader
//! of the cells borrows from the workbook.

#[cfg(all(test, feature = "arrow"))]
mod tests;

mod cells;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use calamine::{Reader, Xlsx, XlsxCellReader, XlsxError};
use zip::ZipArchive;

use super::table::collect_cells;
use super::{Cell, CellKind, Column, CorpusError, MAX_ROW_BYTES, Record, RowLocation};
use crate::files::FileError;
use cells::{common_kind, of_kind, value};

/// The maximum sizes of the parts of a file in bytes after decompression.
#[derive(Clone, Copy)]
pub(in crate::corpus) struct SizeLimits {
    /// Of the sheets and pictures together.
    sheets: u64,
    /// Of the other parts together: `calamine` keeps them in memory, at up to ten times their size.
    parts: u64,
    /// Of the text of a row. A string of the file counts for each cell that shares it.
    row: usize,
    /// Of the text of a sheet.
    text: usize,
}

impl SizeLimits {
    /// The limits of a file on this machine.
    const LOCAL: Self = Self {
        sheets: 512 << 20,
        parts: 128 << 20,
        row: MAX_ROW_BYTES,
        text: usize::MAX,
    };
    /// The limits of a file that a client uploads.
    pub(in crate::corpus) const UPLOAD: Self = Self {
        sheets: 64 << 20,
        parts: 16 << 20,
        row: 1 << 20,
        text: 64 << 20,
    };
}

/// The maximum number of columns, which is Excel's.
const MAX_COLUMNS: u32 = 16_384;
/// The maximum number of records that wait for their reader.
const QUEUE: usize = 64;
/// The number of bytes in which the shared strings state their number.
const MAX_STRINGS_START: u64 = 1 << 16;

/// The minimum length of a string in `sharedStrings.xml`, which is `<si/>`.
const MIN_STRING_BYTES: u64 = 5;

type Workbook = Xlsx<BufReader<File>>;

/// A sheet of an Excel file. Its first row that is not blank is the header; columns without a name at the right of the
/// last name are ignored, and so are blank rows.
///
/// Numbers of a column are integers if all are whole. Dates and times are text in ISO 8601. A column of different kinds
/// is text. Of merged cells, only the first has a value.
pub struct SpreadsheetTable {
    source: Source,
    workbook: Workbook,
    sheet: String,
    /// The row of the header.
    header: u32,
    columns: Vec<Column>,
    limits: SizeLimits,
}

impl SpreadsheetTable {
    /// Opens a file and reads the header and the kinds of the columns, of the first sheet if no name is given.
    pub fn open(path: &Path, sheet: Option<&str>) -> Result<Self, CorpusError> {
        Self::open_named(path, path, sheet)
    }

    /// Opens a file that messages call `name`.
    pub(in crate::corpus) fn open_named(
        path: &Path,
        name: &Path,
        sheet: Option<&str>,
    ) -> Result<Self, CorpusError> {
        let file = File::open(path).map_err(FileError::context("open", path))?;
        Self::of_file(file, name, sheet, SizeLimits::LOCAL)
    }

    /// Reads an open file that messages call `name`.
    pub(in crate::corpus) fn of_file(
        file: File,
        name: &Path,
        sheet: Option<&str>,
        limits: SizeLimits,
    ) -> Result<Self, CorpusError> {
        let source = Source { path: name.into() };
        source.guard(|| {
            check_sizes(&file, limits).map_err(|reason| source.error(reason))?;
            let error = |error: XlsxError| source.error(error);
            let mut workbook = Xlsx::new(BufReader::new(file)).map_err(error)?;
            let names = workbook.sheet_names();
            let sheet = match sheet {
                Some(sheet) if !names.iter().any(|name| name == sheet) => {
                    let names = names.join(", ");
                    let reason = format!("no sheet {sheet:?}; the sheets are {names}");
                    return Err(source.error(reason));
                }
                Some(sheet) => sheet.to_owned(),
                None => match names.first() {
                    Some(name) => name.clone(),
                    None => return Err(source.error("the file has no sheet")),
                },
            };
            let cells = workbook.worksheet_cells_reader(&sheet).map_err(error)?;
            let (header, columns) = read_columns(cells, limits).map_err(error)?;
            Ok(Self {
                source: source.clone(),
                workbook,
                sheet,
                header,
                columns,
                limits,
            })
        })
    }

    /// Returns the columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Reads the rows. Their cells are those of `columns`, indices into [`SpreadsheetTable::columns`], in this order.
    /// Their locations have Excel's row numbers.
    pub fn rows(
        self,
        columns: &[usize],
    ) -> impl Iterator<Item = Result<Record, CorpusError>> + Send + use<> {
        let (sender, receiver) = sync_channel(QUEUE);
        let columns = columns.to_vec();
        thread::spawn(move || {
            let source = self.source.clone();
            if let Err(error) = source.guard(|| self.send_rows(&columns, &sender)) {
                // Sending fails after the receiver is dropped; the rest is not needed then.
                let _ = sender.send(Err(error));
            }
        });
        receiver.into_iter()
    }

    /// Reads the rows and sends those that are not blank.
    fn send_rows(
        mut self,
        columns: &[usize],
        sender: &SyncSender<Result<Record, CorpusError>>,
    ) -> Result<(), CorpusError> {
        let source = self.source;
        let error = |error: XlsxError| source.error(error);
        let cells = self.workbook.worksheet_cells_reader(&self.sheet);
        let mut rows = SheetRows::new(cells.map_err(error)?, self.limits);
        while let Some((row, mut cells)) = rows.read().map_err(error)? {
            // A row with notes beside the table alone is blank.
            let is_blank = cells
                .iter()
                .take(self.columns.len())
                .all(|cell| *cell == Cell::Null);
            if row == self.header || is_blank {
                continue;
            }
            cells.resize(self.columns.len(), Cell::Null);
            let cell = |column: &usize| of_kind(cells[*column].clone(), self.columns[*column].kind);
            let record = Record {
                location: RowLocation::row(&source.path, u64::from(row) + 1),
                cells: collect_cells(columns.iter().map(cell)),
            };
            // Sending fails after the receiver is dropped; the rest is not needed then.
            if sender.send(Ok(record)).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The path, for errors.
#[derive(Clone)]
struct Source {
    path: Arc<Path>,
}

impl Source {
    fn error(&self, reason: impl ToString) -> CorpusError {
        CorpusError::Table {
            path: self.path.to_path_buf(),
            format: "Excel",
            reason: reason.to_string(),
        }
    }

    /// Runs a step of the reader and converts a panic, which a damaged file may cause, to an error.
    fn guard<T>(&self, step: impl FnOnce() -> Result<T, CorpusError>) -> Result<T, CorpusError> {
        catch_unwind(AssertUnwindSafe(step))
            .unwrap_or_else(|_| Err(self.error("the file is damaged")))
    }
}

/// Checks the sizes of the parts of a file. Those in its directory may be false, so the parts are decompressed. Returns the
/// reason if the file is refused.
fn check_sizes(file: &File, limits: SizeLimits) -> Result<(), String> {
    let mut archive = ZipArchive::new(BufReader::new(file))
        .map_err(|error| format!("not an .xlsx file: {error}"))?;
    let (mut sheet_bytes, mut part_bytes) = (0, 0);
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| error.to_string())?;
        let name = part.name().map_err(|error| error.to_string())?.into_owned();
        let is_streamed = ["xl/worksheets/sheet", "xl/media/"]
            .iter()
            .any(|prefix| name.starts_with(prefix));
        let (total, max) = match is_streamed {
            true => (&mut sheet_bytes, limits.sheets),
            false => (&mut part_bytes, limits.parts),
        };
        let mut part = part.take(max + 1 - *total);
        let mut start = Vec::new();
        let failed = |error| format!("{name}: {error}");
        let read = part
            .by_ref()
            .take(MAX_STRINGS_START)
            .read_to_end(&mut start);
        let rest = io::copy(&mut part, &mut io::sink());
        let bytes = read.map_err(failed)? as u64 + rest.map_err(failed)?;
        *total += bytes;
        if *total > max {
            let max = max >> 20;
            return Err(format!(
                "{name} exceeds the limit of {max} MiB of decompressed XML"
            ));
        }
        // `calamine` reserves memory for the stated number.
        if name.to_ascii_lowercase().ends_with("sharedstrings.xml")
            && stated_strings(&start).is_none_or(|strings| strings > bytes / MIN_STRING_BYTES)
        {
            return Err(format!(
                "{name}: the number of strings is not that of the file"
            ));
        }
    }
    Ok(())
}

/// Returns the number of strings that the start of `sharedStrings.xml` states, 0 if it states none. `None` if the element that states
/// it does not end there.
fn stated_strings(start: &[u8]) -> Option<u64> {
    let from = memchr::memmem::find(start, b"<sst")?;
    let element = &start[from..];
    let element = &element[..memchr::memchr(b'>', element)?];
    let Some(name) = memchr::memmem::find(element, b"uniqueCount") else {
        return Some(0);
    };
    let digits = element[name..]
        .iter()
        .skip_while(|byte| !byte.is_ascii_digit());
    let digits = digits.take_while(|byte| byte.is_ascii_digit());
    let add = |number: u64, digit: &u8| {
        number
            .saturating_mul(10)
            .saturating_add(u64::from(digit - b'0'))
    };
    Some(digits.fold(0, add))
}

/// The rows of a sheet that are not blank.
struct SheetRows<'a> {
    /// `None` after the last cell.
    cells: Option<XlsxCellReader<'a, BufReader<File>>>,
    /// The first cell of the next row.
    next: Option<(u32, u32, Cell)>,
    limits: SizeLimits,
    /// The number of bytes of text so far.
    text: usize,
}

impl<'a> SheetRows<'a> {
    fn new(cells: XlsxCellReader<'a, BufReader<File>>, limits: SizeLimits) -> Self {
        Self {
            cells: Some(cells),
            next: None,
            limits,
            text: 0,
        }
    }

    /// Returns the number of the next row, from 0, and its cells from the first column on.
    fn read(&mut self) -> Result<Option<(u32, Vec<Cell>)>, XlsxError> {
        let Some((row, column, cell)) = self.next_cell()? else {
            return Ok(None);
        };
        let mut cells = Vec::new();
        let mut row_text = text_bytes(&cell);
        place(&mut cells, column, cell);
        while let Some((next_row, column, cell)) = self.next_cell()? {
            if next_row != row {
                self.next = Some((next_row, column, cell));
                break;
            }
            row_text += text_bytes(&cell);
            if row_text > self.limits.row {
                return Err(XlsxError::Unexpected("a row has too much text"));
            }
            place(&mut cells, column, cell);
        }
        self.text = self.text.saturating_add(row_text);
        if self.text > self.limits.text {
            return Err(XlsxError::Unexpected("the sheet has too much text"));
        }
        Ok(Some((row, cells)))
    }

    /// Returns the next cell that is not blank.
    fn next_cell(&mut self) -> Result<Option<(u32, u32, Cell)>, XlsxError> {
        if let Some(next) = self.next.take() {
            return Ok(Some(next));
        }
        while let Some(cells) = &mut self.cells {
            let Some(cell) = cells.next_cell()? else {
                self.cells = None;
                break;
            };
            let (row, column) = cell.get_position();
            if column >= MAX_COLUMNS {
                continue;
            }
            match value(cell.get_value()) {
                Cell::Null => {}
                Cell::Text(text) if text.trim().is_empty() => {}
                value => return Ok(Some((row, column, value))),
            }
        }
        Ok(None)
    }
}

fn text_bytes(cell: &Cell) -> usize {
    match cell {
        Cell::Text(text) => text.len(),
        _ => 0,
    }
}

fn place(cells: &mut Vec<Cell>, column: u32, cell: Cell) {
    let column = column as usize;
    if column >= cells.len() {
        cells.resize(column + 1, Cell::Null);
    }
    cells[column] = cell;
}

/// Returns the row of the header, and the columns with the kinds of their cells.
fn read_columns(
    cells: XlsxCellReader<BufReader<File>>,
    limits: SizeLimits,
) -> Result<(u32, Vec<Column>), XlsxError> {
    let mut rows = SheetRows::new(cells, limits);
    let Some((header, names)) = rows.read()? else {
        return Ok((0, Vec::new()));
    };
    let mut kinds = vec![None; names.len()];
    while let Some((_, cells)) = rows.read()? {
        for (kind, cell) in kinds.iter_mut().zip(&cells) {
            *kind = common_kind(*kind, cell);
        }
    }
    let columns = names.iter().zip(kinds).map(|(name, kind)| Column {
        name: name.as_text().trim().to_owned(),
        kind: kind.unwrap_or(CellKind::Text),
    });
    Ok((header, columns.collect()))
}
