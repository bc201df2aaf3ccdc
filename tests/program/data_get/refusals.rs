//! Datasets that do not exist or are refused, and servers that misbehave.

use std::fs;

use predicates::str::contains;

use super::Setup;
use super::hub_server::COMMIT;

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
    let without = "hint: check the name, or set HF_TOKEN to a token with access to it\n";
    setup
        .get("hf:a/b")
        .assert()
        .code(1)
        .stderr(format!("{denied}{without}"));
    let wrong =
        "hint: check the name, accept the terms on its page, or use another token in HF_TOKEN\n";
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
        .stderr(contains("is not a name on the hub"));
    setup
        .get("nonsense")
        .assert()
        .code(1)
        .stderr(contains("imdb, sst2, glove.6B.50d"));
    setup.assert_nothing_written();
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
