//! An epoch of learning labels.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::feed::{Feed, TrainingIds};
use super::learner::Learner;
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
    let (plateaus, of) = (run.plateaus(), train.tokens());
    let before = run.epoch.seconds;
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for batch in feed.start(train, run.epoch.batches, scope) {
            if interrupted.load(Ordering::Relaxed) {
                break;
            }
            let rate = schedule.rate(run.steps, plateaus);
            let loss = learner.step(epoch, &batch, rate)?;
            if !loss.is_finite() {
                return Err(TrainingError::Diverged {
                    loss,
                    epoch,
                    step: run.steps + 1,
                    rate,
                });
            }
            run.steps += 1;
            let seconds = before + begin.elapsed().as_secs_f64();
            let layout = &batch.batch.layout;
            run.epoch.add(layout, loss, layout.rows(), seconds);
            progress(Progress::Step {
                stage: Stage::Labels,
                epoch,
                epochs,
                tokens: run.epoch.tokens,
                of,
                loss: run.epoch.mean_loss(),
                step: run.all_steps(),
                step_loss: loss,
                learning_rate: rate,
                tokens_per_second: run.epoch.tokens_per_second(),
            });
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
