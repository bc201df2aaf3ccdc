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
        let row = predicted(&["--model", "general"], text);
        assert_eq!(row["predicted"], "uncertain", "{row}");
        let reason = format!("looks like {language}; this model knows English");
        assert_eq!(row["reason"], Value::from(reason));
        let row = predicted(&["--any-language", "--model", "general"], text);
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

/// What the program says of the model that reads Chinese.
#[cfg(feature = "chinese")]
const NOTE: &str = "the built-in model chinese reads the Chinese texts";

#[test]
#[cfg(feature = "chinese")]
fn each_text_has_the_built_in_model_of_its_language() {
    let english = "The staff were friendly and the room was clean";
    let chinese = [
        "这家酒店的房间很干净，服务也很好",
        "质量很差，穿了一天就破了",
    ];
    let of_model = |model: &str, text: &str| predicted(&["--model", model], text);
    let mut mixed = sentiment();
    mixed.args([
        "predict", "--format", "jsonl", chinese[0], english, chinese[1],
    ]);
    let mixed = mixed.assert().success();
    let once = predicates::str::contains(NOTE).count(1);
    let rows = String::from_utf8(mixed.get_output().stdout.clone()).unwrap();
    mixed.stderr(once);
    let rows: Vec<Value> = rows
        .lines()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    assert_eq!(rows[0], of_model("chinese", chinese[0]));
    assert_eq!(rows[1], of_model("general", english));
    assert_eq!(rows[2], of_model("chinese", chinese[1]));
    let labels = [0, 1, 2].map(|row| rows[row]["predicted"].as_str().unwrap());
    assert_eq!(labels, ["positive", "positive", "negative"]);

    let mut explain = sentiment();
    explain.args(["explain", chinese[0], "--method", "gradient"]);
    explain
        .assert()
        .success()
        .stdout(contains("positive"))
        .stderr(contains(NOTE));
    let refused = of_model("chinese", english);
    assert_eq!(
        refused["reason"],
        "looks like English; this model knows Chinese"
    );
}

#[test]
fn english_texts_have_no_note() {
    let text = "The staff were friendly and the room was clean";
    for more in [&[][..], &["--model", "auto"], &["--model", "general"]] {
        let mut predict = sentiment();
        predict.args(["predict", text]).args(more);
        predict.assert().success().stderr("");
    }
}

#[test]
#[cfg(feature = "chinese")]
fn a_chinese_corpus_is_evaluated_by_the_chinese_model() {
    let folder = chinese();
    run(folder.path(), "eval test.csv --json metrics.json")
        .success()
        .stderr(contains(NOTE));
    let metrics = fs::read(folder.path().join("metrics.json")).unwrap();
    let evaluation: Value = serde_json::from_slice(&metrics).unwrap();
    assert!(
        evaluation["accuracy"].as_f64().unwrap() >= 0.9,
        "{evaluation}"
    );
    run(
        folder.path(),
        "eval test.csv --model chinese --compare general",
    )
    .success()
    .stdout(contains("the built-in model chinese"))
    .stderr(contains(NOTE).not());
    run(
        folder.path(),
        "eval test.csv --model chinese --find-threshold f1",
    )
    .failure()
    .stderr(contains(
        "--find-threshold saves thresholds in a model's folder",
    ));
}

#[test]
#[cfg(feature = "chinese")]
fn a_model_starts_from_the_chinese_model() {
    let folder = chinese();
    run(
        folder.path(),
        "train reviews.csv --from chinese --out model",
    )
    .success()
    // By the words of the base, not by spaces.
    .stderr(contains("median length").and(contains("median length 1 words").not()));
    let config = config(folder.path());
    assert_eq!(config["base"]["name"], "chinese", "{}", config["base"]);
}

#[test]
#[cfg(feature = "chinese")]
fn a_folder_with_the_name_of_a_built_in_model_needs_a_path() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("chinese")).unwrap();
    run(folder.path(), "predict 很好 --model chinese").success();
    run(folder.path(), "predict 很好 --model ./chinese")
        .failure()
        .stderr(contains("there is no model in ./chinese"));
}

#[test]
fn a_tokenizer_that_needs_spaces_is_a_warning() {
    let folder = chinese();
    let mut train = sentiment();
    train
        .args(train_args(folder.path()))
        .args(["--tokenizer", "penn-treebank"]);
    let better = if cfg!(feature = "chinese") {
        "jieba"
    } else {
        "icu"
    };
    train.assert().success().stderr(contains(format!(
        "warning: the tokenizer penn-treebank takes a sentence without spaces for one word: use --tokenizer {better}"
    )));
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

#[test]
fn a_language_that_is_guessed_has_no_name() {
    let reason = "looks like another language; this model knows English";
    let row = predicted(&["--model", "general"], "C'est très bien, merci beaucoup");
    assert_eq!(row["reason"], reason);
}

#[test]
fn columns_with_chinese_names_are_known() {
    let folder = TempDir::new().unwrap();
    fs::write(
        folder.path().join("in.csv"),
        "日期,评论,标签\n1,很好,正面\n",
    )
    .unwrap();
    run(folder.path(), "predict --input in.csv --model general")
        .success()
        .stderr(contains("the text is in the column 评论").and(contains("in the column 标签")));
}

#[test]
fn texts_that_a_corpus_has_in_other_languages_are_counted() {
    let folder = TempDir::new().unwrap();
    let rows = "text,label\nA great film,positive\nA dull film,negative\nVery good,positive\n服务很好，非常满意,positive\n";
    fs::write(folder.path().join("mix.csv"), rows).unwrap();
    run(folder.path(), "eval mix.csv")
        .success()
        .stderr(contains(
            "texts in another language than the model's: 1 of 4",
        ));
}
