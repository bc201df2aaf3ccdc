//! How often each label is actual, predicted and both, and the metrics that need no other counts.
//!
//! A metric whose denominator is 0 is 0, the default of scikit-learn. For example, a class that is never
//! predicted has precision 0.

use serde::Serialize;

use super::confusion_matrix::ConfusionMatrix;

/// The number of texts of each label.
#[derive(Clone, Debug)]
pub(super) struct LabelCounts(Vec<Counts>);

/// The number of texts that have a label, that are predicted to have it, and both.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    actual: u64,
    predicted: u64,
    both: u64,
}

impl LabelCounts {
    /// Counts pairs of actual and predicted label indices, each below `labels`.
    pub(super) fn new(labels: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut counts = Self(vec![Counts::default(); labels]);
        pairs.into_iter().for_each(|pair| counts.add(pair, 1));
        counts
    }

    fn add(&mut self, (actual, predicted): (usize, usize), texts: u64) {
        self.0[actual].actual += texts;
        self.0[predicted].predicted += texts;
        if actual == predicted {
            self.0[actual].both += texts;
        }
    }

    fn total(&self) -> u64 {
        self.0.iter().map(|label| label.actual).sum()
    }

    fn correct(&self) -> u64 {
        self.0.iter().map(|label| label.both).sum()
    }

    /// See [`ConfusionMatrix::accuracy`].
    pub(super) fn accuracy(&self) -> f64 {
        ratio(self.correct(), self.total())
    }

    /// See [`ConfusionMatrix::matthews_correlation`].
    pub(super) fn matthews_correlation(&self) -> f64 {
        let total = i128::from(self.total());
        let [both, actual, predicted] = self.chance_products();
        // Covariances times the squared total are integers, so 0 is exact.
        let covariance = i128::from(self.correct()) * total - both;
        let variances = [actual, predicted].map(|product| (total * total - product) as f64);
        // The product of two square roots would make a perfect correlation slightly less than 1.
        let denominator = (variances[0] * variances[1]).sqrt();
        if denominator == 0.0 {
            0.0
        } else {
            covariance as f64 / denominator
        }
    }

    /// See [`ConfusionMatrix::cohens_kappa`].
    pub(super) fn cohens_kappa(&self) -> f64 {
        let total = i128::from(self.total());
        let [both, _, _] = self.chance_products();
        // Observed agreement and perfect agreement, both minus chance agreement, times the squared total.
        let beyond_chance = i128::from(self.correct()) * total - both;
        let possible = total * total - both;
        if possible == 0 {
            0.0
        } else {
            beyond_chance as f64 / possible as f64
        }
    }

    /// Returns three sums over the labels: actual count times predicted count, squared actual count, and squared
    /// predicted count.
    fn chance_products(&self) -> [i128; 3] {
        let mut products = [0; 3];
        for label in &self.0 {
            let [actual, predicted] = [label.actual, label.predicted].map(i128::from);
            products[0] += actual * predicted;
            products[1] += actual * actual;
            products[2] += predicted * predicted;
        }
        products
    }

    /// See [`ConfusionMatrix::classes`].
    pub(super) fn classes(&self) -> Vec<ClassMetrics> {
        let labels = self.0.iter();
        labels
            .map(|label| ClassMetrics::new(label.both, label.actual, label.predicted))
            .collect()
    }

    /// See [`ConfusionMatrix::present_labels`].
    pub(super) fn present_labels(&self) -> Vec<usize> {
        let is_present = |&label: &usize| self.0[label].actual + self.0[label].predicted > 0;
        (0..self.0.len()).filter(is_present).collect()
    }

    /// See [`ConfusionMatrix::average`].
    pub(super) fn average(&self, average: Average) -> ClassMetrics {
        let total = self.total();
        let all = self.classes();
        let present = self.present_labels();
        let classes: Vec<&ClassMetrics> = present.iter().map(|&label| &all[label]).collect();
        let mean = |figure: fn(&ClassMetrics) -> f64| {
            let weighted = classes.iter().map(|class| {
                let weight = match average {
                    Average::Macro => 1.0 / classes.len() as f64,
                    Average::Weighted => ratio(class.support, total),
                };
                weight * figure(class)
            });
            weighted.sum()
        };
        ClassMetrics {
            precision: mean(|class| class.precision),
            recall: mean(|class| class.recall),
            f1_score: mean(|class| class.f1_score),
            support: total,
        }
    }
}

impl From<&ConfusionMatrix> for LabelCounts {
    fn from(matrix: &ConfusionMatrix) -> Self {
        let mut counts = Self(vec![Counts::default(); matrix.counts.len()]);
        for (actual, row) in matrix.counts.iter().enumerate() {
            for (predicted, &texts) in row.iter().enumerate() {
                counts.add((actual, predicted), texts);
            }
        }
        counts
    }
}

/// How to average metrics over labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Average {
    /// The unweighted mean.
    Macro,
    /// The mean weighted by support.
    Weighted,
}

/// Precision, recall and F1 of a label, or their mean over labels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ClassMetrics {
    /// The fraction of predictions of the label that are correct.
    pub precision: f64,
    /// The fraction of texts with the label that are predicted.
    pub recall: f64,
    /// The harmonic mean of precision and recall.
    #[serde(rename = "f1-score")]
    pub f1_score: f64,
    /// The number of texts with the label.
    pub support: u64,
}

impl ClassMetrics {
    /// Computes the metrics of a label from its number of correct predictions, texts and predictions.
    pub(super) fn new(correct: u64, support: u64, predicted: u64) -> Self {
        Self {
            precision: ratio(correct, predicted),
            recall: ratio(correct, support),
            // Equals the harmonic mean, and is defined where precision or recall is not.
            f1_score: ratio(2 * correct, support + predicted),
            support,
        }
    }
}

pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}
