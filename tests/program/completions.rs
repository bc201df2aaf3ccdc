//! `sentiment completions`, and the environment variables of options.

use std::fs;

use crate::common::{names, sentiment, trained};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

#[test]
fn each_shell_has_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = sentiment().args(["completions", shell]).assert().success();
        script.stdout(contains("embeddings").and(contains("any-language")));
    }
    let folder = tempfile::tempdir().unwrap();
    sentiment()
        .args(["completions", "zsh", "--out"])
        .arg(folder.path())
        .assert()
        .success();
    assert_eq!(names(folder.path()), ["_sentiment"]);
}

#[test]
fn each_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    let mut command = sentiment();
    command.args(["completions", "man"]);
    command.assert().code(2).stderr(contains("--out <DIR>"));
    command.arg("--out").arg(&pages).assert().success();
    let names = names(&pages);
    for name in [
        "sentiment.1",
        "sentiment-predict.1",
        "sentiment-data-split.1",
    ] {
        assert!(names.iter().any(|found| found == name), "{names:?}");
    }
    let page = fs::read_to_string(pages.join("sentiment-predict.1")).unwrap();
    assert!(page.contains("SENTIMENT_MODEL") && page.contains("neutral"));
}

#[test]
fn the_model_may_be_in_the_environment() {
    let (folder, model) = trained();
    let predict = |arguments: &[&str]| {
        let mut command = sentiment();
        command.args(["predict", "a lovely film today", "--format", "jsonl"]);
        command.args(arguments).env("SENTIMENT_MODEL", &model);
        command.assert()
    };
    // The model has two labels, and the built-in model three.
    let output = predict(&[]).success().get_output().stdout.clone();
    assert!(
        !String::from_utf8(output)
            .unwrap()
            .contains("probability_neutral")
    );
    for command in [
        "predict film",
        "info",
        "export --format archive --out model.sentiment",
    ] {
        let mut unset = sentiment();
        unset.args(command.split(' ')).current_dir(folder.path());
        unset.env("SENTIMENT_MODEL", "").assert().success();
    }
    predict(&["--model", "missing"])
        .code(1)
        .stderr(contains("there is no model in missing"));
}
