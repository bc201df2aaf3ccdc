//! Metrics of labels that are numbers, such as stars.

use super::ConfusionMatrix;
use crate::model::label_values;

/// The minimum number of labels with an order worth measuring.
const MIN_LABELS: usize = 3;

/// Returns the values of three or more labels that are numbers in ascending order, for which the metrics of this file are
/// defined.
pub fn ordinal_values(labels: &[String]) -> Option<Vec<f64>> {
    label_values(labels).filter(|values| values.len() >= MIN_LABELS)
}

impl ConfusionMatrix {
    /// Returns the mean absolute difference of the labels and the predictions, as `mean_absolute_error` in scikit-learn.
    /// `values` has one value per label. 0 without texts.
    pub fn mean_absolute_error(&self, values: &[f64]) -> f64 {
        self.mean(|actual, predicted| (values[actual] - values[predicted]).abs())
    }

    /// Returns the fraction of texts whose prediction is the label or one next to it. 0 without texts.
    pub fn within_one(&self) -> f64 {
        self.mean(|actual, predicted| f64::from(u8::from(actual.abs_diff(predicted) <= 1)))
    }

    /// Returns Cohen's kappa with the squared difference of the labels' indices as weights (Cohen 1968, "Weighted kappa"),
    /// as `cohen_kappa_score(weights="quadratic", labels=...)` in scikit-learn.
    ///
    /// 0 if all texts have the same label and prediction, where scikit-learn returns NaN (0 divided by 0).
    pub fn quadratic_weighted_kappa(&self) -> f64 {
        let actual: Vec<u64> = self.counts.iter().map(|row| row.iter().sum()).collect();
        let labels = 0..self.counts.len();
        let predicted = labels.map(|label| self.counts.iter().map(|row| row[label]).sum());
        let predicted: Vec<u64> = predicted.collect();
        let (mut observed, mut by_chance) = (0.0, 0.0);
        for (i, row) in self.counts.iter().enumerate() {
            for (j, &texts) in row.iter().enumerate() {
                let weight = (i.abs_diff(j) as f64).powi(2);
                observed += weight * texts as f64;
                by_chance += weight * actual[i] as f64 * predicted[j] as f64;
            }
        }
        match by_chance {
            0.0 => 0.0,
            _ => 1.0 - observed * self.total() as f64 / by_chance,
        }
    }

    /// Returns the mean over the texts of a value of actual and predicted label; 0 without texts.
    fn mean(&self, value: impl Fn(usize, usize) -> f64) -> f64 {
        let rows = self.counts.iter().enumerate();
        let cells = rows.flat_map(|(actual, row)| {
            let columns = row.iter().enumerate();
            columns.map(move |(predicted, &texts)| (actual, predicted, texts))
        });
        let sum: f64 = cells
            .map(|(actual, predicted, texts)| value(actual, predicted) * texts as f64)
            .sum();
        sum / self.total().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `mean_absolute_error(y, p)` and `cohen_kappa_score(y, p, weights="quadratic", labels=[1, 2, 3, 5])` of
    /// scikit-learn 1.9 for `y = [1, 1, 2, 2, 3, 3, 3, 5, 5, 1]`, `p = [1, 2, 2, 3, 3, 1, 3, 3, 5, 3]`.
    #[test]
    fn agrees_with_scikit_learn() {
        let values = [1.0, 2.0, 3.0, 5.0];
        let actual = [0, 0, 1, 1, 2, 2, 2, 3, 3, 0];
        let predicted = [0, 1, 1, 2, 2, 0, 2, 2, 3, 2];
        let matrix = ConfusionMatrix::new(4, actual.into_iter().zip(predicted));
        assert!((matrix.mean_absolute_error(&values) - 0.8).abs() < 1e-12);
        assert!((matrix.quadratic_weighted_kappa() - 0.47619047619047616).abs() < 1e-12);
        assert_eq!(matrix.within_one(), 0.8);
    }

    #[test]
    fn metrics_without_texts_or_variance_are_0() {
        for counts in [vec![vec![0; 3]; 3], vec![vec![7, 0], vec![0, 0]]] {
            let matrix = ConfusionMatrix { counts };
            assert_eq!(matrix.quadratic_weighted_kappa(), 0.0);
            assert_eq!(matrix.mean_absolute_error(&[1.0, 2.0, 3.0]), 0.0);
        }
    }

    #[test]
    fn only_three_or_more_ascending_numbers_have_values() {
        let values = |labels: &[&str]| {
            let labels: Vec<String> = labels.iter().map(|&label| label.into()).collect();
            ordinal_values(&labels)
        };
        assert_eq!(values(&["1", "2", "10"]), Some(vec![1.0, 2.0, 10.0]));
        assert_eq!(values(&["0", "1"]), None);
        assert_eq!(values(&["1", "2", "good"]), None);
    }
}
