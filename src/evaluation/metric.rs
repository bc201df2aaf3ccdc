//! The figures at the head of an evaluation, each with an interval.

use super::calibration::expected_calibration_error;
use super::confidence_interval::{Interval, bootstrap, wilson};
use super::confusion_matrix::{Average, ConfusionMatrix};
use super::ranking::{average_precision, roc_auc};
use super::scoring_rules::{brier_score, log_loss};
use super::{Evaluation, ScoredText};

/// Bins of confidence in which calibration is measured: those of Guo et al. (2017).
pub(super) const CALIBRATION_BINS: usize = 15;

/// How many figures there are.
pub(super) const COUNT: usize = Metric::ALL.len();

/// The 95% interval of each figure, in the order of [`Metric::ALL`].
pub type Intervals = [Interval; COUNT];

/// A figure that says in one number how good a classifier is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// The share of texts whose answer is right.
    Accuracy,
    /// The mean of the labels' F1.
    MacroF1,
    /// The area under the ROC curve: of the second of two labels, or the mean of each label against the others.
    RocAuc,
    /// The area under the steps of the precision-recall curve, of the same labels.
    AveragePrecision,
    /// The mean of minus the log-probability of the right label.
    LogLoss,
    /// The mean squared distance of probabilities from what was so (Brier, 1950).
    BrierScore,
    /// How far confidence is from accuracy, on average (Guo et al., 2017, equation 3).
    CalibrationError,
    /// The correlation of answers and labels.
    MatthewsCorrelation,
    /// Agreement of answers and labels beyond chance.
    CohensKappa,
}

impl Metric {
    /// Every figure, in the order in which they are shown.
    pub const ALL: [Self; 9] = [
        Self::Accuracy,
        Self::MacroF1,
        Self::RocAuc,
        Self::AveragePrecision,
        Self::LogLoss,
        Self::BrierScore,
        Self::CalibrationError,
        Self::MatthewsCorrelation,
        Self::CohensKappa,
    ];

    /// Its name, for people.
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
        }
    }

    /// Its name in JSON: scikit-learn's where it has the figure.
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
        }
    }
}

/// What the figures are computed from, a number a text, so that they can be computed of any of the texts.
pub(super) struct MetricInputs {
    labels: usize,
    actual: Vec<usize>,
    answers: Vec<usize>,
    confidences: Vec<f64>,
    /// Whether the most probable label is right: what confidence is about.
    are_right: Vec<bool>,
    log_losses: Vec<f64>,
    brier_scores: Vec<f64>,
    rankings: Vec<Ranking>,
}

/// How probable a label is for each text, from the most probable on: a sample in this order is sorted
/// already, which makes measuring it fast.
struct Ranking {
    label: usize,
    texts: Vec<usize>,
    scores: Vec<f64>,
}

