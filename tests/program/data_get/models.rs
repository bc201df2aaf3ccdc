//! Models of the hub and archives at an address.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use predicates::prelude::*;
use predicates::str::contains;

use super::{COMMIT, Setup, sha256};
use crate::common::{corpus, sentiment};

const FILES: [&str; 4] = [
    "config.json",
    "vocabulary.txt",
    "model.safetensors",
    "ngrams.bin",
];

fn fixture(name: &str) -> Vec<u8> {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/version_8");
    fs::read(model.join(name)).unwrap()
}

/// Returns a server with a model.
fn with_model() -> Setup {
    let setup = Setup::new();
    let files = FILES.map(|name| (name, fixture(name)));
    let mut files: Vec<(&str, &[u8])> = files.iter().map(|(name, file)| (*name, &**file)).collect();
    files.push(("README.md", b"# A model"));
    setup.server.add("a/b", "main", &files);
    setup
}

fn archive() -> Vec<u8> {
    let folder = tempfile::TempDir::new().unwrap();
    let out = folder.path().join("model.sentiment");
    sentiment()
        .args(["export", "--format", "archive", "--model"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/version_8"))
        .arg("--out")
        .arg(&out)
        .assert()
        .success();
    fs::read(out).unwrap()
}

#[test]
fn a_model_of_the_hub_is_downloaded_once_and_works_offline() {
    let setup = with_model();
    let predict = [
        "predict",
        "good food",
        "--any-language",
        "--model",
        "hf:a/b",
    ];
    let output = setup
        .command(&predict)
        .assert()
        .success()
        .get_output()
        .clone();
    let snapshot = setup.path("home/hub/models--a--b/snapshots").join(COMMIT);
    for name in FILES {
        assert_eq!(fs::read(snapshot.join(name)).unwrap(), fixture(name));
    }
    assert!(!snapshot.join("README.md").exists());

    setup.server.take_requests();
    let again = setup
        .command(&predict)
        .assert()
        .success()
        .get_output()
        .clone();
    assert_eq!(again.stdout, output.stdout);
    let requests = setup.server.take_requests();
    assert!(
        requests
            .iter()
            .all(|request| request.path.starts_with("/api/")),
        "{requests:?}"
    );
    let offline = setup
        .command(&predict)
        .env("HF_HUB_OFFLINE", "1")
        .assert()
        .success()
        .get_output()
        .clone();
    assert_eq!(offline.stdout, output.stdout);
    assert!(setup.server.take_requests().is_empty());
}

#[test]
fn the_card_of_a_downloaded_model_has_its_whole_name() {
    let setup = with_model();
    setup
        .server
        .state()
        .published
        .insert("/model.sentiment".into(), archive());
    let address = format!("{}/model.sentiment", setup.server.endpoint);
    for name in ["hf:a/b", &address] {
        setup
            .command(&["info", name])
            .assert()
            .success()
            .stdout(contains(format!("# {name}\n")).and(contains("- Encoder: LSTM, ")));
        let output = setup.command(&["info", "--json", name]).assert().success();
        let facts = &output.get_output().stdout;
        let facts: serde_json::Value = serde_json::from_slice(facts).unwrap();
        assert_eq!(facts["name"], *name);
        assert_eq!(facts["encoder"]["kind"], "lstm");
    }
}

#[test]
fn models_that_are_missing_or_of_other_programs_are_explained() {
    let setup = Setup::new();
    setup.server.add(
        "a/b",
        "main",
        &[("config.json", b"{}"), ("pytorch_model.bin", b"")],
    );
    for (name, message) in [
        ("hf:a/b", "was not saved by this program"),
        ("hf:a/c", "the hub has no model a/c"),
        ("hf:a/b/c", "a model has no configuration"),
        ("hf:../b", "is not a name on the hub"),
    ] {
        setup
            .command(&["info", name])
            .assert()
            .failure()
            .code(1)
            .stderr(contains(message).and(contains("hint: ")));
    }
    setup.server.state().token = Some("secret");
    setup
        .command(&["info", "hf:a/b"])
        .assert()
        .failure()
        .stderr(contains("no access to the model a/b").and(contains("HF_TOKEN")));
}

#[test]
fn an_archive_at_an_address_is_downloaded_once_and_verified() {
    let setup = Setup::new();
    let archive = archive();
    let digest = sha256(&archive);
    let mut published = archive.clone();
    setup
        .server
        .state()
        .published
        .insert("/model.sentiment".into(), archive);
    let address = format!("{}/model.sentiment", setup.server.endpoint);
    let named = format!("{address}#sha256={digest}");
    for model in [&address, &named, &named] {
        setup
            .command(&["predict", "good food", "--any-language", "--model", model])
            .assert()
            .success();
    }
    let requests = setup.server.take_requests();
    let downloads = requests.iter().filter(|request| request.method == "GET");
    assert_eq!(downloads.count(), 2);

    // What is no model does not stay in the cache.
    setup
        .server
        .state()
        .published
        .insert("/page.sentiment".into(), b"<html>".to_vec());
    let page = format!("{}/page.sentiment", setup.server.endpoint);
    setup
        .command(&["info", &page])
        .assert()
        .failure()
        .stderr(contains("not an archive of a model"));
    setup
        .server
        .state()
        .published
        .insert("/page.sentiment".into(), published.clone());
    setup.command(&["info", &page]).assert().success();
    setup
        .command(&["info", &format!("{page}#sha256=12")])
        .assert()
        .failure()
        .stderr(contains("64 hexadecimal digits"));

    *published.last_mut().unwrap() ^= 1;
    setup
        .server
        .state()
        .published
        .insert("/other.sentiment".into(), published);
    let other = format!("{}/other.sentiment#sha256={digest}", setup.server.endpoint);
    setup
        .command(&["info", &other])
        .assert()
        .failure()
        .stderr(contains("SHA-256"));
}

#[test]
fn training_starts_from_a_downloaded_model() {
    let setup = with_model();
    let query = "/base.sentiment?key=secret";
    setup
        .server
        .state()
        .published
        .insert(query.into(), archive());
    let corpus = corpus();
    fs::copy(corpus.path().join("reviews.csv"), setup.path("reviews.csv")).unwrap();
    let address = format!("{}{query}", setup.server.endpoint);
    for (name, shown) in [("hf:a/b", "hf:a/b"), (&address, "base.sentiment")] {
        let train = ["train", "reviews.csv", "--out", "model", "--from", name];
        setup
            .command(&train)
            .args(["--preset", "sentences", "--epochs", "1", "--force"])
            .assert()
            .success()
            .stderr(contains(format!("the model {name}")));
        let config = fs::read_to_string(setup.path("model/config.json")).unwrap();
        let config: serde_json::Value = serde_json::from_str(&config).unwrap();
        assert_eq!(config["base"]["name"], name);
        let card = fs::read_to_string(setup.path("model/README.md")).unwrap();
        assert!(
            card.contains(&format!("Training started from the model {shown}\n")),
            "{card}"
        );
    }
    setup
        .command(&["train", "reviews.csv", "--from", "hf:a/c"])
        .assert()
        .code(1)
        .stderr(contains("the hub has no model a/c"));
}

#[test]
fn a_run_from_a_downloaded_model_is_resumed() {
    let setup = with_model();
    let corpus = corpus();
    fs::copy(corpus.path().join("reviews.csv"), setup.path("reviews.csv")).unwrap();
    // Runs the command until it has printed a message. It does not end by itself.
    let train_until = |message: &str, more: &[&str]| {
        let command = setup.command(&["train", "reviews.csv", "--out", "model"]);
        let mut train = std::process::Command::new(command.get_program());
        train.args(command.get_args()).args(more);
        train.current_dir(setup.folder.path());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => train.env(name, value),
                None => train.env_remove(name),
            };
        }
        let mut child = train.stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let lines: Vec<String> = lines
            .map(Result::unwrap)
            .take_while(|line| !line.contains(message))
            .collect();
        let is_running = child.try_wait().unwrap().is_none();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_running, "{lines:?}");
    };
    let settings = "--from hf:a/b --preset sentences --epochs 100000 --patience 100000";
    train_until("epoch  2/", &settings.split(' ').collect::<Vec<_>>());
    train_until("resuming after epoch", &["--resume"]);
}
