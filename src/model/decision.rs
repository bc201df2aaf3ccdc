//! The decision rule: from logits to probabilities, and from probabilities to a label.

use serde::{Deserialize, Serialize};

use super::{ModelError, OutputKind, Thresholds, label_values};

/// The bounds of a temperature, far beyond those of any trained model.
const TEMPERATURES: [f64; 2] = [1e-3, 1e3];

/// The threshold of a label of a multi-label model.
const DEFAULT_THRESHOLD: f64 = 0.5;

/// The decision rule of a model.
///
/// Without thresholds the most probable label is predicted. A label with a threshold is predicted where its probability
/// reaches the threshold; of several such labels the one with the largest ratio of probability to threshold. Where none
/// reaches its threshold, the most probable label without a threshold is predicted, or the most probable of all if every
/// label has one.
///
/// With two labels and a threshold of the second, this is the usual rule: the second label at its threshold or above,
/// the first below.
///
/// A multi-label model predicts every label that reaches its threshold, 0.5 by default, and may predict none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Decision {
    /// The kind of output.
    #[serde(skip_serializing_if = "is_single")]
    pub output: OutputKind,
    /// The divisor of the logits before the softmax (Guo et al., 2017, section 4.2).
    pub temperature: f64,
    /// The minimum probabilities of labels.
    #[serde(alias = "threshold")]
    pub thresholds: Thresholds,
}

/// Models of one label are saved without the field, for older programs, which reject unknown fields.
fn is_single(output: &OutputKind) -> bool {
    *output == OutputKind::Single
}

impl Default for Decision {
    fn default() -> Self {
        Self {
            output: OutputKind::default(),
            temperature: 1.0,
            thresholds: Thresholds::default(),
        }
    }
}

impl Decision {
    /// Checks the rule for a model with these labels.
    pub(super) fn check(&self, labels: &[String]) -> Result<(), ModelError> {
        let [min, max] = TEMPERATURES;
        if !(min..=max).contains(&self.temperature) {
            return Err(ModelError::Decision {
                reason: format!(
                    "the temperature is {}: it must be from {min} to {max}",
                    self.temperature
                ),
            });
        }
        let invalid = |reason| ModelError::Decision { reason };
        if self.output == OutputKind::Ordinal && label_values(labels).is_none() {
            return Err(invalid(
                "the labels of an ordinal model must be numbers in ascending order".into(),
            ));
        }
        self.thresholds.check(labels).map_err(invalid)
    }

    /// Returns the probability of each label: the softmax of the logits divided by the temperature, or for a multi-label
    /// model the sigmoid of each.
    pub fn probabilities(&self, logits: &[f32]) -> Vec<f64> {
        if self.output == OutputKind::MultiLabel {
            let sigmoid = |&logit: &f32| 1.0 / (1.0 + (-f64::from(logit) / self.temperature).exp());
            return logits.iter().map(sigmoid).collect();
        }
        let logits = logits.iter().map(|&logit| f64::from(logit));
        let largest = logits.clone().fold(f64::NEG_INFINITY, f64::max);
        let exponentials: Vec<f64> = logits
            .map(|logit| ((logit - largest) / self.temperature).exp())
            .collect();
        let sum: f64 = exponentials.iter().sum();
        exponentials.into_iter().map(|value| value / sum).collect()
    }

    /// Returns the indices of the labels that a multi-label model predicts: those that reach their threshold, 0.5 for a
    /// label without one. `labels` and `probabilities` have the same order.
    pub fn labels(&self, labels: &[String], probabilities: &[f64]) -> Vec<usize> {
        let all = labels.iter().zip(probabilities).enumerate();
        let reached = all.filter(|(_, (label, probability))| {
            **probability >= self.thresholds.get(label).unwrap_or(DEFAULT_THRESHOLD)
        });
        reached.map(|(index, _)| index).collect()
    }

    /// Returns the index of the predicted label. `labels` and `probabilities` have the same order.
    pub fn label(&self, labels: &[String], probabilities: &[f64]) -> usize {
        if self.thresholds.is_empty() {
            return most_probable(probabilities);
        }
        // The largest ratio, then the largest probability, then the first.
        let mut reached: Option<(f64, f64, usize)> = None;
        let mut without_threshold: Option<usize> = None;
        for (index, (label, &probability)) in labels.iter().zip(probabilities).enumerate() {
            let Some(threshold) = self.thresholds.get(label) else {
                if without_threshold.is_none_or(|best| probability > probabilities[best]) {
                    without_threshold = Some(index);
                }
                continue;
            };
            let ratio = match threshold {
                0.0 => f64::INFINITY,
                _ => probability / threshold,
            };
            let is_better = reached.is_none_or(|best| (ratio, probability) > (best.0, best.1));
            if probability >= threshold && is_better {
                reached = Some((ratio, probability, index));
            }
        }
        let reached = reached.map(|(_, _, index)| index);
        reached
            .or(without_threshold)
            .unwrap_or_else(|| most_probable(probabilities))
    }
}

