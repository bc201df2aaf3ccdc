//! Evaluating a multi-label classifier: metrics of texts with any number of labels, as scikit-learn defines them for a
//! label indicator matrix.

mod metric;
mod summary;
#[cfg(test)]
mod tests;

pub use metric::{MultiLabelAverage, MultiLabelIntervals, MultiLabelMetric};
pub use summary::MultiLabelSummary;

use std::sync::Arc;

use self::metric::COUNT;
use super::confidence_interval::{bootstrap, wilson};
use super::label_counts::{ClassMetrics, ratio};
use super::metric::CALIBRATION_BINS;
use super::scored_text::{for_each_prediction, index_of};
use super::scoring_rules::log_loss;
use super::{EvaluationError, expected_calibration_error};
use crate::classifier::{Classifier, Prediction};
use crate::corpus::{CorpusError, Example, LabelSet};
use crate::model::{Decision, ModelError};

/// The labels of a text and the prediction for it.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledText {
    /// The indices of the labels.
    pub actual: Vec<usize>,
    /// The prediction of a multi-label model.
    pub prediction: Prediction,
}

impl LabelledText {
    fn predicted(&self) -> &[usize] {
        self.prediction.classes.as_deref().unwrap_or_default()
    }

    /// Counts the labels of the text: the correct ones, the predicted ones and the actual ones.
    fn counts(&self) -> Counts {
        let predicted = self.predicted();
        let correct = predicted
            .iter()
            .filter(|&label| self.actual.contains(label));
        Counts {
            correct: correct.count() as u64,
            predicted: predicted.len() as u64,
            actual: self.actual.len() as u64,
        }
    }

    fn is_exact(&self) -> bool {
        let counts = self.counts();
        counts.correct == counts.predicted && counts.correct == counts.actual
    }

    /// Returns the summed negative log-probability of the presence or absence of each label.
    fn log_loss(&self) -> f64 {
        let probabilities = self.prediction.probabilities.iter().enumerate();
        let losses = probabilities.map(|(label, &probability)| {
            let is_present = usize::from(self.actual.contains(&label));
            log_loss(&[vec![1.0 - probability, probability]], &[is_present])
        });
        losses.sum()
    }
}

/// The numbers of correct predictions, predictions and actual labels.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    correct: u64,
    predicted: u64,
    actual: u64,
}

impl Counts {
    fn metrics(self) -> ClassMetrics {
        ClassMetrics {
            precision: ratio(self.correct, self.predicted),
            recall: ratio(self.correct, self.actual),
            f1_score: self.f1(),
            support: self.actual,
        }
    }

    fn f1(self) -> f64 {
        ratio(2 * self.correct, self.predicted + self.actual)
    }
}

/// The predictions of a multi-label classifier, from which all metrics are computed.
///
/// The JSON form has the keys of scikit-learn's `classification_report(output_dict=True)` and the names of its functions for
/// the other metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct MultiLabelEvaluation {
    /// The labels.
    pub labels: Arc<[String]>,
    /// One row per text, in order.
    pub rows: Vec<LabelledText>,
}

impl MultiLabelEvaluation {
    /// Evaluates a classifier on a stream of examples whose labels are [`LabelSet`]s. Calls `each` with every example and its
    /// prediction.
    pub fn of<E: From<EvaluationError>>(
        classifier: &Classifier,
        examples: impl Iterator<Item = Result<Example, CorpusError>>,
        mut each: impl FnMut(&Example, &LabelledText) -> Result<(), E>,
    ) -> Result<Self, E> {
        let labels = classifier.labels();
        let mut rows = Vec::new();
        for_each_prediction::<E>(classifier, examples, |example, prediction| {
            let set = LabelSet::parse(&example.label).unwrap_or_default();
            let indices = set
                .iter()
                .map(|label| index_of(label, labels, rows.len() + 1));
            let actual = indices.collect::<Result<_, EvaluationError>>()?;
            let row = LabelledText { actual, prediction };
            each(example, &row)?;
            rows.push(row);
            Ok(())
        })?;
        let labels = Arc::clone(labels);
        Ok(Self { labels, rows })
    }

    /// Evaluates a classifier on texts. `sets` has the indices of each text's labels.
    pub fn of_texts(
        classifier: &Classifier,
        texts: &[String],
        sets: &[Vec<u32>],
    ) -> Result<Self, ModelError> {
        let predictions = classifier.predict(texts)?;
        Ok(Self::new(classifier.labels(), sets, predictions))
    }

    /// Creates an evaluation from predictions. `sets` has the indices of each text's labels.
    pub fn new(labels: &Arc<[String]>, sets: &[Vec<u32>], predictions: Vec<Prediction>) -> Self {
        let rows = sets.iter().zip(predictions);
        let rows = rows.map(|(set, prediction)| LabelledText {
            actual: set.iter().map(|&label| label as usize).collect(),
            prediction,
        });
        Self {
            labels: Arc::clone(labels),
            rows: rows.collect(),
        }
    }

    /// Replaces the predicted labels by those of another decision rule. The probabilities do not change.
    pub fn decide(&mut self, decision: &Decision) {
        for LabelledText { prediction, .. } in &mut self.rows {
            let classes = decision.labels(&self.labels, &prediction.probabilities);
            prediction.classes = Some(classes);
        }
    }

    /// Returns the metrics of one label.
    pub fn class(&self, label: usize) -> ClassMetrics {
        let all = self.rows.iter();
        self.label_counts(all)[label].metrics()
    }

