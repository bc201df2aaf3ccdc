//! Counts the steps of an epoch and reports progress.

use std::time::Instant;

use super::progress::{Progress, Stage};
use super::state::RunState;
use crate::batch::PackedLayout;
use crate::training::error::TrainingError;

/// The progress of an epoch.
pub(crate) struct EpochMeter {
    stage: Stage,
    /// Which epoch of the stage, from 1.
    epoch: usize,
    /// How many epochs the stage has at most.
    epochs: usize,
    /// Tokens of an epoch.
    epoch_tokens: usize,
    /// How long the part took that was done before.
    seconds_before: f64,
    begin: Instant,
}

impl EpochMeter {
    /// Begins now.
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

    /// Counts a step that was made at `rate` with a batch of this layout, and tells of it; an error where its loss is
    /// not finite.
    pub(crate) fn end_step(
        &self,
        run: &mut RunState,
        layout: &PackedLayout,
        loss: f32,
        rate: f64,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), TrainingError> {
        run.steps += 1;
        if !loss.is_finite() {
            return Err(TrainingError::Diverged {
                loss,
                stage: self.stage,
                epoch: self.epoch,
                step: run.steps,
                rate,
            });
        }
        let weight = match self.stage {
            // A text's guesses are about in proportion to its tokens.
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
            learning_rate: rate,
            tokens_per_second: run.epoch.tokens_per_second(),
        });
        Ok(())
    }

    /// Counts a batch that nothing can be learned from.
    pub(crate) fn skip(&self, run: &mut RunState, layout: &PackedLayout) {
        run.epoch.add(layout, 0.0, 0, self.seconds());
    }

    /// How long the epoch has taken.
    fn seconds(&self) -> f64 {
        self.seconds_before + self.begin.elapsed().as_secs_f64()
    }
}
