//! Training through the library: resuming, pre-training, self-training, the best epoch, frozen embeddings.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use sentiment::Device;
use sentiment::classifier::Classifier;
use sentiment::corpus::{self, Corpus};
use sentiment::evaluation::Evaluation;
use sentiment::model::EncoderKind;
use sentiment::text::StopwordList;
use sentiment::training::{Dataset, InitialVectors, Outcome, Progress, Recipe, Stage, Trainer};

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

/// Runs to the end, or interrupts the run after `max_steps` steps. Also returns the number of steps.
fn run(trainer: &mut Trainer, max_steps: usize) -> (Outcome, usize) {
    let interrupted = AtomicBool::new(false);
    let mut steps = 0;
    let mut count = |progress: Progress| {
        if let Progress::Step { .. } = progress {
            steps += 1;
            interrupted.store(steps == max_steps, Ordering::Relaxed);
        }
    };
    let outcome = trainer.run(&interrupted, &mut count).unwrap();
    (outcome, steps)
}

/// Returns the bytes of the model, and the history without times.
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

/// Returns the dataset with the texts of its validation set as unlabelled texts.
fn dataset_with_unlabelled() -> Dataset {
    let mut dataset = dataset();
    dataset.unlabelled = dataset.validation.texts.clone();
    dataset
}

#[test]
fn a_run_interrupted_at_any_step_ends_with_the_same_model() {
    let (dataset, device) = (dataset_with_unlabelled(), Device::Cpu);
    let folder = tempfile::tempdir().unwrap();
    let recipe = || Recipe {
        epochs: 2,
        ..recipe()
    };
    let new = |folder: &Path| {
        Trainer::new(&dataset, &InitialVectors::Random, recipe(), folder, &device).unwrap()
    };
    let mut whole = new(folder.path());
    let (outcome, steps) = run(&mut whole, usize::MAX);
    assert_eq!((outcome, whole.history().len()), (Outcome::Finished, 4));
    let expected = result(folder.path(), &whole);

    // With a mini-batch size of 32, the 100 texts of pre-training are four steps per epoch, the 80 labelled texts three,
    // and all texts in the self-training round four: 8 steps, 6 and 8.
    assert_eq!(steps, 22);
    for step in [1, 4, 5, 8, 9, 11, 13, 14, 15, 18, 21] {
        let folder = tempfile::tempdir().unwrap();
        let interrupted = run(&mut new(folder.path()), step);
        assert_eq!(interrupted, (Outcome::Interrupted, step));
        let mut resumed = Trainer::resume(&dataset, None, folder.path(), &device).unwrap();
        let left = run(&mut resumed, usize::MAX);
        assert_eq!(left, (Outcome::Finished, steps - step));
        assert!(
            result(folder.path(), &resumed) == expected,
            "interrupted after step {step}"
        );
    }
}

#[test]
fn a_run_with_any_encoder_resumes_to_the_same_model() {
    use EncoderKind::{Cnn, Gru, Mean, Sru};

    let (dataset, device) = (dataset(), Device::Cpu);
    for encoder in [Gru, Sru, Cnn, Mean] {
        let new = |folder: &Path| {
            let recipe = Recipe {
                encoder,
                filters: 4,
                epochs: 1,
                pretraining_epochs: 1,
                ..recipe()
            };
            Trainer::new(&dataset, &InitialVectors::Random, recipe, folder, &device).unwrap()
        };
        let folder = tempfile::tempdir().unwrap();
        let mut whole = new(folder.path());
        let (_, steps) = run(&mut whole, usize::MAX);
        assert_eq!(steps, if encoder.is_recurrent() { 6 } else { 3 });
        let expected = result(folder.path(), &whole);
        for step in 1..steps {
            let folder = tempfile::tempdir().unwrap();
            run(&mut new(folder.path()), step);
            let mut resumed = Trainer::resume(&dataset, None, folder.path(), &device).unwrap();
            run(&mut resumed, usize::MAX);
            assert!(
                result(folder.path(), &resumed) == expected,
                "{encoder}, interrupted after step {step}"
            );
        }
    }
}

