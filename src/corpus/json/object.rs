//! Parses one JSON object. The wanted fields are read; the parser skips the others without storing them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::corpus::{Cell, CorpusRowError};
use crate::surrogates::replace_half_pairs;

/// The maximum length of serde's message, which may quote the whole row.
const MAX_MESSAGE_CHARACTERS: usize = 120;

/// The fields to read, and the indices of their cells.
#[derive(Debug, Default)]
pub(super) struct Fields {
    cells: usize,
    /// A field may be wanted twice: as the text, and as a column to keep.
    indices: HashMap<String, Vec<usize>>,
}

impl Fields {
    /// Reads the fields of these names.
    pub(super) fn of(names: impl Iterator<Item = String>) -> Self {
        let mut fields = Self::default();
        for name in names {
            fields.indices.entry(name).or_default().push(fields.cells);
            fields.cells += 1;
        }
        fields
    }
}

/// The wanted fields of an object.
#[derive(Debug)]
pub(super) struct Object {
    /// The values of the wanted fields; absent fields are [`Cell::Null`].
    pub(super) cells: Vec<Cell>,
    /// Whether the object has fields that are not wanted.
    pub(super) has_other_fields: bool,
}

/// Parses an object. Of duplicate fields the last counts.
pub(super) fn parse(value: &str, fields: &Fields) -> Result<Object, CorpusRowError> {
    let mut deserializer = serde_json::Deserializer::from_str(value);
    fields
        .deserialize(&mut deserializer)
        .and_then(|object| deserializer.end().map(|()| object))
        .map_err(|error| CorpusRowError::Json(message(&error)))
}

/// Returns the names of the fields of an object, in order; `None` if the value is not an object.
pub(super) fn field_names(value: &str) -> Option<Vec<String>> {
    let repaired = without_half_pairs(value);
    let value = repaired.as_deref().unwrap_or(value);
    let object: Map<String, Value> = serde_json::from_str(value).ok()?;
    Some(object.into_iter().map(|(name, _)| name).collect())
}

/// Returns serde's message with the column. Its "at line 1" is removed: it counts within the row, not
/// the file.
fn message(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    let message = message.strip_suffix(&position).unwrap_or(&message);
    let short: String = message.chars().take(MAX_MESSAGE_CHARACTERS).collect();
    format!("{short} at column {}", error.column())
}

/// Returns the value with `\ufffd` in the place of each half surrogate pair; `None` if there is none.
pub(super) fn without_half_pairs(value: &str) -> Option<String> {
    let mut json = value.as_bytes().to_vec();
    let is_changed = replace_half_pairs(&mut json);
    // Escapes are ASCII, so the text stays UTF-8.
    is_changed.then(|| String::from_utf8(json).ok())?
}

impl<'de> DeserializeSeed<'de> for &Fields {
    type Value = Object;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Object, D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &Fields {
    type Value = Object;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Object, A::Error> {
        let mut cells = vec![Cell::Null; self.cells];
        let mut has_other_fields = false;
        while let Some(key) = object.next_key::<Cow<'_, str>>()? {
            let Some((last, others)) = self.indices.get(&*key).and_then(|i| i.split_last()) else {
                object.next_value::<IgnoredAny>()?;
                has_other_fields = true;
                continue;
            };
            let AnyCell(cell) = object.next_value()?;
            for &other in others {
                cells[other].clone_from(&cell);
            }
            cells[*last] = cell;
        }
        Ok(Object {
            cells,
            has_other_fields,
        })
    }
}

/// Any JSON value as a cell.
struct AnyCell(Cell);

impl<'de> Deserialize<'de> for AnyCell {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(CellVisitor).map(Self)
    }
}

struct CellVisitor;

impl<'de> Visitor<'de> for CellVisitor {
    type Value = Cell;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Cell, E> {
        Ok(Cell::Null)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Cell, E> {
        Ok(Cell::Text(value.to_owned()))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Cell, E> {
        Ok(Cell::Boolean(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Cell, E> {
        Ok(Cell::Integer(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Cell, E> {
        Ok(i64::try_from(value).map_or_else(|_| Cell::Text(value.to_string()), Cell::Integer))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Cell, E> {
        Ok(Cell::Float(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Cell, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = array.next_element::<Value>()? {
            values.push(value);
        }
        Ok(Cell::Json(Value::Array(values).to_string()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Cell, A::Error> {
        let mut values = Map::new();
        while let Some((key, value)) = object.next_entry::<String, Value>()? {
            values.insert(key, value);
        }
        Ok(Cell::Json(Value::Object(values).to_string()))
    }
}
