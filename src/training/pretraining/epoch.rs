//! One epoch of language-model pre-training.

use std::sync::atomic::{AtomicBool, Ordering};

use super::language_model::LanguageModel;
use crate::batch::{Batch, EncodedTexts};
use crate::training::error::TrainingError;
use crate::training::optimizer::schedule::{Schedule, ScheduleKind};
use crate::training::random_streams::RandomStream;
use crate::training::recipe::Recipe;
use crate::training::run::epoch_meter::EpochMeter;
use crate::training::run::progress::{Progress, Stage};
use crate::training::run::state::RunState;

/// The largest step size; learning labels, whose batches say less, takes smaller ones.
const PEAK_RATE: f64 = 2e-3;

/// Steps over which the step size grows from zero.
const WARMUP_STEPS: u64 = 200;

/// Goes through what is left of an epoch. False where it was interrupted.
pub(crate) fn pretrain_epoch(
    model: &mut LanguageModel,
    texts: &EncodedTexts,
    recipe: &Recipe,
    run: &mut RunState,
    interrupted: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
) -> Result<bool, TrainingError> {
    let epochs = recipe.pretraining_epochs;
    let schedule = Schedule {
        kind: ScheduleKind::Linear,
        peak: PEAK_RATE,
        warmup_steps: WARMUP_STEPS,
        total_steps: (texts.len().div_ceil(recipe.batch_size) * epochs) as u64,
    };
    let epoch = run.pretrained_epochs + 1;
    let mut rng = RandomStream::PretrainingBatches { epoch }.rng(recipe.seed);
    let batches = texts.bucketed(texts.len(), recipe.batch_size, &mut rng);
    // A batch has its place in the schedule, and which guesses are made in it, whether or not the ones before it were steps.
    let batches_before = (batches.len() * run.pretrained_epochs) as u64;
    let meter = EpochMeter::begin(run, Stage::Pretraining, epoch, epochs, texts.tokens());
    for indices in &batches[run.epoch.batches.min(batches.len())..] {
        if interrupted.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let rows: Vec<&[u32]> = indices.iter().map(|&index| texts.get(index)).collect();
        let batch = Batch::pack(&rows);
        let place = batches_before + run.epoch.batches as u64;
        let rate = schedule.rate(place, 0);
        match model.step(&batch, place + 1, rate)? {
            Some(loss) => meter.end_step(run, &batch.layout, loss, rate, progress)?,
            None => meter.skip(run, &batch.layout),
        }
    }
    progress(Progress::PretrainingEpoch {
        epoch,
        epochs,
        loss: (run.epoch.weight > 0).then(|| run.epoch.mean_loss()),
        tokens_per_second: run.epoch.tokens_per_second(),
    });
    run.end_pretraining_epoch(recipe);
    Ok(true)
}
