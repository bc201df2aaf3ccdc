//! Models of the labels negative, neutral and positive, also restricted to two of them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{corpus, sentiment, train_args};
use crate::few_labels::run;
use predicates::prelude::*;
use predicates::str::{contains, is_match};
use serde_json::Value;
use tempfile::TempDir;

/// Creates the folder of [`corpus`] with `two.csv`, its texts of two classes, and `reviews.csv`, these and 40 neutral texts.
fn three_classes() -> TempDir {
    let folder = corpus();
    let reviews = folder.path().join("reviews.csv");
    let mut rows = fs::read_to_string(&reviews).unwrap();
    fs::write(folder.path().join("two.csv"), &rows).unwrap();
    for kind in ["the", "this", "that", "another", "one"] {
        for thing in [
            "film", "meal", "phone", "hotel", "book", "show", "app", "song",
        ] {
            rows += &format!("{kind} {thing} came on Tuesday,neutral\n");
        }
    }
    fs::write(reviews, rows).unwrap();
    folder
}

/// Trains a model of three classes in the folder `model`, beside the files of [`three_classes`].
fn trained_on_three_classes() -> (TempDir, PathBuf) {
    let folder = three_classes();
    let mut command = sentiment();
    command
        .args(train_args(folder.path()))
        .args(["--ngrams", "2"]);
    command.assert().success();
    let model = folder.path().join("model");
    (folder, model)
}

/// Returns the JSON that a command writes to standard output.
fn json(folder: &Path, args: &str) -> Value {
    let output = run(folder, args).success();
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

fn probability(row: &Value, label: &str) -> f64 {
    row[format!("probability_{label}")].as_f64().unwrap()
}

#[test]
fn two_classes_renormalise_the_probabilities() {
    let (folder, _) = trained_on_three_classes();
    let predict = "predict --model model --format jsonl superb";
    let three = json(folder.path(), predict);
    let two = json(folder.path(), &format!("{predict} --two-classes"));
    assert!(two["probability_neutral"].is_null());
    let [negative, positive] = ["negative", "positive"].map(|label| probability(&three, label));
    let expected = positive / (negative + positive);
    assert!((probability(&two, "positive") - expected).abs() < 1e-6);
    assert!((probability(&two, "negative") + probability(&two, "positive") - 1.0).abs() < 1e-12);

    // A threshold without a label is that of the second of the two.
    run(
        folder.path(),
        "predict --model model --two-classes --threshold 1 superb",
    )
    .success()
    .stdout(predicates::str::starts_with("negative\t"));
    let explained = json(
        folder.path(),
        "explain --model model --two-classes --json --samples 50 superb",
    );
    assert!(!explained.to_string().contains("neutral"));
}

#[test]
fn two_classes_require_the_label_neutral() {
    let folder = corpus();
    let mut command = sentiment();
    command.args(train_args(folder.path())).assert().success();
    run(folder.path(), "predict --model model --two-classes good")
        .failure()
        .stderr(contains(
            "model: two classes require a model with the label neutral and two others; its labels are negative, positive",
        ));
    run(
        folder.path(),
        "eval two.csv --model model --two-classes --find-threshold f1",
    )
    .failure()
    .stderr(contains("cannot be used with"));
}

#[test]
fn eval_leaves_out_neutral_on_a_corpus_without_it() {
    let (folder, _) = trained_on_three_classes();
    let note = "the corpus has no text labelled neutral: evaluating over the labels negative, positive only";
    let restricted = json(folder.path(), "eval two.csv --model model --json -");
    assert!(restricted["neutral"].is_null());
    assert_eq!(restricted["confusion_matrix"].as_array().unwrap().len(), 2);
    run(folder.path(), "eval two.csv --model model")
        .success()
        .stderr(contains(note));
    let explicit = "eval two.csv --model model --two-classes --json -";
    assert_eq!(json(folder.path(), explicit), restricted);

    // All three labels stay on a corpus that has them, and on one of a single label.
    let all = json(folder.path(), "eval reviews.csv --model model --json -");
    assert_eq!(all["confusion_matrix"].as_array().unwrap().len(), 3);
    let mapped = "eval reviews.csv --model model --map-labels neutral= --json -";
    assert_eq!(json(folder.path(), mapped), restricted);
    fs::write(
        folder.path().join("one.csv"),
        "text,label\ngreat,positive\n",
    )
    .unwrap();
    run(folder.path(), "eval one.csv --model model")
        .success()
        .stdout(contains("neutral"))
        .stderr(contains(note).not());
    // Standard input is read once.
    let mut command = sentiment();
    command.current_dir(folder.path());
    command.args(["eval", "-", "--model", "model", "--json", "-"]);
    let two = fs::read(folder.path().join("two.csv")).unwrap();
    let output = command.write_stdin(two).assert().success();
    let metrics: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    assert_eq!(metrics["confusion_matrix"].as_array().unwrap().len(), 3);
    output.stderr(contains(
        "--two-classes evaluates over the labels negative, positive only",
    ));
}

#[test]
fn neutral_rows_are_an_error_with_two_classes() {
    let (folder, _) = trained_on_three_classes();
    run(
        folder.path(),
        "eval reviews.csv --model model --two-classes",
    )
    .failure()
    .stderr(contains("--map-labels \"neutral=\"; or omit --two-classes"));
}

#[test]
fn a_threshold_is_found_for_all_labels_of_the_model() {
    let (folder, model) = trained_on_three_classes();
    run(
        folder.path(),
        "eval two.csv --model model --find-threshold positive=f1",
    )
    .success();
    let config = fs::read(model.join("config.json")).unwrap();
    let config: Value = serde_json::from_slice(&config).unwrap();
    assert_eq!(config["labels"].as_array().unwrap().len(), 3);
    let threshold = config["decision"]["thresholds"]["positive"]
        .as_f64()
        .unwrap();
    // The restricted model has the threshold of the label that it kept.
    run(folder.path(), "eval two.csv --model model")
        .success()
        .stderr(contains(format!(
            "positive is predicted at a probability of {threshold:.4} or more"
        )));
}

#[test]
fn models_of_two_and_of_three_classes_are_compared() {
    let (folder, _) = trained_on_three_classes();
    run(folder.path(), "train two.csv --preset few --out two").success();
    for (first, second) in [("two", "model"), ("model", "two")] {
        let compare = format!("eval two.csv --model {first} --compare {second}");
        run(folder.path(), &compare)
            .success()
            .stdout(contains("macro F1"));
    }
    run(folder.path(), "eval two.csv --model two --compare model")
        .success()
        .stderr(contains(
            "comparing model by the labels negative, positive only",
        ));
}

#[test]
fn a_base_is_restricted_to_the_labels_of_the_corpus() {
    let (folder, _) = trained_on_three_classes();
    for (preset, out) in [("few", "few"), ("sentences --epochs 1", "network")] {
        let train = format!("train two.csv --from model --preset {preset} --out {out}");
        run(folder.path(), &train)
            .success()
            .stderr(contains(
                "starting from the model model, restricted to the labels of the corpus; its labels are negative, neutral, positive",
            ))
            .stdout(is_match("accuracy of the model model on these texts  [01]\\.\\d{4}").unwrap());
        let config = fs::read(folder.path().join(out).join("config.json")).unwrap();
        let config: Value = serde_json::from_slice(&config).unwrap();
        assert_eq!(
            config["labels"],
            serde_json::json!(["negative", "positive"])
        );
        assert_eq!(config["base"]["name"], "model");
    }
}