/// Returns the index of the most probable label; the first of equally probable ones.
pub fn most_probable(probabilities: &[f64]) -> usize {
    let mut best = 0;
    for (label, &probability) in probabilities.iter().enumerate() {
        if probability > probabilities[best] {
            best = label;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels<const N: usize>(labels: [&str; N]) -> Vec<String> {
        labels.map(String::from).into()
    }

    fn with_thresholds<const N: usize>(thresholds: [(&str, f64); N]) -> Decision {
        Decision {
            thresholds: thresholds.into_iter().collect(),
            ..Decision::default()
        }
    }

    #[test]
    fn temperature_lowers_confidence_and_threshold_changes_the_label() {
        let logits = [1.0, 3.0];
        let plain = Decision::default();
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        assert!((plain.probabilities(&logits)[1] - sigmoid(2.0)).abs() < 1e-12);
        let warm = Decision {
            temperature: 4.0,
            ..with_thresholds([("yes", 0.7)])
        };
        let probabilities = warm.probabilities(&logits);
        assert!((probabilities[1] - sigmoid(0.5)).abs() < 1e-12);
        let labels = labels(["no", "yes"]);
        assert_eq!(plain.label(&labels, &probabilities), 1);
        assert_eq!(warm.label(&labels, &probabilities), 0);
        assert_eq!(most_probable(&[0.4, 0.2, 0.4]), 0);
    }

    #[test]
    fn a_threshold_of_the_second_of_two_labels_separates_them() {
        let labels = labels(["no", "yes"]);
        for threshold in [0.0, 0.2, 0.5, 0.9, 1.0] {
            let decision = with_thresholds([("yes", threshold)]);
            for step in 0..=20 {
                let second = f64::from(step) / 20.0;
                let expected = usize::from(second >= threshold);
                let found = decision.label(&labels, &[1.0 - second, second]);
                assert_eq!(found, expected, "{second} {threshold}");
            }
        }
    }

    #[test]
    fn the_largest_ratio_of_probability_and_threshold_wins() {
        let labels = labels(["a", "b", "c"]);
        let rare = with_thresholds([("b", 0.2), ("c", 0.1)]);
        // Both reach their thresholds: 1.25 times and 2 times.
        assert_eq!(rare.label(&labels, &[0.55, 0.25, 0.2]), 2);
        assert_eq!(rare.label(&labels, &[0.6, 0.35, 0.05]), 1);
        // Neither does: only "a" has no threshold, though "b" is more probable.
        let strict = with_thresholds([("b", 0.9), ("c", 0.9)]);
        assert_eq!(strict.label(&labels, &[0.1, 0.6, 0.3]), 0);
        // Every label has a threshold and none is reached: the most probable of all.
        let all = with_thresholds([("a", 0.9), ("b", 0.9), ("c", 0.9)]);
        assert_eq!(all.label(&labels, &[0.1, 0.6, 0.3]), 1);
        // A threshold of 0 is always reached, and before others.
        let zero = with_thresholds([("a", 0.1), ("b", 0.0), ("c", 0.0)]);
        assert_eq!(zero.label(&labels, &[1.0, 0.0, 0.0]), 1);
        assert_eq!(zero.label(&labels, &[0.7, 0.1, 0.2]), 2);
    }

    #[test]
    fn a_multi_label_model_predicts_each_label_that_reaches_its_threshold() {
        let decision = Decision {
            output: OutputKind::MultiLabel,
            temperature: 2.0,
            ..with_thresholds([("b", 0.8)])
        };
        let labels = labels(["a", "b", "c"]);
        let probabilities = decision.probabilities(&[2.0, 2.0, -1e4]);
        assert!((probabilities[0] - 1.0 / (1.0 + (-1f64).exp())).abs() < 1e-12);
        assert_eq!(probabilities[2], 0.0);
        assert_eq!(decision.labels(&labels, &probabilities), [0]);
        assert_eq!(decision.labels(&labels, &[0.5, 0.8, 0.4]), [0, 1]);
        assert!(decision.labels(&labels, &[0.1, 0.7, 0.4]).is_empty());
    }

    #[test]
    fn invalid_rules_are_errors() {
        let two = labels(["no", "yes"]);
        for temperature in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let decision = Decision {
                temperature,
                ..Decision::default()
            };
            assert!(decision.check(&two).is_err());
        }
        for threshold in [1.5, -0.1, f64::NAN] {
            assert!(with_thresholds([("yes", threshold)]).check(&two).is_err());
        }
        assert!(with_thresholds([("maybe", 0.5)]).check(&two).is_err());
        let ordinal = Decision {
            output: OutputKind::Ordinal,
            ..Decision::default()
        };
        assert!(ordinal.check(&two).is_err());
        assert!(ordinal.check(&labels(["1", "2", "10"])).is_ok());
        assert!(
            with_thresholds([("no", 0.5), ("yes", 1.0)])
                .check(&two)
                .is_ok()
        );
    }
}
