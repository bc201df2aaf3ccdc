//! The run through texts without labels that comes before learning labels.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::draws::Draw;
use super::language_model::LanguageModel;
use super::{Progress, Recipe, Schedule, ScheduleKind, Stage, TrainingError};
use crate::batch::{Batch, EncodedTexts};

/// The largest step size; learning labels, whose batches say less, takes smaller ones.
const PEAK_RATE: f64 = 2e-3;

/// Steps over which the step size grows from zero.
const WARMUP_STEPS: u64 = 200;

/// Goes through the texts as often as the recipe says. False where it was interrupted.
pub(super) fn pretrain(
    model: &mut LanguageModel,
    texts: &EncodedTexts,
    recipe: &Recipe,
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
    let mut step = 0;
    for epoch in 1..=epochs {
        let mut rng = Draw::PretrainingBatches { epoch }.rng(recipe.seed);
        let begin = Instant::now();
        let (mut tokens, mut loss_sum) = (0, 0.0);
        for indices in texts.bucketed(texts.len(), recipe.batch_size, &mut rng) {
            if interrupted.load(Ordering::Relaxed) {
                return Ok(false);
            }
            let rows: Vec<&[u32]> = indices.iter().map(|&index| texts.get(index)).collect();
            let batch = Batch::pack(&rows);
            let rate = schedule.rate(step, 0);
            step += 1;
            let loss = model.step(&batch, step, rate)?;
            if !loss.is_finite() {
                return Err(TrainingError::Diverged {
                    loss,
                    epoch,
                    step,
                    rate,
                });
            }
            tokens += batch.layout.tokens();
            loss_sum += f64::from(loss) * batch.layout.tokens() as f64;
            progress(Progress::Step {
                stage: Stage::Pretraining,
                epoch,
                epochs,
                tokens,
                of: texts.tokens(),
                loss: loss_sum / tokens.max(1) as f64,
                step,
                step_loss: loss,
                learning_rate: rate,
                tokens_per_second: tokens as f64 / begin.elapsed().as_secs_f64(),
            });
        }
    }
    Ok(true)
}
