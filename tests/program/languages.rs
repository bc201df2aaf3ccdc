//! Corpora in languages without spaces between words, and texts in languages that a model did not learn from.

use std::fs;
use std::path::Path;

use crate::common::{sentiment, train_args};
use crate::few_labels::run;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

/// Creates a folder with `reviews.csv`, 96 Chinese texts of two classes, and `test.csv` with 24 others.
fn chinese() -> TempDir {
    let folder = TempDir::new().unwrap();
    let things = ["房间", "服务", "早餐", "味道", "手机", "电影"];
    let words = [
        ("干净", true),
        ("满意", true),
        ("推荐", true),
        ("失望", false),
        ("糟糕", false),
    ];
    let endings = ["，下次再说", "真的", "我们都这么想", "！"];
    let (mut train, mut test) = (String::from("text,label\n"), String::from("text,label\n"));
    let mut row = 0;
    for thing in things {
        for (word, is_good) in words {
            for ending in endings {
                let label = if is_good { "positive" } else { "negative" };
                row += 1;
                let rows = if row % 5 == 0 { &mut test } else { &mut train };
                *rows += &format!("这个{thing}很{word}{ending},{label}\n");
            }
        }
    }
    fs::write(folder.path().join("reviews.csv"), train).unwrap();
    fs::write(folder.path().join("test.csv"), test).unwrap();
    folder
}

/// Returns config.json of the model in `folder`.
fn config(folder: &Path) -> Value {
    let content = fs::read(folder.join("model/config.json")).unwrap();
    serde_json::from_slice(&content).unwrap()
}

/// Returns the JSON line that `predict` writes for one text.
fn predicted(more: &[&str], text: &str) -> Value {
    let mut command = sentiment();
    command
        .args(["predict", "--format", "jsonl", text])
        .args(more);
    let output = command.assert().success();
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

#[test]
#[cfg(feature = "chinese")]
fn a_chinese_corpus_is_read_by_words() {
    let folder = chinese();
    let mut train = sentiment();
    let note =
        "tokenizer jieba: most texts are in a script without spaces between words (language zh)";
    train.args(train_args(folder.path()));
    train.assert().success().stderr(contains(note));
    let preprocessing = &config(folder.path())["preprocessing"];
    assert_eq!(preprocessing["tokenizer"], "jieba");
    assert_eq!(preprocessing["language"], "zh");

    run(
        folder.path(),
        "eval test.csv --model model --json metrics.json",
    )
    .success();
    let metrics = fs::read(folder.path().join("metrics.json")).unwrap();
    let evaluation: Value = serde_json::from_slice(&metrics).unwrap();
    assert!(
        evaluation["accuracy"].as_f64().unwrap() >= 0.95,
        "{evaluation}"
    );
    run(folder.path(), "data inspect reviews.csv")
        .success()
        .stderr(contains(note));
}

#[test]
fn a_given_tokenizer_is_not_questioned() {
    let folder = chinese();
    let mut train = sentiment();
    train
        .args(train_args(folder.path()))
        .args(["--tokenizer", "characters"]);
    train.assert().success().stderr(contains("tokenizer").not());
    assert_eq!(
        config(folder.path())["preprocessing"]["tokenizer"],
        "characters"
    );
}

#[test]
fn tokenizers_and_dictionaries_are_checked() {
    let folder = chinese();
    run(folder.path(), "train reviews.csv --tokenizer words")
        .failure()
        .stderr(contains(
            "expected auto, penn-treebank, unicode, jieba, icu, characters",
        ));
    fs::write(
        folder.path().join("words.txt"),
        "干净 10\n满意 x1\n推荐 1x\n",
    )
    .unwrap();
    let train = "train reviews.csv --dictionary words.txt --out other";
    run(folder.path(), train)
        .failure()
        .stderr(contains("words.txt:3: the frequency"));
    run(
        folder.path(),
        "train reviews.csv --dictionary absent.txt --out other",
    )
    .failure()
    .stderr(contains("absent.txt").and(contains("--dictionary expects a file")));
}

#[test]
fn the_built_in_model_refuses_other_languages() {
    for (text, language) in [
        ("Un vrai plaisir, merci à toute l'équipe", "French"),
        (
            "Das Zimmer war leider sehr schmutzig und das Frühstück kalt",
            "German",
        ),
        ("这家酒店的房间很干净，服务也很好", "Chinese"),
    ] {
        let row = predicted(&[], text);
        assert_eq!(row["predicted"], "uncertain", "{row}");
        let reason = format!("looks like {language}; this model knows English");
        assert_eq!(row["reason"], Value::from(reason));
        let row = predicted(&["--any-language"], text);
        assert_ne!(
            row["reason"].as_str().unwrap_or_default().get(..10),
            Some("looks like")
        );
    }
    for text in [
        "The staff were friendly and the room was clean",
        "merci beaucoup",
        "Bon appetit!",
    ] {
        let row = predicted(&[], text);
        assert!(
            !row["reason"]
                .as_str()
                .unwrap_or_default()
                .starts_with("looks"),
            "{row}"
        );
    }
}

#[test]
fn a_model_refuses_scripts_that_its_corpus_lacks() {
    let folder = chinese();
    sentiment()
        .args(train_args(folder.path()))
        .assert()
        .success();
    let model = folder.path().join("model").display().to_string();
    let row = predicted(
        &["--model", &model],
        "The room was clean and the staff were friendly",
    );
    assert_eq!(
        row["reason"],
        "looks like English; this model knows Han script"
    );
    let row = predicted(&["--model", &model], "这个房间很干净");
    assert_eq!(row["predicted"], "positive", "{row}");
}
