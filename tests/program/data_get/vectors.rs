//! Word vectors in an archive.

use std::fs;
use std::io::{Cursor, Write};

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use zip::write::SimpleFileOptions;

use super::Setup;
use crate::common::names;

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
    let mut command = setup.command(&["data", "get", "glove.6B.50d", "--out", "other"]);
    let offline = contains("glove.6B.zip is not in other, and offline mode is on");
    command
        .env("HF_HUB_OFFLINE", "1")
        .assert()
        .code(1)
        .stderr(offline);
}
