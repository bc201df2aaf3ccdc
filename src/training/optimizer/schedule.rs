//! The learning rate over a run.

use serde::{Deserialize, Serialize};

/// By how much a plateau divides the learning rate.
const PLATEAU_FACTOR: f64 = 0.5;

/// How the learning rate changes after the warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleKind {
    /// It stays.
    Constant,
    /// It falls in a straight line to zero at the last step.
    #[default]
    Linear,
    /// It falls along half a cosine to zero at the last step (Loshchilov and Hutter, 2017, equation
    /// 5 without restarts).
    Cosine,
    /// It halves after each epoch whose validation loss is not lower than the lowest before.
    Plateau,
}

/// The learning rate as a function of the step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    /// How it changes after the warm-up.
    pub kind: ScheduleKind,
    /// The rate at the end of the warm-up.
    pub peak: f64,
    /// Steps over which the rate grows from zero, in a straight line.
    pub warmup_steps: u64,
    /// Steps of the whole run.
    pub total_steps: u64,
}

impl Schedule {
    /// The rate of a step, from 0, after `plateaus` epochs without a lower validation loss.
    pub(crate) fn rate(&self, step: u64, plateaus: u32) -> f64 {
        if step < self.warmup_steps {
            return self.peak * (step + 1) as f64 / self.warmup_steps as f64;
        }
        let decay_steps = self.total_steps.saturating_sub(self.warmup_steps).max(1);
        let done = ((step - self.warmup_steps) as f64 / decay_steps as f64).min(1.0);
        self.peak
            * match self.kind {
                ScheduleKind::Constant => 1.0,
                ScheduleKind::Linear => 1.0 - done,
                ScheduleKind::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * done).cos()),
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
        (0..6).map(|step| schedule.rate(step, plateaus)).collect()
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
