//! Columns of a Parquet file while they are written.

use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, StringBuilder,
};
use arrow_array::types::{
    ArrowTimestampType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{ArrayRef, Int64Array};
use arrow_schema::DataType;

use super::super::{CellKind, TimestampUnit};
use super::{Cell, iso_time};

/// The time zone of timestamps that have one.
const UTC: &str = "UTC";

/// Returns the type of the cells of a kind.
pub(super) fn data_type(kind: CellKind) -> DataType {
    match kind {
        CellKind::Text | CellKind::Json => DataType::Utf8,
        CellKind::Integer => DataType::Int64,
        CellKind::Float => DataType::Float64,
        CellKind::Boolean => DataType::Boolean,
        CellKind::Date => DataType::Date32,
        CellKind::Timestamp { unit, is_utc } => {
            DataType::Timestamp(unit.into(), is_utc.then(|| UTC.into()))
        }
    }
}

/// Returns whether a cell is null or of the kind of its column.
pub(super) fn is_of_kind(cell: &Cell, kind: CellKind) -> bool {
    match cell {
        Cell::Null => true,
        Cell::Text(text) => match kind {
            CellKind::Text => true,
            CellKind::Date => iso_time::days(text).is_some(),
            CellKind::Timestamp { unit, .. } => iso_time::timestamp(text, unit).is_some(),
            _ => false,
        },
        Cell::Integer(_) => kind == CellKind::Integer,
        Cell::Float(_) => kind == CellKind::Float,
        Cell::Boolean(_) => kind == CellKind::Boolean,
        Cell::Json(_) => kind == CellKind::Json,
    }
}

/// The cells of a column that are not encoded yet.
pub(super) enum ColumnBuilder {
    Text(StringBuilder),
    Integer(Int64Builder),
    Float(Float64Builder),
    Boolean(BooleanBuilder),
    Date(Date32Builder),
    /// The timestamps as numbers of their unit.
    Timestamp(Int64Builder, TimestampUnit, bool),
}

impl ColumnBuilder {
    pub(super) fn new(kind: CellKind) -> Self {
        match kind {
            CellKind::Text | CellKind::Json => Self::Text(StringBuilder::new()),
            CellKind::Integer => Self::Integer(Int64Builder::new()),
            CellKind::Float => Self::Float(Float64Builder::new()),
            CellKind::Boolean => Self::Boolean(BooleanBuilder::new()),
            CellKind::Date => Self::Date(Date32Builder::new()),
            CellKind::Timestamp { unit, is_utc } => {
                Self::Timestamp(Int64Builder::new(), unit, is_utc)
            }
        }
    }

    /// Appends a cell; a cell of another kind as null, which [`is_of_kind`] rules out.
    pub(super) fn push(&mut self, cell: &Cell) {
        match (self, cell) {
            (Self::Text(cells), Cell::Text(text) | Cell::Json(text)) => cells.append_value(text),
            (Self::Text(cells), _) => cells.append_null(),
            (Self::Integer(cells), Cell::Integer(integer)) => cells.append_value(*integer),
            (Self::Integer(cells), _) => cells.append_null(),
            (Self::Float(cells), Cell::Float(float)) => cells.append_value(*float),
            (Self::Float(cells), _) => cells.append_null(),
            (Self::Boolean(cells), Cell::Boolean(boolean)) => cells.append_value(*boolean),
            (Self::Boolean(cells), _) => cells.append_null(),
            (Self::Date(cells), Cell::Text(text)) => cells.append_option(iso_time::days(text)),
            (Self::Date(cells), _) => cells.append_null(),
            (Self::Timestamp(cells, unit, _), Cell::Text(text)) => {
                cells.append_option(iso_time::timestamp(text, *unit));
            }
            (Self::Timestamp(cells, ..), _) => cells.append_null(),
        }
    }

    /// Returns the cells, and starts again without any.
    pub(super) fn finish(&mut self) -> ArrayRef {
        let builder: &mut dyn ArrayBuilder = match self {
            Self::Text(cells) => cells,
            Self::Integer(cells) => cells,
            Self::Float(cells) => cells,
            Self::Boolean(cells) => cells,
            Self::Date(cells) => cells,
            Self::Timestamp(cells, unit, is_utc) => {
                return timestamps(cells.finish(), *unit, *is_utc);
            }
        };
        builder.finish()
    }
}

/// Returns numbers as timestamps of a unit.
fn timestamps(numbers: Int64Array, unit: TimestampUnit, is_utc: bool) -> ArrayRef {
    fn of<T: ArrowTimestampType>(numbers: &Int64Array, is_utc: bool) -> ArrayRef {
        let timestamps = numbers.reinterpret_cast::<T>();
        Arc::new(timestamps.with_timezone_opt(is_utc.then_some(UTC)))
    }
    match unit {
        TimestampUnit::Second => of::<TimestampSecondType>(&numbers, is_utc),
        TimestampUnit::Millisecond => of::<TimestampMillisecondType>(&numbers, is_utc),
        TimestampUnit::Microsecond => of::<TimestampMicrosecondType>(&numbers, is_utc),
        TimestampUnit::Nanosecond => of::<TimestampNanosecondType>(&numbers, is_utc),
    }
}
