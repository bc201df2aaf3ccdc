//! `sentiment import`: classifiers that Keras and PyTorch saved give the same probabilities.
//!
//! benches/peers/import_fixtures.py made the files and the expected probabilities.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use sentiment::{Classifier, Device};
use serde_json::Value;
use tempfile::TempDir;

use crate::common::sentiment;

fn fixture(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/imports");
    folder.join(name)
}

fn import(framework: &str, name: &str, out: &Path) -> Command {
    let mut command = sentiment();
    command
        .args(["import", framework])
        .arg(fixture(name))
        .arg("--vocabulary")
        .arg(fixture(&format!("{framework}.txt")))
        .arg("--out")
        .arg(out);
    command
}

#[test]
fn imported_models_give_the_probabilities_of_their_programs() {
    let expected = fs::read(fixture("expected.json")).unwrap();
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    let texts: Vec<String> = serde_json::from_value(expected["texts"].clone()).unwrap();
    for (name, probabilities) in expected["models"].as_object().unwrap() {
        let folder = TempDir::new().unwrap();
        let out = folder.path().join("model");
        let mut command = match name.starts_with("pytorch") {
            true => import("pytorch", name, &out),
            false => import("keras", name, &out),
        };
        if name.starts_with("pytorch") {
            command.args(["--pooling", "max"]);
        }
        if name.starts_with("gru") {
            command.args(["--labels", "bad,fair,good"]);
        }
        command
            .assert()
            .success()
            .stdout(contains("8 tokens"))
            .stderr(contains("1 row of the embedding is left out"));
        let classifier = Classifier::load(&out, &Device::Cpu).unwrap();
        let predictions = classifier.predict(&texts).unwrap();
        let expected: Vec<Vec<f64>> = serde_json::from_value(probabilities.clone()).unwrap();
        for (prediction, expected) in predictions.iter().zip(expected) {
            for (found, expected) in prediction.probabilities.iter().zip(expected) {
                assert!(
                    (found - expected).abs() < 1e-5,
                    "{name}: {found} {expected}"
                );
            }
        }
    }
}

#[test]
fn a_model_in_the_folder_is_kept_without_force() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("model");
    import("keras", "lstm.keras", &out).assert().success();
    import("keras", "lstm.keras", &out)
        .assert()
        .failure()
        .stderr(contains("has a model").and(contains("--force")));
    import("keras", "lstm.keras", &out)
        .arg("--force")
        .assert()
        .success();
}

#[test]
fn what_does_not_fit_is_an_error() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("model");
    let cases: [(&str, &str, &[&str], &str); 5] = [
        (
            "keras",
            "gru.weights.h5",
            &[],
            "name their labels with --labels",
        ),
        (
            "keras",
            "lstm.keras",
            &["--labels", "a,b,c"],
            "has 2 labels, but 3 are given",
        ),
        (
            "keras",
            "lstm.keras",
            &["--unknown", "?"],
            "it has no token \"?\"",
        ),
        (
            "keras",
            "keras.txt",
            &[],
            "not a safetensors, HDF5 or .keras file",
        ),
        ("pytorch", "lstm.keras", &[], "dense layers, not one"),
    ];
    for (framework, name, options, message) in cases {
        import(framework, name, &out)
            .args(options)
            .assert()
            .failure()
            .stderr(contains(message));
        assert!(!out.exists());
    }
}

#[test]
fn a_damaged_file_is_an_error() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("model");
    let content = fs::read(fixture("lstm.h5")).unwrap();
    for length in [content.len() / 2, 100, 9] {
        let damaged = folder.path().join("damaged.h5");
        fs::write(&damaged, &content[..length]).unwrap();
        sentiment()
            .args(["import", "keras"])
            .arg(&damaged)
            .arg("--vocabulary")
            .arg(fixture("keras.txt"))
            .arg("--out")
            .arg(&out)
            .assert()
            .failure()
            .code(1)
            .stderr(contains("error: "));
    }
}
