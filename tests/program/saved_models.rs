//! Saved models as input: those of every format version, and those that are damaged or claim what they do not have.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::sentiment;
#[cfg(target_os = "linux")]
use crate::common::within;
use predicates::prelude::*;
use predicates::str::contains;
use sentiment::Device;
use sentiment::classifier::Classifier;
use sentiment::model::{Decision, ModelConfig, config_file};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The model that was saved by the first program of a format version, two epochs on eight texts; the newest one's files
/// have digests. Version 5 was saved by
///
/// ```text
/// sentiment train tests/fixtures/models/reviews.csv --out DIR --embedding-size 4 --hidden-size 3 --ngrams 2 --epochs 2 \
///     --seed 1 --pretraining-epochs 0 --validation-split 0.25
/// ```
fn saved(version: u32) -> PathBuf {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models");
    fixtures.join(format!("version_{version}"))
}

const NEWEST: u32 = 5;
const FILES: [&str; 4] = [
    "config.json",
    "vocabulary.txt",
    "model.safetensors",
    "ngrams.bin",
];

fn load(folder: &Path) -> Result<Classifier, String> {
    Classifier::load(folder, &Device::Cpu).map_err(|error| error.to_string())
}

/// A copy to break.
fn copy(version: u32) -> TempDir {
    let folder = TempDir::new().unwrap();
    for name in FILES {
        fs::copy(saved(version).join(name), folder.path().join(name)).unwrap();
    }
    folder
}

/// What the programs of each version answered with the models they saved.
#[test]
fn a_model_of_every_format_version_answers_as_when_it_was_saved() {
    for (version, scores) in [
        (1, ["0.5357", "0.5256"]),
        (2, ["0.9999", "0.9994"]),
        (3, ["0.9011", "0.8490"]),
        (4, ["0.9011", "0.8490"]),
        (5, ["0.6428", "0.6335"]),
    ] {
        let texts = ["the acting is wonderful", "an awful plot"];
        let [positive, negative] = scores;
        sentiment()
            .args(["predict", "--model"])
            .arg(saved(version))
            .args(texts)
            .assert()
            .success()
            .stdout(format!(
                "positive\t{positive}\t{}\nnegative\t{negative}\t{}\n",
                texts[0], texts[1]
            ));
    }
}

/// So that the program that saved a model can still read it after a newer one has changed its threshold.
#[test]
fn a_changed_decision_keeps_the_form_of_an_older_version() {
    for version in 1..=NEWEST {
        let config = ModelConfig::read(&saved(version)).unwrap();
        let changed = config.with_decision(Decision {
            threshold: Some(0.25),
            ..config.decision
        });
        let (_, content) = config_file(&changed);
        let json: Value = serde_json::from_slice(&content).unwrap();
        assert_eq!(json["format_version"], version.max(3));
        let architecture = &json["architecture"];
        match version {
            NEWEST => assert_eq!(architecture["encoder"]["kind"], "lstm"),
            _ => assert_eq!(architecture["hidden_size"], 3),
        }
        assert_eq!(
            serde_json::from_value::<ModelConfig>(json).unwrap(),
            changed
        );
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for version in [3, NEWEST] {
        let folder = copy(version);
        for name in FILES {
            let path = folder.path().join(name);
            let whole = fs::read(&path).unwrap();
            // A last line break less is nothing less, but for a digest.
            let least = if version == NEWEST { 1 } else { 2 };
            for length in 0..=whole.len() - least {
                fs::write(&path, &whole[..length]).unwrap();
                let is_json_without_end = name == "config.json" && length == whole.len() - 1;
                let result = load(folder.path());
                // Of a version without digests, a vocabulary may end early in its last word.
                let is_shorter_word = version < NEWEST && name == "vocabulary.txt";
                if !is_json_without_end && !is_shorter_word {
                    assert!(result.is_err(), "{name} cut to {length} bytes");
                }
            }
            fs::write(&path, whole).unwrap();
        }
    }
}

#[test]
fn a_flipped_bit_is_found() {
    let folder = copy(NEWEST);
    for name in &FILES[1..] {
        let path = folder.path().join(name);
        let mut content = fs::read(&path).unwrap();
        for place in 0..content.len() {
            let bit = 1 << (place % 8);
            content[place] ^= bit;
            fs::write(&path, &content).unwrap();
            assert!(load(folder.path()).is_err(), "{name}, byte {place}");
            content[place] ^= bit;
        }
        fs::write(&path, content).unwrap();
    }
    load(folder.path()).unwrap();
}

/// config.json has no digest: people change it. A flipped bit in it is an error, or another model, and never a crash.
#[test]
fn any_bit_of_the_configuration_may_flip() {
    let folder = copy(NEWEST);
    let path = folder.path().join("config.json");
    let mut content = fs::read(&path).unwrap();
    for place in 0..content.len() {
        for bit in 0..8 {
            content[place] ^= 1 << bit;
            fs::write(&path, &content).unwrap();
            if let Ok(classifier) = load(folder.path()) {
                let _ = classifier.predict(&["the acting is wonderful"]);
            }
            content[place] ^= 1 << bit;
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_configuration_that_claims_too_much_is_refused_before_memory_is_taken() {
    let most = 512;
    for (path, value, message) in [
        ("/architecture/hidden_size", json!(8192), "shape"),
        (
            "/architecture/embedding_size",
            json!(1u64 << 40),
            "embedding size",
        ),
        ("/architecture/layers", json!(1000), "layers"),
        ("/labels", json!(vec!["x"; 1_000_000]), "number of labels"),
        ("/max_length", json!(0), "longest text"),
        ("/ngrams", json!(9), "longest n-gram"),
        ("/decision/temperature", json!(0), "temperature"),
        ("/format_version", json!(99), "format version is 99"),
    ] {
        let folder = copy(3);
        let file = folder.path().join("config.json");
        let mut config: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        *config.pointer_mut(path).unwrap() = value;
        fs::write(&file, config.to_string()).unwrap();
        predict_within(most, folder.path(), message);
    }
}

/// A file may have a size without having the bytes.
#[cfg(target_os = "linux")]
#[test]
fn weights_that_are_a_hole_are_refused_before_memory_is_taken() {
    let folder = copy(3);
    let file = folder.path().join("config.json");
    let config = fs::read_to_string(&file).unwrap();
    let config = config
        .replace("\"hidden_size\": 3", "\"hidden_size\": 8192")
        .replace("\"embedding_size\": 4", "\"embedding_size\": 8192")
        .replace("\"layers\": 1", "\"layers\": 16");
    fs::write(&file, config).unwrap();
    let weights = fs::File::create(folder.path().join("model.safetensors")).unwrap();
    weights.set_len(100 << 30).unwrap();
    predict_within(512, folder.path(), "weights");

    // Not of a model at all: each file is a hole.
    for name in FILES {
        let folder = copy(NEWEST);
        let file = fs::File::create(folder.path().join(name)).unwrap();
        file.set_len(100 << 30).unwrap();
        predict_within(512, folder.path(), name);
    }
}

#[cfg(target_os = "linux")]
/// Refuses to predict with the message, in a process that may take so much memory.
fn predict_within(mebibytes: u64, model: &Path, message: &str) {
    within(mebibytes, &["predict", "good", "--model"])
        .arg(model)
        .assert()
        .code(1)
        .stderr(contains("error: ").and(contains(message)));
}
