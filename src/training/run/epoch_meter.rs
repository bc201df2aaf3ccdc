//! The epoch meter: counts steps, checks the loss and reports progress.

use std::time::Instant;

use super::progress::{Progress, Stage};
use super::state::RunState;
use crate::batch::PackedLayout;
use crate::training::error::TrainingError;

/// A meter of the current epoch.
pub(crate) struct EpochMeter {
    stage: Stage,
    /// The epoch of the stage, from 1.
    epoch: usize,
    /// The maximum number of epochs of the stage.
    epochs: usize,
    /// The number of tokens per epoch.
    epoch_tokens: usize,
    /// The duration of the epoch before the run was resumed.
    seconds_before: f64,
    begin: Instant,
}

impl EpochMeter {
    /// Starts the clock.
    pub(crate) fn begin(
        run: &RunState,
        stage: Stage,
        epoch: usize,
        epochs: usize,
        epoch_tokens: usize,
    ) -> Self {
        Self {
            stage,
            epoch,
            epochs,
            epoch_tokens,
            seconds_before: run.epoch.seconds,
            begin: Instant::now(),
        }
    }

    /// Counts a step and reports it. Returns [`TrainingError::Diverged`] if the loss is not finite.
    pub(crate) fn end_step(
        &self,
        run: &mut RunState,
        layout: &PackedLayout,
        loss: f32,
        learning_rate: f64,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), TrainingError> {
        run.steps += 1;
        if !loss.is_finite() {
            return Err(TrainingError::Diverged {
                loss,
                stage: self.stage,
                epoch: self.epoch,
                step: run.steps,
                learning_rate,
            });
        }
        let weight = match self.stage {
            // The number of predictions is roughly proportional to the number of tokens.
            Stage::Pretraining => layout.tokens(),
            Stage::Supervised => layout.rows(),
        };
        run.epoch.add(layout, loss, weight, self.seconds());
        progress(Progress::Step {
            stage: self.stage,
            epoch: self.epoch,
            epochs: self.epochs,
            tokens: run.epoch.tokens,
            epoch_tokens: self.epoch_tokens,
            loss: run.epoch.mean_loss(),
            step: run.all_steps(),
            step_loss: loss,
            learning_rate,
            tokens_per_second: run.epoch.tokens_per_second(),
        });
        Ok(())
    }

    /// Counts a batch without a step.
    pub(crate) fn skip(&self, run: &mut RunState, layout: &PackedLayout) {
        run.epoch.add(layout, 0.0, 0, self.seconds());
    }

    /// Returns the duration of the epoch so far, across resumptions.
    fn seconds(&self) -> f64 {
        self.seconds_before + self.begin.elapsed().as_secs_f64()
    }
}
