//! Loading saved models: all format versions, damaged files and excessive sizes.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::sentiment;
#[cfg(target_os = "linux")]
use crate::common::within;
use predicates::prelude::*;
use predicates::str::contains;
use sentiment::Device;
use sentiment::classifier::Classifier;
use sentiment::model::{Decision, ModelConfig, Thresholds, config_file};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Returns the folder of a model with this format version, trained for two epochs on eight texts and saved by the first
/// program of that version. The command for versions 5 to 8 was the following; version 9 has `--encoder gru` too, and
/// version 10 `--char-ngrams 4..4`. Version 11 is version 8 with weights of two further labels, as `cargo xtask average` adds them.
///
/// ```text
/// sentiment train tests/fixtures/models/reviews.csv --out DIR --embedding-size 4 --hidden-size 3 --ngrams 2 --epochs 2 \
///     --seed 1 --pretraining-epochs 0 --validation-split 0.25
/// ```
fn saved(version: u32) -> PathBuf {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models");
    fixtures.join(format!("version_{version}"))
}

const NEWEST: u32 = 11;
const FILES: [&str; 4] = [
    "config.json",
    "vocabulary.txt",
    "model.safetensors",
    "ngrams.bin",
];

fn load(folder: &Path) -> Result<Classifier, String> {
    Classifier::load(folder, &Device::Cpu).map_err(|error| error.to_string())
}

/// Copies a model to a temporary folder, to damage it.
fn copy(version: u32) -> TempDir {
    let folder = TempDir::new().unwrap();
    for name in FILES {
        fs::copy(saved(version).join(name), folder.path().join(name)).unwrap();
    }
    folder
}

