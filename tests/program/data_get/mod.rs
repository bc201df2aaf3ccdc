//! `sentiment data get` and `hf:` names, against a local server that answers as the hub does.

mod hub_server;
mod models;
mod refusals;
mod transfers;
mod vectors;

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use tempfile::TempDir;

use crate::common::{names, sentiment};
use hub_server::{COMMIT, HubServer, Request, sha256};

const TRAIN: &str = "data/train-00000-of-00001.parquet";

/// A server, and a folder for the cache and the output.
struct Setup {
    server: HubServer,
    folder: TempDir,
}

impl Setup {
    fn new() -> Self {
        Self {
            server: HubServer::start(),
            folder: TempDir::new().unwrap(),
        }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = sentiment();
        for variable in [
            "HF_TOKEN",
            "HF_HUB_OFFLINE",
            "HF_HUB_CACHE",
            "HTTP_PROXY",
            "http_proxy",
        ] {
            command.env_remove(variable);
        }
        command
            .current_dir(self.folder.path())
            .env("HF_ENDPOINT", &self.server.endpoint)
            .env("SENTIMENT_DOWNLOAD_ENDPOINT", &self.server.endpoint)
            .env("HF_HOME", self.path("home"))
            .args(arguments);
        command
    }

    /// Returns the command that downloads a dataset or vectors into the folder `out`.
    fn get(&self, name: &str) -> Command {
        self.command(&["data", "get", name, "--out", "out"])
    }

    /// Returns a folder of the cache of the dataset `a/b`.
    fn cache(&self, path: &str) -> PathBuf {
        self.path("home/hub/datasets--a--b").join(path)
    }

    fn assert_nothing_written(&self) {
        assert!(!self.path("out").exists());
        assert!(!self.cache("snapshots").exists());
    }
}

/// Returns bytes that differ from each other, so that a wrong offset shows.
fn content(length: usize) -> Vec<u8> {
    (0..length as u32)
        .flat_map(|number| number.to_le_bytes())
        .take(length)
        .collect()
}

fn downloads(requests: &[Request]) -> Vec<&Request> {
    let is_file = |request: &&Request| !request.path.starts_with("/api/");
    let files = requests.iter().filter(is_file);
    files
        .filter(|request| request.method == "GET" && !request.is_hub)
        .collect()
}

#[test]
fn splits_are_written_and_cached_as_by_the_hubs_own_client() {
    let setup = Setup::new();
    let (train, test) = (content(300_000), content(1000));
    let files: [(&str, &[u8]); 4] = [
        ("README.md", b"# Title"),
        (TRAIN, &train),
        ("data/test-00001-of-00002.parquet", &test),
        ("data/test-00000-of-00002.parquet", b"first"),
    ];
    setup.server.add("a/b", "main", &files);
    setup.server.state().token = Some("hf_secret");
    let run = || {
        let written = contains("train.parquet: 300.00 kB\n");
        let mut command = setup.get("hf:a/b");
        command
            .env("HF_TOKEN", "hf_secret")
            .assert()
            .success()
            .stdout(written);
    };
    run();

    let parts = [
        "test-00000-of-00002.parquet",
        "test-00001-of-00002.parquet",
        "train.parquet",
    ];
    assert_eq!(names(&setup.path("out")), parts);
    assert_eq!(fs::read(setup.path("out/train.parquet")).unwrap(), train);
    assert_eq!(
        fs::read(setup.path("out").join(parts[0])).unwrap(),
        b"first"
    );
    assert_eq!(fs::read(setup.path("out").join(parts[1])).unwrap(), test);

    let commit = fs::read_to_string(setup.cache("refs/main")).unwrap();
    assert_eq!(commit, COMMIT);
    let mut digests = [sha256(&train), sha256(&test), sha256(b"first")];
    digests.sort();
    assert_eq!(names(&setup.cache("blobs")), digests);
    let snapshot = setup.cache("snapshots").join(COMMIT).join(TRAIN);
    assert_eq!(fs::read(&snapshot).unwrap(), train);
    #[cfg(unix)]
    assert_eq!(
        fs::read_link(&snapshot).unwrap(),
        Path::new("../../../blobs").join(sha256(&train))
    );

    // The token goes to the hub, not to the server of large files.
    let requests = setup.server.take_requests();
    assert_eq!(downloads(&requests).len(), 3);
    for request in &requests {
        let token = request.authorization.as_deref();
        let expected = request.is_hub.then_some("Bearer hf_secret");
        assert_eq!(token, expected, "{request:?}");
    }

    // Nothing is downloaded twice.
    run();
    let requests = setup.server.take_requests();
    assert!(
        requests
            .iter()
            .all(|request| request.path.starts_with("/api/")),
        "{requests:?}"
    );
}

#[test]
fn the_token_may_be_in_the_home_of_the_hubs_client() {
    let setup = Setup::new();
    setup
        .server
        .add("a/b", "main", &[("train.csv", b"text,label\n")]);
    setup.server.state().token = Some("hf_file");
    fs::create_dir(setup.path("home")).unwrap();
    fs::write(setup.path("home/token"), "hf_file\n").unwrap();
    setup
        .get("hf:a/b")
        .assert()
        .success()
        .stdout(contains("out/train.csv: 11 B"));
}

