//! Decision thresholds: `eval --find-threshold` and `--threshold`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{sentiment, trained};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

/// Returns the command that evaluates a model on `reviews.csv`.
fn eval(folder: &Path, model: &Path) -> assert_cmd::Command {
    let mut command = sentiment();
    let reviews = folder.join("reviews.csv");
    command.args(["eval", "--model"]).arg(model).arg(reviews);
    command
}

#[test]
fn a_saved_threshold_reaches_its_goal() {
    let (folder, model) = trained();
    for share in ["0.1", "0.35", "0.6", "0.85"] {
        eval(folder.path(), &model)
            .args(["--find-threshold", &format!("recall={share}")])
            .assert()
            .success();
        let output = eval(folder.path(), &model)
            .args(["--json", "-"])
            .assert()
            .success();
        let metrics: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
        let recall = metrics["positive"]["recall"].as_f64().unwrap();
        assert!(recall >= share.parse().unwrap(), "{share}: {recall}");
    }
}

/// Returns a folder with `three.csv`, of three labels, and a model trained on it.
fn trained_on_three_labels() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let kinds = [
        ("pos", ["good", "nice", "great", "fun"]),
        ("neg", ["bad", "awful", "poor", "sad"]),
        ("neu", ["table", "chair", "desk", "lamp"]),
    ];
    let mut rows = String::from("text,label\n");
    for (label, words) in kinds {
        for first in words {
            for second in words {
                rows += &format!("{first} {second} film,{label}\n");
            }
        }
    }
    let corpus = folder.path().join("three.csv");
    fs::write(&corpus, rows).unwrap();
    let model = folder.path().join("model");
    sentiment()
        .args(["train", "--embedding-size", "4", "--hidden-size", "3"])
        .args(["--epochs", "3", "--seed", "1", "--pretraining-epochs", "0"])
        .arg("--out")
        .args([&model, &corpus])
        .assert()
        .success();
    (folder, model)
}

#[test]
fn each_of_several_labels_has_its_threshold() {
    let (folder, model) = trained_on_three_labels();
    let eval = || {
        let mut command = sentiment();
        command
            .arg("eval")
            .arg(folder.path().join("three.csv"))
            .arg("--model")
            .arg(&model);
        command
    };
    let thresholds = || -> Value {
        let config = fs::read(model.join("config.json")).unwrap();
        let config: Value = serde_json::from_slice(&config).unwrap();
        config["decision"]["thresholds"].clone()
    };
    eval()
        .args(["--find-threshold", "neg=recall=1"])
        .assert()
        .success()
        .stdout(contains("neg at a probability of ").and(contains("recall 1.0000")));
    let negative = thresholds();
    assert_eq!(negative.as_object().unwrap().len(), 1);
    eval()
        .args(["--find-threshold", "pos=f1"])
        .assert()
        .success()
        .stdout(contains("label  threshold  precision").and(contains("neu            -")));
    assert_eq!(thresholds()["neg"], negative["neg"]);
    eval()
        .args(["--find-threshold", "f1"])
        .assert()
        .success()
        .stdout(contains("macro F1 "));
    assert_eq!(thresholds().as_object().unwrap().len(), 3);
    eval()
        .assert()
        .success()
        .stderr(contains("decision thresholds: neg "));

    eval()
        .args(["--find-threshold", "x=f1"])
        .assert()
        .code(1)
        .stderr(contains("the model has no label \"x\""));
    let predict = |threshold: &str| {
        let mut command = sentiment();
        command.args(["predict", "good film", "--threshold", threshold, "--model"]);
        command.arg(&model).assert()
    };
    predict("neu=0").success().stdout(contains("neu\t"));
    predict("x=0.5")
        .code(1)
        .stderr(contains("the model has no label \"x\""));
    predict("0.5")
        .code(1)
        .stderr(contains("hint: use --threshold LABEL=0.5"));
}

/// A threshold of 0 takes every text from the other labels.
#[test]
fn a_goal_that_is_missed_beside_other_thresholds_is_noted() {
    let (folder, model) = trained_on_three_labels();
    let path = model.join("config.json");
    let mut config: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    config["decision"]["thresholds"] = serde_json::json!({"pos": 0.0});
    fs::write(&path, config.to_string()).unwrap();
    sentiment()
        .args(["eval", "--find-threshold", "neu=recall=1", "--model"])
        .args([model, folder.path().join("three.csv")])
        .assert()
        .success()
        .stderr(contains(
            "neu has recall 0.0000 instead of 1 beside the thresholds of other labels",
        ));
}

#[test]
fn an_unreachable_goal_names_the_highest_precision() {
    let (folder, model) = trained();
    let refused = |rows: &str, message: &str| {
        let corpus = folder.path().join("corpus.csv");
        fs::write(&corpus, format!("text,label\n{rows}")).unwrap();
        sentiment()
            .args(["eval", "--find-threshold", "precision=0.95", "--model"])
            .args([&model, &corpus])
            .assert()
            .code(1)
            .stderr(contains(message));
    };
    refused(
        "a great film,positive\na great film,negative\n",
        "corpus.csv: no threshold of \"positive\" reaches precision 0.95; the highest is 0.5000",
    );
    refused(
        "a great film,negative\n",
        "corpus.csv: no text has the label \"positive\"",
    );
}

#[test]
fn find_threshold_saves_the_threshold() {
    let (folder, model) = trained();
    eval(folder.path(), &model)
        .args(["--find-threshold", "recall=1"])
        .assert()
        .success()
        .stdout(contains("recall 1.0000"));
    let config: Value =
        serde_json::from_slice(&fs::read(model.join("config.json")).unwrap()).unwrap();
    let thresholds = &config["decision"]["thresholds"];
    assert!(thresholds["positive"].as_f64().unwrap() > 0.0);
    assert_eq!(thresholds.as_object().unwrap().len(), 1);

    eval(folder.path(), &model)
        .assert()
        .success()
        .stderr(contains("positive is predicted at a probability of "));
    let label = |threshold: &str| {
        let output = sentiment()
            .args([
                "predict",
                "a great film",
                "--threshold",
                threshold,
                "--model",
            ])
            .arg(&model)
            .assert()
            .success();
        let line = String::from_utf8(output.get_output().stdout.clone()).unwrap();
        line.split('\t').next().unwrap().to_string()
    };
    assert_eq!(
        (label("0"), label("1")),
        ("positive".into(), "negative".into())
    );
    sentiment()
        .args(["eval", "--find-threshold", "f1", "corpus.csv"])
        .assert()
        .code(2)
        .stderr(contains("--model"));
    eval(folder.path(), &model)
        .args(["--find-threshold", "precision=7"])
        .assert()
        .code(2)
        .stderr(contains("from 0 to 1"));
}
