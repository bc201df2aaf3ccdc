//! JSON Lines: one object per line. Two fields are read; the parser skips the others without storing them.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

use super::CorpusRowError;
use super::lines::ParsedLine;

/// The maximum length of serde's message, which may quote the whole row.
const MAX_MESSAGE_CHARACTERS: usize = 120;

/// Parses a line. Blank lines contain no row.
pub(super) fn parse(line: &str, text_field: &str, label_field: &str) -> ParsedLine {
    if line.trim().is_empty() {
        return Ok(None);
    }
    let fields = TextAndLabelFields {
        text: text_field,
        label: label_field,
    };
    let mut deserializer = serde_json::Deserializer::from_str(line);
    let (text, label) = fields
        .deserialize(&mut deserializer)
        .and_then(|fields| deserializer.end().map(|()| fields))
        .map_err(|error| CorpusRowError::Json(message(&error)))?;
    let wrong_type = |field: &str, expected| CorpusRowError::FieldType {
        field: field.to_owned(),
        expected,
    };
    let text = match text {
        Scalar::String(text) => text,
        Scalar::Null => return Err(CorpusRowError::MissingField(text_field.to_owned())),
        _ => return Err(wrong_type(text_field, "a string")),
    };
    let label = match label {
        Scalar::String(label) | Scalar::Literal(label) => Some(label),
        Scalar::Null => None,
        Scalar::Compound => {
            return Err(wrong_type(label_field, "a string, number or boolean"));
        }
    };
    Ok(Some((text, label)))
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

/// Reads the text and the label of an object. Absent fields are null; of duplicate fields the last counts.
struct TextAndLabelFields<'a> {
    text: &'a str,
    label: &'a str,
}

impl<'de> DeserializeSeed<'de> for TextAndLabelFields<'_> {
    type Value = (Scalar, Scalar);

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for TextAndLabelFields<'_> {
    type Value = (Scalar, Scalar);

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let (mut text, mut label) = (Scalar::Null, Scalar::Null);
        while let Some(key) = object.next_key::<String>()? {
            if key == self.text {
                text = object.next_value()?;
            } else if key == self.label {
                label = object.next_value()?;
            } else {
                object.next_value::<IgnoredAny>()?;
            }
        }
        Ok((text, label))
    }
}

/// A JSON value, reduced to the cases that matter for a text or a label.
enum Scalar {
    Null,
    String(String),
    /// A number or boolean, as text.
    Literal(String),
    Compound,
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Scalar, E> {
        Ok(Scalar::Null)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::String(value.to_owned()))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Literal(value.to_string()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Literal(value.to_string()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar::Literal(value.to_string()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar::Literal(format!("{value:?}")))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Scalar, A::Error> {
        while array.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Compound)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Scalar, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Compound)
    }
}
