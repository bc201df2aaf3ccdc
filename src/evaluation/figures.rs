//! The figures at the head of an evaluation, each with an interval.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::interval::{Interval, bootstrap, wilson};
use super::probability::{brier_score, expected_calibration_error, log_loss};
use super::ranking::{average_precision, roc_auc};
use super::{Average, ConfusionMatrix, Evaluation, Group, Scored};

/// Bins of confidence in which calibration is measured: those of Guo et al. (2017).
pub(super) const CALIBRATION_BINS: usize = 15;

/// How many figures there are.
const COUNT: usize = Figure::ALL.len();

/// A figure that says in one number how good a classifier is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
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

impl Figure {
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
///
/// The texts are in the order of the last label's probability: a sample of them in this order is sorted
/// already, which makes ranking it fast.
struct Columns {
    labels: usize,
    /// Where each text is in the other columns.
    places: Vec<usize>,
    actual: Vec<usize>,
    answers: Vec<usize>,
    confidences: Vec<f64>,
    log_losses: Vec<f64>,
    brier_scores: Vec<f64>,
    /// Of each label that is ranked: how probable it is for each text.
    rankings: Vec<(usize, Vec<f64>)>,
}

impl Columns {
    fn of(evaluation: &Evaluation) -> Self {
        let labels = evaluation.labels.len();
        let last = labels.saturating_sub(1);
        let mut order: Vec<usize> = (0..evaluation.rows.len()).collect();
        order.sort_by(|&a, &b| {
            let probability = |text: usize| evaluation.rows[text].prediction.probabilities[last];
            probability(b).total_cmp(&probability(a))
        });
        let mut places = vec![0; order.len()];
        for (place, &text) in order.iter().enumerate() {
            places[text] = place;
        }
        let rows: Vec<&Scored> = order.iter().map(|&text| &evaluation.rows[text]).collect();
        let ranked = if labels == 2 { 1..2 } else { 0..labels };
        let one = |row: &Scored, loss: fn(&[Vec<f64>], &[usize]) -> f64| {
            let probabilities = std::slice::from_ref(&row.prediction.probabilities);
            loss(probabilities, &[row.actual])
        };
        let rankings = ranked.map(|label| {
            let scores = rows.iter();
            let scores = scores.map(|row| row.prediction.probabilities[label]);
            (label, scores.collect())
        });
        Self {
            labels,
            places,
            actual: rows.iter().map(|row| row.actual).collect(),
            answers: rows.iter().map(|row| row.prediction.label).collect(),
            confidences: rows.iter().map(|row| row.prediction.score()).collect(),
            log_losses: rows.iter().map(|row| one(row, log_loss)).collect(),
            brier_scores: rows.iter().map(|row| one(row, brier_score)).collect(),
            rankings: rankings.collect(),
        }
    }

    /// The figures of some texts, which may come more than once; NaN where there is none.
    fn figures(&self, texts: &[usize]) -> [f64; COUNT] {
        let mut places: Vec<usize> = texts.iter().map(|&text| self.places[text]).collect();
        places.sort_unstable();
        let pick =
            |values: &[f64]| -> Vec<f64> { places.iter().map(|&place| values[place]).collect() };
        let mean = |values: &[f64]| {
            let sum: f64 = places.iter().map(|&place| values[place]).sum();
            sum / places.len() as f64
        };
        let pairs = places
            .iter()
            .map(|&place| (self.actual[place], self.answers[place]));
        let correct: Vec<bool> = pairs
            .clone()
            .map(|(actual, answer)| actual == answer)
            .collect();
        let matrix = ConfusionMatrix::new(self.labels, pairs);
        let ranked = |area: fn(&[f64], &[bool]) -> Option<f64>| {
            let areas = self.rankings.iter().filter_map(|(label, scores)| {
                let has_label = places.iter().map(|&place| self.actual[place] == *label);
                area(&pick(scores), &has_label.collect::<Vec<_>>())
            });
            let areas: Vec<f64> = areas.collect();
            areas.iter().sum::<f64>() / areas.len() as f64
        };
        Figure::ALL.map(|figure| match figure {
            Figure::Accuracy => matrix.accuracy(),
            Figure::MacroF1 => matrix.average(Average::Macro).f1_score,
            Figure::RocAuc => ranked(roc_auc),
            Figure::AveragePrecision => ranked(average_precision),
            Figure::LogLoss => mean(&self.log_losses),
            Figure::BrierScore => mean(&self.brier_scores),
            Figure::CalibrationError => {
                expected_calibration_error(&pick(&self.confidences), &correct, CALIBRATION_BINS)
            }
            Figure::MatthewsCorrelation => matrix.matthews_correlation(),
            Figure::CohensKappa => matrix.cohens_kappa(),
        })
    }
}

impl Evaluation {
    /// The figures, in the order of [`Figure::ALL`]; NaN where there is none, as of one class there is no
    /// ROC curve.
    pub fn figures(&self) -> [f64; COUNT] {
        let texts: Vec<usize> = (0..self.rows.len()).collect();
        Columns::of(self).figures(&texts)
    }

