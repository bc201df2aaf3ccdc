//! The kinds of output: ordinal labels.

use std::fs;
use std::path::Path;

use crate::common::{sentiment, train_args};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

/// Creates a folder with `reviews.csv`: texts of ten star ratings, each with a word of its rating.
fn stars() -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut rows = String::from("text,label\n");
    for text in 0..200 {
        let stars = text % 10 + 1;
        let (place, thing) = (text % 7, text % 11);
        rows += &format!("word{stars} place{place} thing{thing},{stars}\n");
    }
    fs::write(folder.path().join("reviews.csv"), rows).unwrap();
    folder
}

fn read_json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn eval_json(folder: &Path) -> Value {
    let output = sentiment()
        .args(["eval", "--json", "-", "--model"])
        .args([folder.join("model"), folder.join("reviews.csv")])
        .assert()
        .success();
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

#[test]
fn ordinal_labels_are_in_the_order_of_their_values() {
    let folder = stars();
    sentiment()
        .args(train_args(folder.path()))
        .args(["--ordinal", "--verbose"])
        .assert()
        .success()
        .stdout(
            contains("mean absolute error")
                .and(contains("quadratic kappa"))
                .and(contains("within one")),
        )
        .stderr(contains("--ordinal").not());
    let config = read_json(&folder.path().join("model/config.json"));
    assert_eq!(config["decision"]["output"], "ordinal");
    assert_eq!(config["training"]["output"], "ordinal");
    let labels: Vec<String> = (1..=10).map(|stars: u32| stars.to_string()).collect();
    assert_eq!(config["labels"], serde_json::json!(labels));
    let metrics = eval_json(folder.path());
    let matrix: Vec<Vec<f64>> =
        serde_json::from_value(metrics["confusion_matrix"].clone()).unwrap();
    let cells =
        || (0..10).flat_map(|actual| (0..10).map(move |predicted: usize| (actual, predicted)));
    let error: f64 = cells()
        .map(|(actual, predicted)| matrix[actual][predicted] * actual.abs_diff(predicted) as f64)
        .sum();
    let close = metrics["mean_absolute_error"].as_f64().unwrap() - error / 200.0;
    assert!(close.abs() < 1e-12, "{close}");
    let intervals = metrics["intervals"]["quadratic_weighted_kappa"]
        .as_array()
        .unwrap();
    let kappa = metrics["quadratic_weighted_kappa"].as_f64().unwrap();
    assert!(intervals[0].as_f64().unwrap() <= kappa && kappa <= intervals[1].as_f64().unwrap());
    assert!(metrics["within_one_accuracy"].as_f64() >= metrics["accuracy"].as_f64());
}

/// The network's targets differ, so its weights do.
#[test]
fn ordinal_training_changes_the_network_and_is_offered_for_numbers() {
    let folder = stars();
    let train = |more: &[&str], out: &str| {
        let mut args = train_args(folder.path());
        args[3] = folder.path().join(out).display().to_string();
        sentiment().args(args).args(more).assert().success()
    };
    train(&[], "plain").stderr(contains("train with --ordinal"));
    train(&["--ordinal"], "ordinal");
    let weights = |out: &str| fs::read(folder.path().join(out).join("model.safetensors")).unwrap();
    assert_ne!(weights("plain"), weights("ordinal"));
    let config = read_json(&folder.path().join("plain/config.json"));
    assert_eq!(config["decision"].get("output"), None);
}

#[test]
fn labels_without_an_order_are_refused_with_a_hint() {
    let folder = crate::common::corpus();
    sentiment()
        .args(train_args(folder.path()))
        .arg("--ordinal")
        .assert()
        .failure()
        .stderr(contains("\"negative\" is not a number").and(contains("--map-labels")));
    sentiment()
        .args(train_args(folder.path()))
        .args(["--ordinal", "--map-labels", "negative=1;positive=2"])
        .assert()
        .success();
}

#[test]
fn the_kind_of_output_may_be_in_the_settings_file() {
    let folder = stars();
    let file = folder.path().join("settings.toml");
    fs::write(&file, "output = \"ordinal\"\n").unwrap();
    sentiment()
        .args(train_args(folder.path()))
        .arg("--config")
        .arg(&file)
        .assert()
        .success();
    let config = read_json(&folder.path().join("model/config.json"));
    assert_eq!(config["decision"]["output"], "ordinal");
    fs::write(&file, "output = \"stars\"\n").unwrap();
    sentiment()
        .args(train_args(folder.path()))
        .arg("--config")
        .arg(&file)
        .assert()
        .failure()
        .stderr(contains("stars"));
}