impl Ranking {
    fn of(evaluation: &Evaluation, label: usize) -> Self {
        let score = |text: usize| evaluation.rows[text].prediction.probabilities[label];
        let mut texts: Vec<usize> = (0..evaluation.rows.len()).collect();
        texts.sort_by(|&a, &b| score(b).total_cmp(&score(a)));
        Self {
            label,
            scores: texts.iter().map(|&text| score(text)).collect(),
            texts,
        }
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
            actual: rows.iter().map(|row| row.actual).collect(),
            answers: rows.iter().map(|row| row.prediction.label).collect(),
            confidences,
            are_right,
            log_losses: rows.iter().map(|row| one(row, log_loss)).collect(),
            brier_scores: rows.iter().map(|row| one(row, brier_score)).collect(),
            rankings: ranked.map(|label| Ranking::of(evaluation, label)).collect(),
        }
    }

    /// The figures of some texts, which may come more than once; NaN where there is none.
    pub(super) fn metrics(&self, texts: &[usize]) -> [f64; COUNT] {
        let mean = |values: &[f64]| {
            let sum: f64 = texts.iter().map(|&text| values[text]).sum();
            sum / texts.len() as f64
        };
        let pairs = texts
            .iter()
            .map(|&text| (self.actual[text], self.answers[text]));
        let matrix = ConfusionMatrix::new(self.labels, pairs);
        let mut times = vec![0u32; self.actual.len()];
        texts.iter().for_each(|&text| times[text] += 1);
        let ranked = |area: fn(&[f64], &[bool]) -> Option<f64>| {
            let areas = self.rankings.iter().filter_map(|ranking| {
                let (mut scores, mut have_label) = (Vec::new(), Vec::new());
                for (&text, &score) in ranking.texts.iter().zip(&ranking.scores) {
                    let has_label = self.actual[text] == ranking.label;
                    scores.extend((0..times[text]).map(|_| score));
                    have_label.extend((0..times[text]).map(|_| has_label));
                }
                area(&scores, &have_label)
            });
            let areas: Vec<f64> = areas.collect();
            areas.iter().sum::<f64>() / areas.len() as f64
        };
        let calibration_error = || {
            let confidences: Vec<f64> = texts.iter().map(|&text| self.confidences[text]).collect();
            let are_right: Vec<bool> = texts.iter().map(|&text| self.are_right[text]).collect();
            expected_calibration_error(&confidences, &are_right, CALIBRATION_BINS)
        };
        Metric::ALL.map(|metric| match metric {
            Metric::Accuracy => matrix.accuracy(),
            Metric::MacroF1 => matrix.average(Average::Macro).f1_score,
            Metric::RocAuc => ranked(roc_auc),
            Metric::AveragePrecision => ranked(average_precision),
            Metric::LogLoss => mean(&self.log_losses),
            Metric::BrierScore => mean(&self.brier_scores),
            Metric::CalibrationError => calibration_error(),
            Metric::MatthewsCorrelation => matrix.matthews_correlation(),
            Metric::CohensKappa => matrix.cohens_kappa(),
        })
    }
}

impl Evaluation {
    /// The figures, in the order of [`Metric::ALL`]; NaN where there is none, as of one class there is no
    /// ROC curve.
    pub fn metrics(&self) -> [f64; COUNT] {
        let texts: Vec<usize> = (0..self.rows.len()).collect();
        MetricInputs::of(self).metrics(&texts)
    }

    /// How far confidence is from accuracy: [`Metric::CalibrationError`].
    pub fn calibration_error(&self) -> f64 {
        let (confidences, correct) = self.confidences();
        expected_calibration_error(&confidences, &correct, CALIBRATION_BINS)
    }

    /// The 95% interval of each figure: Wilson's of accuracy, of the others by the bootstrap, whose draws are
    /// decided by `seed`.
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

    /// Texts of three labels, and what a classifier says of them; another `phase` is another classifier.
    pub(crate) fn evaluation(phase: f64) -> Evaluation {
        let labels = ["a", "b", "c"].map(String::from);
        let actual: Vec<u32> = (0..40).map(|text| text % 3).collect();
        let predictions = actual.iter().enumerate().map(|(text, &actual)| {
            let odds = [0, 1, 2].map(|label| {
                let leaning = if label == actual { 1.0 } else { 0.0 };
                (leaning + (phase * f64::from(label + 1) * text as f64).sin()).exp()
            });
            let sum: f64 = odds.iter().sum();
            let probabilities = odds.map(|odds| odds / sum).to_vec();
            Prediction {
                label: crate::model::Decision::default().label(&probabilities),
                probabilities,
                tokens: 1,
                known_tokens: 1,
            }
        });
        Evaluation::new(&labels, &actual, predictions.collect())
    }

    /// The texts of some places, as an evaluation of their own.
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
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn the_metrics_of_a_sample_are_those_of_its_texts() {
        let evaluation = evaluation(0.7);
        let texts = [3, 3, 17, 0, 39, 4, 8, 8, 8, 21];
        let expected = sample(&evaluation, &texts).metrics();
        assert_same(&MetricInputs::of(&evaluation).metrics(&texts), &expected);
        let (scores, has_label) = evaluation.label_scores(1);
        assert!(roc_auc(&scores, &has_label).unwrap() > 0.5);
    }
}
