//! Inference responses, in TensorFlow Serving's JSON.

use std::borrow::Cow;

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::request::Form;
use crate::classifier::{Prediction, PredictionRecord, Probabilities};

/// Returns the predictions as JSON, in the format of the request.
pub fn predictions_response(predictions: &[Prediction], form: Form) -> Response {
    let records = predictions.iter().map(|prediction| prediction.record(0.0));
    match form {
        Form::Rows => Json(Rows {
            predictions: records.collect(),
        })
        .into_response(),
        Form::Columns => {
            let mut outputs = Columns::default();
            records.for_each(|record| outputs.push(record));
            Json(Outputs { outputs }).into_response()
        }
        Form::Examples => {
            let results = predictions.iter().map(classes);
            let results = results.collect();
            Json(Results { results }).into_response()
        }
    }
}

#[derive(Serialize)]
struct Rows<'a> {
    predictions: Vec<PredictionRecord<'a>>,
}

#[derive(Serialize)]
struct Outputs<'a> {
    outputs: Columns<'a>,
}

/// Returns one list per record field. A tensor has no missing values, so an absent reason is an empty string, and a text
/// without tokens has no known ones.
#[derive(Default, Serialize)]
struct Columns<'a> {
    label: Vec<Cow<'a, str>>,
    /// The labels of a multi-label model.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<Vec<&'a str>>,
    score: Vec<f64>,
    probabilities: Vec<Probabilities<'a>>,
    known: Vec<f64>,
    reason: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    fn push(&mut self, record: PredictionRecord<'a>) {
        self.label.push(record.label);
        self.labels.extend(record.labels);
        self.score.push(record.score);
        self.probabilities.push(record.probabilities);
        self.known.push(record.known.unwrap_or_default());
        self.reason.push(record.reason.unwrap_or_default());
    }
}

#[derive(Serialize)]
struct Results<'a> {
    results: Vec<Vec<(&'a str, f64)>>,
}

/// Returns the labels with their probabilities, the most probable first.
fn classes(prediction: &Prediction) -> Vec<(&str, f64)> {
    let labels = prediction.labels().iter().map(String::as_str);
    let mut classes: Vec<_> = labels
        .zip(prediction.probabilities.iter().copied())
        .collect();
    classes.sort_by(|a, b| b.1.total_cmp(&a.1));
    classes
}
