//! `sentiment tune` and `sentiment train --folds`: how good a recipe is, and which is the best.

use std::fs;
use std::path::Path;

use crate::common::{corpus, names, sentiment, train_args};
use predicates::prelude::*;
use predicates::str::{contains, is_match};
use serde_json::Value;

/// The arguments of `tune` in place of those of a training run.
fn tune_args(folder: &Path) -> Vec<String> {
    let mut args = train_args(folder);
    args[0] = "tune".into();
    args.extend(["--minutes".into(), "0.1".into()]);
    args
}

#[test]
fn the_best_recipe_found_is_one_to_train_by() {
    let folder = corpus();
    let out = folder.path().join("model");
    let trials = || -> Vec<Value> {
        let saved = fs::read(out.join("trials.json")).unwrap();
        let saved: Value = serde_json::from_slice(&saved).unwrap();
        saved["trials"].as_array().unwrap().clone()
    };
    sentiment()
        .args(tune_args(folder.path()))
        .assert()
        .success()
        .stdout(is_match(r"^trials: \d+; the best:\naccuracy [01]\.\d{4}  ").unwrap());
    assert_eq!(names(&out), ["best.toml", "trials.json"]);
    let before = trials();
    assert_eq!(before[0]["recipe"]["hidden-size"], 8);

    // Again, it goes on.
    sentiment()
        .args(tune_args(folder.path()))
        .assert()
        .success()
        .stderr(contains(format!("going on after {} trials", before.len())));
    let after = trials();
    assert!(after.len() > before.len());
    assert_eq!(after[..before.len()], before);

    sentiment()
        .arg("train")
        .arg(folder.path().join("reviews.csv"))
        .arg("--config")
        .arg(out.join("best.toml"))
        .arg("--out")
        .arg(folder.path().join("best"))
        .assert()
        .success();
}

/// Also for a language that has no negation-safe stopwords.
#[test]
fn given_settings_are_those_of_every_trial() {
    let folder = corpus();
    let settings = "--language zh --layers 2 --max-vocabulary 500 --pooling last";
    sentiment()
        .args(tune_args(folder.path()))
        .args(settings.split(' '))
        .assert()
        .success();
    let saved = fs::read(folder.path().join("model/trials.json")).unwrap();
    let saved: Value = serde_json::from_slice(&saved).unwrap();
    let trials = saved["trials"].as_array().unwrap();
    assert!(trials.len() > 2, "{trials:?}");
    for trial in trials {
        let recipe = &trial["recipe"];
        let found = [
            "language",
            "layers",
            "max-vocabulary",
            "pooling",
            "hidden-size",
            "stopwords",
        ]
        .map(|name| recipe[name].clone());
        let expected: [Value; 6] = [
            "zh".into(),
            2.into(),
            500.into(),
            "last".into(),
            8.into(),
            "none".into(),
        ];
        assert_eq!(found, expected);
    }
}

#[test]
fn a_search_does_not_go_on_with_other_texts() {
    let folder = corpus();
    let args = tune_args(folder.path());
    sentiment().args(&args).assert().success();
    let reviews = folder.path().join("reviews.csv");
    let texts = fs::read_to_string(&reviews).unwrap();
    fs::write(&reviews, texts + "one more,positive\n").unwrap();
    sentiment()
        .args(&args)
        .assert()
        .code(1)
        .stderr(contains("its trials were of other texts"));
}

#[test]
fn every_text_is_measured_on_in_one_fold() {
    let folder = corpus();
    let out = folder.path().join("model");
    let mut args = train_args(folder.path());
    args.extend(["--folds".into(), "3".into()]);
    sentiment().args(&args).assert().success().stdout(
        is_match(
            "^fold    texts  accuracy  macro f1\n(?s:.*)\nmean +[01]\\.\\d{4} +[01]\\.\\d{4}\ndeviation +0\\.\\d{4}",
        )
        .unwrap(),
    );
    assert_eq!(names(&out), ["fold-1", "fold-2", "fold-3", "folds.json"]);
    let figures: Value =
        serde_json::from_slice(&fs::read(out.join("folds.json")).unwrap()).unwrap();
    let texts: Vec<u64> = figures["folds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fold| fold["texts"].as_u64().unwrap())
        .collect();
    assert_eq!(texts, [27, 27, 26]);

    // What is done is kept.
    args.push("--resume".into());
    sentiment()
        .args(&args)
        .assert()
        .success()
        .stderr(contains("fold 1 of 3").not());
    args.push("--dropout=0.1".into());
    sentiment()
        .args(&args)
        .assert()
        .code(1)
        .stderr(contains("trained by another recipe"));
}

#[test]
fn folds_need_texts() {
    let folder = corpus();
    for folds in ["1", "1000"] {
        sentiment()
            .args(train_args(folder.path()))
            .args(["--folds", folds])
            .assert()
            .failure();
    }
}
