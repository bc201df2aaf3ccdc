//! Temperature scaling: calibrating probabilities on validation texts.

/// The bounds of the temperature. Beyond them the fit is degenerate: certainty, or uniform probabilities.
const LOWEST: f64 = 0.05;
const HIGHEST: f64 = 20.0;

/// The number of bisection steps for the full precision of an f64: log2(ln(20 / 0.05) / 2⁻⁵²).
const HALVINGS: usize = 55;

/// Fits the temperature T in [0.05, 20] that minimises the cross-entropy of softmax(logits / T) (Guo et al. 2017,
/// "On calibration of modern neural networks", section 4.2). Scaling changes the confidence of predictions and
/// never the predicted label.
///
/// `logits` has the shape `[rows, labels]`. With n rows and K labels, the target is (n + 1) / (n + K) for the row's
/// label and 1 / (n + K) for each other label (Platt 1999, "Probabilistic outputs for support vector machines",
/// section 2.2, for two labels). This smoothing avoids certainty from few rows that are all correct.
///
/// Logits must be finite. Rows without a logit for their label are ignored. Returns 1 if the loss is the same at every
/// temperature, as without rows.
pub fn fit_temperature(logits: &[Vec<f32>], labels: &[usize]) -> f64 {
    lowest_loss(|temperature| slope(logits, labels, 1.0 / temperature))
}

/// Fits the temperature T in [0.05, 20] that minimises the binary cross-entropy of sigmoid(logits / T), one for all labels.
///
/// `logits` has the shape `[rows, labels]`, and `sets` has the indices of each row's labels. As in [`fit_temperature`], a row
/// with n rows in all has the targets (n + 1) / (n + 2) for its labels and 1 / (n + 2) for the others.
pub fn fit_multi_label_temperature(logits: &[Vec<f32>], sets: &[Vec<u32>]) -> f64 {
    // The sigmoid of z is the softmax of 0 and z.
    let pairs = logits.iter().zip(sets).flat_map(|(row, set)| {
        let logits = row.iter().enumerate();
        logits.map(|(label, &logit)| (logit, set.contains(&(label as u32))))
    });
    let pairs: Vec<(f32, bool)> = pairs.collect();
    let rows = sets.len() as f64;
    lowest_loss(|temperature| {
        let terms = pairs.iter().map(|&(logit, is_present)| {
            let logit = f64::from(logit);
            let target = if is_present { rows + 1.0 } else { 1.0 } / (rows + 2.0);
            let probability = 1.0 / (1.0 + (-logit / temperature).exp());
            logit * (probability - target)
        });
        terms.sum()
    })
}

/// Returns the temperature with the lowest loss, given the derivative of the loss with respect to the inverse temperature.
fn lowest_loss(slope: impl Fn(f64) -> f64) -> f64 {
    if slope(1.0) == 0.0 {
        return 1.0;
    }
    // The loss is convex in 1/T, so its slope has one sign on each side of the minimum. Bisection on the sign
    // always converges, and is more accurate than comparing losses, whose differences near the minimum are below
    // rounding.
    if slope(LOWEST) <= 0.0 {
        return LOWEST;
    }
    if slope(HIGHEST) >= 0.0 {
        return HIGHEST;
    }
    let (mut low, mut high) = (LOWEST.ln(), HIGHEST.ln());
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if slope(middle.exp()) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    (0.5 * (low + high)).exp()
}

