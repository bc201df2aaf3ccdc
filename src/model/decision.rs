//! From logits to probabilities, and from those to an answer.

use serde::{Deserialize, Serialize};

use super::ModelError;
use super::limits::check_size;

/// Bounds on a temperature, far from what a model that learned anything needs.
const TEMPERATURES: [f64; 2] = [1e-3, 1e3];

/// How a model makes an answer of its logits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Decision {
    /// What logits are divided by before the softmax (Guo et al., 2017, section 4.2).
    pub temperature: f64,
    /// Of two labels, how probable the second must be to be the answer; without it the more probable one is.
    pub threshold: Option<f64>,
}

impl Default for Decision {
    fn default() -> Self {
        Self {
            temperature: 1.0,
            threshold: None,
        }
    }
}

impl Decision {
    /// Checks that a model with so many labels can decide so.
    pub(super) fn check(&self, labels: usize) -> Result<(), ModelError> {
        let [least, most] = TEMPERATURES;
        if !(least..=most).contains(&self.temperature) {
            return Err(ModelError::Decision {
                reason: format!(
                    "the temperature is {}, not from {least} to {most}",
                    self.temperature
                ),
            });
        }
        let Some(threshold) = self.threshold else {
            return Ok(());
        };
        if !(0.0..=1.0).contains(&threshold) {
            return Err(ModelError::Decision {
                reason: format!("the threshold is {threshold}, not from 0 to 1"),
            });
        }
        check_size("number of labels with a threshold", labels, 2, 2)
    }

    /// The probability of each label: the softmax of the logits over the temperature.
    pub fn probabilities(&self, logits: &[f32]) -> Vec<f64> {
        let logits = logits.iter().map(|&logit| f64::from(logit));
        let largest = logits.clone().fold(f64::NEG_INFINITY, f64::max);
        let exponentials: Vec<f64> = logits
            .map(|logit| ((logit - largest) / self.temperature).exp())
            .collect();
        let sum: f64 = exponentials.iter().sum();
        exponentials.into_iter().map(|value| value / sum).collect()
    }

    /// The place of the label that is the answer; the first of equals.
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
    fn a_higher_temperature_is_less_sure_and_a_threshold_moves_the_answer() {
        let logits = [1.0, 3.0];
        let plain = Decision::default();
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        assert!((plain.probabilities(&logits)[1] - sigmoid(2.0)).abs() < 1e-12);
        let warm = Decision {
            temperature: 4.0,
            threshold: Some(0.7),
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
    fn what_cannot_be_is_refused() {
        for temperature in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let decision = Decision {
                temperature,
                threshold: None,
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
