//! TensorBoard curves of a resumed run.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::common::event_files::{read_curves, steps};
use sentiment::Device;
use sentiment::corpus::Corpus;
use sentiment::training::{self, Dataset, InitialVectors, Outcome, Progress, Recipe, Trainer};
use tempfile::TempDir;

#[test]
fn a_resumed_run_continues_the_steps() {
    let folder = TempDir::new().unwrap();
    let (model, curves) = (folder.path().join("model"), folder.path().join("curves"));
    let sample = Corpus::collect(sentiment::corpus::sample().unwrap()).unwrap();
    let dataset = Dataset::split(sample, 0.1, 42).unwrap();
    let recipe = Recipe {
        embedding_size: 4,
        hidden_size: 4,
        epochs: 1,
        ..Recipe::default()
    };
    let run = |mut trainer: Trainer, max_steps: u64| {
        let interrupted = AtomicBool::new(false);
        let mut logger = training::TensorBoardLogger::create(&curves).unwrap();
        let mut log = |progress: Progress| {
            logger.add(&progress).unwrap();
            if let Progress::Step { step, .. } = progress {
                interrupted.store(step == max_steps, Ordering::Relaxed);
            }
        };
        trainer.run(&interrupted, &mut log).unwrap()
    };
    let first = Trainer::new(
        &dataset,
        &InitialVectors::Random,
        recipe,
        &model,
        &Device::Cpu,
    )
    .unwrap();
    assert_eq!(run(first, 5), Outcome::Interrupted);
    let second = Trainer::resume(&dataset, None, &model, &Device::Cpu).unwrap();
    assert_eq!(run(second, u64::MAX), Outcome::Finished);

    let curves = read_curves(&curves);
    let all = steps(&curves["train/learning_rate"]);
    assert_eq!(all[..7], [1, 2, 3, 4, 5, 6, 7]);
    assert!(all.is_sorted_by(|a, b| a < b), "{all:?}");
    assert_eq!(steps(&curves["validation/loss"]), all[all.len() - 1..]);
}
