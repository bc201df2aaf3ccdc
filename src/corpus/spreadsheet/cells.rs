//! The cells of spreadsheets and the kinds of their columns.

use calamine::{DataRef, ExcelDateTime};

use crate::corpus::{Cell, CellKind, CorpusRowError, MAX_ROW_BYTES};

/// Returns a cell. Excel saves every number as a float, so whole floats are integers. An error such as `#N/A` is null.
pub(super) fn value(value: &DataRef) -> Cell {
    match value {
        DataRef::Empty | DataRef::Error(_) => Cell::Null,
        DataRef::Int(integer) => Cell::Integer(*integer),
        DataRef::Float(float) if float.fract() == 0.0 && float.abs() < (1_i64 << 53) as f64 => {
            Cell::Integer(*float as i64)
        }
        DataRef::Float(float) => Cell::Float(*float),
        DataRef::Bool(boolean) => Cell::Boolean(*boolean),
        DataRef::SharedString(text) => Cell::Text((*text).to_owned()),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            Cell::Text(text.clone())
        }
        DataRef::DateTime(time) => Cell::Text(date_time(*time)),
    }
}

/// Returns a date, a time of day, both, or a duration in ISO 8601.
fn date_time(time: ExcelDateTime) -> String {
    if time.is_duration() {
        return format!("PT{}S", (time.as_f64() * 86_400_000.0).round() / 1000.0);
    }
    let (year, month, day, hour, minute, second, millis) = time.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    let fraction = if millis == 0 {
        String::new()
    } else {
        format!(".{millis:03}")
    };
    let clock = format!("{hour:02}:{minute:02}:{second:02}{fraction}");
    match time.as_f64() {
        // Day 0 is before the calendar: a time of day alone.
        days if (0.0..1.0).contains(&days) => clock,
        days if days.fract() == 0.0 => date,
        _ => format!("{date}T{clock}"),
    }
}

/// Returns the kind of a column with one more cell.
pub(super) fn common_kind(kind: Option<CellKind>, cell: &Cell) -> Option<CellKind> {
    let cell = match cell {
        Cell::Null => return kind,
        Cell::Integer(_) => CellKind::Integer,
        Cell::Float(_) => CellKind::Float,
        Cell::Boolean(_) => CellKind::Boolean,
        Cell::Text(_) | Cell::Json(_) => CellKind::Text,
    };
    Some(match (kind, cell) {
        (None, cell) => cell,
        (Some(kind), cell) if kind == cell => cell,
        (Some(CellKind::Integer), CellKind::Float) | (Some(CellKind::Float), CellKind::Integer) => {
            CellKind::Float
        }
        _ => CellKind::Text,
    })
}

/// Converts a cell to the kind of its column.
pub(super) fn of_kind(cell: Cell, kind: CellKind) -> Result<Cell, CorpusRowError> {
    match (cell, kind) {
        (Cell::Text(text), _) if text.len() > MAX_ROW_BYTES => Err(CorpusRowError::TooLong),
        (Cell::Null, _) => Ok(Cell::Null),
        (Cell::Integer(integer), CellKind::Float) => Ok(Cell::Float(integer as f64)),
        (Cell::Text(text), _) => Ok(Cell::Text(text)),
        (cell, CellKind::Text) => Ok(Cell::Text(cell.as_text().into_owned())),
        (cell, _) => Ok(cell),
    }
}
