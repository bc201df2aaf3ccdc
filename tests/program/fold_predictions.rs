//! `sentiment train --folds --predictions`: the predictions of each text by the model that was not trained on it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::common::{corpus, names, sentiment};
use assert_cmd::assert::Assert;
use predicates::str::contains;
use serde_json::Value;

/// Cross-validates on the corpus in a folder.
fn train(folder: &Path, more: &[&str]) -> Assert {
    let mut command = sentiment();
    command.current_dir(folder);
    command.args(["train", "reviews.csv", "--folds", "3", "--out", "folds"]);
    command.args(more).assert()
}

fn read_csv(file: &Path) -> (csv::StringRecord, Vec<csv::StringRecord>) {
    let mut reader = csv::Reader::from_path(file).unwrap();
    let header = reader.headers().unwrap().clone();
    (header, reader.records().map(Result::unwrap).collect())
}

#[test]
fn each_text_is_predicted_once_by_a_model_that_was_not_trained_on_it() {
    let folder = corpus();
    let path = |name: &str| folder.path().join(name);
    train(folder.path(), &["--predictions", "held-out.csv"])
        .success()
        .stderr(contains("predictions saved in held-out.csv"));
    let (header, rows) = read_csv(&path("held-out.csv"));
    let expected = "text label fold predicted score probability_negative probability_positive reason known unread_tokens";
    assert_eq!(header.iter().collect::<Vec<_>>().join(" "), expected);

    let (_, texts) = read_csv(&path("reviews.csv"));
    let pairs = |rows: &[csv::StringRecord]| -> Vec<(String, String)> {
        let pair = |row: &csv::StringRecord| (row[0].into(), row[1].into());
        rows.iter().map(pair).collect()
    };
    assert_eq!(pairs(&rows), pairs(&texts));

    // The model of the fold gives the same prediction.
    let mut by_fold: BTreeMap<&str, Vec<&csv::StringRecord>> = BTreeMap::new();
    for row in &rows {
        by_fold.entry(&row[2]).or_default().push(row);
    }
    assert_eq!(by_fold.keys().copied().collect::<Vec<_>>(), ["1", "2", "3"]);
    for (fold, rows) in by_fold {
        let texts: String = rows.iter().map(|row| format!("{}\n", &row[0])).collect();
        fs::write(path("texts.txt"), texts).unwrap();
        let model = format!("folds/fold-{fold}");
        sentiment()
            .current_dir(folder.path())
            .args(["predict", "--input", "texts.txt", "--model", &model])
            .args(["--output", "predicted.csv", "--precision", "f32"])
            .assert()
            .success();
        let (_, predicted) = read_csv(&path("predicted.csv"));
        for (row, predicted) in rows.iter().zip(&predicted) {
            let expected: Vec<&str> = predicted.iter().skip(1).collect();
            assert_eq!(row.iter().skip(3).collect::<Vec<_>>(), expected);
        }
    }
}

#[test]
fn a_resumed_run_writes_all_predictions() {
    let folder = corpus();
    let path = |name: &str| folder.path().join(name);
    train(folder.path(), &["--predictions", "whole.jsonl"]).success();
    // As if the run had been interrupted in the last fold.
    let metrics = path("folds/folds.json");
    let mut saved: Value = serde_json::from_slice(&fs::read(&metrics).unwrap()).unwrap();
    saved["folds"].as_array_mut().unwrap().pop();
    fs::write(&metrics, saved.to_string()).unwrap();
    train(
        folder.path(),
        &["--predictions", "resumed.jsonl", "--resume"],
    )
    .success()
    .stderr(contains("fold 3 of 3"));
    let whole = fs::read_to_string(path("whole.jsonl")).unwrap();
    assert_eq!(fs::read_to_string(path("resumed.jsonl")).unwrap(), whole);
    assert_eq!(whole.lines().count(), 80);
    let first: Value = serde_json::from_str(whole.lines().next().unwrap()).unwrap();
    assert_eq!(first["label"], "positive");
    assert!(first["fold"].is_u64());
}

#[test]
fn predictions_need_folds_and_another_file_than_the_corpus() {
    let folder = corpus();
    train(folder.path(), &["--predictions", "held-out.docx"])
        .code(1)
        .stderr(contains(
            "held-out.docx: unknown file extension for a table",
        ));
    train(folder.path(), &["--predictions", "reviews.csv"])
        .code(1)
        .stderr(contains("would overwrite the corpus"));
    assert_eq!(names(folder.path()), ["reviews.csv"]);
    sentiment()
        .current_dir(folder.path())
        .args(["train", "reviews.csv", "--predictions", "held-out.csv"])
        .assert()
        .code(2)
        .stderr(contains("--folds"));
}
