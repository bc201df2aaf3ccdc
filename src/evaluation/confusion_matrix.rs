//! The confusion matrix and the metrics that follow from it.
//!
//! A metric whose denominator is 0 is 0, the default of scikit-learn. For example, a class that is never
//! predicted has precision 0.

use std::cmp::Reverse;

use serde::Serialize;

use super::label_counts::{Average, ClassMetrics, LabelCounts, ratio};

/// The number of texts with each pair of actual and predicted label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ConfusionMatrix {
    /// `counts[actual][predicted]`.
    pub counts: Vec<Vec<u64>>,
}

impl ConfusionMatrix {
    /// Counts pairs of actual and predicted label indices, each below `labels`.
    pub fn new(labels: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let counts = vec![vec![0; labels]; labels];
        let mut matrix = Self { counts };
        for (actual, predicted) in pairs {
            matrix.add(actual, predicted);
        }
        matrix
    }

    /// Counts one pair.
    pub fn add(&mut self, actual: usize, predicted: usize) {
        self.counts[actual][predicted] += 1;
    }

    /// Returns the number of texts.
    pub fn total(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    /// Returns the number of correct predictions.
    pub fn correct(&self) -> u64 {
        (0..self.counts.len())
            .map(|label| self.counts[label][label])
            .sum()
    }

    /// Returns the fraction of correct predictions.
    pub fn accuracy(&self) -> f64 {
        ratio(self.correct(), self.total())
    }

    /// Returns the Matthews correlation coefficient, from -1 to 1, for two or more labels (Gorodkin 2004,
    /// "Comparing two K-category assignments by a K-category correlation coefficient"). 0 if all texts have the
    /// same label or the same prediction, as in scikit-learn's `matthews_corrcoef`.
    pub fn matthews_correlation(&self) -> f64 {
        self.label_counts().matthews_correlation()
    }

    /// Returns Cohen's unweighted kappa: the agreement of labels and predictions beyond chance, relative to the
    /// maximum (Cohen 1960, "A coefficient of agreement for nominal scales").
    ///
    /// 0 if all texts have the same label and prediction, where scikit-learn's `cohen_kappa_score` returns NaN
    /// (0 divided by 0).
    pub fn cohens_kappa(&self) -> f64 {
        self.label_counts().cohens_kappa()
    }

    /// Returns the metrics of one label.
    pub fn class(&self, label: usize) -> ClassMetrics {
        let support = self.counts[label].iter().sum();
        let predicted = self.counts.iter().map(|row| row[label]).sum();
        ClassMetrics::new(self.counts[label][label], support, predicted)
    }

    /// Returns the metrics of each label.
    pub fn classes(&self) -> Vec<ClassMetrics> {
        self.label_counts().classes()
    }

    /// Returns the labels that a text has or that are predicted, in order.
    pub fn present_labels(&self) -> Vec<usize> {
        self.label_counts().present_labels()
    }

    /// Returns the mean of the metrics of the [present labels](Self::present_labels), as scikit-learn does by default.
    pub fn average(&self, average: Average) -> ClassMetrics {
        self.label_counts().average(average)
    }

    fn label_counts(&self) -> LabelCounts {
        self.into()
    }

    /// Returns the confused pairs of labels, most frequent first, ties by actual and then predicted label.
    pub fn confused_pairs(&self) -> Vec<ConfusedPair> {
        let mut pairs = Vec::new();
        for (actual, row) in self.counts.iter().enumerate() {
            for (predicted, &count) in row.iter().enumerate() {
                if actual != predicted && count > 0 {
                    pairs.push(ConfusedPair {
                        actual,
                        predicted,
                        count,
                    });
                }
            }
        }
        // Stable: ties keep their order.
        pairs.sort_by_key(|pair| Reverse(pair.count));
        pairs
    }
}

/// A label and another that was predicted in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ConfusedPair {
    /// The index of the actual label.
    pub actual: usize,
    /// The index of the predicted label.
    pub predicted: usize,
    /// The number of texts.
    pub count: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `classification_report` of scikit-learn 1.7 with `zero_division=0` for
    /// `y_true = [0, 0, 0, 1, 1, 2]`, `y_pred = [0, 0, 1, 1, 0, 1]`: label 2 is never predicted.
    #[test]
    fn agrees_with_scikit_learn() {
        let pairs = [(0, 0), (0, 0), (0, 1), (1, 1), (1, 0), (2, 1)];
        let matrix = ConfusionMatrix::new(3, pairs);
        assert_eq!(matrix.counts, [[2, 1, 0], [1, 1, 0], [0, 1, 0]]);
        let close = |found: ClassMetrics, expected: [f64; 3]| {
            let found = [found.precision, found.recall, found.f1_score];
            let same = found
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-12);
            assert!(same, "{found:?} {expected:?}");
        };
        assert_eq!(matrix.accuracy(), 0.5);
        close(matrix.class(0), [2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0]);
        close(matrix.class(1), [1.0 / 3.0, 0.5, 0.4]);
        close(matrix.class(2), [0.0, 0.0, 0.0]);
        close(
            matrix.average(Average::Macro),
            [1.0 / 3.0, 7.0 / 18.0, (2.0 / 3.0 + 0.4) / 3.0],
        );
        close(
            matrix.average(Average::Weighted),
            [4.0 / 9.0, 0.5, (3.0 * 2.0 / 3.0 + 2.0 * 0.4) / 6.0],
        );
    }

    /// scikit-learn 1.9 on a test set in which label 3 of five is neither actual nor predicted, and label 4 is only
    /// predicted:
    ///
    /// ```text
    /// y_true = [0, 0, 0, 1, 1, 2]; y_pred = [0, 0, 1, 1, 4, 1]
    /// precision_recall_fscore_support(y_true, y_pred, average="macro", zero_division=0)
    /// precision_recall_fscore_support(y_true, y_pred, average="weighted", zero_division=0)
    /// ```
    #[test]
    fn labels_that_are_neither_actual_nor_predicted_are_in_no_average() {
        let pairs = [(0, 0), (0, 0), (0, 1), (1, 1), (1, 4), (2, 1)];
        let matrix = ConfusionMatrix::new(5, pairs);
        assert_eq!(matrix.present_labels(), [0, 1, 2, 4]);
        for (average, expected) in [
            (
                Average::Macro,
                [0.3333333333333333, 0.29166666666666663, 0.30000000000000004],
            ),
            (
                Average::Weighted,
                [0.611111111111111, 0.5, 0.5333333333333333],
            ),
        ] {
            let found = matrix.average(average);
            let found = [found.precision, found.recall, found.f1_score];
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-12, "{found} {expected}");
            }
        }
        let empty = ConfusionMatrix::new(3, []).average(Average::Macro);
        assert_eq!((empty.precision, empty.f1_score), (0.0, 0.0));
    }

    /// `matthews_corrcoef` and `cohen_kappa_score` of scikit-learn 1.9 for the same input.
    #[test]
    fn agreement_beyond_chance_agrees_with_scikit_learn() {
        let pairs = [(0, 0), (0, 0), (0, 1), (1, 1), (1, 0), (2, 1)];
        let matrix = ConfusionMatrix::new(3, pairs);
        assert!((matrix.matthews_correlation() - 0.15075567228888181).abs() < 1e-12);
        assert!((matrix.cohens_kappa() - 0.1428571428571429).abs() < 1e-12);
    }

    #[test]
    fn agreement_beyond_chance_is_0_where_it_is_undefined() {
        for counts in [vec![], vec![vec![0; 2]; 2], vec![vec![5, 0], vec![0, 0]]] {
            let matrix = ConfusionMatrix { counts };
            assert_eq!(matrix.matthews_correlation(), 0.0);
            assert_eq!(matrix.cohens_kappa(), 0.0);
        }
        let opposite = ConfusionMatrix {
            counts: vec![vec![0, 5], vec![5, 0]],
        };
        assert_eq!(opposite.matthews_correlation(), -1.0);
        assert_eq!(opposite.cohens_kappa(), -1.0);
    }

    #[test]
    fn confused_pairs_come_most_frequent_first() {
        let counts = vec![vec![9, 2, 1], vec![0, 9, 3], vec![2, 0, 9]];
        let pairs = ConfusionMatrix { counts }.confused_pairs();
        let pairs: Vec<_> = pairs
            .iter()
            .map(|pair| (pair.actual, pair.predicted, pair.count))
            .collect();
        assert_eq!(pairs, [(1, 2, 3), (0, 1, 2), (2, 0, 2), (0, 2, 1)]);
    }
}
