//! `sentiment predict`: output formats, and models that it rejects.

use std::fs;

use crate::common::{corpus, sentiment, trained};
use predicates::str::contains;
use serde_json::Value;

#[test]
fn arguments_are_classified_in_order() {
    let (_folder, model) = trained();
    let output = sentiment()
        .args(["predict", "--model"])
        .arg(&model)
        .args(["a wonderful film", "what a dreadful\tmeal"])
        .assert()
        .success();
    let output = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    let lines: Vec<Vec<&str>> = output
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(lines[0][0], "positive");
    assert_eq!(lines[0][2], "a wonderful film");
    assert_eq!(
        (lines[1][0], lines[1][2]),
        ("negative", "what a dreadful\\tmeal")
    );
    assert!(
        lines
            .iter()
            .all(|line| line[1].parse::<f64>().unwrap() > 0.5)
    );
}

#[test]
fn labels_have_the_colour_of_their_tone_on_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("predictions");
    let predict = |arguments: &[&str]| {
        let mut command = sentiment();
        command.args([
            "predict",
            "great film",
            "awful film",
            "It was on Friday",
            "",
        ]);
        command.args(arguments).env("COLORTERM", "truecolor");
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        let output = command.assert().success().get_output().stdout.clone();
        String::from_utf8(output).unwrap()
    };
    let coloured = predict(&["--color", "always"]);
    let labels: Vec<&str> = coloured
        .lines()
        .map(|line| line.split_once('\t').unwrap().0)
        .collect();
    // The blue and the orange of the pages on a dark background.
    assert_eq!(
        labels,
        [
            "\u{1b}[38;2;109;184;239mpositive\u{1b}[0m",
            "\u{1b}[38;2;244;150;72mnegative\u{1b}[0m",
            "neutral",
            "\u{1b}[2muncertain\u{1b}[0m",
        ]
    );
    let top = predict(&["--color", "always", "--top", "2"]);
    assert!(top.starts_with(labels[0]), "{top}");
    assert!(!predict(&[]).contains('\u{1b}'));
    assert!(!predict(&["--color", "always", "--format", "csv"]).contains('\u{1b}'));
    let output = ["--color", "always", "--format", "text", "--output"];
    predict(&[&output[..], &[file.to_str().unwrap()]].concat());
    assert!(!fs::read_to_string(&file).unwrap().contains('\u{1b}'));
}

#[test]
fn standard_input_is_classified_line_by_line() {
    let (_folder, model) = trained();
    let input = "a great book\n\nnothing that is known\nwhat a boring show\n";
    let predict = |arguments: &[&str]| {
        let output = sentiment()
            .arg("predict")
            .args(arguments)
            .args(["--format", "jsonl", "--model"])
            .arg(&model)
            .write_stdin(input)
            .assert()
            .success();
        String::from_utf8(output.get_output().stdout.clone()).unwrap()
    };
    let output = predict(&["--input", "-"]);
    assert_eq!(predict(&["-"]), output);
    let predictions: Vec<Value> = output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let texts: Vec<&str> = predictions
        .iter()
        .map(|prediction| prediction["text"].as_str().unwrap())
        .collect();
    assert_eq!(texts, input.lines().collect::<Vec<_>>());
    assert_eq!(predictions[0]["predicted"], "positive");
    assert_eq!(predictions[3]["predicted"], "negative");
    for prediction in &predictions {
        let probability = |label: &str| {
            let column = format!("probability_{label}");
            prediction[column].as_f64().unwrap()
        };
        let probabilities = ["negative", "positive"].map(probability);
        assert!((probabilities[0] + probabilities[1] - 1.0).abs() < 1e-9);
        assert_eq!(
            prediction["score"].as_f64(),
            probabilities.into_iter().reduce(f64::max),
            "{prediction}"
        );
    }
    assert_eq!(predictions[1]["predicted"], "uncertain");
    assert_eq!(predictions[1]["reason"], "the text is empty");
    assert_eq!(predictions[2]["predicted"], "uncertain");
    assert_eq!(predictions[2]["reason"], "no token is in the vocabulary");
    assert!(predictions[0].get("reason").is_none());
}

#[test]
fn improbable_labels_are_uncertain() {
    let (_folder, model) = trained();
    sentiment()
        .args(["predict", "--neutral-below", "1", "a great book", "--model"])
        .arg(&model)
        .assert()
        .success()
        .stdout(
            predicates::str::is_match(
                "^uncertain\t0\\.\\d+\ta great book\t\\(no label is probable enough\\)\n$",
            )
            .unwrap(),
        );
    sentiment()
        .args(["predict", "--neutral-below", "60", "good"])
        .assert()
        .code(2)
        .stderr(contains("expected a probability from 0 to 1"));
}

