//! `sentiment embeddings coverage` and `nearest`: output and errors.

use std::fs;
use std::path::Path;

use crate::common::sentiment;
use assert_cmd::Command;
use predicates::str::{contains, is_empty};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(super) const VECTORS: &str = "good 1 0\nfine 4 1\nbad -1 0\nfilm 0 1\nnot 1 1\n";

pub(super) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

pub(super) fn embeddings(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = sentiment();
    command
        .current_dir(folder)
        .arg("embeddings")
        .args(arguments);
    command
}

fn stdout(mut command: Command) -> String {
    let output = command.assert().success().stderr(is_empty());
    String::from_utf8(output.get_output().stdout.clone()).unwrap()
}

#[test]
fn coverage_counts_a_corpus_without_labels() {
    let corpus = "good film\nzyzzyva film\nqwxz qwxz film didn't\n";
    let folder = folder(&[("vectors.txt", VECTORS), ("texts.txt", corpus)]);
    let arguments = [
        "coverage",
        "texts.txt",
        "--corpus-format",
        "lines",
        "--embeddings",
        "vectors.txt",
    ];
    let json = stdout(embeddings(
        folder.path(),
        &[&arguments[..], &["--json"]].concat(),
    ));
    let coverage: Value = serde_json::from_str(&json).unwrap();
    let missing = &coverage["most_frequent_missing"];
    assert_eq!(missing[0], json!({ "word": "qwxz", "count": 2 }));
    let words: Vec<&str> = missing
        .as_array()
        .unwrap()
        .iter()
        .map(|missing| missing["word"].as_str().unwrap())
        .collect();
    assert!(words.contains(&"zyzzyva"));
    assert!(!words.contains(&"film"));
    // `n't` has the vector of its alias `not`.
    assert!(!words.contains(&"n't"));
    let count = |name: &str| coverage[name].as_u64().unwrap();
    assert_eq!(count("covered_tokens"), 5);
    assert_eq!(count("covered_types"), 3);
    assert_eq!(count("types"), 3 + words.len() as u64);

    let table = stdout(embeddings(folder.path(), &arguments));
    assert!(table.starts_with("vectors.txt, 2 dimensions\n"), "{table}");
    assert!(table.contains("        2  qwxz\n"), "{table}");
}

#[test]
fn coverage_uses_the_sample_by_default() {
    let corpus = "text,label\nA wonderful film,positive\nA dreadful qwxz,negative\n";
    let folder = folder(&[("reviews.csv", corpus)]);
    let table = stdout(embeddings(folder.path(), &["coverage", "reviews.csv"]));
    assert!(table.starts_with("GloVe sample (built in), 50 dimensions\n"));
    assert!(
        table.ends_with("\nmost frequent words without a vector\n        1  qwxz\n"),
        "{table}"
    );
}

#[test]
fn nearest_words_are_sorted_by_cosine() {
    let folder = folder(&[("vectors.txt", VECTORS)]);
    let arguments = ["nearest", "good", "--embeddings", "vectors.txt"];
    assert_eq!(
        stdout(embeddings(folder.path(), &arguments)),
        "0.9701  fine\n0.7071  not\n0.0000  film\n-1.0000  bad\n"
    );
    let json = stdout(embeddings(
        folder.path(),
        &[&arguments[..], &["--count", "1", "--json"]].concat(),
    ));
    let words: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(words.as_array().unwrap().len(), 1);
    assert_eq!(words[0]["word"], "fine");
    assert!((words[0]["cosine"].as_f64().unwrap() - 4.0 / 17f64.sqrt()).abs() < 1e-6);
}

#[test]
fn nearest_uses_the_sample_by_default() {
    let folder = folder(&[]);
    let nearest = stdout(embeddings(
        folder.path(),
        &["nearest", "good", "--count", "3"],
    ));
    assert_eq!(nearest.lines().count(), 3);
    assert!(nearest.contains("better"), "{nearest}");
}

#[test]
fn control_characters_in_words_are_escaped() {
    let folder = folder(&[("vectors.txt", "good 1 0\n\u{1b}[31mred 1 1\n")]);
    let arguments = ["nearest", "good", "--embeddings", "vectors.txt"];
    assert_eq!(
        stdout(embeddings(folder.path(), &arguments)),
        "0.7071  \\u{1b}[31mred\n"
    );
}

#[test]
fn errors_name_the_file_and_the_line() {
    let folder = folder(&[
        ("ragged.txt", "good 1 0\nbad 1\n"),
        ("vectors.txt", VECTORS),
    ]);
    let fails = |arguments: &[&str], message: &str| {
        embeddings(folder.path(), arguments)
            .assert()
            .code(1)
            .stdout(is_empty())
            .stderr(contains(message));
    };
    fails(
        &["nearest", "good", "--embeddings", "ragged.txt"],
        "error: ragged.txt:2: the vector has dimension 1, but the file's vectors have 2",
    );
    fails(
        &["nearest", "qwxz", "--embeddings", "vectors.txt"],
        "error: vectors.txt: there is no vector for \"qwxz\"",
    );
    fails(
        &["nearest", "good", "--embeddings", "absent.txt"],
        "error: could not open absent.txt: ",
    );
    fails(
        &["coverage", "absent.csv", "--embeddings", "vectors.txt"],
        "error: could not open absent.csv: ",
    );
}
