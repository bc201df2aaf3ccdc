//! One epoch of language-model pre-training.

use std::sync::atomic::{AtomicBool, Ordering};

use super::language_model::LanguageModel;
use crate::batch::{Batch, EncodedTexts};
use crate::training::averaging::Averaging;
use crate::training::error::TrainingError;
use crate::training::optimizer::schedule::{Schedule, ScheduleKind};
use crate::training::random_streams::RandomStream;
use crate::training::recipe::Recipe;
use crate::training::run::epoch_meter::EpochMeter;
use crate::training::run::progress::{Progress, Stage};
use crate::training::run::state::RunState;

/// The peak learning rate. Supervised training has a lower one, because its batches give less signal.
const PEAK_LEARNING_RATE: f64 = 2e-3;

/// The number of warm-up steps.
const WARMUP_STEPS: u64 = 200;

/// Trains the rest of the current epoch. Returns `false` if interrupted.
pub(crate) fn pretrain_epoch(
    model: &mut LanguageModel,
    texts: &EncodedTexts,
    recipe: &Recipe,
    run: &mut RunState,
    averaging: &mut Averaging,
    interrupted: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
) -> Result<bool, TrainingError> {
    let epochs = recipe.language_model_epochs();
    let schedule = Schedule {
        kind: ScheduleKind::Linear,
        peak: averaging.learning_rate(PEAK_LEARNING_RATE),
        warmup_steps: WARMUP_STEPS,
        total_steps: (averaging.largest_share(texts.len().div_ceil(recipe.batch_size)) * epochs)
            as u64,
    };
    let epoch = run.pretrained_epochs + 1;
    let mut rng = RandomStream::PretrainingBatches { epoch }.rng(recipe.seed);
    let batches = texts.bucketed(texts.len(), recipe.batch_size, &mut rng);
    let all_batches = batches.len();
    let batches = averaging.share(batches);
    // The learning rate and the predicted tokens of a batch depend on its index in the run, so a skipped
    // batch before it changes neither.
    let batches_before = (averaging.largest_share(all_batches) * run.pretrained_epochs) as u64;
    let tokens = texts.tokens() / averaging.workers;
    let meter = EpochMeter::begin(run, Stage::Pretraining, epoch, epochs, tokens);
    averaging.before_epoch(model.trained())?;
    for text_indices in &batches[run.epoch.batches.min(batches.len())..] {
        if interrupted.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let rows: Vec<&[u32]> = text_indices.iter().map(|&text| texts.get(text)).collect();
        let batch = Batch::pack(&rows);
        let index = batches_before + run.epoch.batches as u64;
        let learning_rate = schedule.learning_rate(index, 0);
        match model.step(&batch, index + 1, learning_rate)? {
            Some(loss) => meter.end_step(run, &batch.layout, loss, learning_rate, progress)?,
            None => meter.skip(run, &batch.layout),
        }
        averaging.after_batch(run.epoch.batches, model.trained())?;
    }
    averaging.after_epoch(run.epoch.batches, all_batches, model.trained())?;
    progress(Progress::PretrainingEpoch {
        epoch,
        epochs,
        loss: (run.epoch.weight > 0).then(|| run.epoch.mean_loss()),
        tokens_per_second: run.epoch.tokens_per_second(),
    });
    run.end_pretraining_epoch(recipe);
    Ok(true)
}
