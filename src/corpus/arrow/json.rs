//! Conversion of nested Arrow values to JSON.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

use super::super::MAX_ROW_BYTES;
use super::{Cell, CorpusRowError, cells};

/// Returns a nested value as JSON: lists as arrays, structs and maps as objects, and a union as its value. Values that
/// JSON lacks are the text of [`cells::cell`], and numbers that are not finite are null.
pub(super) fn text(array: &ArrayRef, row: usize) -> Result<String, CorpusRowError> {
    let mut out = String::new();
    write_value(&mut out, array, row)?;
    Ok(out)
}

fn write_value(out: &mut String, array: &ArrayRef, row: usize) -> Result<(), CorpusRowError> {
    let Some((array, row)) = cells::resolve(array, row) else {
        return push(out, "null");
    };
    match array.data_type() {
        DataType::Struct(_) => write_struct(out, array, row),
        DataType::Map(..) => write_map(out, array, row),
        DataType::Union(..) => {
            let union = array.as_union();
            let child = union.child(union.type_id(row));
            write_value(out, child, union.value_offset(row))
        }
        _ => match list(array, row) {
            Some((values, range)) => write_list(out, values, range),
            None => match cells::text(array, row) {
                Some(text) => write_text(out, text),
                None => write_scalar(out, cells::scalar(array, row)),
            },
        },
    }
}

/// Appends to the JSON. A few bytes can describe a list of billions of values, so the length is checked here.
fn push(out: &mut String, part: &str) -> Result<(), CorpusRowError> {
    if part.len() > MAX_ROW_BYTES - out.len() {
        return Err(CorpusRowError::TooLong);
    }
    out.push_str(part);
    Ok(())
}

fn write_text(out: &mut String, text: &str) -> Result<(), CorpusRowError> {
    if text.len() > MAX_ROW_BYTES {
        return Err(CorpusRowError::TooLong);
    }
    push(out, &serde_json::Value::from(text).to_string())
}

fn write_scalar(out: &mut String, cell: Cell) -> Result<(), CorpusRowError> {
    match cell {
        Cell::Text(text) => write_text(out, &text),
        // `Value` has no number for NaN and infinities, so these become null.
        Cell::Float(float) => push(out, &serde_json::Value::from(float).to_string()),
        other => push(out, &other.as_text()),
    }
}

/// Returns the values of a list; `None` if the type is not a list.
fn list(array: &ArrayRef, row: usize) -> Option<(&ArrayRef, Range<usize>)> {
    let range = |start: usize, len: usize| start..start + len;
    match array.data_type() {
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let start = list.value_offsets()[row] as usize;
            Some((list.values(), range(start, list.value_length(row) as usize)))
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            let start = list.value_offsets()[row] as usize;
            Some((list.values(), range(start, list.value_length(row) as usize)))
        }
        DataType::ListView(_) => {
            let list = array.as_list_view::<i32>();
            let start = list.value_offset(row) as usize;
            Some((list.values(), range(start, list.value_size(row) as usize)))
        }
        DataType::LargeListView(_) => {
            let list = array.as_list_view::<i64>();
            let start = list.value_offset(row) as usize;
            Some((list.values(), range(start, list.value_size(row) as usize)))
        }
        DataType::FixedSizeList(..) => {
            let list = array.as_fixed_size_list();
            let start = list.value_offset_at(row);
            Some((list.values(), range(start, list.value_length() as usize)))
        }
        _ => None,
    }
}

fn write_list(
    out: &mut String,
    values: &ArrayRef,
    range: Range<usize>,
) -> Result<(), CorpusRowError> {
    push(out, "[")?;
    for index in range.clone() {
        if index > range.start {
            push(out, ",")?;
        }
        write_value(out, values, index)?;
    }
    push(out, "]")
}

fn write_struct(out: &mut String, array: &ArrayRef, row: usize) -> Result<(), CorpusRowError> {
    let fields = array.as_struct();
    push(out, "{")?;
    for (index, (name, values)) in fields
        .column_names()
        .iter()
        .zip(fields.columns())
        .enumerate()
    {
        if index > 0 {
            push(out, ",")?;
        }
        write_text(out, name)?;
        push(out, ":")?;
        write_value(out, values, row)?;
    }
    push(out, "}")
}

fn write_map(out: &mut String, array: &ArrayRef, row: usize) -> Result<(), CorpusRowError> {
    let map = array.as_map();
    let start = map.value_offsets()[row] as usize;
    push(out, "{")?;
    for index in start..start + map.value_length(row) as usize {
        if index > start {
            push(out, ",")?;
        }
        write_text(out, &cells::cell(map.keys(), index)?.as_text())?;
        push(out, ":")?;
        write_value(out, map.values(), index)?;
    }
    push(out, "}")
}
