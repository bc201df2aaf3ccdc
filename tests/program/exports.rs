//! `sentiment export`, archives and `sentiment info`.
//!
//! bindings/python/tests/test_exports.py compares the probabilities of an exported network with onnxruntime's.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use predicates::prelude::*;
use predicates::str::contains;
use sentiment::files::write_whole;
use sentiment::model::ScoringPrecision;
use sentiment::{Classifier, Device};
use serde_json::{Value, json};
use tempfile::TempDir;

#[cfg(target_os = "linux")]
use crate::common::within;
use crate::common::{corpus, sentiment, train_args, trained};

fn saved() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/version_8")
}

/// Exports the saved model, and returns the standard output.
fn export(format: &str, out: &Path) -> String {
    let output = sentiment()
        .args(["export", "--format", format, "--model"])
        .arg(saved())
        .arg("--out")
        .arg(out)
        .assert()
        .success()
        .get_output()
        .clone();
    String::from_utf8(output.stdout).unwrap()
}

fn prediction(model: &Path) -> Vec<u8> {
    let output = sentiment()
        .args(["predict", "--format", "jsonl", "--any-language", "--model"])
        .arg(model)
        .arg("the food was good")
        .assert()
        .success()
        .get_output()
        .clone();
    output.stdout
}

#[test]
fn an_archive_predicts_as_its_folder() {
    let folder = TempDir::new().unwrap();
    let archive = folder.path().join("model.sentiment");
    assert_eq!(
        export("archive", &archive),
        format!("{}\n", archive.display())
    );
    assert_eq!(prediction(&archive), prediction(&saved()));

    let again = folder.path().join("again.sentiment");
    export("archive", &again);
    assert_eq!(fs::read(&again).unwrap(), fs::read(&archive).unwrap());
    // An archive of an archive.
    let copy = folder.path().join("copy.sentiment");
    sentiment()
        .args(["export", "--format", "archive", "--model"])
        .arg(&archive)
        .arg("--out")
        .arg(&copy)
        .assert()
        .success();
    assert_eq!(fs::read(copy).unwrap(), fs::read(archive).unwrap());
}

#[test]
fn archives_start_training_and_are_compared() {
    let folder = corpus();
    let archive = folder.path().join("base.sentiment");
    export("archive", &archive);
    sentiment()
        .arg("train")
        .arg(folder.path().join("reviews.csv"))
        .arg("--from")
        .arg(&archive)
        .arg("--out")
        .arg(folder.path().join("model"))
        .assert()
        .success();
    sentiment()
        .arg("eval")
        .arg(folder.path().join("reviews.csv"))
        .arg("--model")
        .arg(folder.path().join("model"))
        .arg("--compare")
        .arg(&archive)
        .assert()
        .success();
}

/// A file of an archive: its name and its content.
type File<'a> = (&'a str, &'a [u8]);

/// Writes an archive with these files.
fn archive_of(path: &Path, files: &[File]) {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        // The library refuses to write such names itself.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(content.len() as u64);
        header.set_cksum();
        archive.append(&header, *content).unwrap();
    }
    let archive = archive.into_inner().unwrap();
    let archive = zstd::encode_all(archive.as_slice(), 1).unwrap();
    write_whole(path, |out| out.write_all(&archive)).unwrap();
}

#[test]
fn a_damaged_or_hostile_archive_is_an_error() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("models/model.sentiment");
    fs::create_dir(folder.path().join("models")).unwrap();
    let file = |name: &str| fs::read(saved().join(name)).unwrap();
    let (config, vocabulary) = (file("config.json"), file("vocabulary.txt"));
    let (weights, ngrams) = (file("model.safetensors"), file("ngrams.bin"));
    let cases: [(&[File], &str); 4] = [
        (&[], "the archive has no such file"),
        (
            &[("../evil", b"x"), ("config.json", b"{}")],
            "missing field",
        ),
        (
            &[
                ("config.json", &config),
                ("vocabulary.txt", b"<unk>\nother\n"),
            ],
            "it is not the file that was saved with config.json",
        ),
        (
            &[
                ("config.json", &config),
                ("vocabulary.txt", &vocabulary),
                ("ngrams.bin", &ngrams),
                ("model.safetensors", &weights[..weights.len() / 2]),
            ],
            "model.safetensors",
        ),
    ];
    for (files, message) in cases {
        archive_of(&path, files);
        sentiment()
            .args(["predict", "a", "--model"])
            .arg(&path)
            .assert()
            .failure()
            .code(1)
            .stderr(contains(message));
        assert!(!folder.path().join("evil").exists());
    }
    fs::write(&path, "not an archive").unwrap();
    sentiment()
        .args(["predict", "a", "--model"])
        .arg(&path)
        .assert()
        .failure()
        .code(1);
}

