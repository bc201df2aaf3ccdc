//! Measuring a classifier on labelled texts.

mod comparison;
mod error;
mod interval;
mod metrics;
mod probability;
mod ranking;
mod temperature;

use crate::classifier::Classifier;
use crate::corpus::{CorpusError, Example};
use crate::model::ModelError;

pub use comparison::{McNemar, mcnemar};
pub use error::EvaluationError;
pub use interval::{Interval, RESAMPLES, bootstrap, bootstrap_many, wilson};
pub use metrics::{Average, ClassMetrics, ConfusedPair, ConfusionMatrix, Evaluation};
pub use probability::{
    ReliabilityBin, brier_score, expected_calibration_error, log_loss, reliability,
};
pub use ranking::{
    PrecisionRecallPoint, RocPoint, average_precision, precision_recall_curve, roc_auc, roc_curve,
};
pub use temperature::fit_temperature;

/// Examples that are scored together, and so the most that are held in memory.
const CHUNK: usize = 4096;

impl Evaluation {
    /// Measures a classifier on a stream of examples.
    pub fn of(
        classifier: &Classifier,
        mut examples: impl Iterator<Item = Result<Example, CorpusError>>,
    ) -> Result<Self, EvaluationError> {
        let labels = classifier.labels();
        let mut matrix = ConfusionMatrix::new(labels.len(), []);
        loop {
            let chunk = examples
                .by_ref()
                .take(CHUNK)
                .collect::<Result<Vec<_>, _>>()?;
            if chunk.is_empty() {
                break;
            }
            let texts: Vec<&str> = chunk.iter().map(|example| example.text.as_str()).collect();
            let predictions = classifier.predict(&texts)?;
            for (example, prediction) in chunk.iter().zip(predictions) {
                let known = labels.iter().position(|label| *label == example.label);
                let actual = known.ok_or_else(|| EvaluationError::UnknownLabel {
                    example: matrix.total() as usize + 1,
                    label: example.label.clone(),
                    labels: labels.to_vec(),
                })?;
                matrix.add(actual, prediction.label());
            }
        }
        Ok(Self {
            labels: labels.to_vec(),
            confusion_matrix: matrix,
        })
    }

    /// Measures a classifier on texts whose labels are numbered as the classifier's.
    pub fn of_texts(
        classifier: &Classifier,
        texts: &[String],
        labels: &[u32],
    ) -> Result<Self, ModelError> {
        let predictions = classifier.predict(texts)?;
        let pairs = labels.iter().map(|&label| label as usize);
        let pairs = pairs.zip(predictions.iter().map(|prediction| prediction.label()));
        Ok(Self {
            labels: classifier.labels().to_vec(),
            confusion_matrix: ConfusionMatrix::new(classifier.labels().len(), pairs),
        })
    }
}
