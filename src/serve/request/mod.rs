//! The bodies of requests: the texts in TensorFlow Serving's JSON, bounded while they are read.
//!
//! | verb | body |
//! | --- | --- |
//! | predict, rows | `{"instances": ["text", {"text": "text"}, {"b64": "dGV4dA=="}]}` |
//! | predict, columns | `{"inputs": ["text"]}` or `{"inputs": {"text": ["text"]}}` |
//! | classify | `{"examples": [{"text": "text"}]}`, the text alone or in a list |
//! | explain | `{"instances": […], "method": "gradient", "features": 10, "positions": false}` |
//!
//! Each may have a `signature_name`. Other fields are ignored, as TensorFlow Serving does.

mod text;

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::Limits;
use super::path::Verb;
use super::refusal::Refusal;
use crate::explain::{Method, Request as ExplanationRequest};
use text::TextList;

/// The signature that every model has.
pub const SIGNATURE: &str = "serving_default";
/// The one input.
pub const INPUT: &str = "text";

/// Characters of a parser's message that a client is told: it may quote what was sent.
const MESSAGE_CHARACTERS: usize = 300;

/// The most words that are given of a text that is explained.
const MOST_FEATURES: usize = 1_000;

/// A request's texts.
#[derive(Debug, PartialEq, Eq)]
pub struct Texts {
    pub texts: Vec<String>,
    pub form: Form,
    /// How they are explained, where that is what is asked.
    pub explanation: ExplanationRequest,
}

/// How the texts were sent, and how the answer goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A value for each text.
    Rows,
    /// A list for each field.
    Columns,
    /// Feature maps.
    Examples,
}

impl Form {
    /// The field that holds the texts.
    fn field(self) -> &'static str {
        match self {
            Self::Rows => "instances",
            Self::Columns => "inputs",
            Self::Examples => "examples",
        }
    }
}

impl Texts {
    /// Reads a body.
    pub fn parse(body: &[u8], verb: Verb, limits: &Limits) -> Result<Self, Refusal> {
        let mut json = serde_json::Deserializer::from_slice(body);
        let read = Body { verb, limits }.deserialize(&mut json);
        let whole = read.and_then(|texts| json.end().map(|()| texts));
        whole.map_err(|error| {
            let kind = if error.is_data() {
                ""
            } else {
                "JSON Parse error: "
            };
            let message = error.to_string();
            Refusal::invalid(
                kind.chars()
                    .chain(message.chars())
                    .take(MESSAGE_CHARACTERS)
                    .collect::<String>(),
            )
        })
    }
}

/// Reads the object that is a body.
struct Body<'l> {
    verb: Verb,
    limits: &'l Limits,
}

impl Body<'_> {
    /// The form that a field's texts have, if the field is one for texts.
    fn form(&self, field: &str) -> Option<Form> {
        let forms: &[Form] = match self.verb {
            Verb::Predict => &[Form::Rows, Form::Columns],
            Verb::Explain => &[Form::Rows],
            Verb::Classify | Verb::Regress => &[Form::Examples],
        };
        forms.iter().copied().find(|form| form.field() == field)
    }

    fn missing(&self) -> &'static str {
        match self.verb {
            Verb::Predict => "Missing 'inputs' or 'instances' key",
            Verb::Explain => "Missing 'instances' key",
            Verb::Classify | Verb::Regress => "Missing 'examples' key",
        }
    }
}

