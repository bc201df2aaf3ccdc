//! A run that is interrupted at any step goes on to what it would have been.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use candle_core::Device;
use sentiment::corpus::{self, Corpus};
use sentiment::training::{Dataset, Outcome, Progress, Recipe, Trainer, Vectors};

fn dataset() -> Dataset {
    let mut corpus = Corpus::collect(corpus::sample().unwrap()).unwrap();
    corpus.examples.truncate(100);
    Dataset::split(corpus, 0.2, 1).unwrap()
}

fn recipe() -> Recipe {
    Recipe {
        embedding_size: 6,
        hidden_size: 5,
        layers: 2,
        epochs: 3,
        embedding_dropout: 0.1,
        ..Recipe::default()
    }
}

/// Runs until the end, or until so many steps were made.
fn run(trainer: &mut Trainer, most_steps: usize) -> Outcome {
    let interrupted = AtomicBool::new(false);
    let mut steps = 0;
    let mut count = |progress: Progress| {
        if let Progress::Step { .. } = progress {
            steps += 1;
            interrupted.store(steps == most_steps, Ordering::Relaxed);
        }
    };
    trainer.run(&interrupted, &mut count).unwrap()
}

/// The weights' bytes, and the history without its times.
fn result(folder: &Path, trainer: &Trainer) -> (Vec<u8>, Vec<[f64; 4]>) {
    let history = trainer.history().iter().map(|epoch| {
        [
            epoch.train_loss,
            epoch.validation_loss,
            epoch.validation_accuracy,
            epoch.learning_rate,
        ]
    });
    let weights = fs::read(folder.join("model.safetensors")).unwrap();
    (weights, history.collect())
}

#[test]
fn interrupted_at_any_step_a_run_ends_as_it_would_have() {
    let (dataset, device) = (dataset(), Device::Cpu);
    let folder = tempfile::tempdir().unwrap();
    let new = |folder: &Path| {
        Trainer::new(&dataset, &Vectors::Random, recipe(), folder, &device).unwrap()
    };
    let mut whole = new(folder.path());
    assert_eq!(run(&mut whole, usize::MAX), Outcome::Finished);
    let expected = result(folder.path(), &whole);

    // 80 texts in batches of 32 are three steps an epoch.
    for step in 1..9 {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(run(&mut new(folder.path()), step), Outcome::Interrupted);
        let mut rest = Trainer::resume(&dataset, folder.path(), &device).unwrap();
        assert_eq!(run(&mut rest, usize::MAX), Outcome::Finished);
        assert!(
            result(folder.path(), &rest) == expected,
            "interrupted after step {step}"
        );
    }
}