    /// How far confidence is from accuracy: [`Figure::CalibrationError`].
    pub fn calibration_error(&self) -> f64 {
        let (confidences, correct) = self.confidences();
        expected_calibration_error(&confidences, &correct, CALIBRATION_BINS)
    }

    /// The 95% interval of each figure: Wilson's of accuracy, of the others by the bootstrap, whose draws are
    /// decided by `seed`.
    pub fn intervals(&self, seed: u64) -> [Interval; COUNT] {
        let columns = Columns::of(self);
        let mut intervals = bootstrap(self.rows.len(), seed, |texts| columns.figures(texts));
        let matrix = self.confusion_matrix();
        intervals[0] = wilson(matrix.correct(), matrix.total());
        intervals
    }

    /// The figures of two evaluations of the same texts, the second's less the first's, with 95% intervals
    /// by the paired bootstrap: both are drawn the same texts (Efron and Tibshirani, 1993).
    pub fn differences(&self, other: &Self, seed: u64) -> [(f64, Interval); COUNT] {
        let (first, second) = (Columns::of(self), Columns::of(other));
        let difference = |texts: &[usize]| -> [f64; COUNT] {
            let (first, second) = (first.figures(texts), second.figures(texts));
            std::array::from_fn(|figure| second[figure] - first[figure])
        };
        let all: Vec<usize> = (0..self.rows.len()).collect();
        let values = difference(&all);
        let intervals = bootstrap(self.rows.len(), seed, difference);
        std::array::from_fn(|figure| (values[figure], intervals[figure]))
    }

    /// The figures of all kinds, to be written as JSON; with intervals if there is a seed to draw them by.
    pub fn summary(&self, seed: Option<u64>) -> Summary<'_> {
        Summary {
            evaluation: self,
            intervals: seed.map(|seed| self.intervals(seed)),
        }
    }
}

/// An evaluation's figures as JSON: the keys of scikit-learn's `classification_report(output_dict=True)`,
/// `confusion_matrix`, whose rows and columns have the labels' order, and the names of its functions for
/// the others. A figure that there is none of is null.
#[derive(Clone, Debug)]
pub struct Summary<'a> {
    evaluation: &'a Evaluation,
    intervals: Option<[Interval; COUNT]>,
}

impl Serialize for Summary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            evaluation,
            intervals,
        } = self;
        let matrix = evaluation.confusion_matrix();
        let mut map = serializer.serialize_map(None)?;
        for (index, label) in evaluation.labels.iter().enumerate() {
            map.serialize_entry(label, &matrix.class(index))?;
        }
        map.serialize_entry("accuracy", &matrix.accuracy())?;
        map.serialize_entry("macro avg", &matrix.average(Average::Macro))?;
        map.serialize_entry("weighted avg", &matrix.average(Average::Weighted))?;
        map.serialize_entry("confusion_matrix", &matrix)?;
        let figures = evaluation.figures();
        for (figure, value) in Figure::ALL.iter().zip(figures).skip(1) {
            map.serialize_entry(figure.key(), &value)?;
        }
        if let Some(intervals) = intervals {
            let of_figures = Figure::ALL.iter().zip(intervals);
            let named: serde_json::Map<String, serde_json::Value> = of_figures
                .map(|(figure, Interval { low, high })| {
                    (figure.key().into(), serde_json::json!([low, high]))
                })
                .collect();
            map.serialize_entry("intervals", &named)?;
        }
        map.serialize_entry("by_length", &Group::by_length(evaluation))?;
        map.serialize_entry("by_coverage", &Group::by_coverage(evaluation))?;
        map.end()
    }
}
