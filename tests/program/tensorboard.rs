//! `sentiment train --tensorboard`: the event files.

use std::fs;

use crate::common::event_files::{read_curves, steps};
use crate::common::{corpus, sentiment, train_args};
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

/// Trains on [`corpus`] with `--tensorboard curves` and additional arguments.
fn train(folder: &TempDir, more: &[&str]) -> assert_cmd::assert::Assert {
    sentiment()
        .current_dir(folder.path())
        .args(train_args(folder.path()))
        .args(["--tensorboard", "curves"])
        .args(more)
        .assert()
}

#[test]
fn curves_match_the_history() {
    let folder = corpus();
    train(&folder, &["--pretraining-epochs", "1"]).success();
    let curves = read_curves(&folder.path().join("curves"));
    let tags = [
        "pretraining/loss",
        "train/learning_rate",
        "train/loss",
        "train/tokens_per_second",
        "validation/accuracy",
        "validation/loss",
    ];
    assert_eq!(curves.keys().collect::<Vec<_>>(), tags);

    let history = fs::read_to_string(folder.path().join("model/history.jsonl")).unwrap();
    let epochs: Vec<Value> = history
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let history_values = |name: &str| -> Vec<f32> {
        let values = epochs.iter().map(|epoch| epoch[name].as_f64().unwrap());
        values.map(|value| value as f32).collect()
    };
    let values = |tag: &str| -> Vec<f32> { curves[tag].iter().map(|point| point.1).collect() };
    assert_eq!(values("validation/loss"), history_values("validation_loss"));
    assert_eq!(
        values("validation/accuracy"),
        history_values("validation_accuracy")
    );

    // A short run has one point per step.
    let all = steps(&curves["train/loss"]);
    let last = all.len() as u64;
    assert_eq!(all, (1..=last).collect::<Vec<_>>());
    assert_eq!(steps(&curves["train/learning_rate"]), all);
    let steps_per_epoch = last / epochs.len() as u64;
    let ends: Vec<u64> = (1..=epochs.len() as u64)
        .map(|epoch| epoch * steps_per_epoch)
        .collect();
    assert_eq!(steps(&curves["validation/accuracy"]), ends);
    let rates = values("train/learning_rate");
    let last_rates: Vec<f32> = ends.iter().map(|step| rates[*step as usize - 1]).collect();
    assert_eq!(last_rates, history_values("learning_rate"));
}

#[test]
fn self_training_rounds_continue_the_steps() {
    let folder = corpus();
    let texts = "text\na lovely evening\na dreadful evening\na superb song\n";
    fs::write(folder.path().join("more.csv"), texts).unwrap();
    let more = "--unlabelled more.csv --self-training 1 --epochs 2";
    train(&folder, &more.split(' ').collect::<Vec<_>>()).success();
    let curves = read_curves(&folder.path().join("curves"));
    let all = steps(&curves["train/loss"]);
    assert_eq!(all, (1..=all.len() as u64).collect::<Vec<_>>());
    let ends = steps(&curves["validation/loss"]);
    assert_eq!(ends.len(), 4);
    assert!(ends.is_sorted_by(|a, b| a < b), "{ends:?}");
    assert_eq!(ends.last(), all.last());
}

#[test]
fn an_unwritable_folder_is_an_error() {
    let folder = corpus();
    fs::write(folder.path().join("curves"), "").unwrap();
    train(&folder, &[])
        .code(1)
        .stderr(contains("error: could not create curves: "));
}

#[test]
fn cross_validation_refuses_tensorboard() {
    let folder = corpus();
    train(&folder, &["--folds", "2"])
        .code(2)
        .stderr(contains("cannot be used with"));
}
