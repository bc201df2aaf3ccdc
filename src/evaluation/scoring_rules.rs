//! Proper scoring rules: log loss and Brier score.

/// Returns the log loss (cross-entropy): the mean negative log-probability of the labels. 0 without texts.
///
/// `probabilities` has the shape `[texts, labels]`. Probabilities are clipped to [ε, 1 - ε], where ε is the machine
/// epsilon of f64, as in scikit-learn's `log_loss`: a confident mistake costs 36 instead of infinity.
pub fn log_loss(probabilities: &[Vec<f64>], labels: &[usize]) -> f64 {
    mean(probabilities.iter().zip(labels).map(|(row, &label)| {
        // A label outside the row has probability 0.
        let probability = row.get(label).copied().unwrap_or(0.0);
        -probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
    }))
}

/// Returns the Brier score: the mean squared error of the probabilities (Brier 1950, "Verification of forecasts
/// expressed in terms of probability"), scaled as in scikit-learn's `brier_score_loss`. 0 without texts.
///
/// With two labels it is the squared error of label 1, from 0 to 1. With any other number it is the sum over the
/// labels, from 0 to 2.
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
