//! Reads the tables that clients upload, so that the page needs no parser of its own: CSV, TSV, JSON, Excel and plain lines.
//!
//! A small file can be a large table, so the response is limited too, and one table is read at a time.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{Path, Request, State};
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout_at;

use super::api_error::ApiError;
use super::app_state::AppState;
use super::request::{BodyMemory, body};
use crate::corpus::{CorpusError, Format, InvalidRow, Record, RowPosition, UploadedTable};

/// Maximum number of cells.
const MOST_CELLS: usize = 500_000;

/// Maximum size of all cells, as a multiple of the size of a body or, since an Excel file is compressed, of the limit of a body.
const TIMES_BODY: usize = 4;

/// The size of an Excel file above which the limit of its cells does not grow.
const MOST_SHEET_BYTES: usize = 16 << 20;

/// Reads tables, one at a time.
#[derive(Debug)]
pub struct TableReader {
    turn: Arc<Semaphore>,
}

/// A table that was read.
#[derive(Debug, Serialize)]
pub struct ReadTable {
    columns: Vec<String>,
    /// Whether the first row named the columns; `None` in a format without a header.
    has_header: Option<bool>,
    /// The index of the column that has a well-known name of texts.
    text_column: Option<usize>,
    /// The index of the column that has a well-known name of labels.
    label_column: Option<usize>,
    rows: Vec<Vec<String>>,
    /// For each row, the line of the file where it starts, or its number in a sheet.
    lines: Vec<u64>,
    /// The rows that cannot be read as they are.
    invalid: Vec<BadRow>,
    /// What was detected or repaired.
    notes: Vec<String>,
}

/// Why a row cannot be read.
#[derive(Debug, Serialize)]
struct BadRow {
    row: usize,
    error: String,
}

impl Default for TableReader {
    fn default() -> Self {
        Self {
            turn: Arc::new(Semaphore::new(1)),
        }
    }
}

/// Handles `POST /v1/tables/FORMAT`.
pub async fn read(
    State(app): State<Arc<AppState>>,
    Path(format): Path<String>,
    request: Request,
) -> Result<Json<ReadTable>, ApiError> {
    let format = readable(&format)?;
    let deadline = Instant::now() + app.limits.timeout;
    let most = app.limits.max_body;
    let mut memory = BodyMemory::new(&app.room_for_bodies);
    let body = body::receive(request, most, &mut memory, deadline).await?;
    // The semaphore is never closed.
    let turn = timeout_at(
        deadline.into(),
        Arc::clone(&app.tables.turn).acquire_owned(),
    )
    .await;
    let turn = turn
        .map_err(|_| ApiError::late())?
        .map_err(|_| ApiError::failed())?;
    let most_bytes = TIMES_BODY.saturating_mul(match format {
        Format::Spreadsheet => most.min(MOST_SHEET_BYTES),
        _ => body.len(),
    });
    memory.grow(most_bytes)?;
    let reading = spawn_blocking(move || {
        // Held until the work is done, even if the client disconnects earlier.
        let _turn = turn;
        ReadTable::read(body, format, most_bytes, deadline)
    });
    match timeout_at(deadline.into(), reading).await {
        Ok(Ok(table)) => table.map(Json),
        Ok(Err(_)) => {
            tracing::error!("reading a table panicked");
            Err(ApiError::failed())
        }
        Err(_) => Err(ApiError::late()),
    }
}

/// Returns the format of a name, if a client may upload it.
fn readable(name: &str) -> Result<Format, ApiError> {
    match name.parse() {
        Ok(
            format @ (Format::Csv
            | Format::Tsv
            | Format::Json
            | Format::Lines
            | Format::Spreadsheet),
        ) => Ok(format),
        _ => Err(ApiError::invalid(
            "A table is csv, tsv, json, jsonl, lines or xlsx",
        )),
    }
}

impl ReadTable {
    fn read(
        content: Vec<u8>,
        format: Format,
        most_bytes: usize,
        deadline: Instant,
    ) -> Result<Self, ApiError> {
        let mut source = UploadedTable::open(content, format).map_err(unreadable)?;
        let columns = source.columns().iter().map(|column| column.name.clone());
        let mut table = Self {
            columns: columns.collect(),
            has_header: source.has_header(),
            text_column: source.text_column(),
            label_column: source.label_column(),
            rows: Vec::new(),
            lines: Vec::new(),
            invalid: Vec::new(),
            notes: Vec::new(),
        };
        let mut cells = table.columns.len();
        let mut bytes: usize = table.columns.iter().map(String::len).sum();
        for record in source.by_ref() {
            if Instant::now() >= deadline {
                return Err(ApiError::late());
            }
            bytes += table.push(record.map_err(unreadable)?);
            // A row without cells has a number and maybe an error.
            cells += table.rows.last().map_or(0, Vec::len).max(1);
            if cells > MOST_CELLS || bytes > most_bytes {
                return Err(ApiError::large_table(MOST_CELLS, most_bytes));
            }
        }
        table.notes = source.notes().iter().map(ToString::to_string).collect();
        Ok(table)
    }

    /// Adds a row and returns its size in bytes.
    fn push(&mut self, record: Record) -> usize {
        let mut bytes = 0;
        let cells = record.cells.unwrap_or_else(|InvalidRow { error, cells }| {
            let error = error.to_string();
            bytes += error.len();
            let row = self.rows.len();
            self.invalid.push(BadRow { row, error });
            cells
        });
        self.lines.push(match record.location.position {
            RowPosition::Line(number) | RowPosition::Row(number) => number,
            RowPosition::File => 1,
        });
        let cells: Vec<String> = cells.iter().map(|cell| cell.as_text().into()).collect();
        bytes += cells.iter().map(String::len).sum::<usize>();
        self.rows.push(cells);
        bytes
    }
}

/// Returns the error for a table that cannot be read. The message begins with `table` and the line, and may quote names of
/// columns, which are cut to a short length.
fn unreadable(error: CorpusError) -> ApiError {
    ApiError::invalid(error.to_string())
}
