//! Temperature scaling: calibrating probabilities on validation texts.

/// The bounds of the temperature. Beyond them the fit is degenerate: certainty, or uniform probabilities.
const LOWEST: f64 = 0.05;
const HIGHEST: f64 = 20.0;

/// The strength of the prior on the temperature, as a number of rows. The weight of a row is the variance of its logits
/// under the softmax, its Fisher information, which grows with the number of labels.
const PRIOR_ROWS: f64 = 8.0;

/// The minimum weight of the prior. Confident rows have hardly any variance, and would leave the temperature free.
const MIN_PRIOR: f64 = 4.0;

/// The number of folds of the cross-validation that accepts a temperature.
const FOLDS: usize = 5;

/// The maximum number of Newton or bisection steps: log2(ln(20 / 0.05) / 2⁻⁵²) bisections have full precision.
const STEPS: usize = 55;

/// The relative change of the inverse temperature that ends the iteration.
const PRECISION: f64 = 1e-9;

/// Fits the temperature T in [0.05, 20] that minimises the cross-entropy of softmax(logits / T) (Guo et al. 2017,
/// "On calibration of modern neural networks", section 4.2). Scaling changes the confidence of predictions and
/// never the most probable label.
///
/// `logits` has the shape `[rows, labels]`. The inverse temperature b = 1 / T has a gamma prior with mode 1, so
/// that few rows that are all correct do not give certainty: the loss is the summed cross-entropy plus w (b - 1 - ln b),
/// where w is that of 8 rows, at least 4. The temperature is accepted if, in five-fold
/// cross-validation, temperatures fitted in this way lower the cross-entropy of the other rows by more than its standard
/// error. Else the result is 1, so that calibration does not make probabilities worse by chance.
///
/// Logits must be finite. Rows without a logit for their label are ignored. Returns 1 if the loss is the same at every
/// temperature, as without rows.
pub fn fit_temperature(logits: &[Vec<f32>], labels: &[usize]) -> f64 {
    let rows = logits.iter().zip(labels);
    let rows = rows.filter_map(|(logits, &label)| Row::new(logits, label));
    accepted_temperature(&rows.collect::<Vec<_>>())
}

/// Like [`fit_temperature`], for rows with the probability of each label instead of a label, `[rows, labels]`.
pub fn fit_soft_temperature(logits: &[Vec<f32>], distributions: &[Vec<f32>]) -> f64 {
    let rows = logits.iter().zip(distributions);
    let rows = rows.map(|(logits, distribution)| Row::soft(logits, distribution));
    accepted_temperature(&rows.collect::<Vec<_>>())
}

/// Fits the temperature of sigmoid(logits / T), one for all labels, as [`fit_temperature`] does: each pair of a text and a
/// label counts as a row of two labels with the logits 0 and the label's.
///
/// `logits` has the shape `[rows, labels]`, and `sets` has the indices of each row's labels.
pub fn fit_multi_label_temperature(logits: &[Vec<f32>], sets: &[Vec<u32>]) -> f64 {
    let labels = logits.first().map_or(0, Vec::len);
    // Label by label, so that each fold of the cross-validation has pairs of every label.
    let pairs = (0..labels).flat_map(|label| {
        let rows = logits.iter().zip(sets);
        rows.filter_map(move |(row, set)| {
            let is_present = set.contains(&(label as u32));
            Some(([0.0, *row.get(label)?], usize::from(is_present)))
        })
    });
    let pairs: Vec<([f32; 2], usize)> = pairs.collect();
    let rows = pairs.iter();
    let rows = rows.filter_map(|(logits, is_present)| Row::new(logits, *is_present));
    accepted_temperature(&rows.collect::<Vec<_>>())
}

/// Returns the fitted temperature, or 1 if cross-validation does not accept it.
fn accepted_temperature(rows: &[Row]) -> f64 {
    let prior = prior(rows);
    let inverse = fit_inverse(rows, prior, 1.0, |_| true);
    let changes = validated_changes(rows, prior, inverse);
    let sum: f64 = changes.iter().sum();
    let mean = sum / changes.len() as f64;
    let squares = changes.iter().map(|change| (change - mean).powi(2));
    let standard_error = squares.sum::<f64>().sqrt();
    let is_better = rows.len() > 1 && sum < -standard_error;
    if is_better { 1.0 / inverse } else { 1.0 }
}

/// Returns by how much the cross-entropy of each row changes from temperature 1 to the temperature fitted to the other
/// folds. `inverse` is the inverse temperature fitted to all rows.
fn validated_changes(rows: &[Row], prior: f64, inverse: f64) -> Vec<f64> {
    let of_fold = |fold: usize| {
        let inverse = fit_inverse(rows, prior, inverse, |row| row % FOLDS != fold);
        let held_out = rows.iter().skip(fold).step_by(FOLDS);
        held_out.map(move |row| row.loss(inverse) - row.loss(1.0))
    };
    (0..FOLDS).flat_map(of_fold).collect()
}

