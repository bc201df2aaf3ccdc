//! `sentiment train --soft-labels` and `--distil-from`: the probabilities of labels as targets.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::common::{corpus, sentiment, train_args};
use crate::few_labels::run;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

/// Creates a folder with `reviews.csv`: texts with "great" that are positive at 0.7, with "awful" at 0.1.
fn soft_corpus() -> tempfile::TempDir {
    let folder = corpus();
    let mut rows = String::from("text,probability_negative,probability_positive\n");
    for number in 0..60 {
        let thing = ["film", "meal", "phone"][number % 3];
        writeln!(rows, "a great {thing} number{number},0.3,0.7").unwrap();
        writeln!(rows, "an awful {thing} number{number},0.9,0.1").unwrap();
    }
    fs::write(folder.path().join("reviews.csv"), rows).unwrap();
    folder
}

/// Returns the probability of `positive` for a text.
fn positive(folder: &Path, text: &str) -> f64 {
    let mut command = sentiment();
    command.current_dir(folder);
    command.args(["predict", "--model", "model", "--format", "jsonl", text]);
    let output = command.assert().success();
    let row: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    row["probability_positive"].as_f64().unwrap()
}

/// Checks that the model has learned the probabilities, not the labels.
fn assert_learned(folder: &Path) {
    let [great, awful] = ["a great film", "an awful film"].map(|text| positive(folder, text));
    assert!((great - 0.7).abs() < 0.1, "{great}");
    assert!((awful - 0.1).abs() < 0.1, "{awful}");
}

#[test]
fn the_network_and_ngrams_learn_probabilities() {
    for ngrams in ["0", "2"] {
        let folder = soft_corpus();
        let mut command = sentiment();
        command.args(train_args(folder.path()));
        command.args(["--soft-labels", "--ngrams", ngrams, "--epochs", "12"]);
        command.assert().success().stdout(contains("accuracy"));
        assert_learned(folder.path());
    }
}

#[test]
fn the_linear_layer_of_few_labels_learns_probabilities() {
    let folder = soft_corpus();
    let train = "train reviews.csv --soft-labels --preset few --from general --out model";
    run(folder.path(), train).success();
    assert_learned(folder.path());
}

#[test]
fn the_output_of_predict_is_a_corpus_with_soft_labels() {
    let folder = corpus();
    for command in [
        "predict --two-classes --input reviews.csv --output scored.csv",
        "eval reviews.csv --predictions evaluated.csv",
        "train scored.csv --soft-labels --validation evaluated.csv --preset sample --epochs 1 --out model",
    ] {
        run(folder.path(), command).success();
    }
    let history = fs::read_to_string(folder.path().join("model/history.jsonl")).unwrap();
    assert_eq!(history.lines().count(), 1);
    // The digest of the corpus covers the probabilities: the same texts with labels are another corpus.
    run(
        folder.path(),
        "train scored.csv --label-column predicted --preset sample --epochs 1 --out model",
    )
    .failure()
    .stderr(contains("trained on another corpus"));
}

#[test]
fn a_model_learns_from_the_probabilities_of_a_teacher() {
    let folder = soft_corpus();
    let train = |more: &str| {
        let mut command = sentiment();
        command.args(train_args(folder.path()));
        command.args("--epochs 12 --ngrams 0 --no-calibration".split(' '));
        command.args(more.split(' ')).current_dir(folder.path());
        command.assert().success()
    };
    train("--soft-labels");
    fs::rename(folder.path().join("model"), folder.path().join("teacher")).unwrap();
    let soft = fs::read_to_string(folder.path().join("reviews.csv")).unwrap();
    let hard = soft
        .replace(",0.3,0.7", ",positive")
        .replace(",0.9,0.1", ",negative");
    let hard = hard.replace("probability_negative,probability_positive", "label");
    fs::write(folder.path().join("reviews.csv"), hard).unwrap();

    train("--distil-from teacher")
        .stderr(contains(
            "targets: the mean of labels and probabilities of the model teacher",
        ))
        .stdout(contains("accuracy of the teacher teacher on these texts"));
    // The labels alone lead to more than 0.99.
    let great = positive(folder.path(), "a great film");
    assert!(0.75 < great && great < 0.96, "{great}");
    let model = folder.path().join("model");
    let card = fs::read_to_string(model.join("README.md")).unwrap();
    assert!(
        card.contains(
            "- Targets: the mean of the label and the probabilities of the model teacher\n"
        )
    );
    let metrics: Value =
        serde_json::from_slice(&fs::read(model.join("metrics.json")).unwrap()).unwrap();
    assert_eq!(metrics["teacher"]["name"], "teacher");
}

