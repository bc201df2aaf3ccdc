//! Calibration: are predictions with a confidence of 0.8 correct in 80% of the cases?

use serde::Serialize;

/// A bin of the reliability diagram: the predictions with a confidence in a range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// The lower bound, exclusive (inclusive in the first bin).
    pub lower: f64,
    /// The upper bound, inclusive.
    pub upper: f64,
    /// The number of predictions.
    pub count: u64,
    /// The mean confidence; 0 in an empty bin.
    pub confidence: f64,
    /// The fraction of correct predictions; 0 in an empty bin.
    pub accuracy: f64,
}

/// Returns the reliability diagram: `bins` bins of equal width from 0 to 1, empty ones included (Guo et al. 2017,
/// "On calibration of modern neural networks", section 2).
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
        // Compares with the reported bounds: multiplying by the number of bins would sometimes round a bound
        // into the next bin.
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

/// Returns the expected calibration error: the mean absolute difference of confidence and accuracy over the bins of
/// the reliability diagram, weighted by count (Guo et al. 2017, equation 3). 0 without predictions.
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

    /// Half the predictions have confidence 0.9 and accuracy 0.5, the others confidence 0.6 and accuracy 1.
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
