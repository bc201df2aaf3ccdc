//! Layouts of pandas' `DataFrame.to_json` that do not have one object per row.

use serde_json::{Map, Value};

use super::MAX_START_BYTES;
use super::values::{Layout, Search};
use crate::corpus::CorpusOptions;
use crate::corpus::columns::is_text_name;

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
    let is_text = |key: &String| is_text_name(key, &CorpusOptions::default());
    let keys = match first_object(start) {
        FirstObject::Whole(object) if object.values().all(Value::is_object) => object,
        FirstObject::Cut => Map::new(),
        FirstObject::Whole(_) | FirstObject::Invalid => return None,
    };
    match (is_number(outer), is_number(inner)) {
        (true, _) => Some("index"),
        (_, true) => Some("columns"),
        _ if keys.len() < 2 || !have_same_keys(&keys) => None,
        _ if keys.keys().any(is_text) => Some("columns"),
        _ => Some("index"),
    }
}

/// Returns whether all values are objects with the same keys.
fn have_same_keys(object: &Map<String, Value>) -> bool {
    let mut keys = object.values().map(|value| {
        value
            .as_object()
            .map(|inner| inner.keys().collect::<Vec<_>>())
    });
    let first = keys.next();
    keys.all(|keys| Some(keys) == first)
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

/// The first object of a file.
enum FirstObject {
    Whole(Map<String, Value>),
    /// It is longer than the start.
    Cut,
    Invalid,
}

fn first_object(start: &[u8]) -> FirstObject {
    let Search::Found(span) = Layout::Values.find(start, false) else {
        return FirstObject::Cut;
    };
    serde_json::from_slice(&start[span]).map_or(FirstObject::Invalid, FirstObject::Whole)
}
