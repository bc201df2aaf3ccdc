//! One epoch of supervised training.

use std::sync::atomic::{AtomicBool, Ordering};

use super::loader::BatchLoader;
use super::step::SupervisedModel;
use crate::training::averaging::Averaging;
use crate::training::data::training_set::TrainingSet;
use crate::training::error::TrainingError;
use crate::training::optimizer::schedule::Schedule;
use crate::training::recipe::Recipe;
use crate::training::run::epoch_meter::EpochMeter;
use crate::training::run::progress::{Progress, Stage};
use crate::training::run::state::RunState;

/// Trains the rest of the current epoch, out of `epochs`. Returns the learning rate of the last step.
pub(crate) fn train_epoch(
    model: &mut SupervisedModel,
    train: &TrainingSet,
    epochs: usize,
    run: &mut RunState,
    averaging: &mut Averaging,
    interrupted: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
) -> Result<f64, TrainingError> {
    let epoch = run.history.len() + 1;
    let loader = BatchLoader::new(train, &model.recipe, epoch);
    let batches = loader.batches();
    let loader = loader.of_worker(averaging);
    let schedule = schedule(&model.recipe, averaging.largest_share(batches));
    let plateaus = run.plateaus();
    let tokens = train.tokens() / averaging.workers;
    let meter = EpochMeter::begin(run, Stage::Supervised, epoch, epochs, tokens);
    averaging.before_epoch(model.trained())?;
    std::thread::scope(|scope| {
        for batch in loader.start(train, run.epoch.batches, scope) {
            if interrupted.load(Ordering::Relaxed) {
                break;
            }
            let learning_rate = schedule.learning_rate(run.steps, plateaus);
            let loss = model.step(epoch, &batch, learning_rate)?;
            meter.end_step(run, &batch.batch.layout, loss, learning_rate, progress)?;
            averaging.after_batch(run.epoch.batches, model.trained())?;
        }
        if !interrupted.load(Ordering::Relaxed) {
            averaging.after_epoch(run.epoch.batches, batches, model.trained())?;
        }
        // The last step may belong to the run before it was resumed.
        Ok(schedule.learning_rate(run.steps.saturating_sub(1), plateaus))
    })
}

fn schedule(recipe: &Recipe, batches_per_epoch: usize) -> Schedule {
    let total_steps = (batches_per_epoch * recipe.epochs) as u64;
    Schedule {
        kind: recipe.schedule,
        peak: recipe.learning_rate,
        warmup_steps: (total_steps as f64 * recipe.warmup).round() as u64,
        total_steps,
    }
}
