//! Accuracy, and precision, recall and F1 of each class, from a confusion matrix.
//!
//! Where a figure's denominator is 0 (a class that is never predicted has no precision) the figure is
//! 0, as scikit-learn's default has it.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// How often each label was given each prediction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ConfusionMatrix {
    /// `counts[actual][predicted]`.
    pub counts: Vec<Vec<u64>>,
}

impl ConfusionMatrix {
    /// Counts pairs of the actual and the predicted label, each below `labels`.
    pub fn new(labels: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let counts = vec![vec![0; labels]; labels];
        let mut matrix = Self { counts };
        for (actual, predicted) in pairs {
            matrix.add(actual, predicted);
        }
        matrix
    }

    /// Counts one more row.
    pub fn add(&mut self, actual: usize, predicted: usize) {
        self.counts[actual][predicted] += 1;
    }

    /// How many rows were counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    /// The share of rows whose prediction is their label.
    pub fn accuracy(&self) -> f64 {
        let correct = (0..self.counts.len())
            .map(|label| self.counts[label][label])
            .sum();
        ratio(correct, self.total())
    }

    /// The figures of one label.
    pub fn class(&self, label: usize) -> ClassMetrics {
        let correct = self.counts[label][label];
        let support = self.counts[label].iter().sum();
        let predicted = self.counts.iter().map(|row| row[label]).sum();
        ClassMetrics {
            precision: ratio(correct, predicted),
            recall: ratio(correct, support),
            // The harmonic mean of the two, which has a value where one of them has none.
            f1_score: ratio(2 * correct, support + predicted),
            support,
        }
    }

    /// The mean of the labels' figures.
    pub fn average(&self, average: Average) -> ClassMetrics {
        let total = self.total();
        let labels = self.counts.len() as f64;
        let mean = |figure: fn(&ClassMetrics) -> f64| {
            (0..self.counts.len())
                .map(|label| {
                    let class = self.class(label);
                    let weight = match average {
                        Average::Macro => 1.0 / labels,
                        Average::Weighted => ratio(class.support, total),
                    };
                    weight * figure(&class)
                })
                .sum()
        };
        ClassMetrics {
            precision: mean(|class| class.precision),
            recall: mean(|class| class.recall),
            f1_score: mean(|class| class.f1_score),
            support: total,
        }
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// How the labels' figures make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Average {
    /// Every label counts alike.
    Macro,
    /// A label counts as often as it occurs.
    Weighted,
}

/// The figures of a label, or their mean over labels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ClassMetrics {
    /// Of the rows that were predicted to have the label, the share that have it.
    pub precision: f64,
    /// Of the rows that have the label, the share that were predicted to.
    pub recall: f64,
    /// The harmonic mean of the two.
    #[serde(rename = "f1-score")]
    pub f1_score: f64,
    /// Rows that have the label.
    pub support: u64,
}

/// How a classifier did on labelled texts.
///
/// Serialises with the keys of scikit-learn's `classification_report(output_dict=True)` and
/// `confusion_matrix`, whose rows and columns have the labels' order.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The labels, in the order of the matrix.
    pub labels: Vec<String>,
    /// The counts that everything follows from.
    pub confusion_matrix: ConfusionMatrix,
}

impl Serialize for Evaluation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let matrix = &self.confusion_matrix;
        let mut map = serializer.serialize_map(None)?;
        for (index, label) in self.labels.iter().enumerate() {
            map.serialize_entry(label, &matrix.class(index))?;
        }
        map.serialize_entry("accuracy", &matrix.accuracy())?;
        map.serialize_entry("macro avg", &matrix.average(Average::Macro))?;
        map.serialize_entry("weighted avg", &matrix.average(Average::Weighted))?;
        map.serialize_entry("confusion_matrix", matrix)?;
        map.end()
    }
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
}