#[test]
fn onnx_has_its_vocabulary_and_tokenizations_beside_it() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("exported/model.onnx");
    let written = export("onnx", &out);
    assert_eq!(written.lines().count(), 3);
    let beside = |name: &str| fs::read_to_string(out.with_file_name(name)).unwrap();
    let vocabulary = beside("vocabulary.txt");
    assert_eq!(
        vocabulary,
        fs::read_to_string(saved().join("vocabulary.txt")).unwrap()
    );
    let words: Vec<&str> = vocabulary.lines().collect();

    let classifier = Classifier::load(&saved(), &Device::Cpu).unwrap();
    let classifier = classifier.with_precision(ScoringPrecision::F32).unwrap();
    let tokenizations = beside("tokenizations.jsonl");
    assert_eq!(tokenizations.lines().count(), 200);
    for line in tokenizations.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let probabilities: Vec<f64> =
            serde_json::from_value(line["probabilities"].clone()).unwrap();
        let prediction = classifier
            .predict_one(line["text"].as_str().unwrap())
            .unwrap();
        assert_eq!(prediction.probabilities, probabilities);
        let ids: Vec<usize> = serde_json::from_value(line["ids"].clone()).unwrap();
        let tokens: Vec<String> = serde_json::from_value(line["tokens"].clone()).unwrap();
        assert_eq!(ids.len(), tokens.len());
        for (id, token) in ids.iter().zip(&tokens) {
            assert!(*id == 0 || words[*id] == token);
        }
    }
}

#[test]
fn exports_do_not_replace_files_without_force() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("model.sentiment");
    export("archive", &out);
    let mut command = sentiment();
    command
        .args(["export", "--format", "archive", "--model"])
        .arg(saved())
        .arg("--out")
        .arg(&out);
    command
        .assert()
        .failure()
        .stderr(contains("exists").and(contains("--force")));
    command.arg("--force").assert().success();
    sentiment()
        .args(["export", "--format", "onnx", "--out", "model"])
        .assert()
        .failure()
        .stderr(contains("ends in .onnx"));
}

/// Headers of long names must not be read into memory.
#[cfg(target_os = "linux")]
#[test]
fn an_archive_with_a_huge_extension_header_takes_little_memory() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("model.sentiment");
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_size(1 << 30);
    header.set_cksum();
    let content = header
        .as_bytes()
        .as_slice()
        .chain(std::io::repeat(0).take(1 << 30));
    let compressed = fs::File::create(&path).unwrap();
    zstd::stream::copy_encode(content, compressed, 1).unwrap();
    within(512, &["info", path.to_str().unwrap()])
        .assert()
        .failure()
        .stderr(contains("the archive has no such file"));
}

#[test]
fn networks_are_not_exported_into_the_folder_of_a_model() {
    let (_folder, model) = trained();
    for (format, out) in [
        ("onnx", model.join("model.onnx")),
        ("pytorch", model.clone()),
    ] {
        sentiment()
            .args(["export", "--force", "--format", format, "--out"])
            .arg(out)
            .assert()
            .failure()
            .stderr(contains("has a saved model"));
    }
    Classifier::load(&model, &Device::Cpu).unwrap();
    // The layout of the hub replaces the model with its records.
    export_over(&model);
    assert_eq!(prediction(&model), prediction(&saved()));
    assert!(!model.join("metrics.json").exists());
}

/// Exports the saved model in the layout of the hub over another model.
fn export_over(model: &Path) {
    sentiment()
        .args(["export", "--force", "--format", "huggingface", "--model"])
        .arg(saved())
        .arg("--out")
        .arg(model)
        .assert()
        .success();
}

#[test]
fn the_layout_of_the_hub_is_a_model_with_a_card() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("my-model");
    export("huggingface", &out);
    assert_eq!(prediction(&out), prediction(&saved()));
    let card = fs::read_to_string(out.join("README.md")).unwrap();
    assert!(card.starts_with("---\nlanguage: \"en\"\n"), "{card}");
    assert!(card.contains("# my-model\n"), "{card}");
}