/// Returns the derivative of the summed cross-entropy of softmax(inverse * logits) with respect to `inverse`: for each
/// row, the expected logit under that softmax minus the expected logit under the target.
fn slope(logits: &[Vec<f32>], labels: &[usize], inverse: f64) -> f64 {
    let rows = labels.len() as f64;
    let of_row = |(row, &label): (&Vec<f32>, &usize)| {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        // Relative to the largest logit, so that no exponential overflows.
        let below = |logit: f32| f64::from(logit) - f64::from(largest);
        let of_label = below(*row.get(label)?);
        let (mut weights, mut weighted, mut sum) = (0.0, 0.0, 0.0);
        for &logit in row {
            let weight = (inverse * below(logit)).exp();
            weights += weight;
            weighted += weight * below(logit);
            sum += below(logit);
        }
        let target = (rows * of_label + sum) / (rows + row.len() as f64);
        Some(weighted / weights - target)
    };
    logits.iter().zip(labels).filter_map(of_row).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Perfectly calibrated rows whose logits are then multiplied by `factor`.
    fn calibrated(factor: f32) -> (Vec<Vec<f32>>, Vec<usize>) {
        let mut rows = (Vec::new(), Vec::new());
        for odds in [[1u8, 3, 1], [1, 9, 5], [2, 1, 4]] {
            let logits = odds.map(|odds| factor * f32::from(odds).ln());
            for (label, &times) in odds.iter().enumerate() {
                // Enough rows to make the smoothing negligible.
                for _ in 0..1000 * u32::from(times) {
                    rows.0.push(logits.to_vec());
                    rows.1.push(label);
                }
            }
        }
        rows
    }

    #[test]
    fn finds_by_how_much_logits_are_too_large() {
        for factor in [0.2, 1.0, 2.5, 11.0] {
            let (logits, labels) = calibrated(factor);
            let found = fit_temperature(&logits, &labels);
            assert!(
                (found / f64::from(factor) - 1.0).abs() < 1e-3,
                "{factor}: {found}"
            );
        }
    }

    /// Logits of three labels with independent odds, multiplied by `factor`.
    #[test]
    fn the_temperature_of_several_labels_is_that_of_their_sigmoids() {
        for factor in [0.5f32, 1.0, 3.0] {
            let logits = [3f32.ln(), 0.0, -3f32.ln()].map(|logit| factor * logit);
            // Of four rows, three have the first label, two the second and one the third.
            let sets = [vec![0, 1, 2], vec![0, 1], vec![0], vec![]];
            let repeated = 4000;
            let logits = vec![logits.to_vec(); repeated];
            let sets: Vec<Vec<u32>> = sets.iter().cycle().take(repeated).cloned().collect();
            let found = fit_multi_label_temperature(&logits, &sets);
            assert!(
                (found / f64::from(factor) - 1.0).abs() < 1e-2,
                "{factor}: {found}"
            );
        }
        assert_eq!(fit_multi_label_temperature(&[], &[]), 1.0);
    }

    #[test]
    fn few_rows_that_are_all_right_are_no_reason_to_be_certain() {
        let logits = [vec![0.5, -0.5], vec![-0.5, 0.5]];
        // Two rows and two labels: a target of 3/4, whose log-odds are log 3.
        let found = fit_temperature(&logits, &[0, 1]);
        assert!((found - 1.0 / 3f64.ln()).abs() < 1e-9, "{found}");
    }

    #[test]
    fn stays_in_range_where_no_temperature_is_best() {
        let logits = [vec![0.5, -0.5], vec![-0.5, 0.5]];
        assert_eq!(fit_temperature(&logits, &[1, 0]), HIGHEST);
    }

    #[test]
    fn is_1_where_nothing_can_be_learned() {
        assert_eq!(fit_temperature(&[], &[]), 1.0);
        assert_eq!(fit_temperature(&[vec![2.0, 2.0, 2.0]], &[1]), 1.0);
        assert_eq!(fit_temperature(&[vec![]], &[0]), 1.0);
        assert_eq!(fit_temperature(&[vec![1.0, 2.0]], &[2]), 1.0);
    }

    /// The mean cross-entropy of softmax(logits / temperature) with the targets.
    fn loss(logits: &[Vec<f32>], labels: &[usize], temperature: f64) -> f64 {
        let rows = logits.len() as f64;
        let of_row = |(row, &label): (&Vec<f32>, &usize)| {
            let scaled = row.iter().map(|&logit| f64::from(logit) / temperature);
            let normalizer = scaled.clone().map(f64::exp).sum::<f64>().ln();
            let target = rows * f64::from(row[label]) / temperature + scaled.sum::<f64>();
            normalizer - target / (rows + row.len() as f64)
        };
        logits.iter().zip(labels).map(of_row).sum::<f64>() / logits.len() as f64
    }

    proptest! {
        #[test]
        fn no_other_temperature_is_better(
            rows in prop::collection::vec((prop::array::uniform3(-6f32..6.0), 0usize..3), 1..30),
            other in LOWEST..HIGHEST,
        ) {
            let (logits, labels): (Vec<_>, Vec<_>) =
                rows.into_iter().map(|(row, label)| (row.to_vec(), label)).unzip();
            let found = fit_temperature(&logits, &labels);
            prop_assert!((LOWEST..=HIGHEST).contains(&found));
            let best = loss(&logits, &labels, found);
            for other in [other, found * 1.01, found / 1.01] {
                let other = other.clamp(LOWEST, HIGHEST);
                prop_assert!(best <= loss(&logits, &labels, other) + 1e-9);
            }
        }
    }
}
