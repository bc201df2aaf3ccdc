//! The evaluation of a classifier with any kind of output.

use std::sync::Arc;

use serde::Serialize;

use super::{
    Average, Evaluation, MultiLabelAverage, MultiLabelEvaluation, MultiLabelSummary, Summary,
};
use crate::classifier::{Classifier, Prediction};
use crate::model::{ModelError, OutputKind};

/// The evaluation of a classifier of one label a text, or of any number of labels.
#[derive(Clone, Debug)]
pub enum AnyEvaluation {
    /// One label a text.
    OneLabel(Evaluation),
    /// Any number of labels a text.
    MultiLabel(MultiLabelEvaluation),
}

impl AnyEvaluation {
    /// Evaluates a classifier on texts. `labels` are indices of the classifier's labels, and `sets` has the indices of each
    /// text's labels for a multi-label model.
    pub fn of_texts(
        classifier: &Classifier,
        texts: &[String],
        labels: &[u32],
        sets: &[Vec<u32>],
    ) -> Result<Self, ModelError> {
        let output = classifier.config().decision.output;
        let predictions = classifier.predict(texts)?;
        Ok(Self::new(
            output,
            classifier.labels(),
            labels,
            sets,
            predictions,
        ))
    }

    /// Creates an evaluation from predictions. `actual` are indices of `labels`, and `sets` has the indices of each text's
    /// labels for a multi-label model.
    pub fn new(
        output: OutputKind,
        labels: &Arc<[String]>,
        actual: &[u32],
        sets: &[Vec<u32>],
        predictions: Vec<Prediction>,
    ) -> Self {
        match output {
            OutputKind::Single | OutputKind::Ordinal => {
                Self::OneLabel(Evaluation::new(labels, actual, predictions))
            }
            OutputKind::MultiLabel => {
                Self::MultiLabel(MultiLabelEvaluation::new(labels, sets, predictions))
            }
        }
    }

    /// Returns the labels.
    pub fn labels(&self) -> &Arc<[String]> {
        match self {
            Self::OneLabel(evaluation) => &evaluation.labels,
            Self::MultiLabel(evaluation) => &evaluation.labels,
        }
    }

    /// Returns the predictions, in the order of the texts.
    pub fn predictions(&self) -> Vec<&Prediction> {
        match self {
            Self::OneLabel(evaluation) => {
                evaluation.rows.iter().map(|row| &row.prediction).collect()
            }
            Self::MultiLabel(evaluation) => {
                evaluation.rows.iter().map(|row| &row.prediction).collect()
            }
        }
    }

    /// Returns the number of texts.
    pub fn texts(&self) -> usize {
        match self {
            Self::OneLabel(evaluation) => evaluation.rows.len(),
            Self::MultiLabel(evaluation) => evaluation.rows.len(),
        }
    }

    /// Returns the accuracy: for several labels a text, the fraction of texts whose labels are all correct.
    pub fn accuracy(&self) -> f64 {
        match self {
            Self::OneLabel(evaluation) => evaluation.confusion_matrix().accuracy(),
            Self::MultiLabel(evaluation) => evaluation.subset_accuracy(),
        }
    }

    /// Returns the macro-averaged F1 score.
    pub fn macro_f1(&self) -> f64 {
        match self {
            Self::OneLabel(evaluation) => {
                let matrix = evaluation.confusion_matrix();
                matrix.average(Average::Macro).f1_score
            }
            Self::MultiLabel(evaluation) => evaluation.average(MultiLabelAverage::Macro).f1_score,
        }
    }

    /// Returns the log loss: for several labels a text, the mean over the labels.
    pub fn log_loss(&self) -> f64 {
        match self {
            Self::OneLabel(evaluation) => {
                let losses = evaluation.rows.iter().map(|row| {
                    let probability = row.prediction.probabilities[row.actual];
                    -probability.max(f64::MIN_POSITIVE).ln()
                });
                losses.sum::<f64>() / evaluation.rows.len() as f64
            }
            Self::MultiLabel(evaluation) => evaluation.log_loss(),
        }
    }

    /// Returns the expected calibration error.
    pub fn calibration_error(&self) -> f64 {
        match self {
            Self::OneLabel(evaluation) => evaluation.calibration_error(),
            Self::MultiLabel(evaluation) => evaluation.calibration_error(),
        }
    }

    /// Returns all metrics in serializable form, without confidence intervals.
    pub fn summary(&self) -> AnySummary<'_> {
        match self {
            Self::OneLabel(evaluation) => AnySummary::OneLabel(evaluation.summary(None)),
            Self::MultiLabel(evaluation) => AnySummary::MultiLabel(evaluation.summary(None)),
        }
    }
}

/// The metrics of an [`AnyEvaluation`] as JSON.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum AnySummary<'a> {
    /// One label a text.
    OneLabel(Summary<'a>),
    /// Any number of labels a text.
    MultiLabel(MultiLabelSummary<'a>),
}