impl<'de> DeserializeSeed<'de> for Body<'_> {
    type Value = Texts;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Texts, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Body<'_> {
    type Value = Texts;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(match self.verb {
            Verb::Predict | Verb::Explain => r#"an object like {"instances": ["a text"]}"#,
            Verb::Classify | Verb::Regress => {
                r#"an object like {"examples": [{"text": "a text"}]}"#
            }
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
        let mut read: Option<(Vec<String>, Form)> = None;
        // It is the same every time, and takes no longer for a text that is hard to explain.
        let mut explanation = ExplanationRequest {
            method: Method::Gradient { steps: None },
            ..ExplanationRequest::default()
        };
        while let Some(key) = map.next_key::<String>()? {
            if key == "signature_name" {
                check_signature(&map.next_value::<String>()?)?;
            } else if self.verb == Verb::Explain && key == "method" {
                let name = map.next_value::<String>()?;
                explanation.method = name.parse().map_err(A::Error::custom)?;
            } else if self.verb == Verb::Explain && key == "features" {
                explanation.words = map.next_value::<usize>()?.min(MOST_FEATURES);
            } else if self.verb == Verb::Explain && key == "positions" {
                explanation.by_position = map.next_value()?;
            } else if let Some(form) = self.form(&key) {
                if read.is_some() {
                    return Err(A::Error::custom(
                        "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist",
                    ));
                }
                let limits = self.limits;
                let texts = map.next_value_seed(TextList { form, limits })?;
                read = Some((texts, form));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        let (texts, form) = read.ok_or_else(|| A::Error::custom(self.missing()))?;
        if texts.is_empty() {
            let field = form.field();
            return Err(A::Error::custom(format!("No values in '{field}' array")));
        }
        Ok(Texts {
            texts,
            form,
            explanation,
        })
    }
}

fn check_signature<E: Error>(name: &str) -> Result<(), E> {
    if name.is_empty() || name == SIGNATURE {
        return Ok(());
    }
    Err(E::custom(format!(
        "Serving signature name: {name:?} not found in signature def"
    )))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use super::*;

    fn parse(body: &[u8], verb: Verb) -> Result<Texts, String> {
        let limits = Limits {
            max_instances: 3,
            max_characters: 5,
            ..Limits::default()
        };
        Texts::parse(body, verb, &limits).map_err(|refusal| format!("{refusal:?}"))
    }

    fn texts(body: &str, verb: Verb) -> Vec<String> {
        parse(body.as_bytes(), verb).unwrap().texts
    }

    #[test]
    fn every_documented_shape_is_read() {
        for body in [
            r#"{"instances": ["good", "bad"]}"#,
            r#"{"instances": [{"text": "good"}, {"text": "bad"}]}"#,
            r#"{"instances": [{"b64": "Z29vZA=="}, {"text": {"b64": "YmFk"}}]}"#,
            r#"{"inputs": ["good", "bad"], "signature_name": "serving_default"}"#,
            r#"{"signature_name": "", "inputs": {"text": ["good", "bad"]}, "more": [[{}]]}"#,
        ] {
            assert_eq!(texts(body, Verb::Predict), ["good", "bad"], "{body}");
        }
        let body = r#"{"examples": [{"text": "good", "stars": 5}, {"text": ["bad"]}]}"#;
        assert_eq!(texts(body, Verb::Classify), ["good", "bad"]);
        let body =
            br#"{"method": "lime", "features": 3, "positions": true, "instances": ["good"]}"#;
        let Texts { explanation, .. } = parse(body, Verb::Explain).unwrap();
        assert!(matches!(explanation.method, Method::Lime { .. }));
        assert_eq!((explanation.words, explanation.by_position), (3, true));
    }

    #[test]
    fn what_cannot_be_answered_is_refused_with_a_reason() {
        for (body, reason) in [
            (&b""[..], "JSON Parse error: EOF"),
            (b"[]", "an object like"),
            (b"{}", "Missing 'inputs' or 'instances' key"),
            (br#"{"instances": []}"#, "No values in 'instances' array"),
            (br#"{"instances": ["a"], "inputs": ["b"]}"#, "only one of"),
            (br#"{"instances": "good"}"#, "expected a list of texts"),
            (
                br#"{"instances": ["a", 3]}"#,
                "expected a text as element 1 of 'instances'",
            ),
            (br#"{"instances": [["a"]]}"#, "expected a text as element 0"),
            (
                br#"{"instances": [{"body": "a"}]}"#,
                "keys must be equal to: text",
            ),
            (br#"{"instances": [{}]}"#, "keys must be equal to: text"),
            (br#"{"instances": [{"b64": "?"}]}"#, "base64"),
            (br#"{"instances": [{"b64": "/w=="}]}"#, "UTF-8"),
            (
                br#"{"instances": ["toolong"]}"#,
                "Element 0 has more than 5 characters",
            ),
            (br#"{"instances": ["", "", "", ""]}"#, "more than 3 texts"),
            (
                br#"{"inputs": {"body": ["a"]}}"#,
                "Missing named input: text in 'inputs' object.",
            ),
            (br#"{"instances": ["a"]} x"#, "trailing characters"),
            (
                b"{\"instances\": [\"\xff\"]}",
                "JSON Parse error: invalid unicode",
            ),
            (b"{\"instances\": [\"\0\"]}", "control character"),
            (br#"{"instances": ["\ud800"]}"#, "hex escape"),
            (
                br#"{"signature_name": "other", "instances": ["a"]}"#,
                "not found in signature def",
            ),
        ] {
            let refused = parse(body, Verb::Predict).unwrap_err();
            assert!(refused.contains(reason), "{refused} for {reason}");
        }
        let refused =
            parse(br#"{"instances": ["a"], "method": "tea"}"#, Verb::Explain).unwrap_err();
        assert!(refused.contains("lime, gradient or attention"), "{refused}");
        let refused = parse(br#"{"examples": [{"stars": 5}]}"#, Verb::Classify).unwrap_err();
        assert!(refused.contains("keys must be equal to: text"), "{refused}");
    }

    #[test]
    fn characters_are_counted_not_bytes() {
        assert_eq!(
            texts(r#"{"instances": ["ïïïïï"]}"#, Verb::Predict),
            ["ïïïïï"]
        );
    }

    const OPEN: &[&str] = &[
        "",
        "{",
        r#"{"instances": ["#,
        r#"{"inputs": ["#,
        r#"{"signature_name": "", "inputs": {"text": ["#,
        r#"{"examples": ["#,
    ];
    const VALUES: &[&str] = &[
        r#""good""#,
        r#""\u00ef\ud83d\ude00""#,
        r#""\ud83d""#,
        r#"{"text": "bad"}"#,
        r#"{"text": ["bad"]}"#,
        r#"{"b64": "Z29vZA=="}"#,
        r#"{"text": {"b64": "/w=="}}"#,
        r#""instances": ["a"]"#,
        r#""signature_name": "serving_default""#,
        "[[]]",
        "1e999",
        "null",
    ];
    const CLOSE: &[&str] = &["", "}", "]}", "]}}"];

    proptest! {
        /// Whatever comes of what was put together of pieces, broken and cut, it is an answer and within the limits.
        #[test]
        fn nothing_that_is_sent_breaks_the_parser(
            open in select(OPEN),
            values in vec(select(VALUES), 0..5),
            close in select(CLOSE),
            noise in vec(any::<u8>(), 0..2),
            place in any::<Index>(),
            cut in any::<Index>(),
        ) {
            let mut body = [open, &values.join(","), close].concat().into_bytes();
            let place = place.index(body.len() + 1);
            body.splice(place..place, noise);
            body.truncate(cut.index(4 * body.len() + 1));
            for verb in [Verb::Predict, Verb::Classify, Verb::Explain] {
                if let Ok(Texts { texts, .. }) = parse(&body, verb) {
                    prop_assert!((1..=3).contains(&texts.len()));
                    prop_assert!(texts.iter().all(|text| text.chars().count() <= 5));
                }
            }
        }
    }

    #[test]
    fn depth_and_length_of_messages_have_an_end() {
        let deep = [br#"{"instances": "#.to_vec(), vec![b'['; 1_000_000]].concat();
        assert!(parse(&deep, Verb::Predict).is_err());
        let ignored = [br#"{"other": "#.to_vec(), vec![b'['; 1_000_000]].concat();
        assert!(parse(&ignored, Verb::Predict).is_err());
        let quoted = format!(r#"{{"instances": "{}"}}"#, "a".repeat(100_000));
        assert!(parse(quoted.as_bytes(), Verb::Predict).unwrap_err().len() < 500);
    }
}