#[test]
fn pretraining_skips_batches_too_short_for_a_prediction() {
    let device = Device::Cpu;
    let mut dataset = dataset();
    // Batches have texts of similar length, so half of them have at most two words per text.
    for (place, text) in dataset.train.texts.iter_mut().enumerate() {
        if place % 2 == 0 {
            *text = ["fine", "too bad", ""][place / 2 % 3].into();
        }
    }
    let new = |folder: &Path| {
        let recipe = Recipe {
            pretraining_epochs: 3,
            epochs: 1,
            batch_size: 2,
            ngrams: 0,
            ..recipe()
        };
        Trainer::new(&dataset, &InitialVectors::Random, recipe, folder, &device).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let mut whole = new(folder.path());
    let mut losses = Vec::new();
    let mut on_progress = |progress: Progress| match progress {
        Progress::Step {
            stage: Stage::Pretraining,
            step_loss,
            ..
        } => losses.push(step_loss),
        Progress::PretrainingEpoch { loss, .. } => {
            let (least, most) = losses
                .drain(..)
                .fold((f32::MAX, 0f32), |(least, most), loss| {
                    (least.min(loss), most.max(loss))
                });
            let loss = loss.unwrap();
            assert!(least > 0.0 && f64::from(least) < loss && loss < f64::from(most));
        }
        _ => {}
    };
    whole
        .run(&AtomicBool::new(false), &mut on_progress)
        .unwrap();
    let expected = result(folder.path(), &whole);

    let (_, steps) = run(&mut new(tempfile::tempdir().unwrap().path()), usize::MAX);
    let supervised_steps = 40;
    assert!(
        (30..3 * 40).contains(&(steps - supervised_steps)),
        "{steps}"
    );
    for step in [1, 20, 30, 50, steps - supervised_steps] {
        let folder = tempfile::tempdir().unwrap();
        run(&mut new(folder.path()), step);
        let mut resumed = Trainer::resume(&dataset, None, folder.path(), &device).unwrap();
        run(&mut resumed, usize::MAX);
        assert!(
            result(folder.path(), &resumed) == expected,
            "interrupted after step {step}"
        );
    }
}

#[test]
fn a_new_run_removes_an_older_checkpoint() {
    let (dataset, device) = (dataset(), Device::Cpu);
    let folder = tempfile::tempdir().unwrap();
    let new = || {
        Trainer::new(
            &dataset,
            &InitialVectors::Random,
            recipe(),
            folder.path(),
            &device,
        )
        .unwrap()
    };
    run(&mut new(), 5);
    assert!(folder.path().join("state").exists());
    let checkpoint = folder.path().join("state/checkpoint.safetensors");
    let others = folder.path().join("state/others.txt");
    fs::write(&others, "not a checkpoint").unwrap();
    let interrupted = AtomicBool::new(false);
    let mut on_progress = |_: Progress| {
        assert!(!checkpoint.exists());
        interrupted.store(true, Ordering::Relaxed);
    };
    let outcome = new().run(&interrupted, &mut on_progress).unwrap();
    assert_eq!(outcome, Outcome::Interrupted);
    assert!(checkpoint.exists() && others.exists());
}

#[test]
fn pretraining_trains_on_texts_of_two_words_in_every_epoch() {
    let (mut dataset, device) = (dataset(), Device::Cpu);
    dataset.train.texts.fill("too bad".into());
    let folder = tempfile::tempdir().unwrap();
    let recipe = Recipe {
        pretraining_epochs: 4,
        epochs: 1,
        batch_size: 8,
        ..recipe()
    };
    let mut trainer = Trainer::new(
        &dataset,
        &InitialVectors::Random,
        recipe,
        folder.path(),
        &device,
    )
    .unwrap();
    let (mut steps, mut epochs) = (0, Vec::new());
    let mut on_progress = |progress: Progress| match progress {
        Progress::Step {
            stage: Stage::Pretraining,
            ..
        } => steps += 1,
        Progress::PretrainingEpoch { loss, .. } => {
            assert!(loss.unwrap() > 0.0);
            epochs.push(std::mem::take(&mut steps));
        }
        _ => {}
    };
    trainer
        .run(&AtomicBool::new(false), &mut on_progress)
        .unwrap();
    // One in four of the ten batches per epoch predicts the second word.
    assert_eq!(epochs, [2, 3, 2, 3]);
}

#[test]
fn a_run_interrupted_before_the_first_step_can_be_resumed() {
    let (dataset, device) = (dataset(), Device::Cpu);
    for pretraining_epochs in [0, 1] {
        let folder = tempfile::tempdir().unwrap();
        let recipe = Recipe {
            pretraining_epochs,
            ..recipe()
        };
        let mut trainer = Trainer::new(
            &dataset,
            &InitialVectors::Random,
            recipe,
            folder.path(),
            &device,
        )
        .unwrap();
        let outcome = trainer.run(&AtomicBool::new(true), &mut |_| {}).unwrap();
        assert_eq!(outcome, Outcome::Interrupted);
        drop(trainer);
        let resumed = Trainer::resume(&dataset, None, folder.path(), &device).unwrap();
        assert_eq!(resumed.steps(), 0);
    }
}

#[test]
fn self_training_trains_on_pseudo_labelled_texts() {
    let (dataset, device) = (dataset_with_unlabelled(), Device::Cpu);
    let weights = |self_training: usize, epochs: usize| {
        let folder = tempfile::tempdir().unwrap();
        let recipe = Recipe {
            epochs,
            self_training,
            patience: 9,
            ..recipe()
        };
        let mut trainer = Trainer::new(
            &dataset,
            &InitialVectors::Random,
            recipe,
            folder.path(),
            &device,
        )
        .unwrap();
        let mut tokens = Vec::new();
        let mut on_progress = |progress: Progress| {
            if let Progress::Step {
                stage: Stage::Supervised,
                epoch,
                epoch_tokens,
                ..
            } = progress
            {
                tokens.push((epoch, epoch_tokens));
            }
        };
        trainer
            .run(&AtomicBool::new(false), &mut on_progress)
            .unwrap();
        tokens.dedup();
        (tokens, trainer.network().embedding().clone())
    };
    let count = |texts: &[String]| -> usize {
        let folder = tempfile::tempdir().unwrap();
        let trainer = Trainer::new(
            &dataset,
            &InitialVectors::Random,
            recipe(),
            folder.path(),
            &device,
        )
        .unwrap();
        trainer.classifier().unwrap().encode(texts).tokens()
    };
    let labelled = count(&dataset.train.texts);
    let all = labelled + count(&dataset.unlabelled);
    let (tokens, self_trained) = weights(1, 1);
    assert_eq!(tokens, [(1, labelled), (2, all)]);
    assert_ne!(self_trained, weights(0, 2).1);
}

#[test]
fn the_saved_model_is_that_of_the_best_epoch() {
    let (dataset, device) = (dataset(), Device::Cpu);
    let folder = tempfile::tempdir().unwrap();
    let recipe = Recipe {
        epochs: 12,
        patience: 12,
        learning_rate: 0.02,
        ngrams: 0,
        pretraining_epochs: 0,
        stopwords: StopwordList::NegationSafe,
        ..recipe()
    };
    let mut trainer = Trainer::new(
        &dataset,
        &InitialVectors::Random,
        recipe,
        folder.path(),
        &device,
    )
    .unwrap();
    run(&mut trainer, usize::MAX);
    let accuracy_of = |classifier: &Classifier| {
        let validation = &dataset.validation;
        let evaluation =
            Evaluation::of_texts(classifier, &validation.texts, &validation.labels).unwrap();
        evaluation.confusion_matrix().accuracy()
    };
    let accuracies = trainer
        .history()
        .iter()
        .map(|epoch| epoch.validation_accuracy);
    let highest = accuracies.fold(0.0, f64::max);
    let last = trainer.history().last().unwrap().validation_accuracy;
    assert!(
        last < highest,
        "the last epoch is the best, so the test shows nothing"
    );
    assert_eq!(accuracy_of(&trainer.classifier().unwrap()), last);
    assert_eq!(
        accuracy_of(&Classifier::load(folder.path(), &device).unwrap()),
        highest
    );
}

#[test]
fn a_classifier_taken_from_a_run_does_not_change_with_it() {
    let (dataset, device) = (dataset(), Device::Cpu);
    let folder = tempfile::tempdir().unwrap();
    let recipe = recipe();
    let mut trainer = Trainer::new(
        &dataset,
        &InitialVectors::Random,
        recipe,
        folder.path(),
        &device,
    )
    .unwrap();
    let predictions = |classifier: &Classifier| classifier.predict(&dataset.train.texts).unwrap();
    let initial = trainer.classifier().unwrap();
    let before = predictions(&initial);
    run(&mut trainer, usize::MAX);
    assert_eq!(predictions(&initial), before);
    assert_ne!(predictions(&trainer.classifier().unwrap()), before);
}

#[test]
fn only_frozen_embeddings_stay_the_same() {
    let (dataset, device) = (dataset(), Device::Cpu);
    for freeze_embeddings in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let recipe = Recipe {
            freeze_embeddings,
            ..recipe()
        };
        let mut trainer = Trainer::new(
            &dataset,
            &InitialVectors::Sample,
            recipe,
            folder.path(),
            &device,
        )
        .unwrap();
        let before = trainer.network().embedding().clone();
        run(&mut trainer, usize::MAX);
        let same = trainer.network().embedding() == &before;
        assert_eq!(same, freeze_embeddings);
    }
}

#[test]
fn a_step_changes_only_the_rows_of_its_words() {
    let (dataset, device) = (dataset(), Device::Cpu);
    let folder = tempfile::tempdir().unwrap();
    let recipe = Recipe {
        batch_size: 2,
        word_dropout: 0.0,
        pretraining_epochs: 0,
        ..recipe()
    };
    let mut trainer = Trainer::new(
        &dataset,
        &InitialVectors::Random,
        recipe,
        folder.path(),
        &device,
    )
    .unwrap();
    let before = trainer.network().embedding().clone();
    run(&mut trainer, 1);
    let after = trainer.network().embedding();
    let changed = (0..before.words() as u32).filter(|&word| before.row(word) != after.row(word));
    let texts = trainer.classifier().unwrap().encode(&dataset.train.texts);
    let longest_two: usize = {
        let mut lengths: Vec<usize> = texts.iter().map(<[u32]>::len).collect();
        lengths.sort_unstable();
        lengths.iter().rev().take(2).sum()
    };
    let changed = changed.count();
    assert!(
        changed > 0 && changed <= longest_two,
        "{changed} of {}",
        before.words()
    );
}