/// The scores are those of the programs that saved the models.
#[test]
fn models_of_all_format_versions_keep_their_predictions() {
    for (version, scores) in [
        (1, ["0.5357", "0.5256"]),
        (2, ["0.9999", "0.9994"]),
        (3, ["0.9011", "0.8490"]),
        (4, ["0.9011", "0.8490"]),
        (5, ["0.6428", "0.6335"]),
        (6, ["0.6428", "0.6335"]),
        (7, ["0.9877", "0.9835"]),
        (8, ["0.9877", "0.9835"]),
        (9, ["0.9860", "0.9821"]),
        (10, ["0.9944", "0.9843"]),
        (11, ["0.9877", "0.9835"]),
    ] {
        let texts = ["the acting is wonderful", "an awful plot"];
        let [positive, negative] = scores;
        sentiment()
            .args(["predict", "--precision", "f32", "--model"])
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

/// The program that saved a model can still read it after a newer program has changed its threshold.
#[test]
fn a_changed_decision_keeps_the_format_version() {
    for version in 1..=NEWEST {
        let config = ModelConfig::read(&saved(version)).unwrap();
        let changed = config.with_decision(Decision {
            thresholds: Thresholds::from_iter([("positive", 0.25)]),
            ..config.decision
        });
        let (_, content) = config_file(&changed);
        let json: Value = serde_json::from_slice(&content).unwrap();
        assert_eq!(json["format_version"], version.max(3));
        let architecture = &json["architecture"];
        match version {
            9 => assert_eq!(architecture["encoder"]["kind"], "gru"),
            5.. => assert_eq!(architecture["encoder"]["kind"], "lstm"),
            _ => assert_eq!(architecture["hidden_size"], 3),
        }
        match version {
            6.. => assert_eq!(json["decision"]["thresholds"], json!({"positive": 0.25})),
            _ => assert_eq!(json["decision"]["threshold"], 0.25),
        }
        let preprocessing = json["preprocessing"].get("version");
        assert_eq!(preprocessing.is_some(), version >= 7);
        assert_eq!(
            serde_json::from_value::<ModelConfig>(json).unwrap(),
            changed
        );
    }
}

/// Models of older formats have version 1 of the preprocessing.
#[test]
fn an_unknown_preprocessing_version_is_an_error() {
    let folder = copy(6);
    let path = folder.path().join("config.json");
    let config: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(
        load(folder.path()).unwrap().config().preprocessing.version,
        1
    );
    let mut newer = config.clone();
    newer["preprocessing"]["version"] = json!(3);
    fs::write(&path, newer.to_string()).unwrap();
    let error = load(folder.path()).unwrap_err();
    assert!(
        error.contains("config.json: unknown preprocessing version 3"),
        "{error}"
    );
}

/// Thresholds of other labels than the second of two need format version 6, in which files have digests.
#[test]
fn thresholds_of_other_labels_are_saved_in_a_newer_format() {
    for version in 2..=NEWEST {
        let folder = copy(version);
        let config = ModelConfig::read(folder.path()).unwrap();
        let thresholds = Thresholds::from_iter([("negative", 0.25), ("positive", 0.5)]);
        let changed = config.with_decision(Decision {
            thresholds: thresholds.clone(),
            ..config.decision
        });
        let expected = if version < 4 { 3 } else { version.max(6) };
        assert_eq!(changed.format_version, expected);
        let (name, content) = config_file(&changed);
        fs::write(folder.path().join(name), content).unwrap();
        let classifier = load(folder.path()).unwrap();
        assert_eq!(classifier.config().decision.thresholds, thresholds);
    }
}

/// A single threshold in config.json is that of the second label.
#[test]
fn one_threshold_of_an_older_model_is_of_its_second_label() {
    let folder = copy(5);
    let path = folder.path().join("config.json");
    let config = fs::read_to_string(&path).unwrap();
    assert!(config.contains("\"threshold\": null"));
    let saved = |threshold: &str| {
        let threshold = format!("\"threshold\": {threshold}");
        fs::write(&path, config.replace("\"threshold\": null", &threshold)).unwrap();
        load(folder.path())
    };
    let classifier = saved("0.25").unwrap();
    let thresholds = &classifier.config().decision.thresholds;
    assert_eq!(*thresholds, Thresholds::from_iter([("positive", 0.25)]));
    for (threshold, message) in [
        ("1.5", "the threshold of \"positive\" is 1.5"),
        ("{\"neutral\": 0.5}", "the model has no label \"neutral\""),
        ("\"high\"", "expected a probability, or a map"),
    ] {
        let Err(error) = saved(threshold) else {
            panic!("{threshold}");
        };
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn truncated_files_are_errors() {
    for version in [3, NEWEST] {
        let folder = copy(version);
        for name in FILES {
            let path = folder.path().join(name);
            let whole = fs::read(&path).unwrap();
            // Without a digest, a missing final line break makes no difference.
            let min_cut = if version == NEWEST { 1 } else { 2 };
            for length in 0..=whole.len() - min_cut {
                fs::write(&path, &whole[..length]).unwrap();
                let is_json_without_end = name == "config.json" && length == whole.len() - 1;
                let result = load(folder.path());
                // Without a digest, a vocabulary may end within its last word.
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
fn flipped_bits_are_errors() {
    let folder = copy(NEWEST);
    for name in &FILES[1..] {
        let path = folder.path().join(name);
        let mut content = fs::read(&path).unwrap();
        for offset in 0..content.len() {
            let bit = 1 << (offset % 8);
            content[offset] ^= bit;
            fs::write(&path, &content).unwrap();
            assert!(load(folder.path()).is_err(), "{name}, byte {offset}");
            content[offset] ^= bit;
        }
        fs::write(&path, content).unwrap();
    }
    load(folder.path()).unwrap();
}

/// config.json has no digest, because users edit it. A flipped bit gives an error or another model, but no crash.
#[test]
fn flipped_bits_of_the_configuration_cause_no_crash() {
    let folder = copy(NEWEST);
    let path = folder.path().join("config.json");
    let mut content = fs::read(&path).unwrap();
    for offset in 0..content.len() {
        for bit in 0..8 {
            content[offset] ^= 1 << bit;
            fs::write(&path, &content).unwrap();
            if let Ok(classifier) = load(folder.path()) {
                let _ = classifier.predict(&["the acting is wonderful"]);
            }
            content[offset] ^= 1 << bit;
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn excessive_sizes_are_errors_before_memory_is_allocated() {
    let mebibytes = 512;
    for (path, value, message) in [
        ("/architecture/hidden_size", json!(8192), "shape"),
        (
            "/architecture/embedding_size",
            json!(1u64 << 40),
            "embedding size",
        ),
        ("/architecture/layers", json!(1000), "layers"),
        ("/labels", json!(vec!["x"; 1_000_000]), "number of labels"),
        (
            "/further_labels",
            json!(vec!["x"; 1_000_000]),
            "number of further labels",
        ),
        ("/further_labels", json!(["x", "y", "z"]), "further."),
        ("/max_length", json!(0), "maximum text length"),
        ("/ngrams", json!(9), "maximum n-gram length"),
        ("/decision/temperature", json!(0), "temperature"),
        ("/format_version", json!(99), "format version 99 is too new"),
    ] {
        let is_new = path == "/further_labels";
        let folder = copy(if is_new { NEWEST } else { 3 });
        let file = folder.path().join("config.json");
        let mut config: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        *config.pointer_mut(path).unwrap() = value;
        fs::write(&file, config.to_string()).unwrap();
        predict_within(mebibytes, folder.path(), message);
    }
}

/// A sparse file may claim any size.
#[cfg(target_os = "linux")]
#[test]
fn huge_sparse_files_are_errors_before_memory_is_allocated() {
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

    // Each file of the model in turn.
    for name in FILES {
        let folder = copy(NEWEST);
        let file = fs::File::create(folder.path().join(name)).unwrap();
        file.set_len(100 << 30).unwrap();
        predict_within(512, folder.path(), name);
    }
}

/// Checks that `predict` fails with the message, in a process limited to this much memory.
#[cfg(target_os = "linux")]
fn predict_within(mebibytes: u64, model: &Path, message: &str) {
    within(mebibytes, &["predict", "good", "--model"])
        .arg(model)
        .assert()
        .code(1)
        .stderr(contains("error: ").and(contains(message)));
}