#[test]
fn texts_from_which_the_teacher_abstains_are_counted() {
    let folder = corpus();
    let rows = (0..40).map(|number| match number % 2 {
        0 => {
            format!("Das Hotel {number} war leider wirklich nicht gut und viel zu teuer,negative\n")
        }
        _ => format!(
            "Das Hotel {number} war einfach sehr schön und ich komme gerne wieder,positive\n"
        ),
    });
    let german = format!("text,label\n{}", rows.collect::<String>());
    fs::write(folder.path().join("german.csv"), german).unwrap();
    let train = "train german.csv --preset sample --epochs 1 --distil-from general --out model";
    run(folder.path(), train).success().stderr(contains(
        "; the label alone for 36 of 36 texts, for which it abstains",
    ));
}

#[test]
fn a_teacher_has_the_labels_of_the_corpus() {
    let folder = crate::few_labels::corpora();
    let refused = |args: &str, message: &str| {
        let command = format!("train {args} --out model");
        let result = run(folder.path(), &command).failure();
        result.stderr(contains(message));
    };
    refused(
        "topics.csv --distil-from general",
        "the teacher general cannot predict the labels of the corpus; its labels are negative, neutral, positive",
    );
    refused(
        "reviews.csv --preset few --distil-from general",
        "--distil-from does not work with a fixed encoder",
    );
    refused(
        "reviews.csv --folds 2 --distil-from general",
        "--distil-from works without --multi-label, --ordinal, --class-weights and --folds",
    );
    for option in ["--class-weights balanced", "--multi-label"] {
        refused(
            &format!("reviews.csv --distil-from general {option}"),
            "--distil-from works without",
        );
    }
    // A teacher with more labels is restricted to those of the corpus.
    let small = "--preset sample --epochs 1 --distil-from general";
    run(
        folder.path(),
        &format!("train reviews.csv {small} --out model"),
    )
    .success()
    .stdout(contains(
        "accuracy of the teacher general on these texts  1.0000",
    ));
}

#[test]
fn invalid_probabilities_are_errors_with_file_and_line() {
    let folder = corpus();
    let file = folder.path().join("soft.csv");
    let refused = |header: &str, row: &str, message: &str| {
        let good = "fine,0.5,0.5";
        fs::write(&file, format!("{header}\n{good}\n{row}\n{good}\n")).unwrap();
        run(folder.path(), "train soft.csv --soft-labels --out model")
            .failure()
            .stderr(contains(message));
    };
    let header = "text,probability_a,probability_b";
    for (row, message) in [
        (
            "bad,0.5,0.4",
            "soft.csv:3: the probabilities of the labels sum to 0.9000, not to 1",
        ),
        (
            "bad,1.5,-0.5",
            "soft.csv:3: \"1.5\" in the column \"probability_a\" is not a probability from 0 to 1",
        ),
        (
            "bad,0.5,",
            "soft.csv:3: \"\" in the column \"probability_b\"",
        ),
        (
            "bad,0.5,much",
            "soft.csv:3: \"much\" in the column \"probability_b\"",
        ),
        (
            "bad,nan,1",
            "soft.csv:3: \"nan\" in the column \"probability_a\"",
        ),
    ] {
        refused(header, row, message);
    }
    let missing = "soft.csv: there are no columns probability_LABEL of two or more labels";
    refused("text,label,probability_a", "good,a,1", missing);
    let repeated = "soft.csv: there are several columns \"probability_a\"";
    refused("text,probability_a,probability_a", "good,0.5,0.5", repeated);

    // Rows are skipped and counted on request.
    let mut rows = format!("{header}\n");
    for number in 0..30 {
        let share = ["0.2,0.8", "0.9,0.1", "2,3"][number % 3];
        writeln!(rows, "text {number},{share}").unwrap();
    }
    fs::write(&file, rows).unwrap();
    run(
        folder.path(),
        "train soft.csv --soft-labels --skip-bad-rows --preset sample --epochs 1 --out model",
    )
    .success()
    .stderr(contains("10 of 30"));
}

#[test]
fn soft_labels_have_one_kind_of_output_and_no_class_weights() {
    let folder = soft_corpus();
    for other in [
        "--multi-label",
        "--ordinal",
        "--class-weights balanced",
        "--label-column label",
        "--map-labels a=b",
    ] {
        let train = format!("train reviews.csv --soft-labels {other}");
        run(folder.path(), &train)
            .code(2)
            .stderr(contains("cannot be used with"));
    }
    run(folder.path(), "train --soft-labels").code(2);
    fs::write(
        folder.path().join("train.toml"),
        "class-weights = \"balanced\"\n",
    )
    .unwrap();
    run(
        folder.path(),
        "train reviews.csv --soft-labels --preset sample --config train.toml --out model",
    )
    .failure()
    .stderr(contains(
        "the setting class-weights must be none with soft labels",
    ));
    let three = "text,probability_negative,probability_neutral,probability_positive\nfine,0,0,1\n";
    fs::write(folder.path().join("three.csv"), three).unwrap();
    run(
        folder.path(),
        "train reviews.csv --soft-labels --validation three.csv --out model",
    )
    .failure()
    .stderr(contains("only one of them has \"neutral\"").and(contains("three.csv")));
}
