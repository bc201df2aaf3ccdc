//! Training by several workers that average their weights.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Barrier, Mutex};

use sentiment::Device;
use sentiment::corpus::{self, Corpus};
use sentiment::training::{
    Average, Averaging, Dataset, InitialVectors, Outcome, Recipe, Trainer, TrainingError,
};

fn dataset() -> Dataset {
    let mut corpus = Corpus::collect(corpus::sample().unwrap()).unwrap();
    corpus.examples.truncate(110);
    Dataset::split(corpus, 0.2, 1).unwrap()
}

fn trainer(dataset: &Dataset, folder: &Path) -> Trainer {
    let recipe = Recipe {
        embedding_size: 6,
        hidden_size: 5,
        batch_size: 8,
        epochs: 2,
        pretraining_epochs: 1,
        ..Recipe::default()
    };
    let device = Device::Cpu;
    Trainer::new(dataset, &InitialVectors::Random, recipe, folder, &device).unwrap()
}

fn run(trainer: &mut Trainer) -> Result<Outcome, TrainingError> {
    trainer.run(&AtomicBool::new(false), &mut |_| {})
}

fn model(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("model.safetensors")).unwrap()
}

/// Returns the functions that average the values of `workers` threads, in the order of the workers.
fn averages(workers: usize) -> Vec<Box<Average>> {
    let all = Arc::new(Mutex::new(vec![Vec::new(); workers]));
    let barrier = Arc::new(Barrier::new(workers));
    let of_worker = |worker: usize| -> Box<Average> {
        let (all, barrier) = (Arc::clone(&all), Arc::clone(&barrier));
        Box::new(move |values: Vec<f32>| {
            all.lock().unwrap()[worker] = values;
            barrier.wait();
            let all: Vec<Vec<f32>> = all.lock().unwrap().clone();
            barrier.wait();
            let mean = |index| all.iter().map(|values| values[index]).sum::<f32>() / workers as f32;
            Ok((0..all[0].len()).map(mean).collect())
        })
    };
    (0..workers).map(of_worker).collect()
}

/// Trains with several workers. Returns the model of each and the number of steps of each, in supervised training.
fn train_with(workers: usize, steps: usize) -> Vec<(Vec<u8>, u64)> {
    let dataset = dataset();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..)
            .zip(averages(workers))
            .map(|(worker, average)| {
                let dataset = &dataset;
                scope.spawn(move || {
                    let folder = tempfile::tempdir().unwrap();
                    let mut trainer = trainer(dataset, folder.path());
                    let averaging = Averaging {
                        worker,
                        workers,
                        steps,
                        average,
                    };
                    trainer.set_averaging(averaging).unwrap();
                    run(&mut trainer).unwrap();
                    (model(folder.path()), trainer.steps())
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}

#[test]
fn one_worker_trains_as_without_averages() {
    let folder = tempfile::tempdir().unwrap();
    let mut alone = trainer(&dataset(), folder.path());
    run(&mut alone).unwrap();
    for steps in [1, 4] {
        assert_eq!(
            train_with(1, steps),
            [(model(folder.path()), alone.steps())]
        );
    }
}

#[test]
fn workers_share_the_batches_and_end_with_one_model() {
    let folder = tempfile::tempdir().unwrap();
    let mut alone = trainer(&dataset(), folder.path());
    run(&mut alone).unwrap();
    // Eleven batches in an epoch: the shares are uneven, and the last average of an epoch may be due after its last batch.
    for (workers, steps) in [(2, 1), (2, 3), (2, 5), (3, 2), (3, 100)] {
        let trained = train_with(workers, steps);
        let (first, _) = &trained[0];
        assert!(
            trained.iter().all(|(model, _)| model == first),
            "{workers} workers, {steps} steps"
        );
        let all_steps: u64 = trained.iter().map(|(_, steps)| steps).sum();
        assert_eq!(all_steps, alone.steps(), "{workers} workers");
        assert_ne!(*first, model(folder.path()));
        assert_eq!(train_with(workers, steps), trained);
    }
}

#[test]
fn a_missing_average_ends_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut trainer = trainer(&dataset(), folder.path());
    let averaging = |average: Box<Average>| Averaging {
        worker: 0,
        workers: 2,
        steps: 2,
        average,
    };
    let lost = averaging(Box::new(|_| Err("worker 1 is lost".into())));
    trainer.set_averaging(lost).unwrap();
    let error = run(&mut trainer).unwrap_err().to_string();
    assert_eq!(
        error,
        "could not average the weights of the workers: worker 1 is lost"
    );
    trainer
        .set_averaging(averaging(Box::new(|_| Ok(vec![1.0]))))
        .unwrap();
    let error = run(&mut trainer).unwrap_err().to_string();
    assert!(error.contains("it has 1 values, not "), "{error}");
}

#[test]
fn impossible_shares_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut trainer = trainer(&dataset(), folder.path());
    for (worker, workers, steps) in [(2, 2, 1), (0, 0, 1), (0, 1, 0)] {
        let averaging = Averaging {
            worker,
            workers,
            steps,
            average: Box::new(Ok),
        };
        assert!(matches!(
            trainer.set_averaging(averaging),
            Err(TrainingError::Setting { .. })
        ));
    }
}
