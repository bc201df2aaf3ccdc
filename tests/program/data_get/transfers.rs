//! Broken, resumed, damaged and concurrent transfers.

use std::fs;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_empty};

use super::hub_server::sha256;
use super::{Setup, TRAIN, content, downloads};
use crate::common::names;

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
fn two_processes_share_a_download() {
    let setup = Setup::new();
    let train = content(2_000_000);
    setup.server.add("a/b", "main", &[(TRAIN, &train)]);
    std::thread::scope(|scope| {
        for out in ["one", "two"] {
            let mut command = setup.command(&["data", "get", "hf:a/b", "--out", out]);
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