    /// Returns an average of the metrics.
    pub fn average(&self, average: MultiLabelAverage) -> ClassMetrics {
        let labels = self.label_counts(self.rows.iter());
        let support: u64 = labels.iter().map(|counts| counts.actual).sum();
        let mean = |parts: Vec<ClassMetrics>, weight: &dyn Fn(&ClassMetrics) -> f64| {
            let sum = |value: fn(&ClassMetrics) -> f64| {
                parts.iter().map(|part| weight(part) * value(part)).sum()
            };
            ClassMetrics {
                precision: sum(|part| part.precision),
                recall: sum(|part| part.recall),
                f1_score: sum(|part| part.f1_score),
                support,
            }
        };
        let of_labels = || labels.iter().map(|counts| counts.metrics()).collect();
        match average {
            MultiLabelAverage::Micro => sum_of(&labels).metrics(),
            MultiLabelAverage::Macro => mean(of_labels(), &|_| 1.0 / labels.len() as f64),
            MultiLabelAverage::Weighted => mean(of_labels(), &|part| ratio(part.support, support)),
            MultiLabelAverage::Samples => {
                let texts = self.rows.iter().map(|row| row.counts().metrics());
                mean(texts.collect(), &|_| 1.0 / self.rows.len() as f64)
            }
        }
    }

    /// Computes the metrics, in the order of [`MultiLabelMetric::ALL`]; NaN without texts.
    pub fn metrics(&self) -> [f64; COUNT] {
        let texts: Vec<usize> = (0..self.rows.len()).collect();
        self.metrics_of(&texts, &self.log_losses())
    }

    /// Computes the 95% confidence interval of each metric: Wilson's for subset accuracy, the bootstrap for the others.
    /// `seed` is the random seed of the bootstrap.
    pub fn intervals(&self, seed: u64) -> MultiLabelIntervals {
        let log_losses = self.log_losses();
        let mut intervals = bootstrap(self.rows.len(), seed, |texts| {
            self.metrics_of(texts, &log_losses)
        });
        let exact = self.rows.iter().filter(|row| row.is_exact()).count();
        intervals[0] = wilson(exact as u64, self.rows.len() as u64);
        intervals
    }

    /// Returns the subset accuracy; 0 without texts.
    pub fn subset_accuracy(&self) -> f64 {
        let exact = self.rows.iter().filter(|row| row.is_exact()).count();
        ratio(exact as u64, self.rows.len() as u64)
    }

    /// Returns the mean binary log loss over texts and labels; 0 without texts.
    pub fn log_loss(&self) -> f64 {
        let pairs = (self.rows.len() * self.labels.len()).max(1);
        self.log_losses().iter().sum::<f64>() / pairs as f64
    }

    /// Returns the predicted probability of a label for each text, and whether the text has the label.
    pub fn label_scores(&self, label: usize) -> (Vec<f64>, Vec<bool>) {
        let scores = self.rows.iter();
        let scores = scores.map(|row| row.prediction.probabilities[label]);
        let has_label = self.rows.iter().map(|row| row.actual.contains(&label));
        (scores.collect(), has_label.collect())
    }

    /// Returns the expected calibration error of the probabilities of all labels together.
    pub fn calibration_error(&self) -> f64 {
        let (mut probabilities, mut are_present) = (Vec::new(), Vec::new());
        for label in 0..self.labels.len() {
            let (scores, has_label) = self.label_scores(label);
            probabilities.extend(scores);
            are_present.extend(has_label);
        }
        expected_calibration_error(&probabilities, &are_present, CALIBRATION_BINS)
    }

    /// Returns all metrics in serializable form, optionally with confidence intervals.
    pub fn summary(&self, intervals: Option<MultiLabelIntervals>) -> MultiLabelSummary<'_> {
        MultiLabelSummary {
            evaluation: self,
            intervals,
        }
    }

    fn log_losses(&self) -> Vec<f64> {
        self.rows.iter().map(LabelledText::log_loss).collect()
    }

    /// Counts the texts of each label.
    fn label_counts<'a>(&self, rows: impl Iterator<Item = &'a LabelledText>) -> Vec<Counts> {
        let mut counts = vec![Counts::default(); self.labels.len()];
        for row in rows {
            for &label in &row.actual {
                counts[label].actual += 1;
            }
            for &label in row.predicted() {
                counts[label].predicted += 1;
                counts[label].correct += u64::from(row.actual.contains(&label));
            }
        }
        counts
    }

    /// Computes the metrics of the texts with the given indices, which may repeat.
    fn metrics_of(&self, texts: &[usize], log_losses: &[f64]) -> [f64; COUNT] {
        let rows = || texts.iter().map(|&text| &self.rows[text]);
        let labels = self.label_counts(rows());
        let all = sum_of(&labels);
        let mean = |sum: f64| sum / texts.len() as f64;
        let exact = rows().filter(|row| row.is_exact()).count();
        let wrong = all.predicted + all.actual - 2 * all.correct;
        let log_losses: f64 = texts.iter().map(|&text| log_losses[text]).sum();
        let of_labels: f64 = labels.iter().map(|counts| counts.f1()).sum();
        MultiLabelMetric::ALL.map(|metric| match metric {
            MultiLabelMetric::SubsetAccuracy => mean(exact as f64),
            MultiLabelMetric::MicroF1 => all.f1(),
            MultiLabelMetric::MacroF1 => of_labels / labels.len() as f64,
            MultiLabelMetric::SamplesF1 => mean(rows().map(|row| row.counts().f1()).sum()),
            MultiLabelMetric::HammingLoss => mean(wrong as f64) / labels.len() as f64,
            MultiLabelMetric::BinaryLogLoss => mean(log_losses) / labels.len() as f64,
        })
    }
}

fn sum_of(counts: &[Counts]) -> Counts {
    counts.iter().fold(Counts::default(), |sum, counts| Counts {
        correct: sum.correct + counts.correct,
        predicted: sum.predicted + counts.predicted,
        actual: sum.actual + counts.actual,
    })
}
