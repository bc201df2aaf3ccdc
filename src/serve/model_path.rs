//! The paths below `/v1/models/`, as TensorFlow Serving has them.

use super::api_error::ApiError;
use super::selector::Selector;

/// What a path asks of which model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    pub model: &'a str,
    pub selector: Selector<'a>,
    pub action: Action,
}

/// What is asked of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// How its versions stand.
    Status,
    /// What it takes and gives.
    Metadata,
    /// What it says of texts.
    Ask(Verb),
}

/// How texts and answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// As tensors, by row or by column.
    Predict,
    /// As examples, each with its classes.
    Classify,
    /// By row, each with the words that push it; what TensorFlow Serving has not.
    Explain,
    /// As examples, each with a number, which is not what these models give.
    Regress,
}

impl Verb {
    /// Its name in a path.
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
    /// Reads what follows `/v1/models/`: `NAME[/versions/N|/labels/LABEL]`, then nothing, `/metadata` or `:VERB`.
    ///
    /// None where it is not of that form; an error where a version's number is too large for one.
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