#[test]
fn parquet_files_made_by_the_hub_replace_other_formats() {
    let setup = Setup::new();
    setup.server.add(
        "a/b",
        "main",
        &[("reviews.py", b""), ("raw/train.csv", b"text,label\n")],
    );
    let converted: [(&str, &[u8]); 3] = [
        ("x/train/0000.parquet", b"one"),
        ("x/train/0001.parquet", b"two"),
        ("x/test/0000.parquet", b"three"),
    ];
    setup.server.add("a/b", "refs/convert/parquet", &converted);
    setup
        .get("hf:a/b/x")
        .args(["--split", "train"])
        .assert()
        .success();
    let written = [
        "train-00000-of-00002.parquet",
        "train-00001-of-00002.parquet",
    ];
    assert_eq!(names(&setup.path("out")), written);
    assert_eq!(
        fs::read(setup.path("out").join(written[1])).unwrap(),
        b"two"
    );
    let commit = fs::read_to_string(setup.cache("refs/refs/convert/parquet")).unwrap();
    assert_eq!(commit, COMMIT);
    let requests = setup.server.take_requests();
    let path = "/api/datasets/a/b/revision/refs%2Fconvert%2Fparquet";
    assert!(requests.iter().any(|request| request.path == path));
}

#[test]
fn offline_mode_uses_the_cache_only() {
    let setup = Setup::new();
    let files: [(&str, &[u8]); 2] = [
        (TRAIN, b"train"),
        ("data/test-00000-of-00001.parquet", b"test"),
    ];
    setup.server.add("a/b", "main", &files);
    let offline = |name: &str| {
        let mut command = setup.get(name);
        command
            .env("HF_HUB_OFFLINE", "1")
            .args(["--split", "train"]);
        command
    };
    let missing = contains("error: the dataset a/b is not in ").and(contains(
        "and offline mode is on\nhint: unset HF_HUB_OFFLINE to download it\n",
    ));
    offline("hf:a/b").assert().code(1).stderr(missing);
    assert!(setup.server.take_requests().is_empty());

    setup
        .get("hf:a/b")
        .args(["--split", "train"])
        .assert()
        .success();
    setup.server.take_requests();
    fs::remove_dir_all(setup.path("out")).unwrap();
    offline("hf:a/b").assert().success();
    assert_eq!(fs::read(setup.path("out/train.parquet")).unwrap(), b"train");
    let other = contains("the dataset a/b has no split \"test\"; it has train");
    offline("hf:a/b")
        .args(["--split", "test"])
        .assert()
        .code(1)
        .stderr(other);
    assert!(setup.server.take_requests().is_empty());
}

#[test]
fn a_renamed_dataset_is_found() {
    let setup = Setup::new();
    setup
        .server
        .add("new/b", "main", &[("train.csv", b"text,label\n")]);
    // The server redirects the listing of `old/b`; the hub redirects files likewise.
    setup
        .server
        .add("old/b", "files only", &[("train.csv", b"text,label\n")]);
    setup
        .get("hf:old/b")
        .assert()
        .success()
        .stdout(contains("out/train.csv: 11 B"));
}

#[test]
fn commands_read_a_split_by_its_name() {
    let setup = Setup::new();
    let train = b"text,label\ngood,x\nbad,y\n";
    let test = b"text,label\ngood,x\nbad,y\nworse,y\n";
    setup
        .server
        .add("a/b", "main", &[("train.csv", train), ("test.csv", test)]);
    let rows = |arguments: &[&str]| {
        let mut command = setup.command(&["data", "inspect", "--json", "hf:a/b"]);
        let output = command
            .args(arguments)
            .assert()
            .success()
            .get_output()
            .clone();
        let audit: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        audit["train"]["rows"].clone()
    };
    assert_eq!(rows(&[]), 2);
    assert_eq!(rows(&["--split", "test"]), 3);
    fs::write(setup.path("local.csv"), train).unwrap();
    let only_hub =
        "--split selects a part of a dataset on the hub, and local.csv is a file or folder";
    let mut command = setup.command(&["data", "inspect", "local.csv", "--split", "test"]);
    command.assert().code(1).stderr(contains(only_hub));
}

#[test]
fn a_dataset_validates_with_its_validation_or_test_split() {
    let setup = Setup::new();
    let train = b"text,label\ngood,x\nbad,y\n";
    let other = b"text,label\ngood,x\nbad,y\nworse,y\n";
    let splits: [(&str, &[u8]); 3] = [
        ("train.csv", train),
        ("test.csv", train),
        ("validation.csv", other),
    ];
    setup.server.add("a/b", "main", &splits);
    setup.server.add("a/c", "main", &splits[..2]);
    setup.server.add("a/d", "main", &splits[..1]);
    let inspect = |validation: &str| {
        let mut command = setup.command(&[
            "data",
            "inspect",
            "--json",
            "hf:a/b",
            "--validation",
            validation,
        ]);
        command.args(["--split", "train"]).assert()
    };
    let rows = |validation: &str, split: &str| {
        let note = format!("note: {validation}: the validation set is the split {split}\n");
        let output = inspect(validation).success().stderr(contains(note));
        let audit: serde_json::Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
        audit["validation"]["rows"].clone()
    };
    assert_eq!(rows("hf:a/b", "validation"), 3);
    assert_eq!(rows("hf:a/c", "test"), 2);
    inspect("hf:a/d").code(1).stderr(contains(
        "the dataset a/d has no split \"validation\"; it has train",
    ));
}

#[test]
fn known_corpora_are_datasets_of_the_hub() {
    let setup = Setup::new();
    for name in ["imdb", "sst2"] {
        let dataset = format!("stanfordnlp/{name}");
        setup
            .server
            .add(&dataset, "main", &[(TRAIN, name.as_bytes())]);
        setup.get(name).assert().success();
        assert_eq!(
            fs::read(setup.path("out/train.parquet")).unwrap(),
            name.as_bytes()
        );
    }
}
