//! Evaluating a classifier: its prediction for every labelled text.

use super::{ConfusionMatrix, EvaluationError};
use crate::classifier::{Classifier, Prediction};
use crate::corpus::{CorpusError, Example};
use crate::model::{Decision, ModelError};

/// Examples that are scored together, and so the most whose texts are held in memory.
const CHUNK: usize = 4096;

/// What a classifier said of labelled texts; every figure follows from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The labels.
    pub labels: Vec<String>,
    /// A row for each text, in order.
    pub rows: Vec<ScoredText>,
}

/// A text's label and what was said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredText {
    /// The label's place among the labels.
    pub actual: usize,
    /// What the classifier said.
    pub prediction: Prediction,
}

impl ScoredText {
    /// Whether the answer is the label.
    pub fn is_correct(&self) -> bool {
        self.actual == self.prediction.label
    }
}

impl Evaluation {
    /// Measures a classifier on a stream of examples, each of which is shown to `each` with what was said of it.
    pub fn of<E: From<EvaluationError>>(
        classifier: &Classifier,
        mut examples: impl Iterator<Item = Result<Example, CorpusError>>,
        mut each: impl FnMut(&Example, &ScoredText) -> Result<(), E>,
    ) -> Result<Self, E> {
        let labels = classifier.labels();
        let mut rows = Vec::new();
        loop {
            let chunk = examples
                .by_ref()
                .take(CHUNK)
                .collect::<Result<Vec<_>, _>>()
                .map_err(EvaluationError::from)?;
            if chunk.is_empty() {
                break;
            }
            let texts: Vec<&str> = chunk.iter().map(|example| example.text.as_str()).collect();
            let predictions = classifier.predict(&texts).map_err(EvaluationError::from)?;
            for (example, prediction) in chunk.iter().zip(predictions) {
                let known = labels.iter().position(|label| *label == example.label);
                let actual = known.ok_or_else(|| EvaluationError::UnknownLabel {
                    example: rows.len() + 1,
                    label: example.label.clone(),
                    labels: labels.to_vec(),
                })?;
                let row = ScoredText { actual, prediction };
                each(example, &row)?;
                rows.push(row);
            }
        }
        Ok(Self {
            labels: labels.to_vec(),
            rows,
        })
    }

    /// Measures a classifier on texts whose labels are numbered as the classifier's.
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

    /// What was said of texts whose labels are numbered.
    pub fn new(labels: &[String], actual: &[u32], predictions: Vec<Prediction>) -> Self {
        let rows = actual.iter().zip(predictions);
        Self {
            labels: labels.to_vec(),
            rows: rows
                .map(|(&actual, prediction)| ScoredText {
                    actual: actual as usize,
                    prediction,
                })
                .collect(),
        }
    }

    /// How often each label was given each answer.
    pub fn confusion_matrix(&self) -> ConfusionMatrix {
        let pairs = self.rows.iter();
        let pairs = pairs.map(|row| (row.actual, row.prediction.label));
        ConfusionMatrix::new(self.labels.len(), pairs)
    }

    /// How probable a label is for each text, and which texts have it: what ranking is measured by.
    pub fn label_scores(&self, label: usize) -> (Vec<f64>, Vec<bool>) {
        let scores = self.rows.iter();
        let scores = scores.map(|row| row.prediction.probabilities[label]);
        let has_label = self.rows.iter().map(|row| row.actual == label);
        (scores.collect(), has_label.collect())
    }

    /// How probable each text's most probable label is, and whether it is right: what calibration is measured by.
    /// A threshold changes answers, and not how far probabilities can be believed.
    pub fn confidences(&self) -> (Vec<f64>, Vec<bool>) {
        let confidences = self.rows.iter().map(|row| row.prediction.confidence());
        let are_right = self.rows.iter().map(|row| {
            let probabilities = &row.prediction.probabilities;
            Decision::default().label(probabilities) == row.actual
        });
        (confidences.collect(), are_right.collect())
    }
}
