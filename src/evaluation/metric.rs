//! The scalar metrics of an evaluation, with confidence intervals.
//!
//! A new metric is a variant of [`Metric`] with its name, its JSON key and a match arm of
//! `MetricInputs::metrics`.

use super::calibration::expected_calibration_error;
use super::confidence_interval::{Interval, bootstrap, wilson};
use super::confusion_matrix::ConfusionMatrix;
use super::label_counts::{Average, LabelCounts};
use super::ordinal::ordinal_values;
use super::ranking::Areas;
use super::scoring_rules::{brier_score, log_loss};
use super::{Evaluation, ScoredText};

/// The number of bins of the expected calibration error, as in Guo et al. (2017).
pub(super) const CALIBRATION_BINS: usize = 15;

/// The number of metrics.
pub(super) const COUNT: usize = Metric::ALL.len();

/// The 95% confidence interval of each metric, in the order of [`Metric::ALL`].
pub type Intervals = [Interval; COUNT];

/// A scalar metric of a classifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// The fraction of texts with a correct prediction.
    Accuracy,
    /// The unweighted mean of the F1 scores of all labels.
    MacroF1,
    /// The area under the ROC curve: of the second label for two labels, else the one-vs-rest mean.
    RocAuc,
    /// The step-wise area under the precision-recall curve, of the same labels as [`Metric::RocAuc`].
    AveragePrecision,
    /// The mean negative log-probability of the correct label.
    LogLoss,
    /// The mean squared error of the probabilities (Brier 1950).
    BrierScore,
    /// The expected calibration error (Guo et al. 2017, equation 3).
    CalibrationError,
    /// The Matthews correlation coefficient of predictions and labels.
    MatthewsCorrelation,
    /// Cohen's kappa: agreement of predictions and labels beyond chance.
    CohensKappa,
    /// The mean absolute error of labels that are numbers.
    MeanAbsoluteError,
    /// Cohen's kappa with quadratic weights, of labels that are numbers.
    QuadraticWeightedKappa,
    /// The fraction of texts whose prediction is the label or a neighbour, of labels that are numbers.
    WithinOne,
}

impl Metric {
    /// All metrics, in display order.
    pub const ALL: [Self; 12] = [
        Self::Accuracy,
        Self::MacroF1,
        Self::RocAuc,
        Self::AveragePrecision,
        Self::LogLoss,
        Self::BrierScore,
        Self::CalibrationError,
        Self::MatthewsCorrelation,
        Self::CohensKappa,
        Self::MeanAbsoluteError,
        Self::QuadraticWeightedKappa,
        Self::WithinOne,
    ];

    /// Returns the metrics that are defined for these labels. The last three are of three or more labels that are numbers.
    pub fn all_of(labels: &[String]) -> &'static [Self] {
        match ordinal_values(labels) {
            Some(_) => &Self::ALL,
            None => &Self::ALL[..9],
        }
    }

    /// Returns the display name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::MacroF1 => "macro F1",
            Self::RocAuc => "ROC AUC",
            Self::AveragePrecision => "average precision",
            Self::LogLoss => "log loss",
            Self::BrierScore => "Brier score",
            Self::CalibrationError => "calibration error",
            Self::MatthewsCorrelation => "Matthews correlation",
            Self::CohensKappa => "Cohen's kappa",
            Self::MeanAbsoluteError => "mean absolute error",
            Self::QuadraticWeightedKappa => "quadratic kappa",
            Self::WithinOne => "within one",
        }
    }

    /// Returns the JSON key: the name of scikit-learn's function if it has one.
    pub fn key(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::MacroF1 => "f1_macro",
            Self::RocAuc => "roc_auc",
            Self::AveragePrecision => "average_precision",
            Self::LogLoss => "log_loss",
            Self::BrierScore => "brier_score",
            Self::CalibrationError => "expected_calibration_error",
            Self::MatthewsCorrelation => "matthews_corrcoef",
            Self::CohensKappa => "cohen_kappa",
            Self::MeanAbsoluteError => "mean_absolute_error",
            Self::QuadraticWeightedKappa => "quadratic_weighted_kappa",
            Self::WithinOne => "within_one_accuracy",
        }
    }
}

/// The inputs of all metrics as columns with one value per text, so that bootstrap samples are cheap.
pub(super) struct MetricInputs {
    labels: usize,
    /// The values of the labels, if they are numbers.
    values: Option<Vec<f64>>,
    actual: Vec<usize>,
    answers: Vec<usize>,
    confidences: Vec<f64>,
    /// Whether the most probable label is correct.
    are_right: Vec<bool>,
    log_losses: Vec<f64>,
    brier_scores: Vec<f64>,
    rankings: Vec<Ranking>,
}

