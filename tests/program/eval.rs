//! `sentiment eval` and `sentiment runs`: metrics, predictions, comparison and charts.

use std::fs;
use std::path::Path;

use crate::common::{corpus, sentiment, train_args, trained};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;

/// Returns the command that evaluates a model on `reviews.csv`.
fn eval(folder: &Path, model: &Path) -> assert_cmd::Command {
    let mut command = sentiment();
    let reviews = folder.join("reviews.csv");
    command.args(["eval", "--model"]).arg(model).arg(reviews);
    command
}

/// Returns the metrics that `sentiment eval --json -` prints, with additional path arguments.
fn metrics(mut command: assert_cmd::Command, arguments: &[&Path]) -> Value {
    let output = command
        .args(["--json", "-"])
        .args(arguments)
        .assert()
        .success();
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

/// Returns the header and the rows of a CSV file.
fn rows(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let fields = |record: &csv::StringRecord| record.iter().map(String::from).collect();
    let header = fields(reader.headers().unwrap());
    (
        header,
        reader
            .records()
            .map(|record| fields(&record.unwrap()))
            .collect(),
    )
}

#[test]
fn eval_agrees_with_predict() {
    let (folder, model) = trained();
    let reviews = folder.path().join("reviews.csv");
    let metrics = metrics(eval(folder.path(), &model), &[]);
    let keys: Vec<&str> = metrics
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let expected = [
        "negative",
        "positive",
        "accuracy",
        "macro avg",
        "weighted avg",
        "confusion_matrix",
        "f1_macro",
        "roc_auc",
        "average_precision",
        "log_loss",
        "brier_score",
        "expected_calibration_error",
        "matthews_corrcoef",
        "cohen_kappa",
        "intervals",
        "confused_pairs",
        "by_length",
        "by_coverage",
    ];
    assert_eq!(keys, expected);

    let output = sentiment()
        .args(["predict", "--format", "csv", "--model"])
        .arg(&model)
        .arg("--input")
        .arg(&reviews)
        .assert()
        .success();
    let predicted = csv::Reader::from_reader(&output.get_output().stdout[..])
        .into_records()
        .map(|record| record.unwrap()[1].to_string())
        .collect::<Vec<_>>();
    let actual = csv::Reader::from_path(&reviews)
        .unwrap()
        .into_records()
        .map(|record| record.unwrap()[1].to_string())
        .collect::<Vec<_>>();
    let correct = predicted
        .iter()
        .zip(&actual)
        .filter(|(a, b)| a == b)
        .count();
    assert_eq!(metrics["accuracy"].as_f64().unwrap(), correct as f64 / 80.0);
}

#[test]
fn eval_prints_the_main_figures_and_all_with_verbose() {
    let (folder, model) = trained();
    let main = ["accuracy  ", "macro F1", "<- predicted"];
    let others = ["precision  recall      f1  support", "macro avg", "ROC AUC"];
    let done = eval(folder.path(), &model).assert().success();
    let done = main
        .iter()
        .fold(done, |done, text| done.stdout(contains(*text)));
    let done = others
        .iter()
        .fold(done, |done, text| done.stdout(contains(*text).not()));
    done.stderr(contains("more figures: -v"));
    let done = eval(folder.path(), &model).arg("-v").assert().success();
    let all = main.iter().chain(&others);
    all.fold(done, |done, text| done.stdout(contains(*text)));
}

#[test]
fn a_label_unknown_to_the_model_is_an_error() {
    let (folder, model) = trained();
    let other = folder.path().join("other.csv");
    fs::write(
        &other,
        "text,label\na great book,positive\na dull one,bad\n",
    )
    .unwrap();
    sentiment()
        .args(["eval", "--model"])
        .arg(&model)
        .arg(&other)
        .assert()
        .code(1)
        .stderr(contains(
            "other.csv:3: the model has no label \"bad\"; its labels are negative, positive",
        ));
}

/// The metrics in the JSON file follow from the rows in the CSV file.
#[test]
fn metrics_agree_with_the_predictions_file() {
    let (folder, model) = trained();
    let file = folder.path().join("rows.csv");
    let json = folder.path().join("metrics.json");
    eval(folder.path(), &model)
        .arg("--predictions")
        .arg(&file)
        .arg("--json")
        .arg(&json)
        .assert()
        .success();
    let (header, rows) = rows(&file);
    let expected = [
        "text",
        "label",
        "predicted",
        "score",
        "probability_negative",
        "probability_positive",
    ];
    assert_eq!(header, expected);
    assert_eq!(rows.len(), 80);
    let metrics: Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    let number = |text: &String| text.parse::<f64>().unwrap();
    let losses = rows.iter().map(|row| {
        let column = if row[1] == "negative" { 4 } else { 5 };
        -number(&row[column]).ln()
    });
    let loss = losses.sum::<f64>() / 80.0;
    assert!((metrics["log_loss"].as_f64().unwrap() - loss).abs() < 1e-9);
    for row in &rows {
        let highest = number(&row[4]).max(number(&row[5]));
        assert_eq!(number(&row[3]), highest);
    }
    let interval = &metrics["intervals"]["accuracy"];
    let accuracy = metrics["accuracy"].as_f64().unwrap();
    assert!(interval[0].as_f64().unwrap() <= accuracy && accuracy <= interval[1].as_f64().unwrap());
}

#[test]
fn a_failed_evaluation_leaves_no_predictions() {
    let (folder, model) = trained();
    let other = folder.path().join("other.csv");
    fs::write(
        &other,
        "text,label\na great book,positive\na dull one,bad\n",
    )
    .unwrap();
    let file = folder.path().join("rows.csv");
    sentiment()
        .args(["eval", "--model"])
        .arg(&model)
        .arg(&other)
        .arg("--predictions")
        .arg(&file)
        .assert()
        .code(1);
    assert!(!file.exists());
}

/// The same seed gives the same intervals, and a pipe gets no styles.
#[test]
fn the_table_is_reproducible_and_has_no_styles_in_a_pipe() {
    let (folder, model) = trained();
    let table = |threads: &str| {
        let output = eval(folder.path(), &model)
            .args(["-v", "--threads", threads])
            .assert()
            .success();
        String::from_utf8(output.get_output().stdout.clone()).unwrap()
    };
    let first = table("1");
    assert_eq!(first, table("2"));
    assert!(!first.contains('\u{1b}'));
    for name in [
        "ROC AUC",
        "calibration error",
        "Cohen's kappa",
        "0 to 9 tokens",
        "all known",
    ] {
        assert!(first.contains(name), "{name}\n{first}");
    }
}

#[test]
fn comparing_a_model_with_itself_finds_no_difference() {
    let (folder, model) = trained();
    eval(folder.path(), &model)
        .arg("--compare")
        .arg(&model)
        .assert()
        .success()
        .stdout(contains("+0.0000  0.0000 to 0.0000"))
        .stdout(contains(
            "only the first correct: 0, only the second correct: 0",
        ))
        .stdout(contains("p = 1.0000"))
        .stdout(contains("only the second is correct\n").not());
}

/// A model trained on swapped labels is correct where the other is wrong.
#[test]
fn comparison_shows_texts_that_only_one_model_classifies_correctly() {
    let (folder, model) = trained();
    let reviews = fs::read_to_string(folder.path().join("reviews.csv")).unwrap();
    let swapped_corpus = corpus();
    let swapped = reviews
        .replace(",positive\n", ",x\n")
        .replace(",negative\n", ",positive\n")
        .replace(",x\n", ",negative\n");
    fs::write(swapped_corpus.path().join("reviews.csv"), swapped).unwrap();
    sentiment()
        .args(train_args(swapped_corpus.path()))
        .assert()
        .success();
    eval(folder.path(), &model)
        .arg("--compare")
        .arg(swapped_corpus.path().join("model"))
        .assert()
        .success()
        .stdout(contains("only the first is correct\n"))
        .stdout(contains("p < 0.0001"))
        .stdout(contains("  *\n"));
}

#[test]
fn conflicting_arguments_are_rejected() {
    let rejects = |arguments: &str| {
        sentiment()
            .args(arguments.split(' '))
            .assert()
            .code(2)
            .stderr(contains("cannot be used with"));
    };
    rejects("eval a.csv --model m --find-threshold f1 --json -");
    rejects("eval a.csv --model m --find-threshold f1 --threshold 0.5");
    rejects("eval a.csv --model m --compare n --report r.html");
    rejects("train a.csv --folds 3 --report r.html");
    rejects("train a.csv --folds 3 --tensorboard t");
}

#[test]
fn comparison_as_json() {
    let (folder, model) = trained();
    let comparison = metrics(
        eval(folder.path(), &model),
        &[Path::new("--compare"), &model],
    );
    assert_eq!(comparison["mcnemar"]["p_value"], 1.0);
    assert_eq!(comparison["differences"]["roc_auc"]["difference"], 0.0);
    assert_eq!(comparison["first"], comparison["second"]);
}

#[test]
fn long_labels_are_shortened_in_tables() {
    let folder = corpus();
    let reviews = folder.path().join("reviews.csv");
    let long = "very ".repeat(20_000) + "negative";
    let content = fs::read_to_string(&reviews).unwrap();
    fs::write(&reviews, content.replace(",negative", &format!(",{long}"))).unwrap();
    sentiment()
        .args(train_args(folder.path()))
        .arg("-v")
        .assert()
        .success()
        .stdout(contains("very very …").or(contains("very very very")));
}

#[test]
fn the_report_does_not_need_the_training_history() {
    let (folder, model) = trained();
    for name in ["history.jsonl", "metrics.json"] {
        fs::remove_file(model.join(name)).unwrap();
    }
    let report = folder.path().join("report.html");
    eval(folder.path(), &model)
        .arg("--report")
        .arg(&report)
        .assert()
        .success();
    assert!(report.exists());
}

#[test]
fn calibration_is_printed_and_saved_and_can_be_disabled() {
    let folder = corpus();
    let model = folder.path().join("model");
    let temperature = |arguments: &[&str]| {
        let output = sentiment()
            .args(train_args(folder.path()))
            .args(["--ngrams", "0"])
            .args(arguments)
            .assert()
            .success()
            .stdout(contains("calibration       temperature "))
            .stdout(contains("training loss     "));
        drop(output);
        let config: Value =
            serde_json::from_slice(&fs::read(model.join("config.json")).unwrap()).unwrap();
        config["decision"]["temperature"].as_f64().unwrap()
    };
    assert_ne!(temperature(&[]), 1.0);
    assert_eq!(temperature(&["--no-calibration"]), 1.0);
}

/// The page has no script, and shows the content of the corpus as text.
#[test]
fn report_and_charts_escape_the_corpus() {
    let (folder, model) = trained();
    let hostile = folder.path().join("hostile.csv");
    let script = "<script>alert('a great book')</script>";
    fs::write(
        &hostile,
        format!(
            "text,label\n\"{script}\",negative\nan awful film,negative\na great show,positive\n"
        ),
    )
    .unwrap();
    let (report, plots) = (
        folder.path().join("report.html"),
        folder.path().join("plots"),
    );
    sentiment()
        .args(["eval", "--model"])
        .arg(&model)
        .arg(&hostile)
        .arg("--report")
        .arg(&report)
        .arg("--plots")
        .arg(&plots)
        .args(["--plot-scale", "0.5", "--no-titles"])
        .assert()
        .success();
    let page = fs::read_to_string(&report).unwrap();
    // Removes the highlighting of words.
    let (before, marked) = page.split_once("<mark").unwrap();
    let between = marked
        .split("<mark")
        .filter_map(|piece| piece.split_once('>'));
    let shown: String = between
        .map(|(_, text)| text.replace("</mark>", ""))
        .collect();
    assert!((before.to_string() + &shown).contains("&lt;script&gt;alert("));
    assert!(!page.contains("<script"));
    assert!(page.contains("trained on"));
    // The finding comes first, and no folder is named.
    let (_, heading) = page.split_once("<h1>").unwrap();
    let (heading, _) = heading.split_once("</h1>").unwrap();
    assert!(heading.contains("% of ") && heading.contains(" texts right, 95% interval "));
    assert!(page.contains(concat!(", sentiment ", env!("CARGO_PKG_VERSION"))));
    assert!(!page.contains(folder.path().to_str().unwrap()));
    let names = crate::common::names(&plots);
    for name in [
        "confusion.svg",
        "roc.png",
        "reliability.svg",
        "training.svg",
    ] {
        assert!(names.iter().any(|found| found == name), "{names:?}");
    }
    let png = fs::read(plots.join("roc.png")).unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    assert_eq!(png[16..20], 450u32.to_be_bytes());
    assert!(
        fs::read(plots.join("roc.pdf"))
            .unwrap()
            .starts_with(b"%PDF-")
    );
    let svg = fs::read_to_string(plots.join("roc.svg")).unwrap();
    assert!(!svg.contains(">\nROC curve\n<") && svg.contains("\nTrue positive rate\n"));
}

#[test]
fn train_writes_a_report_on_the_validation_set() {
    let folder = corpus();
    let report = folder.path().join("report.html");
    sentiment()
        .args(train_args(folder.path()))
        .arg("--report")
        .arg(&report)
        .assert()
        .success();
    let page = fs::read_to_string(&report).unwrap();
    assert!(page.contains("Training on ") && page.contains("hidden-size"));
}

#[test]
fn runs_lists_models_and_skips_unreadable_ones() {
    let (folder, model) = trained();
    let broken = folder.path().join("broken");
    fs::create_dir(&broken).unwrap();
    fs::write(broken.join("metrics.json"), "{").unwrap();
    sentiment()
        .arg("runs")
        .arg(folder.path())
        .assert()
        .success()
        .stdout(contains("model").and(contains("95% interval")))
        .stdout(contains(model.display().to_string()))
        .stdout(contains("reviews.csv").and(contains("hidden-size=8")))
        .stdout(contains("macro F1"))
        .stderr(contains("skipped: could not read").and(contains("broken")));
    let nested = folder.path().join("films/2026");
    fs::create_dir_all(&nested).unwrap();
    fs::rename(&model, nested.join("model")).unwrap();
    sentiment()
        .arg("runs")
        .arg(folder.path())
        .assert()
        .success()
        .stdout(contains(nested.join("model").display().to_string()));
    // Another seed splits off another validation set.
    sentiment()
        .args(train_args(folder.path()))
        .args(["--seed", "7"])
        .assert()
        .success();
    sentiment()
        .arg("runs")
        .arg(folder.path())
        .assert()
        .success()
        .stdout(contains("\n\n").and(contains("from=").not()));
    sentiment()
        .current_dir(folder.path())
        .args(["train", "reviews.csv", "--from", "model"])
        .args(["--epochs", "1", "--out", "adapted"])
        .assert()
        .success();
    sentiment()
        .current_dir(folder.path())
        .args(["runs", "adapted"])
        .assert()
        .success()
        .stdout(contains("  from=model "));
    sentiment()
        .arg("runs")
        .arg(&broken)
        .assert()
        .code(1)
        .stderr(contains("no trained model in"));
}

#[test]
fn runs_lists_archives_beside_folders() {
    let (folder, model) = trained();
    let archive = folder.path().join("archives/copy.sentiment");
    sentiment()
        .args(["export", "--format", "archive", "--model"])
        .arg(&model)
        .arg("--out")
        .arg(&archive)
        .assert()
        .success();
    fs::write(folder.path().join("other.sentiment"), "no archive").unwrap();
    let whole = fs::read(&archive).unwrap();
    let cut = folder.path().join("cut.sentiment");
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let runs = sentiment().arg("runs").arg(folder.path()).assert();
    let runs = runs
        .success()
        .stderr(contains("skipped: could not read").and(contains("other.sentiment")))
        .stderr(contains("incomplete frame").count(1));
    let table = String::from_utf8(runs.get_output().stdout.clone()).unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect())
        .collect();
    // The same model, so also the same group. An archive has no folders of the corpus.
    let [copy, original] = &rows[..] else {
        panic!("{table}")
    };
    assert_eq!(copy[0], archive.display().to_string());
    assert_eq!(copy[1], "reviews.csv");
    assert_eq!(original[0], model.display().to_string());
    assert_eq!(copy[2..8], original[2..8]);
}
