//! `sentiment data`: inspecting and splitting a corpus.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::str::{contains, is_empty, is_match};
use sentiment::corpus::{Corpus, CorpusOptions, Example, read_labelled};
use sentiment::training::Recipe;
use serde_json::Value;

fn sentiment(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("sentiment").unwrap();
    command.current_dir(folder);
    command
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn read(folder: &Path, name: &str) -> Corpus {
    read_labelled(&folder.join(name), &CorpusOptions::default()).unwrap()
}

fn inspect_json(folder: &Path, arguments: &[&str]) -> Value {
    let mut command = sentiment(folder);
    command.args(["data", "inspect", "--json"]).args(arguments);
    let output = command.assert().success().get_output().clone();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Nineteen distinct words. Two texts that append different words share 15 of their 17 shingles of five words.
const LONG: &str = "orange velvet thunder garden marble silver window copper forest lantern \
                    bottle harbour castle meadow violin anchor pepper saddle mirror";

fn corpus_with_duplicates() -> tempfile::TempDir {
    let train = format!(
        "text,label\n\
         superb,positive\n\
         superb,positive\n\
         superb,negative\n\
         {LONG} pillow,positive\n\
         {LONG} basket,positive\n\
         dreadful,negative\n"
    );
    let validation = format!(
        "text,label\n\
         superb,positive\n\
         dreadful,positive\n\
         {LONG} kettle,negative\n\
         unseen unseen,mixed\n"
    );
    folder(&[("train.csv", &train), ("validation.csv", &validation)])
}

#[test]
fn inspect_counts_rows_labels_duplicates_and_conflicts() {
    let folder = corpus_with_duplicates();
    let audit = inspect_json(folder.path(), &["train.csv"]);
    assert!(audit["validation"].is_null() && audit["across"].is_null());
    let train = &audit["train"];
    assert_eq!(train["rows"], 6);
    assert_eq!(train["labels"][0]["label"], "negative");
    assert_eq!(train["labels"][0]["rows"], 2);
    assert_eq!(train["duplicates"]["rows"], 2);
    assert_eq!(train["near_duplicates"]["rows"], 1);
    assert_eq!(train["conflicting_labels"]["rows"], 3);
    assert_eq!(train["tokens"]["maximum"], 20);
    assert_eq!(train["tokens"]["minimum"], 1);
    assert_eq!(train["characters"]["minimum"], 6);
    assert_eq!(train["vocabulary"]["tokens"], 44);
    assert_eq!(train["vocabulary"]["types"], 23);
    assert_eq!(train["vocabulary"]["types_seen_once"], 3);
    let near = &train["near_duplicates"]["samples"][0];
    assert_eq!((&near[0]["row"], &near[1]["row"]), (&5.into(), &4.into()));
    let digest = read(folder.path(), "train.csv").digest();
    assert_eq!(train["digest"], digest);
}

#[test]
fn inspect_finds_overlap_of_training_and_validation_set() {
    let folder = corpus_with_duplicates();
    let arguments = ["train.csv", "--validation", "validation.csv"];
    let across = &inspect_json(folder.path(), &arguments)["across"];
    assert_eq!(across["duplicates"]["rows"], 2);
    assert_eq!(across["near_duplicates"]["rows"], 1);
    assert_eq!(across["conflicting_labels"]["rows"], 2);
    assert_eq!(across["unknown_labels"], serde_json::json!(["mixed"]));
    // `kettle` and `unseen` of 23 distinct tokens; three of 24 tokens.
    assert_eq!(across["unseen_types"], 2.0 / 23.0);
    assert_eq!(across["unseen_tokens"], 3.0 / 24.0);
}

#[test]
fn inspect_prints_an_aligned_table_with_samples() {
    let folder = corpus_with_duplicates();
    let mut command = sentiment(folder.path());
    command.args([
        "data",
        "inspect",
        "train.csv",
        "--validation",
        "validation.csv",
    ]);
    let output = command
        .assert()
        .success()
        .stderr(is_empty())
        .get_output()
        .clone();
    let table = String::from_utf8(output.stdout).unwrap();
    let line = |name: &str| {
        let line = table.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(line("rows"), ["rows", "6", "4"]);
    assert_eq!(line("  mixed"), ["mixed", "0", "1", "(25.0%)"]);
    assert_eq!(line("duplicates"), ["duplicates", "2", "0"]);
    assert!(table.contains("\nDuplicates across, for example:\n  - validation 1 (positive): superb\n    train 1 (positive): superb\n"));
    let width = table.lines().next().unwrap().len();
    let columns = table.lines().take_while(|line| !line.is_empty());
    let is_heading = |line: &str| {
        line.starts_with("truncated at") || line.ends_with(|end: char| end.is_alphabetic())
    };
    for line in columns.filter(|line| !is_heading(line)) {
        assert_eq!(line.chars().count(), width, "{line}");
    }
}

#[test]
fn texts_that_differ_in_case_markup_or_white_space_are_duplicates() {
    let text = "text,label\nGood  film,a\n<b>good</b> film,a\nGOOD FILM,b\ngood films,b\n";
    let folder = folder(&[("a.csv", text)]);
    let train = &inspect_json(folder.path(), &["a.csv"])["train"];
    assert_eq!(train["duplicates"]["rows"], 2);
    assert_eq!(train["conflicting_labels"]["rows"], 3);
}

#[test]
fn inspect_finds_label_variants_in_both_corpora() {
    let train = "text,label\na,Positive\nb,positive\nc,positive\nd,1\ne,caf\u{e9}\nf,cafe\u{301}\n";
    let validation = "text,label\ng,1.0\nh,true\ni,other\nj,positive\n";
    let folder = folder(&[("a.csv", train), ("b.csv", validation)]);
    let audit = inspect_json(
        folder.path(),
        &["a.csv", "--validation", "b.csv", "--exact-labels"],
    );
    let variant = |label: &str, train: usize, validation: usize| serde_json::json!({ "label": label, "train_rows": train, "validation_rows": validation });
    let expected = serde_json::json!([
        [
            variant("1", 1, 0),
            variant("1.0", 0, 1),
            variant("true", 0, 1)
        ],
        [variant("cafe\u{301}", 1, 0), variant("caf\u{e9}", 1, 0)],
        [variant("Positive", 1, 0), variant("positive", 2, 1)],
    ]);
    assert_eq!(audit["label_variants"], expected);

    let mut command = sentiment(folder.path());
    command.args([
        "data",
        "inspect",
        "a.csv",
        "--validation",
        "b.csv",
        "--exact-labels",
    ]);
    command.assert().success().stdout(contains(
        "\nLabels that differ only in spelling; training treats them as different:\n\
         \x20 \"1\" (train 1), \"1.0\" (validation 1), \"true\" (validation 1)\n\
         \x20 \"cafe\\u{301}\" (train 1), \"caf\u{e9}\" (train 1)\n\
         \x20 \"Positive\" (train 1), \"positive\" (train 2, validation 1)\n",
    ));
}

#[test]
fn inspect_counts_signs_of_a_wrong_encoding() {
    let text = "text,label\ngood,x\ncaf\u{c3}\u{a9},y\na\0b\0,x\ncaf\u{fffd},y\nit\u{e2}\u{20ac}\u{2122}s,x\n";
    let folder = folder(&[("a.csv", text)]);
    let encoding = &inspect_json(folder.path(), &["a.csv"])["train"]["encoding"];
    let count = |rows, first| serde_json::json!({ "rows": rows, "first_row": first });
    assert_eq!(encoding["mojibake"], count(2, 2));
    assert_eq!(encoding["nul_characters"], count(1, 3));
    assert_eq!(encoding["replacement_characters"], count(1, 4));
    let mut command = sentiment(folder.path());
    command.args(["data", "inspect", "a.csv"]);
    let is_line = "(?m)^texts with mojibake +2 \\(first: row 2\\)$";
    command
        .assert()
        .success()
        .stdout(is_match(is_line).unwrap());
}

#[test]
fn inspect_measures_truncation_with_the_tokens_of_the_default_recipe() {
    // Ten and two tokens. The default recipe keeps stopwords.
    let text = "text,label\nthis is a text of the most common words ever,x\nshort text,y\n";
    let folder = folder(&[("a.csv", text)]);
    let truncation = |arguments: &[&str]| {
        let arguments = [&["a.csv"], arguments].concat();
        inspect_json(folder.path(), &arguments)["train"]["truncation"].clone()
    };
    let short = truncation(&["--max-length", "4"]);
    assert_eq!(
        (&short["max_length"], &short["texts"]),
        (&4.into(), &1.into())
    );
    assert_eq!(
        (&short["text_share"], &short["tokens"]),
        (&0.5.into(), &6.into())
    );
    assert_eq!(short["token_share"], 0.5);
    let default = truncation(&[]);
    assert_eq!(default["max_length"], Recipe::default().max_length);
    assert_eq!(default["tokens"], 0);
    let mut command = sentiment(folder.path());
    command.args(["data", "inspect", "a.csv", "--max-length", "4"]);
    let lines = "(?m)^truncated at --max-length 4\n  texts +50\\.0%\n  tokens +50\\.0%$";
    command.assert().success().stdout(is_match(lines).unwrap());
}

#[test]
fn inspect_escapes_control_characters() {
    let text = "text,label\n\u{1b}[2Jevil,\u{7}bell\n\u{1b}[2Jevil,quiet\n";
    let folder = folder(&[("a.csv", text)]);
    let mut command = sentiment(folder.path());
    let output = command.args(["data", "inspect", "a.csv"]).output().unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(!table.contains(['\u{1b}', '\u{7}']));
    assert!(table.contains(r"\u{1b}[2Jevil") && table.contains(r"\u{7}bell"));
}

#[test]
fn bad_rows_are_an_error_or_are_counted() {
    let folder = folder(&[("a.csv", "text,label\ngood,x\nbad\nworse,y\n")]);
    let reason = "a.csv:3: expected 2 fields as in the header, found 1";
    sentiment(folder.path())
        .args(["data", "inspect", "a.csv"])
        .assert()
        .code(1)
        .stdout(is_empty())
        .stderr(contains(format!("error: {reason}")));
    sentiment(folder.path())
        .args(["data", "inspect", "a.csv", "--skip-bad-rows"])
        .assert()
        .success()
        .stderr(contains(format!(
            "bad rows skipped: 1 of 3, first: {reason}"
        )));
}

#[test]
fn an_invalid_command_line_exits_with_2() {
    let folder = folder(&[]);
    for arguments in [
        &["data", "split", "a.csv"][..],
        &["data", "split", "a.csv", "--out", "b", "--test-share", "1"],
        &["data", "inspect", "a.csv", "--corpus-format", "xml"],
        &["data", "inspect", "a.csv", "--max-length", "0"],
    ] {
        sentiment(folder.path()).args(arguments).assert().code(2);
    }
}

#[test]
fn split_is_a_stratified_partition() {
    let mut csv = "text,label\n".to_owned();
    for row in 0..100 {
        let label = if row % 4 == 0 { "rare" } else { "common" };
        csv.push_str(&format!("\"review \"\"{row}\"\",\nsecond line\",{label}\n"));
    }
    let folder = folder(&[("all.csv", &csv)]);
    let split = |out: &str| {
        sentiment(folder.path())
            .args(["data", "split", "all.csv", "--out", out])
            .args(["--validation-share", "0.2", "--test-share", "0.12"])
            .assert()
            .success()
            .stdout(contains("train.csv: 68 examples"));
    };
    split("parts/one");
    split("parts/two");
    let mut found: Vec<Example> = Vec::new();
    for (name, common, rare) in [
        ("train.csv", 51, 17),
        ("validation.csv", 15, 5),
        ("test.csv", 9, 3),
    ] {
        let part = read(folder.path(), &format!("parts/one/{name}"));
        let count = |label: &str| part.examples.iter().filter(|e| e.label == label).count();
        assert_eq!((count("common"), count("rare")), (common, rare), "{name}");
        found.extend(part.examples);
        let bytes = |out: &str| fs::read(folder.path().join(out).join(name)).unwrap();
        assert_eq!(bytes("parts/one"), bytes("parts/two"));
    }
    let mut all = read(folder.path(), "all.csv").examples;
    for examples in [&mut all, &mut found] {
        examples.sort_by(|left, right| left.text.cmp(&right.text));
    }
    assert_eq!(found, all);
}

#[test]
fn split_writes_nothing_if_the_corpus_is_invalid() {
    let folder = folder(&[("a.csv", "text,label\ngood,x\nbad,\n")]);
    sentiment(folder.path())
        .args(["data", "split", "a.csv", "--out", "parts"])
        .assert()
        .code(1)
        .stderr(contains("error: a.csv:3: the label is empty"));
    assert!(!folder.path().join("parts").exists());
}

#[test]
fn split_does_not_overwrite_the_corpus() {
    let csv = "text,label\na,x\nb,x\nc,y\nd,y\n";
    let folder = folder(&[("train.csv", csv)]);
    sentiment(folder.path())
        .args(["data", "split", "train.csv", "--out", "."])
        .assert()
        .code(1)
        .stderr(contains("would overwrite the corpus"));
    let left: Vec<PathBuf> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(left, [folder.path().join("train.csv")]);
    assert_eq!(fs::read_to_string(&left[0]).unwrap(), csv);
}

#[test]
fn split_fails_if_there_are_too_few_examples() {
    let folder = folder(&[("a.csv", "text,label\na,x\nb,y\n")]);
    sentiment(folder.path())
        .args(["data", "split", "a.csv", "--out", "parts"])
        .assert()
        .code(1)
        .stderr(contains("no class has enough examples"));
    assert!(!folder.path().join("parts").exists());
}

#[test]
fn inspect_finds_the_98_duplicates_of_the_imdb_training_set() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let reviews = data.join("imdb-train.csv.gz");
    if !reviews.exists() {
        println!("skipped: {} is missing", reviews.display());
        return;
    }
    let audit = inspect_json(&data, &[reviews.to_str().unwrap()]);
    assert_eq!(audit["train"]["rows"], 25_000);
    // 96 are equal to the byte; two differ only in markup.
    assert_eq!(audit["train"]["duplicates"]["rows"], 98);
}
