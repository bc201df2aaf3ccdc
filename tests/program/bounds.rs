//! Extreme inputs: very long, very many, very few, and all scripts.

use std::fs::{self, File};
use std::io::{BufWriter, Write};

#[cfg(target_os = "linux")]
use crate::common::within;
use crate::common::{sentiment, train_args};
use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;

#[cfg(target_os = "linux")]
#[test]
fn a_line_of_one_gibibyte_fails_within_the_memory_limit() {
    let folder = TempDir::new().unwrap();
    for (name, head) in [
        ("long.csv", "text,label\n\""),
        ("long.jsonl", "{\"text\": \""),
        ("long.fasttext", "__label__x "),
        ("long.txt", "good "),
        ("vectors.txt", "good 1.0 2.0\nbad "),
    ] {
        let path = folder.path().join(name);
        let mut file = File::create(&path).unwrap();
        file.write_all(head.as_bytes()).unwrap();
        // A sparse file: it reads as NULs and takes no disk space.
        file.set_len(1 << 30).unwrap();
        let path = path.display().to_string();
        let args = match name {
            "vectors.txt" => vec!["embeddings", "nearest", "--embeddings", &path, "good"],
            _ => vec!["data", "inspect", &path],
        };
        within(512, &args)
            .assert()
            .code(1)
            .stdout("")
            .stderr(contains("error: ").and(contains(name)));
    }
}

#[test]
fn a_million_labels_are_rejected() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("reviews.csv");
    let mut file = BufWriter::new(File::create(&path).unwrap());
    writeln!(file, "text,label").unwrap();
    for label in 0..1_000_000 {
        writeln!(file, "a text,{label}").unwrap();
    }
    file.flush().unwrap();
    sentiment()
        .args(train_args(folder.path()))
        .assert()
        .code(1)
        .stderr(contains("number of labels"));
    assert!(!folder.path().join("model").exists());
}

#[test]
fn errors_of_tiny_corpora_name_the_missing_part() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("reviews.csv");
    for (content, message) in [
        ("text,label\ngood,positive\n", "positive"),
        ("text,label\n", "reviews.csv"),
        ("", "reviews.csv"),
        ("text,label\ngood,positive\nbad,negative\n", "too few"),
    ] {
        fs::write(&path, content).unwrap();
        sentiment()
            .args(train_args(folder.path()))
            .assert()
            .code(1)
            .stderr(contains("error: ").and(contains(message)));
    }
}

#[test]
fn an_unknown_language_is_always_rejected() {
    let folder = crate::common::corpus();
    let train = |arguments: &[&str]| {
        let mut command = sentiment();
        command.args(train_args(folder.path())).args(arguments);
        command.assert()
    };
    for arguments in [&["--language", "xx"][..], &["--language", "xx", "--stem"]] {
        train(arguments)
            .code(1)
            .stderr(contains("unknown language \"xx\"").and(contains(" ar, ")))
            .stderr(contains("the stopword list and the stemmer"));
    }
    assert!(!folder.path().join("model").exists());
    train(&["--language", "zh"]).success();
    train(&["--language", "zh", "--stopwords", "nltk"]).success();
    train(&[
        "--language",
        "zh",
        "--stopwords",
        "negation-safe",
        "--force",
    ])
    .success();
    train(&["--language", "ta", "--stopwords", "negation-safe"])
        .code(1)
        .stderr(contains("negation-safe").and(contains("\"ta\"")));
    train(&["--language", "zh", "--stem"])
        .code(1)
        .stderr(contains("stemmer").and(contains("\"zh\"")));
}

/// Training accepts texts without tokens. Their prediction is uncertain.
#[test]
fn a_corpus_without_tokens_trains() {
    let folder = TempDir::new().unwrap();
    let rows = [
        "\"\",positive",
        "the,negative",
        "\" \",negative",
        "a the,positive",
    ];
    let content = format!("text,label\n{}\n", rows.repeat(10).join("\n"));
    fs::write(folder.path().join("reviews.csv"), content).unwrap();
    sentiment()
        .args(train_args(folder.path()))
        .args(["--stopwords", "nltk"])
        .assert()
        .success();
    sentiment()
        .args(["predict", "", "the", "a film", "--model"])
        .arg(folder.path().join("model"))
        .assert()
        .success()
        .stdout(predicates::str::is_match("^uncertain\t[^\n]*\nuncertain\t[^\n]*\n").unwrap());
}

#[test]
fn texts_of_all_scripts_are_output_unchanged() {
    let texts = [
        "هذا الفيلم رائع جدا",
        "הסרט הזה נורא",
        "e\u{301}te\u{301} me\u{301}morable, trop bon",
        "👨‍👩‍👧‍👦 🇩🇪 👍🏽 ❤️‍🔥 good",
        "Z̸̢͙a̶͕͝l̵̰̈g̷̹̓o̶̼͘ is bad",
        "这部电影很好看。",
        "ไทยไม่มีช่องว่าง",
        "a\u{0}b\u{1}c wonderful",
        "\u{202e}desrever\u{202c} \u{feff}film",
        "\u{10ffff}\u{fffd}\u{e000}",
    ];
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("texts.txt");
    fs::write(&input, texts.join("\n")).unwrap();
    let output = sentiment()
        .args(["predict", "--format", "jsonl", "--input"])
        .arg(&input)
        .assert()
        .success();
    let output = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    let output_texts: Vec<String> = output
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|prediction| prediction["text"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(output_texts, texts);
}

/// Like `sentiment predict … | head -1`.
#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_the_program_without_an_error() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("texts.txt");
    fs::write(&input, "a wonderful film\n".repeat(100_000)).unwrap();
    let program = assert_cmd::cargo::cargo_bin("sentiment");
    assert_cmd::Command::new("sh")
        .args(["-c", "\"$0\" predict --input \"$1\" | head -1"])
        .arg(program)
        .arg(&input)
        .assert()
        .success()
        .stderr("")
        .stdout(contains("a wonderful film"));
}

/// Memory depends on the longest row, not on the file size: 100 MB need as much as a small file.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_depend_on_the_file_size() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("texts.txt");
    let mut file = BufWriter::new(File::create(&input).unwrap());
    // Out-of-vocabulary words, which are fast.
    let line = format!("{}\n", "x".repeat(999));
    for _ in 0..100_000 {
        file.write_all(line.as_bytes()).unwrap();
    }
    file.flush().unwrap();
    let input = input.display().to_string();
    // The allocator reserves 256 MiB where it can. A limit that just allows it would leave nothing for threads.
    within(240, &["predict", "--input", &input])
        .assert()
        .success();
}
