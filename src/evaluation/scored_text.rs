//! Evaluating a classifier: its prediction for every labelled text.

use std::sync::Arc;

use super::{ConfusionMatrix, EvaluationError};
use crate::classifier::{Classifier, Prediction};
use crate::corpus::{CorpusError, Example};
use crate::model::{Decision, ModelError, most_probable};

/// The number of examples scored together, and the maximum number of texts in memory.
const CHUNK: usize = 4096;

/// The predictions of a classifier for labelled texts, from which all metrics are computed.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The labels.
    pub labels: Arc<[String]>,
    /// One row per text, in order.
    pub rows: Vec<ScoredText>,
}

/// The label of a text and the prediction for it.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredText {
    /// The index of the label.
    pub actual: usize,
    /// The prediction.
    pub prediction: Prediction,
}

impl ScoredText {
    /// Returns whether the predicted label is correct.
    pub fn is_correct(&self) -> bool {
        self.actual == self.prediction.class
    }
}

/// Returns the index of the label of an example, counted from 1, in the labels of a classifier.
pub(super) fn index_of(
    label: &str,
    labels: &[String],
    example: usize,
) -> Result<usize, EvaluationError> {
    let known = labels.iter().position(|known| known == label);
    known.ok_or_else(|| EvaluationError::UnknownLabel {
        example,
        label: label.into(),
        labels: labels.to_vec(),
    })
}

impl Evaluation {
    /// Evaluates a classifier on a stream of examples. Calls `each` with every example and its prediction.
    pub fn of<E: From<EvaluationError>>(
        classifier: &Classifier,
        examples: impl Iterator<Item = Result<Example, CorpusError>>,
        mut each: impl FnMut(&Example, &ScoredText) -> Result<(), E>,
    ) -> Result<Self, E> {
        let labels = classifier.labels();
        let mut rows = Vec::new();
        for_each_prediction::<E>(classifier, examples, |example, prediction| {
            let actual = index_of(&example.label, labels, rows.len() + 1)?;
            let row = ScoredText { actual, prediction };
            each(example, &row)?;
            rows.push(row);
            Ok(())
        })?;
        let labels = Arc::clone(labels);
        Ok(Self { labels, rows })
    }

    /// Evaluates a classifier on texts. `labels` are indices of the classifier's labels.
    pub fn of_texts(
        classifier: &Classifier,
        texts: &[String],
        labels: &[u32],
    ) -> Result<Self, ModelError> {
        Ok(Self::new(
            classifier.labels(),
            labels,
            classifier.predict(texts)?,
        ))
    }

    /// Creates an evaluation from predictions. `actual` are indices of `labels`.
    pub fn new(labels: &Arc<[String]>, actual: &[u32], predictions: Vec<Prediction>) -> Self {
        let rows = actual.iter().zip(predictions);
        Self {
            labels: Arc::clone(labels),
            rows: rows
                .map(|(&actual, prediction)| ScoredText {
                    actual: actual as usize,
                    prediction,
                })
                .collect(),
        }
    }

    /// Replaces the predicted labels by those of another decision rule. The probabilities do not change.
    pub fn decide(&mut self, decision: &Decision) {
        for ScoredText { prediction, .. } in &mut self.rows {
            prediction.class = decision.label(&self.labels, &prediction.probabilities);
        }
    }

    /// Returns the confusion matrix.
    pub fn confusion_matrix(&self) -> ConfusionMatrix {
        let pairs = self.rows.iter();
        let pairs = pairs.map(|row| (row.actual, row.prediction.class));
        ConfusionMatrix::new(self.labels.len(), pairs)
    }

    /// Returns the predicted probability of a label for each text, and whether the text has the label: the
    /// inputs of the functions in `ranking.rs`.
    pub fn label_scores(&self, label: usize) -> (Vec<f64>, Vec<bool>) {
        let scores = self.rows.iter();
        let scores = scores.map(|row| row.prediction.probabilities[label]);
        let has_label = self.rows.iter().map(|row| row.actual == label);
        (scores.collect(), has_label.collect())
    }

    /// Returns the probability of each text's most probable label, and whether that label is correct: the
    /// inputs of the functions in `calibration.rs`.
    ///
    /// A decision threshold has no effect: it changes predicted labels, not probabilities.
    pub fn confidences(&self) -> (Vec<f64>, Vec<bool>) {
        let confidences = self.rows.iter().map(|row| row.prediction.confidence());
        let are_right = self.rows.iter().map(|row| {
            let probabilities = &row.prediction.probabilities;
            most_probable(probabilities) == row.actual
        });
        (confidences.collect(), are_right.collect())
    }
}

/// Classifies a stream of examples and calls `each` with every example and its prediction, in order.
pub(super) fn for_each_prediction<E: From<EvaluationError>>(
    classifier: &Classifier,
    mut examples: impl Iterator<Item = Result<Example, CorpusError>>,
    mut each: impl FnMut(&Example, Prediction) -> Result<(), E>,
) -> Result<(), E> {
    loop {
        let chunk = examples
            .by_ref()
            .take(CHUNK)
            .collect::<Result<Vec<_>, _>>()
            .map_err(EvaluationError::from)?;
        if chunk.is_empty() {
            return Ok(());
        }
        let texts: Vec<&str> = chunk.iter().map(|example| example.text.as_str()).collect();
        let predictions = classifier.predict(&texts).map_err(EvaluationError::from)?;
        for (example, prediction) in chunk.iter().zip(predictions) {
            each(example, prediction)?;
        }
    }
}
