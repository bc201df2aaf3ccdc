//! `sentiment train --char-ngrams`: words that no training text has are read by their characters.

use std::fs;
use std::path::Path;

#[cfg(unix)]
use crate::common::interrupt_after_an_epoch;
use crate::common::{content, names, sentiment, train_args};
use crate::few_labels::run;
use predicates::prelude::*;
use predicates::str::{contains, starts_with};
use sentiment::Device;
use sentiment::batch::EncodedTexts;
use sentiment::classifier::Classifier;
use sentiment::explain::Features;
use sentiment::model::{ModelConfig, Precision, SavedModel, config_file};
use serde_json::{Value, json};
use tempfile::TempDir;

const FEW: &str = "train reviews.csv --preset few --embeddings none --ngrams 0 --char-ngrams 2..5";

/// Returns a word with one of two endings, which no other `number` gives.
fn word(number: usize, ending: &str) -> String {
    let syllables = ["ba", "do", "gi", "lu", "me", "no", "ri", "tu"];
    let stem = [number / 64, number / 8 % 8, number % 8].map(|place| syllables[place]);
    format!("{}{ending}", stem.concat())
}

/// Creates a folder with `reviews.csv` and `test.csv`, 80 texts each. Only the endings of words differ between the labels, and
/// no word with an ending is in two texts.
fn endings() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, first) in [("reviews.csv", 0), ("test.csv", 160)] {
        let rows = (first / 2..first / 2 + 80).map(|text| {
            let (label, ending) = [("good", "ska"), ("bad", "vep")][text % 2];
            let [one, two] = [2 * text, 2 * text + 1].map(|number| word(number, ending));
            format!("they said {one} and {two} here,{label}\n")
        });
        let rows = format!("text,label\n{}", rows.collect::<String>());
        fs::write(folder.path().join(name), rows).unwrap();
    }
    folder
}

fn config(model: &Path) -> Value {
    serde_json::from_slice(&fs::read(model.join("config.json")).unwrap()).unwrap()
}

/// Returns the accuracy on test.csv.
fn accuracy(folder: &Path, model: &str) -> f64 {
    let assert = run(folder, &format!("eval test.csv --model {model} --json -")).success();
    let metrics: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    metrics["accuracy"].as_f64().unwrap()
}

#[test]
fn the_characters_of_unknown_words_decide() {
    let folder = endings();
    run(folder.path(), &format!("{FEW} --out characters")).success();
    let words = "train reviews.csv --preset few --embeddings none --ngrams 3 --out words";
    run(folder.path(), words).success();
    assert!(accuracy(folder.path(), "characters") > 0.95);
    assert!(accuracy(folder.path(), "words") < 0.65);
    let model = folder.path().join("characters");
    let written = config(&model);
    assert_eq!(written["format_version"], 10);
    assert_eq!(
        (&written["ngrams"], &written["char_ngrams"]),
        (&json!(0), &json!("2..5"))
    );
    let of_words = config(&folder.path().join("words"));
    assert_eq!(
        (&of_words["format_version"], of_words.get("char_ngrams")),
        (&json!(8), None)
    );
    run(folder.path(), "info characters")
        .success()
        .stdout(contains("2 to 5 characters"));
    run(folder.path(), "info characters --json")
        .success()
        .stdout(contains("\"char_ngrams\": \"2..5\""));
    run(folder.path(), "runs .")
        .success()
        .stdout(contains("char-ngrams=2..5"));

    for method in ["gradient", "lime"] {
        let mut explain = sentiment();
        explain.current_dir(folder.path());
        explain.args([
            "explain",
            "--model",
            "characters",
            "--method",
            method,
            "--features",
            "1",
        ]);
        let text = "they said here and there megutuska";
        explain
            .arg(text)
            .assert()
            .success()
            .stdout(contains("megutuska  +"));
    }
}

#[test]
fn a_saved_model_is_read_and_written_to_the_same_bytes() {
    let folder = endings();
    run(folder.path(), &format!("{FEW} --out model")).success();
    let model = folder.path().join("model");
    let (_, written) = config_file(&ModelConfig::read(&model).unwrap());
    assert!(written == fs::read(model.join("config.json")).unwrap());
    let model_of_files = SavedModel::read(&model, &Device::Cpu).unwrap();
    let files = model_of_files.files(Precision::Full);
    for (name, content) in files.unwrap() {
        assert!(content == fs::read(model.join(name)).unwrap(), "{name}");
    }

    run(
        folder.path(),
        "export --format archive --model model --out model.sentiment",
    )
    .success();
    run(
        folder.path(),
        "export --format huggingface --model model --out hub/model",
    )
    .success();
    for copy in ["model.sentiment", "hub/model"] {
        assert_eq!(
            accuracy(folder.path(), copy),
            accuracy(folder.path(), "model")
        );
    }
    for (format, out) in [("onnx", "out/model.onnx"), ("pytorch", "out")] {
        run(
            folder.path(),
            &format!("export --format {format} --model model --out {out}"),
        )
        .code(1)
        .stderr(contains(format!(
            "the character n-grams of the model cannot be exported to the format {format}"
        )));
    }
    assert!(!folder.path().join("out").exists());
}

