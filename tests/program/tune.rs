//! `sentiment tune` and `sentiment train --folds`.

use std::fs;
use std::path::Path;

use crate::common::{corpus, names, sentiment, train_args};
use predicates::prelude::*;
use predicates::str::{contains, is_match};
use serde_json::Value;

/// Returns the arguments of `tune` on the corpus of a training run.
fn tune_args(folder: &Path) -> Vec<String> {
    let mut args = train_args(folder);
    args[0] = "tune".into();
    args.extend(["--minutes".into(), "0.1".into()]);
    args
}

#[test]
fn tune_resumes_and_its_best_recipe_can_be_trained() {
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
        .stdout(is_match(r"^trials: \d+; best:\naccuracy [01]\.\d{4}  ").unwrap());
    assert_eq!(names(&out), ["best.toml", "trials.json"]);
    let before = trials();
    assert_eq!(before[0]["recipe"]["hidden-size"], 8);

    // A second search resumes.
    sentiment()
        .args(tune_args(folder.path()))
        .assert()
        .success()
        .stderr(contains(format!("resuming after {} trials", before.len())));
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

/// Chinese has no negation-safe stopword list.
#[test]
fn every_trial_keeps_the_given_settings() {
    let folder = corpus();
    let settings = "--language ta --layers 2 --max-vocabulary 500 --pooling last";
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
            "ta".into(),
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
fn tune_does_not_resume_on_another_dataset() {
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
        .stderr(contains("the trials were made on another dataset"));
}

#[test]
fn each_text_is_in_one_fold_and_finished_folds_are_kept() {
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
    let metrics: Value =
        serde_json::from_slice(&fs::read(out.join("folds.json")).unwrap()).unwrap();
    let texts: Vec<u64> = metrics["folds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fold| fold["texts"].as_u64().unwrap())
        .collect();
    assert_eq!(texts, [27, 27, 26]);

    // Finished folds are not trained again.
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
        .stderr(contains("trained with another recipe"));
}

#[test]
fn the_number_of_folds_must_fit_the_corpus() {
    let folder = corpus();
    for folds in ["1", "1000"] {
        sentiment()
            .args(train_args(folder.path()))
            .args(["--folds", folds])
            .assert()
            .failure();
    }
}
