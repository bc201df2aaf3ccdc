//! The class `Explanation`.

use std::fmt::Write;

use htmlize::escape_text;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use sentiment::explain::{self, ClassExplanation, explanation_page, pieces};

use crate::arguments::from_json;

/// The weight of each word of a text for each label. A notebook shows the text with its words shaded.
#[pyclass(frozen, module = "sentiment_toolkit")]
pub struct Explanation(pub explain::Explanation);

#[pymethods]
impl Explanation {
    /// The text.
    #[getter]
    fn text(&self) -> &str {
        &self.0.text
    }

    /// The predicted label.
    #[getter]
    fn label(&self) -> &str {
        &self.0.label
    }

    /// The probability of the predicted label.
    #[getter]
    fn score(&self) -> f64 {
        self.0.score
    }

    /// Returns the words with their weights for a label, strongest first; by default for the predicted one.
    #[pyo3(signature = (label=None))]
    fn weights(&self, label: Option<&str>) -> PyResult<Vec<(String, f64)>> {
        let weights = self.class(label)?.weights.iter();
        let pairs = weights.map(|weight| (weight.token.clone(), weight.weight));
        Ok(pairs.collect())
    }

    /// Returns the explanation as a dictionary, as `sentiment explain --json` writes it.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        from_json(py, &self.0)
    }

    /// Returns a whole HTML page, as `sentiment explain --html` writes it.
    fn to_html(&self) -> String {
        explanation_page(&self.0)
    }

    fn _repr_html_(&self) -> String {
        let class = self.0.answer();
        let mut html = format!(
            "<div><p><b>{}</b> {:.4} <small>({})</small></p><p style=\"white-space:pre-wrap\">",
            escape_text(&*class.label),
            class.probability,
            escape_text(self.0.basis.in_words())
        );
        for piece in pieces(&self.0.text, &class.weights) {
            let text = escape_text(piece.text);
            // Writing to a string never fails.
            let _ = match piece.strength {
                0.0 => write!(html, "{text}"),
                strength => write!(html, "<mark style=\"{}\">{text}</mark>", style(strength)),
            };
        }
        html.push_str(
            "</p><p><small>Blue words support the label, orange words oppose it.</small></p></div>",
        );
        html
    }

    fn __repr__(&self) -> String {
        let weights = self.0.answer().weights.iter().take(5);
        let weights = weights.map(|weight| format!("{} {:+.4}", weight.token, weight.weight));
        let weights: Vec<String> = weights.collect();
        format!(
            "<Explanation: {} {:.4}; {}>",
            self.0.label,
            self.0.score,
            weights.join(", ")
        )
    }
}

impl Explanation {
    fn class(&self, label: Option<&str>) -> PyResult<&ClassExplanation> {
        let Some(label) = label else {
            return Ok(self.0.answer());
        };
        let mut classes = self.0.classes.iter();
        classes.find(|class| class.label == label).ok_or_else(|| {
            let explained: Vec<&str> = self.0.classes.iter().map(|class| &*class.label).collect();
            PyKeyError::new_err(format!(
                "{label:?} is not explained; the explained labels are {}",
                explained.join(", ")
            ))
        })
    }
}

/// Returns the style of a word with a strength from −1 to 1. The colours are those of the program's pages.
fn style(strength: f64) -> String {
    let (colour, line) = match strength > 0.0 {
        true => ("0,114,178", "solid"),
        false => ("213,94,0", "dotted"),
    };
    let (shade, edge) = (0.45 * strength.abs(), strength.abs());
    format!(
        "color:inherit;background:rgba({colour},{shade:.2});border-bottom:2px {line} rgba({colour},{edge:.2})"
    )
}

/// Returns the indices of the labels to explain among those of a model.
pub fn label_indices(labels: &[String], names: &[String]) -> PyResult<Vec<usize>> {
    let indices = labels.iter().map(|label| {
        let index = names.iter().position(|name| name == label);
        index.ok_or_else(|| {
            PyKeyError::new_err(format!(
                "the model has no label {label:?}; its labels are {}",
                names.join(", ")
            ))
        })
    });
    indices.collect()
}
