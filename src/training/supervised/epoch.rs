//! An epoch of learning labels.

use std::sync::atomic::{AtomicBool, Ordering};

use super::feed::{Feed, TrainingIds};
use super::learner::Learner;
use super::pass::Pass;
use super::run_state::RunState;
use super::{Progress, Recipe, Schedule, Stage, TrainingError};

/// Learns from what is left of the run's current epoch, which is one of `epochs`, and gives the last step's
/// learning rate.
pub(super) fn learn(
    learner: &mut Learner,
    train: &TrainingIds,
    epochs: usize,
    run: &mut RunState,
    interrupted: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
) -> Result<f64, TrainingError> {
    let epoch = run.history.len() + 1;
    let feed = Feed::new(train, &learner.recipe, epoch);
    let schedule = schedule(&learner.recipe, feed.batches());
    let plateaus = run.plateaus();
    let pass = Pass::begin(run, Stage::Labels, epoch, epochs, train.tokens());
    std::thread::scope(|scope| {
        for batch in feed.start(train, run.epoch.batches, scope) {
            if interrupted.load(Ordering::Relaxed) {
                break;
            }
            let rate = schedule.rate(run.steps, plateaus);
            let loss = learner.step(epoch, &batch, rate)?;
            pass.end_step(run, &batch.batch.layout, loss, rate, progress)?;
        }
        // Of the last step that was made, which may have been before the run was interrupted.
        Ok(schedule.rate(run.steps.saturating_sub(1), plateaus))
    })
}

fn schedule(recipe: &Recipe, batches_an_epoch: usize) -> Schedule {
    let total_steps = (batches_an_epoch * recipe.epochs) as u64;
    Schedule {
        kind: recipe.schedule,
        peak: recipe.learning_rate,
        warmup_steps: (total_steps as f64 * recipe.warmup).round() as u64,
        total_steps,
    }
}
