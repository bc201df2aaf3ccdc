//! Models of several labels a text: reading, training, predicting, evaluating.

use std::fs;
use std::path::Path;

use crate::common::{
    content, corpus, sentiment, topic_labels, topics, train_args, trained, trained_on_topics,
};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::{Value, json};

fn eval_json(model: &Path, corpus: &Path) -> Value {
    let output = sentiment()
        .args(["eval", "--json", "-", "--model"])
        .args([model, corpus])
        .assert()
        .success();
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

#[test]
fn a_text_gets_any_number_of_labels() {
    let (folder, model) = trained_on_topics();
    let metrics = eval_json(&model, &folder.path().join("reviews.csv"));
    for key in ["accuracy", "f1_micro", "f1_macro", "f1_samples"] {
        assert!(metrics[key].as_f64().unwrap() > 0.8, "{key}: {metrics}");
    }
    assert_eq!(metrics["food"]["support"], 80);
    assert_eq!(metrics["micro avg"]["support"], 240);
    let config: Value =
        serde_json::from_slice(&fs::read(model.join("config.json")).unwrap()).unwrap();
    assert_eq!(config["decision"]["output"], "multi-label");
    assert_eq!(config["labels"], json!(["food", "price", "staff"]));

    let texts = ["about food1 price1 place0", "about place2"];
    let predict = |format: &str| {
        let output = sentiment()
            .args(["predict", "--format", format, "--model"])
            .arg(&model)
            .args(texts)
            .assert()
            .success();
        String::from_utf8(output.get_output().stdout.clone()).unwrap()
    };
    let lines: Vec<Value> = predict("jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut predicted: Vec<&str> = lines[0]["predicted"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    predicted.sort_unstable();
    assert_eq!(predicted, ["food", "price"]);
    assert_eq!(lines[1]["predicted"], json!([]));
    assert_eq!(lines[1]["reason"], Value::Null);
    let sum: f64 = ["food", "price", "staff"]
        .iter()
        .filter_map(|label| lines[0][format!("probability_{label}")].as_f64())
        .sum();
    assert!(sum > 1.1, "{sum}");
    let csv = predict("csv");
    assert!(
        csv.contains("food|price") || csv.contains("price|food"),
        "{csv}"
    );
    assert!(predict("text").contains("(none)\t"));
}

/// The separator, JSON Lines and fastText's labels make the same corpus.
#[test]
fn every_format_of_lists_is_read_alike() {
    let folder = topics();
    let text_of = |line: &str| line.split(',').next().unwrap().to_owned();
    let csv = fs::read_to_string(folder.path().join("reviews.csv")).unwrap();
    let texts: Vec<String> = csv.lines().skip(1).map(text_of).collect();
    let mut separated = String::from("text,label\n");
    let mut json_lines = String::new();
    for (number, text) in texts.iter().enumerate() {
        let labels = topic_labels(number);
        separated += &format!("{text},{}\n", labels.join(" / "));
        json_lines += &format!("{}\n", json!({"text": text, "label": labels}));
    }
    let write = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let train = |corpus: String, more: &[&str]| {
        let mut args = train_args(folder.path());
        args[1] = corpus;
        sentiment()
            .args(args)
            .args(["--multi-label", "--epochs", "1", "--force"])
            .args(more)
            .assert()
            .success();
        let files = content(&folder.path().join("model")).into_iter();
        files
            // Those name the corpus.
            .filter(|(name, _)| name != "metrics.json" && name != "README.md")
            .collect::<Vec<_>>()
    };
    let reviews = folder.path().join("reviews.csv").display().to_string();
    let expected = train(reviews, &[]);
    let separator = ["--label-separator", "/"];
    assert!(train(write("a.csv", &separated), &separator) == expected);
    assert!(train(write("a.jsonl", &json_lines), &[]) == expected);
    let lines = texts
        .iter()
        .enumerate()
        .filter(|(number, _)| number % 8 > 0);
    let fast_text: String = lines
        .map(|(number, text)| {
            let labels = topic_labels(number).into_iter();
            let labels: String = labels.map(|label| format!("__label__{label} ")).collect();
            format!("{labels}{text}\n")
        })
        .collect();
    let metrics = folder.path().join("model");
    let fast_text = write("a.ft", &fast_text);
    assert_eq!(
        eval_json(&metrics, Path::new(&fast_text))["micro avg"]["support"],
        240
    );
}

#[test]
fn thresholds_are_found_for_each_label() {
    let (folder, model) = trained_on_topics();
    let reviews = folder.path().join("reviews.csv");
    let eval = |more: &[&str]| {
        let mut command = sentiment();
        command.arg("eval").arg(&reviews).arg("--model").arg(&model);
        command.args(more).assert()
    };
    eval(&["--threshold", "food=1", "--json", "-"])
        .success()
        .stdout(contains(
            "\"food\": {\n    \"precision\": 0.0,\n    \"recall\": 0.0",
        ));
    eval(&["--find-threshold", "f1"])
        .success()
        .stdout(contains("micro F1").and(contains("saved in")));
    let config: Value =
        serde_json::from_slice(&fs::read(model.join("config.json")).unwrap()).unwrap();
    let thresholds = config["decision"]["thresholds"].as_object().unwrap();
    assert_eq!(thresholds.len(), 3, "{config}");
    let predictions = folder.path().join("predictions.csv");
    eval(&["--predictions", predictions.to_str().unwrap()])
        .success()
        .stdout(contains("samples avg").and(contains("subset accuracy")));
    let table = fs::read_to_string(predictions).unwrap();
    assert!(table.contains(",food|price|staff,"), "{table}");
}

#[test]
fn explanations_add_up_to_each_labels_probability() {
    let (_folder, model) = trained_on_topics();
    let output = sentiment()
        .args(["explain", "--method", "gradient", "--json", "--model"])
        .arg(&model)
        .arg("about food1 price1 place0")
        .assert()
        .success();
    let explanation: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    let classes = explanation["classes"].as_object().unwrap();
    assert_eq!(classes.len(), 3);
    let sum: f64 = classes
        .values()
        .filter_map(|class| class["probability"].as_f64())
        .sum();
    assert!(sum > 1.1, "{sum}");
    let food = &classes["food"];
    let error = food["completeness_error"].as_f64().unwrap();
    assert!(error.abs() < 0.01, "{error}");
    let strongest = &food["weights"][0];
    assert_eq!(strongest["token"], "food1");
    assert!(strongest["weight"].as_f64().unwrap() > 0.0);
}

#[test]
fn cross_validation_and_self_training_take_lists() {
    let folder = topics();
    let unlabelled = folder.path().join("more.txt");
    fs::write(&unlabelled, "about food0 place1\nabout price2\n").unwrap();
    sentiment()
        .args(train_args(folder.path()))
        .args(["--multi-label", "--folds", "2", "--epochs", "2"])
        .args(["--class-weights", "balanced", "--unlabelled"])
        .arg(&unlabelled)
        .assert()
        .success()
        .stdout(contains("macro f1"));
}

#[test]
fn a_split_has_each_label_in_all_parts() {
    let folder = topics();
    let out = folder.path().join("parts");
    sentiment()
        .args([
            "data",
            "split",
            "--multi-label",
            "--validation-share",
            "0.25",
            "--out",
        ])
        .arg(&out)
        .arg(folder.path().join("reviews.csv"))
        .assert()
        .success();
    let part = fs::read_to_string(out.join("validation.csv")).unwrap();
    for label in ["food", "price", "staff", "[]"] {
        assert!(part.contains(label), "{part}");
    }
}

#[test]
fn lists_are_refused_without_the_flag() {
    let folder = topics();
    sentiment()
        .args(train_args(folder.path()))
        .assert()
        .failure()
        .stderr(contains("is a list; a text has one label").and(contains("--multi-label")));
    fs::write(
        folder.path().join("reviews.csv"),
        "text,label\na,x|y\nb,z\n",
    )
    .unwrap();
    sentiment()
        .args(train_args(folder.path()))
        .arg("--multi-label")
        .assert()
        .failure()
        .stderr(contains("no separator of labels").and(contains("--label-separator \"|\"")));
}

#[test]
fn what_needs_one_label_is_refused() {
    let folder = corpus();
    let train = |more: &[&str]| {
        let mut command = sentiment();
        command.args(train_args(folder.path())).args(more);
        command.assert().failure()
    };
    train(&["--multi-label", "--ordinal"]).stderr(contains("cannot be used with"));
    train(&["--label-separator", "|"]).stderr(contains("--multi-label"));
    train(&["--multi-label", "--freeze-encoder"]).stderr(contains("freeze-encoder"));
    #[cfg(feature = "report")]
    train(&["--multi-label", "--report", "r.html"]).stderr(contains("--report"));
    let (folder, model) = trained();
    sentiment()
        .args(["eval", "--multi-label", "--model"])
        .arg(&model)
        .arg(folder.path().join("reviews.csv"))
        .assert()
        .failure()
        .stderr(contains("one label a text"));
}
