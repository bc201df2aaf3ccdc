//! Tests of `sentiment serve`: model versions added and removed while the server runs.

use std::fs;
use std::io::{BufReader, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::common::server::{Reply, Server, request, until};
use crate::common::{corpus, sentiment, train_args, trained};
use serde_json::{Value, json};
use tempfile::TempDir;

const STATUS: &str = "/v1/models/reviews";
const ASK: &str = "/v1/models/reviews:predict";
const BODY: &[u8] = br#"{"instances": ["A moving, beautifully acted film."]}"#;

/// Copies the project's model into place file by file, like a manual copy.
fn copy_model(to: &Path) {
    fs::create_dir_all(to).unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/general");
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Returns a folder with versions of a model, and the `--model` argument that serves it.
fn versions(numbers: &[&str]) -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    for number in numbers {
        copy_model(&folder.path().join(number));
    }
    let argument = format!("--model reviews={}", folder.path().display());
    (folder, argument)
}

/// Returns the model version that answers a request.
fn answering(server: &Server, path: &str) -> String {
    let reply = server.send("POST", path, "", BODY);
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.header("x-model-version").unwrap().to_string()
}

/// Returns the number, state and error code of each version.
fn states(server: &Server) -> Vec<(String, String, String)> {
    let status = server.get(STATUS).json();
    let text = |value: &Value| value.as_str().unwrap().to_string();
    let statuses = status["model_version_status"].as_array().unwrap().iter();
    statuses
        .map(|version| {
            let code = &version["status"]["error_code"];
            (
                text(&version["version"]),
                text(&version["state"]),
                text(code),
            )
        })
        .collect()
}

fn state(version: &str, state: &str, code: &str) -> (String, String, String) {
    (version.into(), state.into(), code.into())
}

#[test]
fn the_highest_version_answers_and_labels_keep_others() {
    let (folder, argument) = versions(&["2", "9", "10"]);
    let server = Server::start(&format!("{argument} --label reviews:stable=2"));
    assert_eq!(answering(&server, ASK), "10");
    assert_eq!(
        answering(&server, "/v1/models/reviews/versions/10:predict"),
        "10"
    );
    assert_eq!(
        answering(&server, "/v1/models/reviews/labels/stable:predict"),
        "2"
    );
    let unloaded = server.send("POST", "/v1/models/reviews/versions/9:predict", "", BODY);
    assert_eq!(unloaded.status, 404);
    let listed = json!({"name": "reviews", "versions": ["10", "2"], "labels": {"stable": "2"}});
    assert_eq!(server.get("/v1/models").json()["models"][0], listed);

    fs::remove_dir_all(folder.path().join("10")).unwrap();
    until(|| answering(&server, ASK) == "9");
}

#[test]
fn no_request_fails_while_versions_are_swapped() {
    let (folder, argument) = versions(&["1"]);
    let server = Server::start(&argument);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut stream = BufReader::new(server.connect());
                let mut seen = 0;
                while !done.load(Ordering::Relaxed) {
                    stream
                        .get_mut()
                        .write_all(&request("POST", ASK, "", BODY))
                        .unwrap();
                    let reply = Reply::read(&mut stream);
                    assert_eq!(reply.status, 200, "{}", reply.body);
                    let version: u64 = reply.header("x-model-version").unwrap().parse().unwrap();
                    assert!(version >= seen, "{version} after {seen}");
                    seen = version;
                }
            });
        }
        for number in ["2", "3", "4"] {
            copy_model(&folder.path().join(number));
            until(|| answering(&server, ASK) == number);
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(states(&server), [state("4", "AVAILABLE", "OK")]);
}

#[test]
fn a_broken_version_is_shown_and_the_old_one_answers() {
    let (folder, argument) = versions(&["1"]);
    let server = Server::start(&argument);
    let broken = folder.path().join("2");
    copy_model(&broken);
    fs::write(broken.join("vocabulary.txt"), "too few\n").unwrap();
    let shown = [
        state("2", "END", "FAILED_PRECONDITION"),
        state("1", "AVAILABLE", "OK"),
    ];
    until(|| states(&server) == shown);
    let status = server.get("/v1/models/reviews/versions/2").json();
    let message = &status["model_version_status"][0]["status"]["error_message"];
    assert!(
        message
            .as_str()
            .unwrap()
            .contains("2/vocabulary.txt: it is not the file that was saved"),
        "{message}"
    );
    assert_eq!(answering(&server, ASK), "1");

    copy_model(&broken);
    until(|| answering(&server, ASK) == "2");
    assert_eq!(states(&server), [state("2", "AVAILABLE", "OK")]);
}