/// Returns the weight of the prior.
fn prior(rows: &[Row]) -> f64 {
    let variances: f64 = rows.iter().map(|row| row.derivatives(1.0)[1]).sum();
    let mean = variances / rows.len().max(1) as f64;
    (PRIOR_ROWS * mean).max(MIN_PRIOR)
}

/// A row of logits with its label.
struct Row<'a> {
    logits: &'a [f32],
    largest: f64,
    /// The logit of the label, or the mean logit under the target distribution, below the largest logit.
    of_target: f64,
}

impl<'a> Row<'a> {
    /// Returns `None` without a logit for the label.
    fn new(logits: &'a [f32], label: usize) -> Option<Self> {
        let logit = f64::from(*logits.get(label)?);
        let largest = largest(logits);
        Some(Self {
            logits,
            largest,
            of_target: logit - largest,
        })
    }

    /// Returns a row with the probability of each label.
    fn soft(logits: &'a [f32], distribution: &[f32]) -> Self {
        let largest = largest(logits);
        let pairs = logits.iter().zip(distribution);
        let terms = pairs.map(|(&logit, &share)| f64::from(share) * (f64::from(logit) - largest));
        Self {
            logits,
            largest,
            of_target: terms.sum(),
        }
    }

    /// Returns the logits relative to the largest, so that no exponential overflows.
    fn below_largest(&self) -> impl Iterator<Item = f64> {
        let logits = self.logits.iter();
        logits.map(|&logit| f64::from(logit) - self.largest)
    }

    /// Returns the cross-entropy of softmax(inverse * logits).
    fn loss(&self, inverse: f64) -> f64 {
        let weights = self.below_largest().map(|below| (inverse * below).exp());
        weights.sum::<f64>().ln() - inverse * self.of_target
    }

    /// Returns the first two derivatives of the loss: the expected logit under the softmax minus the label's, and the
    /// variance of the logit.
    fn derivatives(&self, inverse: f64) -> [f64; 2] {
        let (mut weights, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for below in self.below_largest() {
            let weight = (inverse * below).exp();
            weights += weight;
            sum += weight * below;
            squares += weight * below * below;
        }
        let mean = sum / weights;
        [mean - self.of_target, squares / weights - mean * mean]
    }
}

fn largest(logits: &[f32]) -> f64 {
    f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max))
}