#[test]
fn a_trained_model_has_a_card() {
    let folder = corpus();
    sentiment()
        .args(train_args(folder.path()))
        .assert()
        .success();
    let model = folder.path().join("model");
    let card = fs::read_to_string(model.join("README.md")).unwrap();
    for part in [
        "name: \"reviews.csv\"",
        "| negative | 36 | 50.0% |",
        "95% interval",
        "macro F1",
        "expected calibration error",
        "It reads the last",
        "- Encoder: LSTM, 1 layer, both directions, hidden size 8\n",
        "- Pooling: ",
        "sentiment predict --model model",
    ] {
        assert!(card.contains(part), "{part}: {card}");
    }
    assert!(!card.contains(folder.path().to_str().unwrap()), "{card}");
    sentiment()
        .arg("info")
        .arg(&model)
        .assert()
        .success()
        .stdout(card);
}

#[test]
fn the_facts_of_a_card_are_json() {
    let (folder, model) = trained();
    let info = |model: &[&str]| -> Value {
        let mut command = sentiment();
        let output = command.args(["info", "--json"]).args(model).assert();
        let output = output.success();
        serde_json::from_slice(&output.get_output().stdout).unwrap()
    };
    let facts = info(&[model.to_str().unwrap()]);
    let metrics = fs::read_to_string(model.join("metrics.json")).unwrap();
    let metrics: Value = serde_json::from_str(&metrics).unwrap();
    assert_eq!(facts["name"], "model");
    assert_eq!(facts["labels"], json!(["negative", "positive"]));
    assert_eq!(facts["language"], "en");
    assert_eq!(facts["encoder"]["kind"], "lstm");
    assert_eq!(facts["encoder"]["hidden_size"], 8);
    assert_eq!(facts["vocabulary"], metrics["vocabulary"]);
    assert_eq!(facts["trained_on"], "reviews.csv");
    assert_eq!(facts["train_texts"], 72);
    let validation = &facts["validation"];
    assert_eq!(validation["texts"], 8);
    let f1 = &metrics["validation"]["f1_macro"];
    assert_eq!(&validation["metrics"]["f1_macro"], f1);
    let positive = &validation["labels"]["positive"];
    assert!(positive["recall_interval"][0].as_f64() < positive["recall"].as_f64());
    let [accuracy] = &facts["accuracy"].as_array().unwrap()[..] else {
        panic!("{facts}")
    };
    assert_eq!(accuracy["value"], metrics["best"]["validation_accuracy"]);
    assert!(accuracy["low"].as_f64() < accuracy["value"].as_f64());

    // An archive says the same, except for the time of a folder.
    let archive = folder.path().join("model.sentiment");
    sentiment()
        .args(["export", "--format", "archive", "--model"])
        .arg(&model)
        .arg("--out")
        .arg(&archive)
        .assert()
        .success();
    let mut archived = info(&["--model", archive.to_str().unwrap()]);
    archived["name"] = "model".into();
    archived["saved_at"] = facts["saved_at"].clone();
    assert_eq!(archived, facts);

    let general = info(&["general"]);
    assert!(general["parameters"].as_u64().unwrap() > 1_000_000);
    assert!(general["validation"].is_null());
    assert_eq!(general["accuracy"].as_array().unwrap().len(), 4);
    assert_eq!(info(&["chinese"])["language"], "zh");
}

#[test]
fn the_built_in_models_have_cards() {
    for model in ["general", "chinese"] {
        sentiment()
            .args(["info", model])
            .assert()
            .success()
            .stdout(contains(format!("# {model}\n")).and(contains("95% interval")));
    }
}

/// A name that a Markdown reader could take for markup.
#[test]
fn names_of_the_user_are_escaped_in_a_card() {
    let folder = corpus();
    let corpus = folder.path().join("a|b<i>.csv");
    let rows = fs::read_to_string(folder.path().join("reviews.csv")).unwrap();
    fs::write(&corpus, rows.replace(",negative", ",<b>bad</b>")).unwrap();
    let mut args = train_args(folder.path());
    args[1] = corpus.display().to_string();
    sentiment().args(args).assert().success();
    let card = fs::read_to_string(folder.path().join("model/README.md")).unwrap();
    assert!(card.contains("- Corpus: a\\|b\\<i\\>.csv"), "{card}");
    assert!(card.contains("| \\<b\\>bad\\</b\\> |"), "{card}");
}