/// Explanations remove words from a text.
#[test]
fn a_text_without_some_words_has_none_of_their_characters() {
    let folder = endings();
    run(folder.path(), &format!("{FEW} --out model")).success();
    let classifier = Classifier::load(&folder.path().join("model"), &Device::Cpu).unwrap();
    let words = ["megutuska", "said", "nonovep", "here", "ritubaska"];
    let features = Features::of(&classifier, &words.join(" "), false).unwrap();
    assert_eq!(features.ids().iter().filter(|id| **id == 0).count(), 3);
    for kept in 0..1 << words.len() {
        let is_kept: Vec<bool> = (0..words.len()).map(|word| kept >> word & 1 == 1).collect();
        let mut texts = EncodedTexts::default();
        features.push_kept(&mut texts, &is_kept);
        let found = classifier.predict_encoded(&texts).unwrap();
        let text: Vec<&str> = (0..words.len())
            .filter(|&word| is_kept[word])
            .map(|word| words[word])
            .collect();
        let expected = classifier.predict_one(&text.join(" ")).unwrap();
        assert_eq!(found[0].probabilities, expected.probabilities, "{text:?}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_resumes_to_the_same_model() {
    let folder = endings();
    let model = folder.path().join("model");
    let mut args = train_args(folder.path());
    let more = "--embeddings none --epochs 80 --patience 80 --ngrams 2 --char-ngrams 3..4";
    args.extend(more.split(' ').map(String::from));
    sentiment().args(&args).assert().success();
    assert!(accuracy(folder.path(), "model") > 0.95);
    let whole = content(&model);
    fs::remove_dir_all(&model).unwrap();

    assert!(interrupt_after_an_epoch(&args).ends_with("--resume"));
    assert!(names(&model).contains(&"state".into()));
    sentiment().args(&args).arg("--resume").assert().success();
    assert!(content(&model) == whole);
}

#[test]
fn a_base_decides_its_character_ngrams() {
    let folder = endings();
    let in_folder = |args: &str| run(folder.path(), args);
    in_folder(&format!("{FEW} --out base")).success();
    in_folder("train reviews.csv --preset few --embeddings none --out words").success();
    in_folder("train reviews.csv --from base --out same").success();
    assert_eq!(config(&folder.path().join("same"))["char_ngrams"], "2..5");
    assert!(accuracy(folder.path(), "same") > 0.95);
    let decided = |base: &str| contains(format!("char-ngrams is decided by the model {base}"));
    in_folder("train reviews.csv --from base --char-ngrams 3..4 --out other")
        .code(1)
        .stderr(decided("base"));
    // Its normalized n-grams are kept, and others would change their weights.
    in_folder("train reviews.csv --from words --char-ngrams 3..4 --out other")
        .code(1)
        .stderr(decided("words"));
    // The n-grams of the built-in model are not normalized, and a trained network has its own.
    for (base, more) in [
        ("general", "--map-labels good=positive;bad=negative"),
        ("words", "--epochs 1"),
    ] {
        in_folder(&format!(
            "train reviews.csv --from {base} {more} --char-ngrams 3..4 --out {base}-more"
        ))
        .success();
        let model = folder.path().join(format!("{base}-more"));
        assert_eq!(config(&model)["char_ngrams"], "3..4");
    }
}

#[test]
fn the_setting_works_with_every_kind_of_training() {
    let folder = endings();
    let in_folder = |args: &str| run(folder.path(), args);
    let small = "--embeddings none --embedding-size 8 --hidden-size 8 --pretraining-epochs 0";
    let characters = "--ngrams 0 --char-ngrams 2..4";
    in_folder(&format!(
        "train reviews.csv {characters} --embeddings none --folds 2 --out folds"
    ))
    .success()
    .stdout(contains("accuracy"));
    in_folder(&format!(
        "tune reviews.csv {small} {characters} --minutes 0.05 --out tuned"
    ))
    .success();
    let best = fs::read_to_string(folder.path().join("tuned/best.toml")).unwrap();
    assert!(best.contains("char-ngrams = \"2..4\""), "{best}");
    in_folder("train --config tuned/best.toml reviews.csv --epochs 1 --out best").success();
    assert_eq!(config(&folder.path().join("best"))["char_ngrams"], "2..4");
    for (name, labels, flag) in [
        ("stars.csv", ["5", "1"], "--ordinal"),
        ("sets.csv", ["[\"good\"]", "[\"bad\"]"], "--multi-label"),
    ] {
        let rows = fs::read_to_string(folder.path().join("reviews.csv")).unwrap();
        let quoted = labels.map(|label| format!(",\"{}\"\n", label.replace('"', "\"\"")));
        let rows = rows
            .replace(",good\n", &quoted[0])
            .replace(",bad\n", &quoted[1]);
        fs::write(folder.path().join(name), rows).unwrap();
        in_folder(&format!("train {name} {small} {characters} {flag} --epochs 4 --learning-rate 0.02 --out {name}-model"))
            .success();
        let mut predict = sentiment();
        predict
            .current_dir(folder.path())
            .args(["predict", "--model", &format!("{name}-model")])
            .arg("they said megutuska here");
        let expected = if flag == "--ordinal" { "5" } else { "good" };
        let predicted = predict.assert().success();
        predicted.stdout(starts_with(format!("{expected}\t")));
    }
}

#[test]
fn other_lengths_are_errors() {
    let folder = endings();
    for lengths in ["5..2", "0..3", "2..7", "3", "2..18446744073709551616"] {
        run(
            folder.path(),
            &format!("train reviews.csv --char-ngrams {lengths}"),
        )
        .failure()
        .stderr(contains("two lengths from 1 to 6, such as 2..5").and(contains(lengths)));
    }
    run(folder.path(), &format!("{FEW} --out model")).success();
    let file = folder.path().join("model/config.json");
    let mut written = config(&folder.path().join("model"));
    for lengths in ["1..1000000", "5..2", ""] {
        written["char_ngrams"] = lengths.into();
        fs::write(&file, written.to_string()).unwrap();
        run(folder.path(), "predict --model model text")
            .code(1)
            .stderr(contains("config.json"));
    }
}
