//! The same seed gives the same bytes: on any number of threads, and, where no product of matrices is summed, on any machine.

use std::fs;

use crate::common::{content, corpus, sentiment, train_args};
use sentiment::Device;
use sentiment::corpus::{Corpus, sample};
use sentiment::training::{Dataset, InitialVectors, Preset, Trainer};
use sha2::{Digest, Sha256};

/// The same seed, the same bytes: on any number of threads.
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

/// What a run starts from: the texts held back, the vocabulary and its random vectors. It depends on no processor; what is
/// learned does, since the order in which sums are taken follows the widths of its registers and the sizes of its caches.
#[test]
fn a_run_starts_from_the_same_bytes_everywhere() {
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
    for weight in classifier.network().embedding().weights() {
        hasher.update(weight.to_le_bytes());
    }
    let digest = format!("{:x}", hasher.finalize());
    assert_eq!(
        digest,
        "89d636eb8c73db414429b737ffa5c508b4950b561190913a86efb04ee89be2b3"
    );
}
