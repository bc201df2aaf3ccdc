//! Models of many labels: the tables of `eval`, and `predict --top`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::sentiment;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

/// Returns a folder with a model of this number of labels, and `test.csv`, in which a third of the texts have the words of
/// the next label and two labels have no text.
fn trained(labels: usize) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let (mut train, mut test) = (String::from("text,label\n"), String::from("text,label\n"));
    let word = |label: usize| {
        format!("word{}", (b'a' + (label % 26) as u8) as char).repeat(1 + label / 26)
    };
    for label in 0..labels {
        for kind in ["please", "today", "now", "again", "thanks"] {
            train += &format!("{} {kind},label {label}\n", word(label));
        }
        if label < labels - 2 {
            test += &format!("{} please,label {label}\n", word(label));
            test += &format!("{} now,label {label}\n", word(label));
            test += &format!("{} today,label {label}\n", word((label + 1) % (labels - 2)));
        }
    }
    let path = |name: &str| folder.path().join(name);
    fs::write(path("train.csv"), train).unwrap();
    fs::write(path("test.csv"), test).unwrap();
    sentiment()
        .args(["train", "--embedding-size", "8", "--hidden-size", "8"])
        .args([
            "--ngrams",
            "1",
            "--epochs",
            "2",
            "--pretraining-epochs",
            "0",
        ])
        .arg("--out")
        .args([path("model"), path("train.csv")])
        .assert()
        .success();
    let model = path("model");
    (folder, model)
}

fn evaluated(folder: &Path, model: &Path, arguments: &[&str]) -> String {
    let output = sentiment()
        .args(["eval", "--model"])
        .args([model, &folder.join("test.csv")])
        .args(arguments)
        .env_remove("COLUMNS")
        .assert()
        .success();
    String::from_utf8(output.get_output().stdout.clone()).unwrap()
}

#[test]
fn tables_of_many_labels_stay_narrow_and_short() {
    let (folder, model) = trained(50);
    let output = evaluated(folder.path(), &model, &["-v"]);
    let widest = output.lines().map(|line| line.chars().count()).max();
    assert!(widest.unwrap() <= 80, "{output}");
    assert!(output.lines().count() < 80, "{output}");
    assert!(
        output.contains(" labels with F1 between these; "),
        "{output}"
    );
    assert!(
        output.contains("actual    predicted  texts  share of actual"),
        "{output}"
    );
    assert!(output.contains(" more pairs; `sentiment eval --json -` prints all"));
    assert!(!output.contains("most confused labels"));
    assert!(output.contains("labels without texts or predictions, not in the averages: "));
}

#[test]
fn a_confusion_matrix_fits_with_numbered_columns() {
    let (folder, model) = trained(14);
    let output = evaluated(folder.path(), &model, &[]);
    let widest = output.lines().map(|line| line.chars().count()).max();
    assert!(widest.unwrap() <= 80, "{output}");
    assert!(output.contains(" 13 14  <- predicted\n"), "{output}");
    assert!(
        output.contains("\n 1 label 0 ") && output.contains("\n14 label "),
        "{output}"
    );
    assert!(!output.contains("share of actual"), "{output}");
}

#[test]
fn top_labels_are_in_order_of_probability() {
    let (folder, model) = trained(14);
    let predict = |arguments: &[&str]| {
        let output = sentiment()
            .args(["predict", "worda please", "--model"])
            .arg(&model)
            .args(arguments)
            .assert()
            .success();
        String::from_utf8(output.get_output().stdout.clone()).unwrap()
    };
    let all: Value = serde_json::from_str(&predict(&["--format", "jsonl"])).unwrap();
    let mut expected: Vec<(f64, String)> = all
        .as_object()
        .unwrap()
        .iter()
        .filter_map(|(name, value)| {
            let label = name.strip_prefix("probability_")?;
            Some((value.as_f64().unwrap(), label.into()))
        })
        .collect();
    assert_eq!(expected.len(), 14);
    expected.sort_by(|a, b| b.0.total_cmp(&a.0));

    let top: Value = serde_json::from_str(&predict(&["--format", "jsonl", "--top", "3"])).unwrap();
    for (rank, (score, label)) in expected.iter().take(3).enumerate() {
        let rank = rank + 1;
        assert_eq!(top[format!("top_{rank}")], **label);
        assert_eq!(top[format!("top_{rank}_score")], *score);
    }
    assert_eq!(top["predicted"], expected[0].1);
    let names: Vec<&String> = top.as_object().unwrap().keys().collect();
    assert!(names.iter().all(|name| !name.starts_with("probability_")));
    assert!(!names.iter().any(|name| *name == "top_4"));

    let line = predict(&["--top", "2"]);
    let [first, second] = [0, 1].map(|rank: usize| {
        let (score, label) = &expected[rank];
        format!("{label}\t{score:.4}\t")
    });
    assert_eq!(line, format!("{first}{second}worda please\n"));

    let csv = predict(&["--top", "2", "--format", "csv"]);
    let header =
        "text,predicted,score,top_1,top_1_score,top_2,top_2_score,reason,known,unread_tokens";
    assert_eq!(csv.lines().next(), Some(header));

    // At most as many as there are labels.
    let csv = predict(&["--top", "99", "--format", "csv"]);
    assert!(csv.contains(",top_14_score,reason"));
    sentiment()
        .args(["predict", "a text", "--top", "0"])
        .assert()
        .code(2)
        .stderr(contains("--top <N>': expected 1 or more"));

    // An uncertain prediction has its most probable labels and the reason.
    let line = predict(&["--top", "1", "--neutral-below", "1"]);
    assert!(
        line.starts_with(&first) && line.ends_with("\t(no label is probable enough)\n"),
        "{line}"
    );

    let parquet = folder.path().join("top.parquet");
    predict(&["--top", "2", "--output", &parquet.display().to_string()]);
    let output = sentiment()
        .args(["predict", "--columns", "top_1,top_2_score"])
        .args(["--format", "csv", "--input"])
        .arg(&parquet)
        .assert()
        .success();
    let mut reader = csv::Reader::from_reader(&*output.get_output().stdout);
    let row = reader.records().next().unwrap().unwrap();
    assert_eq!(row[0], expected[0].1);
    assert_eq!(row[1].parse::<f64>().unwrap(), expected[1].0);
}
