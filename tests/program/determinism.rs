//! Determinism: the same random seed gives the same model on any number of threads, and the same initial model on any
//! machine.

use std::fs;

use crate::common::{content, corpus, sentiment, train_args};
use sentiment::Device;
use sentiment::corpus::{Corpus, sample};
use sentiment::training::{Dataset, InitialVectors, Preset, Trainer};
use sha2::{Digest, Sha256};

#[test]
fn threads_do_not_change_the_model() {
    let folder = corpus();
    let model = folder.path().join("model");
    let mut args = train_args(folder.path());
    let settings =
        "--ngrams 2 --pretraining-epochs 1 --bidirectional --layers 2 --pooling attention";
    args.extend(settings.split(' ').map(String::from));
    let mut contents = Vec::new();
    for threads in ["1", "2", "4"] {
        sentiment()
            .args(&args)
            .args(["--threads", threads])
            .assert()
            .success();
        contents.push(content(&model));
        fs::remove_dir_all(&model).unwrap();
    }
    assert_eq!(contents[0], contents[1]);
    assert_eq!(contents[0], contents[2]);
}

/// Digests the validation set, the vocabulary and the random vectors. Trained weights depend on the processor: its
/// register width and cache sizes determine the order of summation.
#[test]
fn the_initial_model_is_the_same_on_every_machine() {
    let dataset = Dataset::split(Corpus::collect(sample().unwrap()).unwrap(), 0.1, 42).unwrap();
    let recipe = Preset::Sentences.recipe();
    let folder = tempfile::tempdir().unwrap();
    let trainer = Trainer::new(
        &dataset,
        &InitialVectors::Random,
        recipe,
        folder.path(),
        &Device::Cpu,
    )
    .unwrap();
    let classifier = trainer.classifier().unwrap();
    let mut hasher = Sha256::new();
    for text in &dataset.validation.texts {
        hasher.update(text);
    }
    hasher.update(classifier.vocabulary().to_file());
    for weight in classifier.network().embedding().weights().iter() {
        hasher.update(weight.to_le_bytes());
    }
    let digest = format!("{:x}", hasher.finalize());
    assert_eq!(
        digest,
        "09ff2ae3c24aea98e9fc7b9575403a0da2d2e0bba46878e186c8ec96642c9954"
    );
}

#[test]
fn predictions_are_the_same_in_every_run() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/data/sample.csv");
    let predict = || {
        let args = ["predict", "--format", "csv", "--quiet", "--input", sample];
        sentiment()
            .args(args)
            .assert()
            .success()
            .get_output()
            .stdout
            .clone()
    };
    let first = predict();
    for _ in 0..6 {
        assert!(predict() == first, "a run has other probabilities");
    }
}
