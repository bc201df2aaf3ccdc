//! Learning rate schedules.

use serde::{Deserialize, Serialize};

/// The factor of the learning rate at each plateau.
const PLATEAU_FACTOR: f64 = 0.5;

/// The change of the learning rate after the warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleKind {
    /// No change.
    Constant,
    /// Linear decay to zero at the last step.
    #[default]
    Linear,
    /// Cosine decay to zero at the last step (Loshchilov and Hutter, 2017, equation 5 without restarts).
    Cosine,
    /// Halved after each epoch whose validation loss is not a new minimum.
    Plateau,
}

/// The learning rate as a function of the step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    /// The change after the warm-up.
    pub kind: ScheduleKind,
    /// The learning rate at the end of the warm-up.
    pub peak: f64,
    /// The number of steps of linear growth from zero.
    pub warmup_steps: u64,
    /// The number of steps of the whole run.
    pub total_steps: u64,
}

impl Schedule {
    /// Returns the learning rate of a step, counted from 0, after `plateaus` epochs without a new minimum of
    /// the validation loss.
    pub(crate) fn learning_rate(&self, step: u64, plateaus: u32) -> f64 {
        if step < self.warmup_steps {
            return self.peak * (step + 1) as f64 / self.warmup_steps as f64;
        }
        let decay_steps = self.total_steps.saturating_sub(self.warmup_steps).max(1);
        let progress = ((step - self.warmup_steps) as f64 / decay_steps as f64).min(1.0);
        self.peak
            * match self.kind {
                ScheduleKind::Constant => 1.0,
                ScheduleKind::Linear => 1.0 - progress,
                ScheduleKind::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * progress).cos()),
                ScheduleKind::Plateau => PLATEAU_FACTOR.powi(plateaus as i32),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(kind: ScheduleKind, plateaus: u32) -> Vec<f64> {
        let schedule = Schedule {
            kind,
            peak: 0.8,
            warmup_steps: 2,
            total_steps: 6,
        };
        (0..6)
            .map(|step| schedule.learning_rate(step, plateaus))
            .collect()
    }

    #[test]
    fn warms_up_and_decays() {
        let close = |rates: Vec<f64>, expected: [f64; 6]| {
            let same = rates
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-12);
            assert!(same, "{rates:?} {expected:?}");
        };
        close(
            rates(ScheduleKind::Constant, 3),
            [0.4, 0.8, 0.8, 0.8, 0.8, 0.8],
        );
        close(
            rates(ScheduleKind::Linear, 0),
            [0.4, 0.8, 0.8, 0.6, 0.4, 0.2],
        );
        let half = 0.5f64.sqrt() / 2.0;
        let cosine = [0.4, 0.8, 0.8, 0.8 * (0.5 + half), 0.4, 0.8 * (0.5 - half)];
        close(rates(ScheduleKind::Cosine, 0), cosine);
        close(
            rates(ScheduleKind::Plateau, 2),
            [0.4, 0.8, 0.2, 0.2, 0.2, 0.2],
        );
    }
}