/// Returns the inverse temperature with the lowest penalised loss on the rows for which `is_in_fold` is true, by Newton's
/// method from `start`.
///
/// The loss is convex in the inverse temperature, so the sign of its slope tells on which side the minimum is. A step
/// that leaves this bracket is replaced by a bisection.
fn fit_inverse(rows: &[Row], prior: f64, start: f64, is_in_fold: impl Fn(usize) -> bool) -> f64 {
    let [mut low, mut high] = [1.0 / HIGHEST, 1.0 / LOWEST];
    let mut inverse = start;
    for _ in 0..STEPS {
        let mut slope = prior * (1.0 - 1.0 / inverse);
        let mut curvature = prior / (inverse * inverse);
        for (index, row) in rows.iter().enumerate() {
            if is_in_fold(index) {
                let [first, second] = row.derivatives(inverse);
                slope += first;
                curvature += second;
            }
        }
        match slope > 0.0 {
            true => high = inverse,
            false => low = inverse,
        }
        let mut next = inverse - slope / curvature;
        if !(low..=high).contains(&next) {
            next = (low * high).sqrt();
        }
        let change = (next - inverse).abs();
        inverse = next;
        if change <= PRECISION * inverse {
            break;
        }
    }
    inverse
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
                // Enough rows to make the prior negligible.
                for _ in 0..2000 * u32::from(times) {
                    rows.0.push(logits.to_vec());
                    rows.1.push(label);
                }
            }
        }
        rows
    }

    /// A distribution counts as its labels do in these proportions.
    #[test]
    fn soft_labels_count_as_rows_in_their_proportions() {
        let (logits, labels) = calibrated(2.5);
        let hard = fit_temperature(&logits, &labels);
        let odds = [[1u8, 3, 1], [1, 9, 5], [2, 1, 4]];
        let (mut logits, mut distributions) = (Vec::new(), Vec::new());
        for odds in odds {
            let sum: u8 = odds.iter().sum();
            for _ in 0..2000 * u32::from(sum) {
                logits.push(odds.map(|odds| 2.5 * f32::from(odds).ln()).to_vec());
                distributions.push(odds.map(|odds| f32::from(odds) / f32::from(sum)).to_vec());
            }
        }
        let soft = fit_soft_temperature(&logits, &distributions);
        assert!((soft - hard).abs() < 1e-3, "{soft} {hard}");
    }

    #[test]
    fn finds_by_how_much_logits_are_too_large() {
        for factor in [0.2, 2.5, 11.0] {
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
        for factor in [0.4f32, 1.0, 3.0] {
            let logits = [3f32.ln(), 0.0, -3f32.ln()].map(|logit| factor * logit);
            // Of four rows, three have the first label, two the second and one the third.
            let sets = [vec![0, 1, 2], vec![0, 1], vec![0], vec![]];
            let repeated = 4000;
            let logits = vec![logits.to_vec(); repeated];
            let sets: Vec<Vec<u32>> = sets.iter().cycle().take(repeated).cloned().collect();
            let found = fit_multi_label_temperature(&logits, &sets);
            let error = (found / f64::from(factor) - 1.0).abs();
            assert!(error < 1e-2, "{factor}: {found}");
        }
        assert_eq!(fit_multi_label_temperature(&[], &[]), 1.0);
    }

    /// The probability of the first of `labels` labels, of which the others are equally probable.
    fn sure(probability: f64, labels: usize) -> Vec<f32> {
        let odds = probability / (1.0 - probability) * (labels - 1) as f64;
        let mut logits = vec![0.0; labels];
        logits[0] = odds.ln() as f32;
        logits
    }

    fn first_probability(logits: &[f32], temperature: f64) -> f64 {
        let row = Row::new(logits, 0).unwrap();
        (-row.loss(1.0 / temperature)).exp()
    }

    #[test]
    fn few_rows_that_are_all_right_are_no_reason_to_be_certain() {
        for labels in [2, 77, 1000] {
            let logits = sure(0.73, labels);
            let found = fit_temperature(&[logits.clone(), logits.clone()], &[0, 0]);
            let probability = first_probability(&logits, found);
            assert!(
                (0.73..0.9).contains(&probability),
                "{labels}: {probability}"
            );
        }
    }

    #[test]
    fn probabilities_of_many_labels_that_are_right_keep_their_confidence() {
        // Two validation texts for each of many labels, all right with a probability of 0.999.
        for labels in [77, 300, 1000] {
            let logits = vec![sure(0.999, labels); 2 * labels];
            let found = fit_temperature(&logits, &vec![0; 2 * labels]);
            let probability = first_probability(&logits[0], found);
            assert!(probability >= 0.999, "{labels}: {probability}");
        }
    }

    #[test]
    fn rows_that_contradict_each_other_change_nothing() {
        // One of four is wrong, as its probability says.
        let logits = vec![sure(0.75, 3); 8];
        assert_eq!(fit_temperature(&logits, &[0, 0, 0, 1, 0, 2, 0, 0]), 1.0);
    }

    #[test]
    fn rows_that_are_all_wrong_lower_the_confidence() {
        let logits = vec![sure(0.9, 2); 200];
        let found = fit_temperature(&logits, &[1; 200]);
        assert!((10.0..=HIGHEST).contains(&found), "{found}");
    }

    #[test]
    fn is_1_where_nothing_can_be_learned() {
        assert_eq!(fit_temperature(&[], &[]), 1.0);
        assert_eq!(fit_temperature(&[vec![2.0, 2.0, 2.0]], &[1]), 1.0);
        assert_eq!(fit_temperature(&[vec![]], &[0]), 1.0);
        assert_eq!(fit_temperature(&[vec![1.0, 2.0]], &[2]), 1.0);
        // One row cannot be validated on another.
        assert_eq!(fit_temperature(&[vec![1.0, 2.0]], &[1]), 1.0);
    }

    /// The summed cross-entropy and the negative logarithm of the prior.
    fn penalised_loss(rows: &[Row], inverse: f64) -> f64 {
        let losses: f64 = rows.iter().map(|row| row.loss(inverse)).sum();
        losses + MIN_PRIOR * (inverse - 1.0 - inverse.ln())
    }

    proptest! {
        #[test]
        fn no_other_temperature_has_a_lower_penalised_loss(
            rows in prop::collection::vec((prop::array::uniform3(-6f32..6.0), 0usize..3), 1..30),
            other in LOWEST..HIGHEST,
        ) {
            let rows: Vec<Row> =
                rows.iter().filter_map(|(logits, label)| Row::new(logits, *label)).collect();
            let found = fit_inverse(&rows, MIN_PRIOR, 1.0, |_| true);
            prop_assert!((1.0 / HIGHEST..=1.0 / LOWEST).contains(&found));
            let best = penalised_loss(&rows, found);
            for other in [1.0 / other, found * 1.01, found / 1.01] {
                let other = other.clamp(1.0 / HIGHEST, 1.0 / LOWEST);
                prop_assert!(best <= penalised_loss(&rows, other) + 1e-9);
            }
        }
    }
}
