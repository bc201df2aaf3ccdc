//! The answers to texts, in TensorFlow Serving's JSON.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::request::Form;
use crate::answer::{Answer, Probabilities};
use crate::classifier::Prediction;

/// Says what was predicted, in the form in which it was asked.
pub fn predictions_response(labels: &[String], predictions: &[Prediction], form: Form) -> Response {
    let answers = predictions
        .iter()
        .map(|prediction| Answer::new(labels, prediction, 0.0));
    match form {
        Form::Rows => Json(Rows {
            predictions: answers.collect(),
        })
        .into_response(),
        Form::Columns => {
            let mut outputs = Columns::default();
            answers.for_each(|answer| outputs.push(answer));
            Json(Outputs { outputs }).into_response()
        }
        Form::Examples => {
            let results = predictions
                .iter()
                .map(|prediction| classes(labels, prediction));
            let results = results.collect();
            Json(Results { results }).into_response()
        }
    }
}

#[derive(Serialize)]
struct Rows<'a> {
    predictions: Vec<Answer<'a>>,
}

#[derive(Serialize)]
struct Outputs<'a> {
    outputs: Columns<'a>,
}

/// A list for each field of an answer; a tensor has no gaps, so a reason that there is none for is empty.
#[derive(Default, Serialize)]
struct Columns<'a> {
    label: Vec<&'a str>,
    score: Vec<f64>,
    probabilities: Vec<Probabilities<'a>>,
    reason: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    fn push(&mut self, answer: Answer<'a>) {
        self.label.push(answer.label);
        self.score.push(answer.score);
        self.probabilities.push(answer.probabilities);
        self.reason.push(answer.reason.unwrap_or_default());
    }
}

#[derive(Serialize)]
struct Results<'a> {
    results: Vec<Vec<(&'a str, f64)>>,
}

/// The labels with their probabilities, the most probable first.
fn classes<'a>(labels: &'a [String], prediction: &Prediction) -> Vec<(&'a str, f64)> {
    let labels = labels.iter().map(String::as_str);
    let mut classes: Vec<_> = labels
        .zip(prediction.probabilities.iter().copied())
        .collect();
    classes.sort_by(|a, b| b.1.total_cmp(&a.1));
    classes
}