/// The texts in descending order of a label's probability. Samples in this order are already sorted, which makes
/// ranking metrics fast.
struct Ranking(Vec<RankedText>);

struct RankedText {
    text: u32,
    has_label: bool,
    /// Whether the next text has a lower probability.
    is_last_of_tie: bool,
}

impl Ranking {
    fn of(evaluation: &Evaluation, label: usize) -> Self {
        let score = |text: usize| evaluation.rows[text].prediction.probabilities[label];
        let mut texts: Vec<usize> = (0..evaluation.rows.len()).collect();
        texts.sort_by(|&a, &b| score(b).total_cmp(&score(a)));
        let next = texts.iter().skip(1).map(|&text| Some(score(text)));
        let ranked = texts.iter().zip(next.chain([None]));
        Self(
            ranked
                .map(|(&text, next)| RankedText {
                    text: text as u32,
                    has_label: evaluation.rows[text].actual == label,
                    is_last_of_tie: next != Some(score(text)),
                })
                .collect(),
        )
    }

    /// Returns the areas of a sample that has each text this many times.
    fn areas(&self, times: &[u32]) -> Areas {
        let mut areas = Areas::default();
        let (mut positives, mut negatives) = (0, 0);
        for ranked in &self.0 {
            let times = u64::from(times[ranked.text as usize]);
            match ranked.has_label {
                true => positives += times,
                false => negatives += times,
            }
            if ranked.is_last_of_tie {
                areas.add(positives, negatives);
                (positives, negatives) = (0, 0);
            }
        }
        areas
    }
}

impl MetricInputs {
    pub(super) fn of(evaluation: &Evaluation) -> Self {
        let labels = evaluation.labels.len();
        let rows = &evaluation.rows;
        let ranked = if labels == 2 { 1..2 } else { 0..labels };
        let one = |row: &ScoredText, loss: fn(&[Vec<f64>], &[usize]) -> f64| {
            let probabilities = std::slice::from_ref(&row.prediction.probabilities);
            loss(probabilities, &[row.actual])
        };
        let (confidences, are_right) = evaluation.confidences();
        Self {
            labels,
            values: ordinal_values(&evaluation.labels),
            actual: rows.iter().map(|row| row.actual).collect(),
            answers: rows.iter().map(|row| row.prediction.class).collect(),
            confidences,
            are_right,
            log_losses: rows.iter().map(|row| one(row, log_loss)).collect(),
            brier_scores: rows.iter().map(|row| one(row, brier_score)).collect(),
            rankings: ranked.map(|label| Ranking::of(evaluation, label)).collect(),
        }
    }

    /// Computes the metrics of the texts with the given indices, which may repeat. A metric that is undefined for
    /// them is NaN.
    pub(super) fn metrics(&self, texts: &[usize]) -> [f64; COUNT] {
        let mean = |values: &[f64]| {
            let sum: f64 = texts.iter().map(|&text| values[text]).sum();
            sum / texts.len() as f64
        };
        let pairs = texts
            .iter()
            .map(|&text| (self.actual[text], self.answers[text]));
        let counts = LabelCounts::new(self.labels, pairs.clone());
        let mut times = vec![0u32; self.actual.len()];
        texts.iter().for_each(|&text| times[text] += 1);
        let areas: Vec<Areas> = self.rankings.iter().map(|r| r.areas(&times)).collect();
        let mean_area = |area: fn(&Areas) -> Option<f64>| {
            let areas: Vec<f64> = areas.iter().filter_map(area).collect();
            areas.iter().sum::<f64>() / areas.len() as f64
        };
        let calibration_error = || {
            let confidences: Vec<f64> = texts.iter().map(|&text| self.confidences[text]).collect();
            let are_right: Vec<bool> = texts.iter().map(|&text| self.are_right[text]).collect();
            expected_calibration_error(&confidences, &are_right, CALIBRATION_BINS)
        };
        let ordinal = |metric: &dyn Fn(&ConfusionMatrix, &[f64]) -> f64| match &self.values {
            Some(values) => metric(&ConfusionMatrix::new(self.labels, pairs.clone()), values),
            None => f64::NAN,
        };
        Metric::ALL.map(|metric| match metric {
            Metric::Accuracy => counts.accuracy(),
            Metric::MacroF1 => counts.average(Average::Macro).f1_score,
            Metric::RocAuc => mean_area(Areas::roc_auc),
            Metric::AveragePrecision => mean_area(Areas::average_precision),
            Metric::LogLoss => mean(&self.log_losses),
            Metric::BrierScore => mean(&self.brier_scores),
            Metric::CalibrationError => calibration_error(),
            Metric::MatthewsCorrelation => counts.matthews_correlation(),
            Metric::CohensKappa => counts.cohens_kappa(),
            Metric::MeanAbsoluteError => ordinal(&ConfusionMatrix::mean_absolute_error),
            Metric::QuadraticWeightedKappa => {
                ordinal(&|matrix, _| matrix.quadratic_weighted_kappa())
            }
            Metric::WithinOne => ordinal(&|matrix, _| matrix.within_one()),
        })
    }
}