#[test]
fn the_built_in_model_needs_no_files() {
    let output = sentiment()
        .args([
            "predict",
            "A moving, beautifully acted film.",
            "The soup was cold and the waiter was rude.",
            "",
        ])
        .assert()
        .success();
    let output = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    let labels: Vec<&str> = output
        .lines()
        .filter_map(|line| line.split('\t').next())
        .collect();
    assert_eq!(labels, ["positive", "negative", "uncertain"]);
}

#[test]
fn predictions_of_a_corpus_are_written_as_csv() {
    let (folder, model) = trained();
    let file = folder.path().join("predictions.csv");
    sentiment()
        .args(["predict", "--format", "csv", "--model"])
        .arg(&model)
        .arg("--input")
        .arg(folder.path().join("reviews.csv"))
        .arg("--output")
        .arg(&file)
        .assert()
        .success()
        .stdout("");
    let mut reader = csv::Reader::from_path(file).unwrap();
    let header = [
        "text",
        "label",
        "predicted",
        "score",
        "probability_negative",
        "probability_positive",
        "reason",
        "known",
        "unread_tokens",
    ];
    assert_eq!(reader.headers().unwrap(), &header[..]);
    assert_eq!(reader.records().map(Result::unwrap).count(), 80);
}

#[test]
fn skipped_lines_are_counted() {
    let (_folder, model) = trained();
    sentiment()
        .args([
            "predict",
            "--input",
            "-",
            "--skip-bad-rows",
            "--encoding",
            "utf-8",
            "--model",
        ])
        .arg(&model)
        .write_stdin(b"a great book\nbad \xff line\n".as_slice())
        .assert()
        .success()
        .stdout(contains("a great book"))
        .stderr(contains(
            "bad rows skipped: 1 of 2, first: standard input:2: ",
        ));
}

#[test]
fn a_folder_without_a_model_is_an_error() {
    let folder = corpus();
    sentiment()
        .args(["predict", "good", "--model"])
        .arg(folder.path())
        .assert()
        .code(1)
        .stderr(contains("error: there is no model in"))
        .stderr(contains("hint: train a model with `sentiment train`"));
}

#[test]
fn a_damaged_model_is_rejected() {
    let (_folder, model) = trained();
    let weights = model.join("model.safetensors");
    let whole = fs::read(&weights).unwrap();
    let vocabulary = model.join("vocabulary.txt");
    let words = fs::read_to_string(&vocabulary).unwrap();
    let rejects = |message: &str| {
        sentiment()
            .args(["predict", "good", "--model"])
            .arg(&model)
            .assert()
            .code(1)
            .stderr(contains(message));
    };
    fs::write(&weights, &whole[..whole.len() - 5]).unwrap();
    rejects("could not read");
    fs::write(
        &weights,
        [u64::MAX.to_le_bytes().as_slice(), &whole[8..]].concat(),
    )
    .unwrap();
    rejects("could not read");
    fs::write(&weights, &whole).unwrap();
    fs::write(&vocabulary, words.clone() + "surplus\n").unwrap();
    rejects("vocabulary.txt: it is not the file that was saved with config.json");
    fs::write(&vocabulary, words).unwrap();
    fs::write(model.join("config.json"), "{\"format_version\": 99}").unwrap();
    rejects("format version 99 is too new: this program reads versions up to 11");
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_the_program_without_a_message() {
    use std::io::{Read, Write};
    use std::process::{Command, Stdio};

    let (_folder, model) = trained();
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("sentiment"))
        .args(["predict", "--input", "-", "--model"])
        .arg(&model)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    let writing = std::thread::spawn(move || {
        // Fails after the other end is closed, as intended.
        let _ = (0..200_000).try_for_each(|_| stdin.write_all(b"a great book\n"));
    });
    let mut message = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut message)
        .unwrap();
    writing.join().unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(message, "");
}

#[test]
fn lines_of_text_have_no_columns() {
    for flags in [
        &["--row-numbers"][..],
        &["--columns", "id"],
        &["--only-predictions"],
    ] {
        sentiment()
            .args(["predict", "good"])
            .args(flags)
            .assert()
            .failure()
            .stderr(contains(format!("{} needs a table", flags[0])));
    }
}

#[test]
fn texts_are_scored_in_a_precision() {
    let (_folder, model) = trained();
    let predict = |precision: &str| {
        sentiment()
            .args(["predict", "--precision", precision, "--model"])
            .arg(&model)
            .args(["a wonderful film", "what a dreadful meal"])
            .assert()
    };
    let labels = |precision| {
        let output = predict(precision).success().get_output().stdout.clone();
        let output = String::from_utf8(output).unwrap();
        let labels = output.lines().map(|line| line.split('\t').next().unwrap());
        labels.map(String::from).collect::<Vec<_>>()
    };
    assert_eq!(labels("int8"), ["positive", "negative"]);
    assert_eq!(labels("f32"), labels("int8"));
    predict("int4")
        .code(2)
        .stderr(contains("expected `f32` or `int8`"));
}
