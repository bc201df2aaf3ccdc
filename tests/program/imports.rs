//! `sentiment import`: classifiers that Keras and PyTorch saved give the same probabilities.
//!
//! benches/peers/import_fixtures.py made the files and the expected probabilities.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use sentiment::{Classifier, Device};
use serde_json::Value;
use tempfile::TempDir;

use crate::common::{sentiment, trained};

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
            .stderr(contains("1 row of the embedding is left out"))
            // The whole models say how they are pooled, and PyTorch's flag does.
            .stderr(
                contains("--pooling last is assumed").count(usize::from(name == "gru.weights.h5")),
            );
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
    let cases: [(&str, &str, &[&str], &str); 8] = [
        (
            "keras",
            "lstm.keras",
            &["--labels", "a, a"],
            "each label must have a name of its own",
        ),
        (
            "keras",
            "lstm.keras",
            &["--labels", ",a"],
            "each label must have a name of its own",
        ),
        (
            "keras",
            "lstm.h5",
            &["--pooling", "max"],
            "another pooling than --pooling",
        ),
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

/// Rewrites a `.keras` file with another configuration.
fn with_config(from: &str, to: &Path, old: &str, new: &str) {
    let mut archive = zip::ZipArchive::new(fs::File::open(fixture(from)).unwrap()).unwrap();
    let mut written = zip::ZipWriter::new(fs::File::create(to).unwrap());
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        if name == "config.json" {
            let config = String::from_utf8(content).unwrap();
            assert!(config.contains(old), "{config}");
            content = config.replacen(old, new, 1).into_bytes();
        }
        let options = zip::write::SimpleFileOptions::default();
        written.start_file(name, options).unwrap();
        written.write_all(&content).unwrap();
    }
    written.finish().unwrap();
}

#[test]
fn settings_that_an_imported_model_would_not_have_are_errors() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("model.keras");
    for (old, new, message) in [
        (
            r#""activation": "tanh""#,
            r#""activation": "relu""#,
            "has activation=\"relu\"",
        ),
        (
            r#""go_backwards": false"#,
            r#""go_backwards": true"#,
            "go_backwards=True",
        ),
        (
            r#""activation": "sigmoid", "use_bias""#,
            r#""activation": "relu", "use_bias""#,
            "sigmoid or linear",
        ),
        (
            r#""class_name": "Dense""#,
            r#""class_name": "Rescaling""#,
            "is a Rescaling",
        ),
    ] {
        with_config("lstm.keras", &file, old, new);
        sentiment()
            .args(["import", "keras"])
            .arg(&file)
            .arg("--vocabulary")
            .arg(fixture("keras.txt"))
            .arg("--out")
            .arg(folder.path().join("model"))
            .assert()
            .failure()
            .stderr(contains(message));
    }
}

#[test]
fn an_import_replaces_the_records_of_a_training_run() {
    let (_folder, model) = trained();
    import("keras", "lstm.keras", &model)
        .arg("--force")
        .assert()
        .success();
    assert!(!model.join("metrics.json").exists() && !model.join("ngrams.bin").exists());
    let card = fs::read_to_string(model.join("README.md")).unwrap();
    assert!(
        !card.contains("reviews.csv") && !card.contains("## Measured"),
        "{card}"
    );
}