impl Evaluation {
    /// Computes the metrics, in the order of [`Metric::ALL`]. An undefined metric is NaN, such as ROC AUC with a
    /// single class, or mean absolute error of labels that are not numbers.
    pub fn metrics(&self) -> [f64; COUNT] {
        let texts: Vec<usize> = (0..self.rows.len()).collect();
        MetricInputs::of(self).metrics(&texts)
    }

    /// Computes the expected calibration error, [`Metric::CalibrationError`].
    pub fn calibration_error(&self) -> f64 {
        let (confidences, correct) = self.confidences();
        expected_calibration_error(&confidences, &correct, CALIBRATION_BINS)
    }

    /// Computes the 95% confidence interval of each metric: Wilson's for accuracy, the bootstrap for the others.
    /// `seed` is the random seed of the bootstrap.
    pub fn intervals(&self, seed: u64) -> Intervals {
        let inputs = MetricInputs::of(self);
        let mut intervals = bootstrap(self.rows.len(), seed, |texts| inputs.metrics(texts));
        let matrix = self.confusion_matrix();
        intervals[0] = wilson(matrix.correct(), matrix.total());
        intervals
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::classifier::Prediction;

    /// Texts of three labels with predictions; each `phase` stands for another classifier.
    pub(crate) fn evaluation(phase: f64) -> Evaluation {
        let labels: std::sync::Arc<[String]> = ["a", "b", "c"].map(String::from).into();
        let actual: Vec<u32> = (0..40).map(|text| text % 3).collect();
        let predictions = actual.iter().enumerate().map(|(text, &actual)| {
            let odds = [0, 1, 2].map(|label| {
                let leaning = if label == actual { 1.0 } else { 0.0 };
                (leaning + (phase * f64::from(label + 1) * text as f64).sin()).exp()
            });
            let sum: f64 = odds.iter().sum();
            let probabilities = odds.map(|odds| odds / sum).to_vec();
            Prediction {
                labels: labels.clone(),
                class: crate::model::most_probable(&probabilities),
                classes: None,
                probabilities,
                tokens: 1,
                known_tokens: 1,
                words: 1,
                known_words: 1,
                unread_tokens: 0,
                foreign: None,
            }
        });
        Evaluation::new(&labels, &actual, predictions.collect())
    }

    /// The texts with the given indices, as a separate evaluation.
    pub(crate) fn sample(evaluation: &Evaluation, texts: &[usize]) -> Evaluation {
        Evaluation {
            labels: evaluation.labels.clone(),
            rows: texts
                .iter()
                .map(|&text| evaluation.rows[text].clone())
                .collect(),
        }
    }

    pub(crate) fn assert_same(found: &[f64], expected: &[f64]) {
        for (found, expected) in found.iter().zip(expected) {
            // Undefined metrics are NaN, and their intervals are infinite.
            let is_undefined = !found.is_finite() && !expected.is_finite();
            let is_same = is_undefined || (found - expected).abs() < 1e-12;
            assert!(is_same, "{found} {expected}");
        }
    }

    #[test]
    fn the_metrics_of_a_sample_are_those_of_its_texts() {
        let evaluation = evaluation(0.7);
        let texts = [3, 3, 17, 0, 39, 4, 8, 8, 8, 21];
        let expected = sample(&evaluation, &texts).metrics();
        assert_same(&MetricInputs::of(&evaluation).metrics(&texts), &expected);
        let (scores, has_label) = evaluation.label_scores(1);
        assert!(super::super::roc_auc(&scores, &has_label).unwrap() > 0.5);
    }
}