#[test]
fn the_model_of_the_environment_is_served_if_none_is_named() {
    let folder = TempDir::new().unwrap();
    let model = folder.path().join("my films");
    copy_model(&model);
    let environment = [("SENTIMENT_MODEL", model.to_str().unwrap())];
    let server = Server::start_in(&environment, "");
    assert_eq!(server.get("/v1/models/my-films").status, 200);
    assert_eq!(server.get("/v1/models/general").status, 404);
    let server = Server::start_in(&environment, "--model general");
    assert_eq!(server.get("/v1/models/my-films").status, 404);
    let server = Server::start_in(&[("SENTIMENT_MODEL", "auto")], "");
    assert_eq!(server.get("/v1/models/general").status, 200);
}

#[test]
fn a_model_without_numbers_is_loaded_anew_when_it_changes() {
    let folder = TempDir::new().unwrap();
    copy_model(folder.path());
    let server = Server::start(&format!("--model reviews={}", folder.path().display()));
    assert_eq!(answering(&server, ASK), "1");
    let label = || server.send("POST", ASK, "", BODY).json()["predictions"][0]["label"].clone();
    assert_eq!(label(), "positive");

    let file = folder.path().join("config.json");
    let config = fs::read_to_string(&file).unwrap();
    fs::write(&file, config.replace("\"positive\"", "\"good\"")).unwrap();
    until(|| label() == "good");

    fs::write(&file, "{").unwrap();
    until(|| states(&server) == [state("1", "AVAILABLE", "FAILED_PRECONDITION")]);
    assert_eq!(label(), "good");
}

#[test]
fn a_broken_highest_version_does_not_keep_the_server_from_starting() {
    let (folder, argument) = versions(&["1"]);
    fs::create_dir(folder.path().join("2")).unwrap();
    fs::write(folder.path().join("2/config.json"), "{").unwrap();
    let server = Server::start(&argument);
    assert_eq!(answering(&server, ASK), "1");
    assert_eq!(states(&server)[0], state("2", "END", "FAILED_PRECONDITION"));
}

#[test]
fn a_broken_version_in_place_of_the_only_one_is_shown_and_what_answered_goes_on() {
    let (folder, argument) = versions(&["0"]);
    let server = Server::start(&argument);
    assert_eq!(answering(&server, ASK), "0");
    let broken = folder.path().join("1");
    fs::rename(folder.path().join("0"), &broken).unwrap();
    fs::write(broken.join("vocabulary.txt"), "too few\n").unwrap();
    let shown = [
        state("1", "END", "FAILED_PRECONDITION"),
        state("0", "AVAILABLE", "OK"),
    ];
    until(|| states(&server) == shown);
    assert_eq!(answering(&server, ASK), "0");
}

#[test]
fn a_three_class_model_is_served_without_neutral() {
    let folder = corpus();
    let reviews = folder.path().join("reviews.csv");
    let mut rows = fs::read_to_string(&reviews).unwrap();
    for number in 0..40 {
        rows += &format!("it came on day{number},neutral\n");
    }
    fs::write(&reviews, rows).unwrap();
    let mut command = sentiment();
    command.args(train_args(folder.path())).assert().success();
    let model = folder.path().join("model");
    let labels = |more: &str| {
        let server = Server::start(&format!("--model reviews={}{more}", model.display()));
        let reply = server.post(ASK, BODY).json();
        let probabilities = reply["predictions"][0]["probabilities"].as_object();
        let labels = probabilities.unwrap().keys().cloned();
        labels.collect::<Vec<_>>()
    };
    assert_eq!(labels(""), ["negative", "neutral", "positive"]);
    assert_eq!(labels(" --two-classes"), ["negative", "positive"]);
    // A model of two classes has no such label.
    let (_two, model) = trained();
    sentiment()
        .args(["serve", "--port", "0", "--two-classes", "--model"])
        .arg(format!("reviews={}", model.display()))
        .assert()
        .failure()
        .stderr(predicates::str::contains(
            "its labels are negative, positive",
        ));
}
