//! How good probabilities are: their losses, and whether a confidence of 0.8 is right in 8 cases of 10.
//!
//! The loss of no rows is 0.

use serde::Serialize;

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

/// The rows whose confidence, the probability of the prediction, lies in a range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// The range's lower end, which is not in it (0 is, in the first).
    pub lower: f64,
    /// The range's upper end, which is in it.
    pub upper: f64,
    /// Rows in the range.
    pub count: u64,
    /// The mean of their confidences; 0 without a row.
    pub confidence: f64,
    /// The share of them whose prediction is right; 0 without a row.
    pub accuracy: f64,
}

/// The reliability diagram: confidences from 0 to 1 in so many ranges of equal width, also those without
/// a row (Guo et al. 2017, "On calibration of modern neural networks", section 2). Empty for no bins.
pub fn reliability(confidences: &[f64], correct: &[bool], bins: usize) -> Vec<ReliabilityBin> {
    let mut diagram: Vec<ReliabilityBin> = (0..bins)
        .map(|bin| ReliabilityBin {
            lower: bin as f64 / bins as f64,
            upper: (bin + 1) as f64 / bins as f64,
            count: 0,
            confidence: 0.0,
            accuracy: 0.0,
        })
        .collect();
    if bins == 0 {
        return diagram;
    }
    for (&confidence, &correct) in confidences.iter().zip(correct) {
        // The first range whose upper end is not below: decided by the ends that are reported, as a
        // product's rounding would now and then put an end in the next range.
        let bin = diagram.partition_point(|bin| bin.upper < confidence);
        let bin = &mut diagram[bin.min(bins - 1)];
        bin.count += 1;
        bin.confidence += confidence;
        bin.accuracy += if correct { 1.0 } else { 0.0 };
    }
    for bin in diagram.iter_mut().filter(|bin| bin.count > 0) {
        bin.confidence /= bin.count as f64;
        bin.accuracy /= bin.count as f64;
    }
    diagram
}

/// By how much confidence and accuracy differ in a bin of the reliability diagram, on average over the
/// rows (Guo et al. 2017, equation 3).
pub fn expected_calibration_error(confidences: &[f64], correct: &[bool], bins: usize) -> f64 {
    let diagram = reliability(confidences, correct, bins);
    let rows: u64 = diagram.iter().map(|bin| bin.count).sum();
    if rows == 0 {
        return 0.0;
    }
    diagram
        .iter()
        .map(|bin| bin.count as f64 / rows as f64 * (bin.accuracy - bin.confidence).abs())
        .sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
        assert_eq!(expected_calibration_error(&[], &[], 15), 0.0);
        assert_eq!(expected_calibration_error(&[0.5], &[true], 0), 0.0);
        assert_eq!(reliability(&[], &[], 15).len(), 15);
        assert_eq!(reliability(&[0.5], &[true], 0), []);
    }

    #[test]
    fn a_bin_holds_its_upper_end() {
        for bins in 1..100 {
            let ends: Vec<f64> = (1..=bins).map(|end| end as f64 / bins as f64).collect();
            let diagram = reliability(&ends, &vec![true; bins], bins);
            assert!(diagram.iter().all(|bin| bin.count == 1), "{bins}");
        }
        assert_eq!(reliability(&[0.0, 0.25, 0.5], &[true; 3], 4)[0].count, 2);
    }

    /// Half the rows are confident by 0.9 and right in one of two, the others by 0.6 and always right.
    #[test]
    fn the_calibration_error_is_the_mean_gap() {
        let error =
            expected_calibration_error(&[0.9, 0.9, 0.6, 0.6], &[true, false, true, true], 10);
        assert!((error - 0.4).abs() < 1e-15);
    }

    proptest! {
        #[test]
        fn every_row_is_in_one_bin(confidences in prop::collection::vec(0.0..=1.0f64, 0..50), bins in 1usize..30) {
            let diagram = reliability(&confidences, &vec![true; confidences.len()], bins);
            let count: u64 = diagram.iter().map(|bin| bin.count).sum();
            prop_assert_eq!(count, confidences.len() as u64);
            for bin in diagram.iter().filter(|bin| bin.count > 0) {
                let within = bin.lower - 1e-12..=bin.upper + 1e-12;
                prop_assert!(within.contains(&bin.confidence), "{:?}", bin);
            }
        }
    }
}
