//! Conversion of Arrow values to cells.

use std::fmt::Write;

use arrow_array::cast::AsArray;
use arrow_array::temporal_conversions as temporal;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType,
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    IntervalDayTimeType, IntervalMonthDayNanoType, IntervalYearMonthType, Time32MillisecondType,
    Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, IntervalUnit, TimeUnit};

use super::super::{CellKind, MAX_ROW_BYTES};
use super::{Cell, CorpusRowError, json};

/// Returns the kind of the cells of a column.
pub(super) fn kind(data_type: &DataType) -> CellKind {
    match data_type {
        DataType::Dictionary(_, values) => kind(values),
        DataType::RunEndEncoded(_, values) => kind(values.data_type()),
        DataType::Boolean => CellKind::Boolean,
        // Values above `i64::MAX` are text.
        DataType::UInt64 => CellKind::Text,
        _ if data_type.is_integer() => CellKind::Integer,
        _ if data_type.is_floating() => CellKind::Float,
        _ if is_nested(data_type) => CellKind::Json,
        DataType::Date32 | DataType::Date64 => CellKind::Date,
        DataType::Timestamp(unit, zone) => CellKind::Timestamp {
            unit: (*unit).into(),
            is_utc: zone.is_some(),
        },
        _ => CellKind::Text,
    }
}

fn is_nested(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::List(_)
            | DataType::LargeList(_)
            | DataType::ListView(_)
            | DataType::LargeListView(_)
            | DataType::FixedSizeList(..)
            | DataType::Struct(_)
            | DataType::Map(..)
            | DataType::Union(..)
    )
}

/// Returns the value in a row of an array as a cell.
///
/// Integers above [`i64::MAX`] are text. Dates, times and timestamps are in ISO 8601; a timestamp with a time zone is
/// in UTC. Binary values are text if they are UTF-8, and hexadecimal otherwise. Nested values are JSON.
pub(super) fn cell(array: &ArrayRef, row: usize) -> Result<Cell, CorpusRowError> {
    let (array, row) = match resolve(array, row) {
        Some(value) => value,
        None => return Ok(Cell::Null),
    };
    if is_nested(array.data_type()) {
        return json::text(array, row).map(Cell::Json);
    }
    match text(array, row) {
        Some(text) => bounded(text),
        None => Ok(scalar(array, row)),
    }
}

/// Returns the value in a row of a column of text as a cell. Its array may contain bytes.
pub(super) fn text_cell(
    column: &str,
    array: &ArrayRef,
    row: usize,
) -> Result<Cell, CorpusRowError> {
    let Some((array, row)) = resolve(array, row) else {
        return Ok(Cell::Null);
    };
    match text(array, row) {
        Some(text) => bounded(text),
        None => Err(CorpusRowError::InvalidUtf8InColumn {
            column: column.to_owned(),
        }),
    }
}

fn bounded(text: &str) -> Result<Cell, CorpusRowError> {
    match text.len() > MAX_ROW_BYTES {
        true => Err(CorpusRowError::TooLong),
        false => Ok(Cell::Text(text.to_owned())),
    }
}

/// Returns whether the values of a type are text, which may be in a dictionary.
pub(super) fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_text(values),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        _ => false,
    }
}

/// Follows dictionary keys and run ends to the array and index of a value; `None` if it is null.
pub(super) fn resolve(array: &ArrayRef, row: usize) -> Option<(&ArrayRef, usize)> {
    if array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::Null => None,
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let key = integer(dictionary.keys(), row)?;
            resolve(dictionary.values(), usize::try_from(key).ok()?)
        }
        DataType::RunEndEncoded(ends, _) => {
            let (values, index) = match ends.data_type() {
                DataType::Int16 => {
                    let runs = array.as_run::<Int16Type>();
                    (runs.values(), runs.get_physical_index(row))
                }
                DataType::Int32 => {
                    let runs = array.as_run::<Int32Type>();
                    (runs.values(), runs.get_physical_index(row))
                }
                _ => {
                    let runs = array.as_run::<Int64Type>();
                    (runs.values(), runs.get_physical_index(row))
                }
            };
            resolve(values, index)
        }
        _ => Some((array, row)),
    }
}

