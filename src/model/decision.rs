//! The decision rule: from logits to probabilities, and from probabilities to a label.

use serde::{Deserialize, Serialize};

use super::limits::check_size;
use super::{ModelError, OutputKind};

/// The bounds of a temperature, far beyond those of any trained model.
const TEMPERATURES: [f64; 2] = [1e-3, 1e3];

/// The decision rule of a model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Decision {
    /// The kind of output.
    #[serde(skip_serializing_if = "is_single")]
    pub output: OutputKind,
    /// The divisor of the logits before the softmax (Guo et al., 2017, section 4.2).
    pub temperature: f64,
    /// The minimum probability of the second of two labels for it to be predicted. Without a threshold the most
    /// probable label is predicted.
    pub threshold: Option<f64>,
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
            threshold: None,
        }
    }
}

impl Decision {
    /// Checks the rule for a model with this number of labels.
    pub(super) fn check(&self, labels: usize) -> Result<(), ModelError> {
        let [min, max] = TEMPERATURES;
        if !(min..=max).contains(&self.temperature) {
            return Err(ModelError::Decision {
                reason: format!(
                    "the temperature is {}: it must be from {min} to {max}",
                    self.temperature
                ),
            });
        }
        let Some(threshold) = self.threshold else {
            return Ok(());
        };
        if !(0.0..=1.0).contains(&threshold) {
            return Err(ModelError::Decision {
                reason: format!("the threshold is {threshold}: it must be from 0 to 1"),
            });
        }
        check_size("number of labels with a threshold", labels, 2, 2)
    }

    /// Returns the probability of each label: the softmax of the logits divided by the temperature.
    pub fn probabilities(&self, logits: &[f32]) -> Vec<f64> {
        let logits = logits.iter().map(|&logit| f64::from(logit));
        let largest = logits.clone().fold(f64::NEG_INFINITY, f64::max);
        let exponentials: Vec<f64> = logits
            .map(|logit| ((logit - largest) / self.temperature).exp())
            .collect();
        let sum: f64 = exponentials.iter().sum();
        exponentials.into_iter().map(|value| value / sum).collect()
    }

    /// Returns the index of the predicted label; the first of equally probable ones.
    pub fn label(&self, probabilities: &[f64]) -> usize {
        if let (Some(threshold), [_, second]) = (self.threshold, probabilities) {
            return usize::from(*second >= threshold);
        }
        let mut best = 0;
        for (label, &probability) in probabilities.iter().enumerate() {
            if probability > probabilities[best] {
                best = label;
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temperature_lowers_confidence_and_threshold_changes_the_label() {
        let logits = [1.0, 3.0];
        let plain = Decision::default();
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        assert!((plain.probabilities(&logits)[1] - sigmoid(2.0)).abs() < 1e-12);
        let warm = Decision {
            temperature: 4.0,
            threshold: Some(0.7),
            ..plain
        };
        let probabilities = warm.probabilities(&logits);
        assert!((probabilities[1] - sigmoid(0.5)).abs() < 1e-12);
        assert_eq!(
            (plain.label(&probabilities), warm.label(&probabilities)),
            (1, 0)
        );
        assert_eq!(plain.label(&[0.4, 0.2, 0.4]), 0);
    }

    #[test]
    fn invalid_rules_are_errors() {
        for temperature in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let decision = Decision {
                temperature,
                ..Decision::default()
            };
            assert!(decision.check(2).is_err());
        }
        for (threshold, labels) in [(1.5, 2), (f64::NAN, 2), (0.5, 3)] {
            let decision = Decision {
                threshold: Some(threshold),
                ..Decision::default()
            };
            assert!(decision.check(labels).is_err());
        }
    }
}
