//! `sentiment data get` and `hf:` names, against a local server that answers as the hub does.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_empty};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

use crate::common::{names, sentiment};
use crate::hub_server::{COMMIT, HubServer, Request, sha256};

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
            .args(["data"])
            .args(arguments);
        command
    }

    /// Returns the command that downloads a dataset or vectors into the folder `out`.
    fn get(&self, name: &str) -> Command {
        self.command(&["get", name, "--out", "out"])
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
fn a_broken_transfer_resumes() {
    let setup = Setup::new();
    let train = content(300_000);
    setup.server.add("a/b", "main", &[(TRAIN, &train)]);
    let cut = |cuts, cut_after| {
        let mut state = setup.server.state();
        (state.cuts, state.cut_after) = (cuts, cut_after);
    };
    cut(2, 70_000);
    setup.get("hf:a/b").assert().success();
    assert_eq!(fs::read(setup.path("out/train.parquet")).unwrap(), train);
    let requests = setup.server.take_requests();
    let ranges: Vec<_> = downloads(&requests)
        .iter()
        .map(|request| request.range.as_deref())
        .collect();
    assert_eq!(ranges, [None, Some("bytes=70000-"), Some("bytes=140000-")]);
}

#[test]
fn a_transfer_that_breaks_again_and_again_can_be_resumed_by_another_run() {
    let setup = Setup::new();
    let train = content(300_000);
    setup.server.add("a/b", "main", &[(TRAIN, &train)]);
    setup.server.state().cuts = usize::MAX;
    setup.server.state().cut_after = 10_000;
    let stopped = "error: the download of data/train-00000-of-00001.parquet stopped at 50000 of 300000 bytes: ";
    setup
        .get("hf:a/b")
        .assert()
        .code(1)
        .stdout(is_empty())
        .stderr(contains(stopped).and(contains(
            "hint: run the command again to resume the download\n",
        )));
    setup.assert_nothing_written();
    let incomplete = format!("{}.incomplete", sha256(&train));
    assert_eq!(names(&setup.cache("blobs")), [incomplete]);

    setup.server.state().cuts = 0;
    setup.server.take_requests();
    setup.get("hf:a/b").assert().success();
    assert_eq!(fs::read(setup.path("out/train.parquet")).unwrap(), train);
    let requests = setup.server.take_requests();
    let download = downloads(&requests);
    assert_eq!(download[0].range.as_deref(), Some("bytes=50000-"));
    assert_eq!(names(&setup.cache("blobs")), [sha256(&train)]);
}

#[test]
fn a_server_without_ranges_sends_the_file_again() {
    let setup = Setup::new();
    let train = content(100_000);
    setup.server.add("a/b", "main", &[(TRAIN, &train)]);
    {
        let mut state = setup.server.state();
        (state.without_ranges, state.cuts, state.cut_after) = (true, 1, 40_000);
    }
    setup.get("hf:a/b").assert().success();
    assert_eq!(fs::read(setup.path("out/train.parquet")).unwrap(), train);
}

#[test]
fn a_file_with_another_digest_is_removed() {
    let setup = Setup::new();
    setup.server.add("a/b", "main", &[(TRAIN, &content(1000))]);
    setup.server.state().is_damaged = true;
    let digest = sha256(&content(1000));
    setup.get("hf:a/b").assert().code(1).stderr(
        contains("has the SHA-256 digest").and(contains(format!("the hub states {digest}"))),
    );
    setup.assert_nothing_written();
    assert!(names(&setup.cache("blobs")).is_empty());

    setup.server.state().is_damaged = false;
    setup.get("hf:a/b").assert().success();
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
fn unknown_splits_and_configurations_list_the_known_ones() {
    let setup = Setup::new();
    let files: [(&str, &[u8]); 3] = [
        ("x/train-00000-of-00001.parquet", b"1"),
        ("x/test-00000-of-00001.parquet", b"2"),
        ("y/train-00000-of-00001.parquet", b"3"),
    ];
    setup.server.add("a/b", "main", &files);
    let fails = |name: &str, split: &str, message: &str, hint: &str| {
        let expected = format!("error: {message}\nhint: {hint}\n");
        let mut command = setup.get(name);
        command
            .args(["--split", split])
            .assert()
            .code(1)
            .stderr(expected);
    };
    let config = "add the configuration to the name: hf:OWNER/NAME/CONFIG";
    fails(
        "hf:a/b",
        "train",
        "the dataset a/b needs a configuration; it has x, y",
        config,
    );
    let unknown = "the dataset a/b has no configuration \"z\"; it has x, y";
    fails("hf:a/b/z", "train", unknown, config);
    let unknown = "the dataset a/b/x has no split \"dev\"; it has test, train";
    fails(
        "hf:a/b/x",
        "dev",
        unknown,
        "choose a split with --split NAME",
    );
    setup.assert_nothing_written();
}

#[test]
fn refused_and_unknown_datasets_are_explained() {
    let setup = Setup::new();
    setup.server.state().token = Some("hf_right");
    let denied = "error: no access to the dataset a/b (HTTP 401): it does not exist, is private or is gated\n";
    let without = "hint: check the name, or set HF_TOKEN to a token with access to the dataset\n";
    setup
        .get("hf:a/b")
        .assert()
        .code(1)
        .stderr(format!("{denied}{without}"));
    let wrong = "hint: check the name, accept the dataset's terms on its page, or use another token in HF_TOKEN\n";
    let mut command = setup.get("hf:a/b");
    command
        .env("HF_TOKEN", "hf_wrong")
        .assert()
        .code(1)
        .stderr(format!("{denied}{wrong}"));
    setup.server.state().token = None;
    let unknown = "error: the hub has no dataset a/b@v2/c\nhint: datasets are hf:OWNER/NAME or hf:OWNER/NAME/CONFIG\n";
    setup.get("hf:a/b@v2/c").assert().code(1).stderr(unknown);
    setup
        .get("hf:../b")
        .assert()
        .code(1)
        .stderr(contains("is not the name of a dataset"));
    setup
        .get("nonsense")
        .assert()
        .code(1)
        .stderr(contains("imdb, sst2, glove.6B.50d"));
    setup.assert_nothing_written();
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
fn a_part_of_a_split_in_the_cache_is_not_the_split() {
    let setup = Setup::new();
    let second = "data/train-00001-of-00002.parquet";
    let files: [(&str, &[u8]); 2] = [("data/train-00000-of-00002.parquet", b"1"), (second, b"2")];
    setup.server.add("a/b", "main", &files);
    setup.get("hf:a/b").assert().success();
    fs::remove_file(setup.cache("snapshots").join(COMMIT).join(second)).unwrap();
    let partial = contains("the dataset a/b has 1 of the 2 files of the split \"train\"");
    setup
        .get("hf:a/b")
        .env("HF_HUB_OFFLINE", "1")
        .assert()
        .code(1)
        .stderr(partial);
}

#[test]
fn a_renamed_dataset_is_found() {
    let setup = Setup::new();
    setup
        .server
        .add("new/b", "main", &[("train.csv", b"text,label\n")]);
    setup.server.state().listing_redirect = None;
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
fn hostile_servers_are_refused() {
    let setup = Setup::new();
    let outside: [(&str, &[u8]); 2] = [("../../../evil.csv", b"x"), ("/tmp/evil.csv", b"x")];
    setup.server.add("a/b", "main", &outside);
    let none = "has no Parquet, CSV, TSV or JSON Lines files";
    setup.get("hf:a/b").assert().code(1).stderr(contains(none));

    setup
        .server
        .add("a/b", "main", &[("train.csv", b"text,label\n")]);
    for etag in ["\"../../evil\"", "\"\"", "\"a/b\""] {
        setup.server.state().etag = Some(etag);
        let invalid = contains("the entity tag (ETag) is missing or invalid");
        setup.get("hf:a/b").assert().code(1).stderr(invalid);
    }
    let loop_to_itself = "/api/datasets/a/b/revision/main".to_owned();
    setup.server.state().listing_redirect = Some(loop_to_itself);
    let redirects =
        contains("/api/datasets/a/b/revision/main: invalid response: more than 5 redirects");
    setup.get("hf:a/b").assert().code(1).stderr(redirects);
    setup.assert_nothing_written();
}

#[test]
fn an_unreachable_hub_is_an_error_with_a_hint() {
    let setup = Setup::new();
    let mut command = setup.get("hf:a/b");
    // Nothing listens on port 1.
    let hint = contains("hint: check the network; HF_ENDPOINT selects another hub");
    command
        .env("HF_ENDPOINT", "http://127.0.0.1:1")
        .assert()
        .code(1)
        .stderr(hint);
    let mut command = setup.get("hf:a/b");
    let invalid = contains("error: HF_ENDPOINT is invalid: expected an address");
    command
        .env("HF_ENDPOINT", "nowhere")
        .assert()
        .code(1)
        .stderr(invalid);
}

#[test]
fn two_processes_share_a_download() {
    let setup = Setup::new();
    let train = content(2_000_000);
    setup.server.add("a/b", "main", &[(TRAIN, &train)]);
    std::thread::scope(|scope| {
        for out in ["one", "two"] {
            let mut command = setup.command(&["get", "hf:a/b", "--out", out]);
            scope.spawn(move || command.assert().success());
        }
    });
    for out in ["one", "two"] {
        assert_eq!(
            fs::read(setup.path(out).join("train.parquet")).unwrap(),
            train
        );
    }
    assert_eq!(names(&setup.cache("blobs")), [sha256(&train)]);
    let requests = setup.server.take_requests();
    assert_eq!(downloads(&requests).len(), 1);
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
        let mut command = setup.command(&["inspect", "--json", "hf:a/b"]);
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
    let mut command = setup.command(&["inspect", "local.csv", "--split", "test"]);
    command.assert().code(1).stderr(contains(only_hub));
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

/// Returns an archive as that of GloVe, with two files.
fn archive() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (dimensions, vector) in [(50, "0.5"), (100, "0.25")] {
        let name = format!("glove.6B.{dimensions}d.txt");
        let options =
            SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file(name, options).unwrap();
        for word in 0..1000 {
            writeln!(zip, "word{word} {vector}").unwrap();
        }
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn word_vectors_are_extracted_from_a_resumed_archive() {
    let setup = Setup::new();
    {
        let mut state = setup.server.state();
        state
            .published
            .insert("/glove.6B.zip".to_owned(), archive());
        (state.cuts, state.cut_after) = (1, 5000);
    }
    let kept = "kept out/glove.6B.zip, which has vectors of other dimensions too\n";
    setup
        .get("glove.6B.100d")
        .assert()
        .success()
        .stdout("out/glove.6B.100d.txt: 12.89 kB\n")
        .stderr(contains(kept));
    let vectors = fs::read_to_string(setup.path("out/glove.6B.100d.txt")).unwrap();
    assert!(vectors.starts_with("word0 0.25\n") && vectors.ends_with("word999 0.25\n"));
    let requests = setup.server.take_requests();
    assert!(
        requests
            .iter()
            .any(|request| request.range.as_deref() == Some("bytes=5000-"))
    );

    // The archive is there, so nothing is downloaded.
    setup
        .get("glove.6B.50d")
        .env("HF_HUB_OFFLINE", "1")
        .assert()
        .success();
    let all = ["glove.6B.100d.txt", "glove.6B.50d.txt", "glove.6B.zip"];
    assert_eq!(names(&setup.path("out")), all);
    assert!(setup.server.take_requests().is_empty());
    let no_splits = contains("glove.6B.50d has no splits");
    setup
        .get("glove.6B.50d")
        .args(["--split", "train"])
        .assert()
        .code(1)
        .stderr(no_splits);
}

#[test]
fn damaged_archives_give_no_vectors() {
    let setup = Setup::new();
    let hint = "hint: delete the archive and run the command again to download it again\n";
    let mut damaged = archive();
    damaged[2000] ^= 1;
    let fails = |name: &str, content: &[u8], message: &str| {
        let _ = fs::remove_dir_all(setup.path("out"));
        let published = ("/glove.6B.zip".to_owned(), content.to_vec());
        setup.server.state().published.extend([published]);
        setup
            .get(name)
            .assert()
            .code(1)
            .stderr(contains(message).and(contains(hint)));
        assert_eq!(names(&setup.path("out")), ["glove.6B.zip"]);
    };
    fails(
        "glove.6B.50d",
        &damaged,
        "could not extract glove.6B.50d.txt: Invalid checksum",
    );
    fails(
        "glove.6B.50d",
        b"<html>",
        "out/glove.6B.zip: not a valid zip archive",
    );
    fails(
        "glove.6B.300d",
        &archive(),
        "could not find glove.6B.300d.txt",
    );
    let mut command = setup.command(&["get", "glove.6B.50d", "--out", "other"]);
    let offline = contains("glove.6B.zip is not in other, and offline mode is on");
    command
        .env("HF_HUB_OFFLINE", "1")
        .assert()
        .code(1)
        .stderr(offline);
}
