//! Parses the paths below `/v1/models/`, which follow TensorFlow Serving.

use super::api_error::ApiError;
use super::selector::Selector;

/// The model, version and action of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    pub model: &'a str,
    pub selector: Selector<'a>,
    pub action: Action,
}

/// An action on a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The status of its versions.
    Status,
    /// Its signature.
    Metadata,
    /// Inference on texts.
    Ask(Verb),
}

/// The verb of an inference request, which sets the formats of request and response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Tensors, by row or by column.
    Predict,
    /// Examples, each with its classes.
    Classify,
    /// Rows, each with its word attributions; an extension of TensorFlow Serving's API.
    Explain,
    /// Examples, each with a number; unsupported, since the models are classifiers.
    Regress,
}

impl Verb {
    /// Returns the verb's name in a path.
    pub fn name(self) -> &'static str {
        match self {
            Self::Predict => "predict",
            Self::Classify => "classify",
            Self::Explain => "explain",
            Self::Regress => "regress",
        }
    }
}

impl<'a> Target<'a> {
    /// Parses the path after `/v1/models/`: `NAME[/versions/N|/labels/LABEL]`, optionally followed by `/metadata` or
    /// `:VERB`.
    ///
    /// Returns `None` for any other path, and an error if the version number is too large.
    pub fn parse(path: &'a str) -> Result<Option<Self>, ApiError> {
        let (path, action) = if let Some((path, verb)) = path.split_once(':') {
            let verbs = [Verb::Predict, Verb::Classify, Verb::Explain, Verb::Regress];
            match verbs.into_iter().find(|known| known.name() == verb) {
                Some(verb) => (path, Action::Ask(verb)),
                None => return Ok(None),
            }
        } else if let Some(path) = path.strip_suffix("/metadata") {
            (path, Action::Metadata)
        } else {
            (path, Action::Status)
        };
        let mut parts = path.split('/');
        let model = parts.next().unwrap_or_default();
        let selector = match (parts.next(), parts.next(), parts.next()) {
            (None, ..) => Selector::Latest,
            (Some("versions"), Some(number), None) if is_number(number) => {
                Selector::Version(number.parse().map_err(|_| {
                    ApiError::invalid(format!("Failed to convert version: {number} to numeric."))
                })?)
            }
            (Some("labels"), Some(label), None) if !label.is_empty() => Selector::Label(label),
            _ => return Ok(None),
        };
        Ok((!model.is_empty()).then_some(Self {
            model,
            selector,
            action,
        }))
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_tensorflow_serving() {
        let parse = |path| Target::parse(path).unwrap();
        let target = |selector, action| {
            Some(Target {
                model: "reviews",
                selector,
                action,
            })
        };
        let predict = Action::Ask(Verb::Predict);
        assert_eq!(parse("reviews"), target(Selector::Latest, Action::Status));
        assert_eq!(parse("reviews:predict"), target(Selector::Latest, predict));
        assert_eq!(
            parse("reviews/versions/007:predict"),
            target(Selector::Version(7), predict)
        );
        assert_eq!(
            parse("reviews/labels/canary/metadata"),
            target(Selector::Label("canary"), Action::Metadata)
        );
        for malformed in [
            "",
            "/",
            ":predict",
            "reviews:",
            "reviews:explode",
            "reviews:predict:predict",
            "reviews/",
            "reviews/versions",
            "reviews/versions/",
            "reviews/versions/two",
            "reviews/versions/+2",
            "reviews/versions/-2",
            "reviews/versions/1/labels/stable",
            "reviews/labels/",
            "reviews/other/1",
            "reviews/metadata:predict",
        ] {
            assert_eq!(parse(malformed), None, "{malformed}");
        }
        let huge = format!("reviews/versions/{}", "9".repeat(400));
        assert!(Target::parse(&huge).is_err());
    }
}
