//! Parses request bodies: texts in TensorFlow Serving's JSON. Limits apply during parsing.
//!
//! | verb | body |
//! | --- | --- |
//! | predict, rows | `{"instances": ["text", {"text": "text"}, {"b64": "dGV4dA=="}]}` |
//! | predict, columns | `{"inputs": ["text"]}` or `{"inputs": {"text": ["text"]}}` |
//! | classify | `{"examples": [{"text": "text"}]}`, the text alone or in a list |
//! | explain | `{"instances": […], "method": "gradient", "features": 10, "steps": 64, "positions": false}` |
//!
//! Every body may have a `signature_name`. Other fields are ignored, as TensorFlow Serving does.

pub(super) mod body;
mod body_memory;
mod content_encoding;
mod form;
mod location;
mod text_list;

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::api_error::ApiError;
use super::model_path::{Action, Target, Verb};
use super::settings::Limits;
use crate::explain::{Method, Request as ExplanationRequest};
use crate::surrogates::replace_half_pairs;
pub use body_memory::BodyMemory;
pub use form::{Form, INPUT, SIGNATURE};
use location::{Located, Location, Reached};
use text_list::TextList;

/// Maximum characters of a parser message in a response, since it may quote the body.
const MESSAGE_CHARACTERS: usize = 300;

/// Maximum integration points of integrated gradients.
const MOST_STEPS: usize = 512;

/// Maximum words in an explanation.
const MOST_FEATURES: usize = 1_000;

/// The texts and options of a request.
#[derive(Debug, PartialEq, Eq)]
pub struct Texts {
    pub texts: Vec<String>,
    pub form: Form,
    /// The explanation options, used only by `explain`.
    pub explanation: ExplanationRequest,
}

impl Texts {
    /// Parses a body. An error names the part of the body, such as `instances[17]`.
    pub fn parse(mut body: Vec<u8>, verb: Verb, limits: &Limits) -> Result<Self, ApiError> {
        replace_half_pairs(&mut body);
        let reached = &Reached::default();
        let mut json = serde_json::Deserializer::from_slice(&body);
        let read = Body {
            verb,
            limits,
            reached,
        }
        .deserialize(&mut json);
        let whole = read.and_then(|texts| json.end().map(|()| texts));
        whole.map_err(|error| {
            let kind = if error.is_data() {
                ""
            } else {
                "JSON Parse error: "
            };
            let location = reached.get();
            let location = location.map_or_else(String::new, |location| format!("{location}: "));
            let message = format!("{kind}{location}{error}");
            ApiError::invalid(message.chars().take(MESSAGE_CHARACTERS).collect::<String>())
        })
    }
}

/// Returns the texts of a request, or why it is rejected, as a [`Server`](super::Server) parses it before it reaches a
/// model. `path` is the part after `/v1/models/`.
pub fn read_request(path: &str, body: &[u8], limits: &Limits) -> Result<Vec<String>, String> {
    match Target::parse(path) {
        Ok(Some(Target {
            action: Action::Ask(verb),
            ..
        })) => Texts::parse(body.to_vec(), verb, limits)
            .map(|request| request.texts)
            .map_err(|refusal| refusal.to_string()),
        Ok(_) => Err(format!("{path} accepts no texts")),
        Err(refusal) => Err(refusal.to_string()),
    }
}

/// Parses the JSON object of a body.
struct Body<'l> {
    verb: Verb,
    limits: &'l Limits,
    reached: &'l Reached,
}

impl Body<'_> {
    /// Returns the format of the texts in a field, or `None` if the field has no texts.
    fn form(&self, field: &str) -> Option<Form> {
        let forms: &[Form] = match self.verb {
            Verb::Predict => &[Form::Rows, Form::Columns],
            Verb::Explain => &[Form::Rows],
            Verb::Classify | Verb::Regress => &[Form::Examples],
        };
        forms.iter().copied().find(|form| form.field() == field)
    }

    /// Returns the parser of an option's value.
    fn option<T>(&self, name: &'static str) -> Located<'_, PhantomData<T>> {
        self.reached.at(Location::of_field(name), PhantomData)
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
        // Gradients are deterministic and take no longer for texts that are hard to explain.
        let mut explanation = ExplanationRequest {
            method: Method::Gradient { steps: None },
            ..ExplanationRequest::default()
        };
        let mut steps = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == "signature_name" {
                check_signature(&map.next_value_seed(self.option::<String>("signature_name"))?)?;
            } else if self.verb == Verb::Explain && key == "method" {
                let name = map.next_value_seed(self.option::<String>("method"))?;
                explanation.method = name.parse().map_err(A::Error::custom)?;
            } else if self.verb == Verb::Explain && key == "features" {
                let words: usize = map.next_value_seed(self.option("features"))?;
                explanation.words = words.min(MOST_FEATURES);
            } else if self.verb == Verb::Explain && key == "steps" {
                let most = map.next_value_seed(self.option("steps"))?;
                steps = Some(usize::clamp(most, 1, MOST_STEPS));
            } else if self.verb == Verb::Explain && key == "positions" {
                explanation.by_position = map.next_value_seed(self.option("positions"))?;
            } else if let Some(form) = self.form(&key) {
                if read.is_some() {
                    return Err(A::Error::custom(
                        "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist",
                    ));
                }
                let texts = TextList {
                    form,
                    is_named: false,
                    limits: self.limits,
                    reached: self.reached,
                };
                let texts = self.reached.at(Location::of_field(form.field()), texts);
                read = Some((map.next_value_seed(texts)?, form));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        if let Method::Gradient { steps: chosen } = &mut explanation.method {
            *chosen = steps;
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
mod tests;
