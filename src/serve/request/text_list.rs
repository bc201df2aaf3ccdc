//! Parses lists of texts, and the formats of a single text.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{
    DeserializeSeed, Deserializer, Error, Expected, IgnoredAny, MapAccess, SeqAccess, Unexpected,
    Visitor,
};

use super::form::{Form, INPUT};
use super::location::{Location, Reached};
use crate::serve::settings::Limits;

/// Parses the value of the texts' field.
#[derive(Clone, Copy)]
pub struct TextList<'l> {
    pub form: Form,
    /// Whether it is the value of a column's name.
    pub is_named: bool,
    pub limits: &'l Limits,
    pub reached: &'l Reached,
}

impl TextList<'_> {
    fn location(&self) -> Location {
        Location {
            is_named: self.is_named,
            ..Location::of_field(self.form.field())
        }
    }
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
        formatter.write_str("a list of texts")?;
        if self.form == Form::Columns && !self.is_named {
            write!(formatter, " or an object with \"{INPUT}\"")?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        let text = |element| {
            let element = Some(element);
            let location = Location {
                element,
                ..self.location()
            };
            let text = OneText {
                list: self,
                location,
            };
            self.reached.at(location, text)
        };
        while let Some(text) = seq.next_element_seed(text(texts.len()))? {
            let most = self.limits.max_instances;
            if texts.len() == most {
                return Err(A::Error::custom(format!("more than {most} texts")));
            }
            texts.push(text);
        }
        Ok(texts)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        if self.form != Form::Columns || self.is_named {
            return Err(A::Error::invalid_type(Unexpected::Map, &self));
        }
        let mut texts = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                INPUT => {
                    let named = Self {
                        is_named: true,
                        ..self
                    };
                    let located = self.reached.at(named.location(), named);
                    texts = Some(map.next_value_seed(located)?);
                }
                _ => map.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        texts.ok_or_else(|| A::Error::custom("Missing named input: text in 'inputs' object."))
    }
}

/// Parses one text: a string, `{"b64": …}`, or an object with the field `text`.
#[derive(Clone, Copy)]
struct OneText<'l> {
    list: TextList<'l>,
    location: Location,
}

impl OneText<'_> {
    fn check<E: Error>(&self, text: String) -> Result<String, E> {
        let most = self.list.limits.max_characters;
        // A text has at most as many characters as bytes, so short texts need no counting.
        if text.len() > most && text.chars().count() > most {
            return Err(E::custom(format!("more than {most} characters")));
        }
        Ok(text)
    }

    fn decode<E: Error>(&self, encoded: &str) -> Result<String, E> {
        let bytes = STANDARD.decode(encoded);
        let bytes = bytes.map_err(|error| E::custom(format!("invalid base64: {error}")))?;
        let text = String::from_utf8(bytes);
        self.check(text.map_err(|error| E::custom(format!("not UTF-8: {error}")))?)
    }

    fn wrong_keys<E: Error>(&self) -> E {
        let expected: &dyn Expected = self;
        E::custom(format!("expected {expected}"))
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
        formatter.write_str(match (self.list.form, self.location.is_within) {
            (_, false) => r#"a string or an object with "text" or "b64""#,
            (Form::Examples, true) => r#"a string, an object with "b64", or a list of one string"#,
            (_, true) => r#"a string or an object with "b64""#,
        })
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        self.check(text.to_owned())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<String, E> {
        self.check(text)
    }

    /// Parses an example's feature, which may be a list with one value.
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<String, A::Error> {
        let wrong = || A::Error::invalid_type(Unexpected::Seq, &self);
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
                INPUT if !self.location.is_within => {
                    let location = Location {
                        is_within: true,
                        ..self.location
                    };
                    let within = OneText { location, ..self };
                    let located = self.list.reached.at(location, within);
                    text = Some(map.next_value_seed(located)?);
                }
                "b64" => text = Some(self.decode(&map.next_value::<String>()?)?),
                _ if self.list.form == Form::Examples && !self.location.is_within => {
                    map.next_value::<IgnoredAny>()?;
                }
                _ => return Err(self.wrong_keys()),
            }
        }
        text.ok_or_else(|| self.wrong_keys())
    }
}
