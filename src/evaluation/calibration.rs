//! How good probabilities are: their losses, and whether a confidence of 0.8 is right in 8 cases of 10.
//!
//! The loss of no rows is 0.

use serde::Serialize;

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
pub fn reliability_diagram(
    confidences: &[f64],
    correct: &[bool],
    bins: usize,
) -> Vec<ReliabilityBin> {
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
    let diagram = reliability_diagram(confidences, correct, bins);
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
    fn no_rows_have_no_calibration_error() {
        assert_eq!(expected_calibration_error(&[], &[], 15), 0.0);
        assert_eq!(expected_calibration_error(&[0.5], &[true], 0), 0.0);
        assert_eq!(reliability_diagram(&[], &[], 15).len(), 15);
        assert_eq!(reliability_diagram(&[0.5], &[true], 0), []);
    }

    #[test]
    fn a_bin_holds_its_upper_end() {
        for bins in 1..100 {
            let ends: Vec<f64> = (1..=bins).map(|end| end as f64 / bins as f64).collect();
            let diagram = reliability_diagram(&ends, &vec![true; bins], bins);
            assert!(diagram.iter().all(|bin| bin.count == 1), "{bins}");
        }
        assert_eq!(
            reliability_diagram(&[0.0, 0.25, 0.5], &[true; 3], 4)[0].count,
            2
        );
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
            let diagram = reliability_diagram(&confidences, &vec![true; confidences.len()], bins);
            let count: u64 = diagram.iter().map(|bin| bin.count).sum();
            prop_assert_eq!(count, confidences.len() as u64);
            for bin in diagram.iter().filter(|bin| bin.count > 0) {
                let within = bin.lower - 1e-12..=bin.upper + 1e-12;
                prop_assert!(within.contains(&bin.confidence), "{:?}", bin);
            }
        }
    }
}
