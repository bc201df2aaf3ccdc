//! Parses lists of texts, and the formats of a single text.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::form::{Form, INPUT};
use crate::serve::settings::Limits;

/// Parses the value of the texts' field.
#[derive(Clone, Copy)]
pub struct TextList<'l> {
    pub form: Form,
    pub limits: &'l Limits,
}

impl<'de> DeserializeSeed<'de> for TextList<'_> {
    type Value = Vec<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for TextList<'_> {
    type Value = Vec<String>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "a list of texts in '{}'", self.form.field())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        let text = |element| OneText {
            element,
            list: self,
            is_within: false,
        };
        while let Some(text) = seq.next_element_seed(text(texts.len()))? {
            if texts.len() == self.limits.max_instances {
                return Err(A::Error::custom(format!(
                    "'{}' has more than {} texts",
                    self.form.field(),
                    self.limits.max_instances
                )));
            }
            texts.push(text);
        }
        Ok(texts)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        if self.form != Form::Columns {
            return Err(A::Error::custom(format!(
                "Expecting '{}' to be a list of texts",
                self.form.field()
            )));
        }
        let mut texts = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                INPUT => texts = Some(map.next_value_seed(self)?),
                _ => map.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        texts.ok_or_else(|| A::Error::custom("Missing named input: text in 'inputs' object."))
    }
}

/// Parses one text: a string, `{"b64": …}`, or an object with the field `text`.
#[derive(Clone, Copy)]
struct OneText<'l> {
    element: usize,
    list: TextList<'l>,
    /// Whether it is the value of a `text` field, which must not contain another `text` field.
    is_within: bool,
}

impl OneText<'_> {
    fn check<E: Error>(&self, text: String) -> Result<String, E> {
        let most = self.list.limits.max_characters;
        // A text has at most as many characters as bytes, so short texts need no counting.
        if text.len() > most && text.chars().count() > most {
            let element = self.element;
            return Err(E::custom(format!(
                "Element {element} has more than {most} characters"
            )));
        }
        Ok(text)
    }

    fn decode<E: Error>(&self, encoded: &str) -> Result<String, E> {
        let element = self.element;
        let bytes = STANDARD
            .decode(encoded)
            .map_err(|_| E::custom(format!("Element {element} is not valid base64")))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| E::custom(format!("Element {element} is not UTF-8")))?;
        self.check(text)
    }

    fn wrong_keys<E: Error>(&self) -> E {
        E::custom(format!(
            "Failed to process element: {} of '{}' list. Its keys must be equal to: {INPUT}",
            self.element,
            self.list.form.field()
        ))
    }
}

impl<'de> DeserializeSeed<'de> for OneText<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OneText<'_> {
    type Value = String;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let field = self.list.form.field();
        write!(formatter, "a text as element {} of '{field}'", self.element)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        self.check(text.to_owned())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<String, E> {
        self.check(text)
    }

    /// Parses an example's feature, which may be a list with one value.
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<String, A::Error> {
        let wrong = || A::Error::invalid_type(serde::de::Unexpected::Seq, &self);
        if self.list.form != Form::Examples {
            return Err(wrong());
        }
        let text = seq.next_element::<String>()?.ok_or_else(wrong)?;
        match seq.next_element::<IgnoredAny>()? {
            None => self.check(text),
            Some(_) => Err(wrong()),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<String, A::Error> {
        let mut text = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                INPUT if !self.is_within => {
                    let within = OneText {
                        is_within: true,
                        ..self
                    };
                    text = Some(map.next_value_seed(within)?);
                }
                "b64" => text = Some(self.decode(&map.next_value::<String>()?)?),
                _ if self.list.form == Form::Examples && !self.is_within => {
                    map.next_value::<IgnoredAny>()?;
                }
                _ => return Err(self.wrong_keys()),
            }
        }
        text.ok_or_else(|| self.wrong_keys())
    }
}
