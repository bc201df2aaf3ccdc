//! Layouts of pandas' `DataFrame.to_json` that do not have one object per row.

use serde_json::{Map, Value};

use super::values::{Layout, Search};

/// The maximum number of bytes of the start that are parsed.
const MAX_START_BYTES: usize = 1 << 16;

/// Returns the value of pandas' `orient` that the start of a file shows, if it is not `records`.
pub(super) fn of(start: &[u8]) -> Option<&'static str> {
    let start = start.trim_ascii_start();
    let compact: Vec<u8> = start
        .iter()
        .take(MAX_START_BYTES)
        .filter(|byte| !byte.is_ascii_whitespace())
        .copied()
        .collect();
    let starts_with = |parts: &[&[u8]]| parts.iter().any(|part| compact.starts_with(part));
    if starts_with(&[b"[["]) {
        return Some("values");
    }
    if starts_with(&[b"{\"schema\":{\"fields\":["]) {
        return Some("table");
    }
    if starts_with(&[b"{\"columns\":[", b"{\"index\":["]) && has_rows(&compact) {
        return Some("split");
    }
    let (outer, inner) = first_keys(&compact)?;
    let is_number = |key: &str| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
    if !(is_number(outer) || is_number(inner)) || !has_only_objects(start) {
        return None;
    }
    Some(if is_number(outer) { "index" } else { "columns" })
}

/// Returns whether the value has a field `data` with a list of lists.
fn has_rows(compact: &[u8]) -> bool {
    memchr::memmem::find(compact, b"\"data\":[[").is_some()
}

/// Returns the first key of an object and the first key of its value, if that is an object too.
fn first_keys(compact: &[u8]) -> Option<(&str, &str)> {
    let key = |bytes: &'_ [u8]| -> Option<usize> {
        let rest = bytes.strip_prefix(b"{\"")?;
        memchr::memchr(b'"', rest)
    };
    let length = key(compact)?;
    let outer = compact.get(2..2 + length)?;
    let value = compact.get(2 + length..)?.strip_prefix(b"\":")?;
    let inner = value.get(2..2 + key(value)?)?;
    Some((str::from_utf8(outer).ok()?, str::from_utf8(inner).ok()?))
}

/// Returns whether every value of the first object is an object, or whether the object is longer than the start.
fn has_only_objects(start: &[u8]) -> bool {
    let Search::Found(span) = Layout::Values.find(start, false) else {
        return true;
    };
    let object: Option<Map<String, Value>> = serde_json::from_slice(&start[span]).ok();
    object.is_some_and(|object| object.values().all(Value::is_object))
}