/// Returns the text of a string.
pub(super) fn text(array: &ArrayRef, row: usize) -> Option<&str> {
    match array.data_type() {
        DataType::Utf8 => Some(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => Some(array.as_string::<i64>().value(row)),
        DataType::Utf8View => Some(array.as_string_view().value(row)),
        _ => std::str::from_utf8(binary(array, row)?).ok(),
    }
}

fn binary(array: &ArrayRef, row: usize) -> Option<&[u8]> {
    match array.data_type() {
        DataType::Binary => Some(array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => Some(array.as_binary::<i64>().value(row)),
        DataType::BinaryView => Some(array.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => Some(array.as_fixed_size_binary().value(row)),
        _ => None,
    }
}

fn integer(array: &dyn Array, row: usize) -> Option<i128> {
    Some(match array.data_type() {
        DataType::Int8 => array.as_primitive::<Int8Type>().value(row).into(),
        DataType::Int16 => array.as_primitive::<Int16Type>().value(row).into(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).into(),
        DataType::UInt8 => array.as_primitive::<UInt8Type>().value(row).into(),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().value(row).into(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).into(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).into(),
        _ => return None,
    })
}

/// Returns the value of a type that is neither text nor nested.
pub(super) fn scalar(array: &ArrayRef, row: usize) -> Cell {
    if let Some(integer) = integer(array, row) {
        return match i64::try_from(integer) {
            Ok(integer) => Cell::Integer(integer),
            Err(_) => Cell::Text(integer.to_string()),
        };
    }
    match array.data_type() {
        DataType::Boolean => Cell::Boolean(array.as_boolean().value(row)),
        DataType::Float16 => Cell::Float(array.as_primitive::<Float16Type>().value(row).into()),
        DataType::Float32 => Cell::Float(array.as_primitive::<Float32Type>().value(row).into()),
        DataType::Float64 => Cell::Float(array.as_primitive::<Float64Type>().value(row)),
        _ => Cell::Text(match binary(array, row) {
            Some(bytes) => hexadecimal(bytes),
            None => decimal(array, row)
                .or_else(|| date_or_time(array, row))
                .unwrap_or_else(|| elapsed(array, row)),
        }),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn decimal(array: &ArrayRef, row: usize) -> Option<String> {
    Some(match array.data_type() {
        DataType::Decimal32(..) => array.as_primitive::<Decimal32Type>().value_as_string(row),
        DataType::Decimal64(..) => array.as_primitive::<Decimal64Type>().value_as_string(row),
        DataType::Decimal128(..) => array.as_primitive::<Decimal128Type>().value_as_string(row),
        DataType::Decimal256(..) => array.as_primitive::<Decimal256Type>().value_as_string(row),
        _ => return None,
    })
}

/// Returns a date, a time of day or a timestamp in ISO 8601; one that the calendar lacks as its number.
fn date_or_time(array: &ArrayRef, row: usize) -> Option<String> {
    let (number, text) = match array.data_type() {
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>().value(row);
            let date = temporal::date32_to_datetime(days).map(|date| date.date().to_string());
            (days.into(), date)
        }
        DataType::Date64 => {
            let millis = array.as_primitive::<Date64Type>().value(row);
            let date = temporal::date64_to_datetime(millis).map(|date| date.date().to_string());
            (millis, date)
        }
        DataType::Time32(TimeUnit::Second) => {
            let time = array.as_primitive::<Time32SecondType>().value(row);
            let text = temporal::time32s_to_time(time).map(|time| time.to_string());
            (time.into(), text)
        }
        DataType::Time32(_) => {
            let time = array.as_primitive::<Time32MillisecondType>().value(row);
            let text = temporal::time32ms_to_time(time).map(|time| time.to_string());
            (time.into(), text)
        }
        DataType::Time64(TimeUnit::Microsecond) => {
            let time = array.as_primitive::<Time64MicrosecondType>().value(row);
            let text = temporal::time64us_to_time(time).map(|time| time.to_string());
            (time, text)
        }
        DataType::Time64(_) => {
            let time = array.as_primitive::<Time64NanosecondType>().value(row);
            let text = temporal::time64ns_to_time(time).map(|time| time.to_string());
            (time, text)
        }
        DataType::Timestamp(unit, zone) => {
            let (number, time) = timestamp(array, row, *unit);
            let suffix = if zone.is_some() { "Z" } else { "" };
            // Debug formatting has the `T` of ISO 8601 between date and time.
            (number, time.map(|time| format!("{time:?}{suffix}")))
        }
        _ => return None,
    };
    Some(text.unwrap_or_else(|| number.to_string()))
}

fn timestamp(array: &ArrayRef, row: usize, unit: TimeUnit) -> (i64, Option<impl std::fmt::Debug>) {
    let (number, convert): (i64, fn(i64) -> _) = match unit {
        TimeUnit::Second => (
            array.as_primitive::<TimestampSecondType>().value(row),
            temporal::timestamp_s_to_datetime,
        ),
        TimeUnit::Millisecond => (
            array.as_primitive::<TimestampMillisecondType>().value(row),
            temporal::timestamp_ms_to_datetime,
        ),
        TimeUnit::Microsecond => (
            array.as_primitive::<TimestampMicrosecondType>().value(row),
            temporal::timestamp_us_to_datetime,
        ),
        TimeUnit::Nanosecond => (
            array.as_primitive::<TimestampNanosecondType>().value(row),
            temporal::timestamp_ns_to_datetime,
        ),
    };
    (number, convert(number))
}

/// Returns a duration in seconds as in ISO 8601, such as `PT1.5S`, or an interval as Arrow prints it.
fn elapsed(array: &ArrayRef, row: usize) -> String {
    let (number, digits) = match array.data_type() {
        DataType::Duration(TimeUnit::Second) => {
            (array.as_primitive::<DurationSecondType>().value(row), 0)
        }
        DataType::Duration(TimeUnit::Millisecond) => (
            array.as_primitive::<DurationMillisecondType>().value(row),
            3,
        ),
        DataType::Duration(TimeUnit::Microsecond) => (
            array.as_primitive::<DurationMicrosecondType>().value(row),
            6,
        ),
        DataType::Duration(TimeUnit::Nanosecond) => {
            (array.as_primitive::<DurationNanosecondType>().value(row), 9)
        }
        DataType::Interval(IntervalUnit::YearMonth) => {
            return format!(
                "P{}M",
                array.as_primitive::<IntervalYearMonthType>().value(row)
            );
        }
        DataType::Interval(IntervalUnit::DayTime) => {
            let interval = array.as_primitive::<IntervalDayTimeType>().value(row);
            let seconds = seconds(interval.milliseconds.into(), 3);
            return format!("P{}DT{seconds}S", interval.days);
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let interval = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            let seconds = seconds(interval.nanoseconds, 9);
            return format!("P{}M{}DT{seconds}S", interval.months, interval.days);
        }
        // Every other type has a case in the functions above.
        other => return other.to_string(),
    };
    format!("PT{}S", seconds(number, digits))
}

/// Returns a number of 10^-`digits` seconds as decimal seconds.
fn seconds(number: i64, digits: usize) -> String {
    let unit = 10_u64.pow(digits as u32);
    let sign = if number < 0 { "-" } else { "" };
    let (whole, part) = (number.unsigned_abs() / unit, number.unsigned_abs() % unit);
    if part == 0 {
        return format!("{sign}{whole}");
    }
    let part = format!("{part:0digits$}");
    format!("{sign}{whole}.{}", part.trim_end_matches('0'))
}
