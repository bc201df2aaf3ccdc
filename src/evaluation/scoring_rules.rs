//! Proper scoring rules: log loss and Brier score.

/// The mean negative logarithm of the probability that was given to the label: cross-entropy.
///
/// A row holds a probability for each label. Probabilities are held between ε and 1 - ε, ε the machine
/// epsilon of f64, as in scikit-learn's `log_loss`, so that a confident mistake costs 36 and not
/// infinity.
pub fn log_loss(probabilities: &[Vec<f64>], labels: &[usize]) -> f64 {
    mean(probabilities.iter().zip(labels).map(|(row, &label)| {
        // A label that the row does not know was given no probability.
        let probability = row.get(label).copied().unwrap_or(0.0);
        -probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
    }))
}

/// The mean squared distance of probabilities from what came true (Brier 1950, "Verification of forecasts
/// expressed in terms of probability"), as scikit-learn's `brier_score_loss` scales it.
///
/// For two labels the square of label 1's distance alone, from 0 to 1; for any other number Brier's sum
/// over the labels, from 0 to 2. The sum for two labels would be twice what is given.
pub fn brier_score(probabilities: &[Vec<f64>], labels: &[usize]) -> f64 {
    mean(probabilities.iter().zip(labels).map(|(row, &label)| {
        let squared_distance = |index: usize| {
            let came_true = if index == label { 1.0 } else { 0.0 };
            (row[index] - came_true).powi(2)
        };
        match row.len() {
            2 => squared_distance(1),
            labels => (0..labels).map(squared_distance).sum(),
        }
    }))
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    match values.len() {
        0 => 0.0,
        count => values.sum::<f64>() / count as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confident_mistake_has_a_finite_loss() {
        let loss = log_loss(&[vec![1.0, 0.0]], &[1]);
        assert_eq!(loss, -f64::EPSILON.ln());
        assert_eq!(log_loss(&[vec![0.5, 0.5]], &[2]), loss);
        assert!(log_loss(&[vec![1.0, 0.0]], &[0]) < 1e-15);
    }

    #[test]
    fn two_labels_have_half_the_brier_score_of_more() {
        let two = brier_score(&[vec![0.3, 0.7], vec![1.0, 0.0]], &[0, 0]);
        assert!((two - 0.49 / 2.0).abs() < 1e-15);
        let three = brier_score(&[vec![0.3, 0.7, 0.0], vec![1.0, 0.0, 0.0]], &[0, 0]);
        assert!((three - 0.98 / 2.0).abs() < 1e-15);
    }

    #[test]
    fn no_rows_have_no_loss() {
        assert_eq!(log_loss(&[], &[]), 0.0);
        assert_eq!(brier_score(&[], &[]), 0.0);
    }
}
