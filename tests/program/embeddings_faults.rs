//! Vector files with faults and in archives: every command reads them alike and prints the same notes.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use super::embeddings::folder;
use crate::common::{corpus, sentiment, train_args};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_empty};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const GLOVE: &str = "good 1 0\nbad -1 0\nfilm 0 1\ngreat 1 1\n";

/// Returns the arguments of each command that reads vectors, without the options of the vectors, and
/// the option for the vector file.
fn commands() -> Vec<(Vec<&'static str>, &'static str)> {
    let embeddings = |args: &[&'static str]| [&["embeddings"], args].concat();
    let train = "train texts.csv --hidden-size 4 --epochs 1 --pretraining-epochs 0";
    let train = |more: &'static str| train.split(' ').chain(more.split(' ')).collect();
    vec![
        (embeddings(&["coverage", "texts.csv"]), "--embeddings"),
        (embeddings(&["nearest", "good"]), "--embeddings"),
        (
            embeddings(&["analogy", "good", "bad", "film"]),
            "--embeddings",
        ),
        (embeddings(&["evaluate", "pairs.tsv"]), "--embeddings"),
        (embeddings(&["convert", "--out", "out.txt"]), ""),
        (
            embeddings(&["convert", "--out", "out.txt", "--vocabulary", "words.txt"]),
            "",
        ),
        (
            embeddings(&[
                "train",
                "texts.csv",
                "--min-count",
                "1",
                "--epochs",
                "1",
                "--out",
                "trained.txt",
            ]),
            "--start-from",
        ),
        (train("--out model"), "--embeddings"),
        (train("--folds 2 --out folds"), "--embeddings"),
    ]
}

/// Returns the arguments of a search, which takes six seconds unless the vectors cannot be read.
fn tune() -> (Vec<&'static str>, &'static str) {
    let args = "tune texts.csv --hidden-size 4 --epochs 1 --minutes 0.1 --out tuned";
    (args.split(' ').collect(), "--embeddings")
}

fn inputs() -> TempDir {
    let rows: String = (0..20)
        .map(|row| format!("a good great film {row},positive\na bad film {row},negative\n"))
        .collect();
    folder(&[
        ("texts.csv", &format!("text,label\n{rows}")),
        ("words.txt", "good\nfilm\n"),
        ("pairs.tsv", "good\tgreat\t3\ngood\tbad\t1\n"),
    ])
}

/// Runs a command on a vector file.
fn command(
    folder: &Path,
    (args, option): &(Vec<&str>, &str),
    vectors: &[&str],
) -> assert_cmd::Command {
    let mut command = sentiment();
    command.current_dir(folder).args(args);
    if !option.is_empty() {
        command.arg(option);
    }
    command.args(vectors);
    command
}

fn archive(path: &Path, files: &[(&str, &str)]) {
    let mut archive = ZipWriter::new(File::create(path).unwrap());
    for (name, content) in files {
        archive
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap();
}

#[test]
fn every_command_prints_each_note_once() {
    let folder = inputs();
    let content = format!("5 2\n{}\n", GLOVE.replace(' ', "\t")).into_bytes();
    let vectors = [&content, b"caf\xe9 1 2\n\n".as_slice()].concat();
    fs::write(folder.path().join("v.txt"), vectors).unwrap();
    let notes = [
        "v.txt: blank lines ignored: 2, first: line 6\n",
        "v.txt: words that are not UTF-8, read as Windows-1252: 1, first: line 7\n",
    ];
    for arguments in commands() {
        for note in notes {
            command(folder.path(), &arguments, &["v.txt"])
                .assert()
                .success()
                .stderr(contains(note).count(1));
        }
        command(folder.path(), &arguments, &["v.txt", "--quiet"])
            .assert()
            .success()
            .stderr(contains("v.txt").not());
    }
}

#[test]
fn every_command_notes_a_wrong_number_of_words() {
    let folder = inputs();
    fs::write(folder.path().join("v.txt"), format!("400000 2\n{GLOVE}")).unwrap();
    for arguments in commands().into_iter().chain([tune()]) {
        command(folder.path(), &arguments, &["v.txt"])
            .assert()
            .success()
            .stderr(contains("v.txt: the header declares 400000 words; the file has 4\n").count(1));
    }
}

#[test]
fn every_command_selects_a_file_of_an_archive() {
    let folder = inputs();
    let one = GLOVE.replace(" 0\n", "\n").replace(" 1\n", "\n");
    archive(
        &folder.path().join("v.zip"),
        &[("1d.txt", &one), ("2d.txt", GLOVE)],
    );
    for arguments in commands().into_iter().chain([tune()]) {
        command(folder.path(), &arguments, &["v.zip"])
            .assert()
            .code(1)
            .stderr(contains(
                "error: v.zip: the ZIP archive contains 2 files: 1d.txt, 2d.txt\nhint: select a file \
                 of the archive with --member NAME\n",
            ));
        command(folder.path(), &arguments, &["v.zip", "--member", "2d.txt"])
            .assert()
            .success();
        command(folder.path(), &arguments, &["words.txt", "--member", "2d.txt"])
            .assert()
            .code(1)
            .stderr(contains("error: words.txt: the file is not a ZIP archive, so it does not contain \"2d.txt\"\nhint: omit --member\n"));
    }
    let nearest = (vec!["embeddings", "nearest", "good"], "--embeddings");
    command(folder.path(), &nearest, &["sample", "--member", "a"])
        .assert()
        .code(1)
        .stderr(contains("--member requires a ZIP archive"));
    let folder = corpus();
    sentiment()
        .args(train_args(folder.path()))
        .args(["--member", "a"])
        .assert()
        .code(1)
        .stderr(contains("member requires a ZIP archive in embeddings"));
}

#[test]
fn every_command_reads_fasttext_models() {
    let folder = inputs();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fasttext");
    let path = |name: &str| fixtures.join(name).display().to_string();
    for arguments in commands() {
        command(folder.path(), &arguments, &[&path("skipgram.bin")])
            .assert()
            .success();
        command(folder.path(), &arguments, &[&path("quantised.ftz")])
            .assert()
            .code(1)
            .stderr(contains(
                "quantised.ftz: the fastText model is quantised (.ftz), which is not supported\nhint: \
                 use the model before quantisation (.bin), or its .vec file\n",
            ));
    }
    let convert = (vec!["embeddings", "convert", "--out", "out.txt"], "");
    command(folder.path(), &convert, &[&path("skipgram.bin")])
        .assert()
        .stdout("out.txt: 13 words, 5 dimensions\n")
        .stderr(is_empty());
}

#[test]
fn the_shared_cases_are_read() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases");
    if !cases.exists() {
        eprintln!("skipped: {} does not exist", cases.display());
        return;
    }
    let folder = inputs();
    let path = |name: &str| cases.join(name).display().to_string();
    for arguments in commands() {
        for (name, note) in [
            ("g-blankend.txt", "blank lines ignored: 2, first: line 6"),
            ("g-blankline.txt", "blank lines ignored: 1, first: line 6"),
            ("g-latin1.txt", "read as Windows-1252: 1, first: line 6"),
            (
                "b-cututf8.bin",
                "words that are not UTF-8, skipped: 1, first: word 6",
            ),
            ("b-count.bin", "the header declares 7 words; the file has 5"),
        ] {
            command(folder.path(), &arguments, &[&path(name)])
                .assert()
                .success()
                .stderr(contains(note).count(1));
        }
        for vectors in [
            &[path("g-tabs.txt")][..],
            &[path("glove.zip"), "--member".into(), "glove.4d.txt".into()],
        ] {
            let vectors: Vec<&str> = vectors.iter().map(String::as_str).collect();
            command(folder.path(), &arguments, &vectors)
                .assert()
                .success();
        }
        for (name, message) in [
            ("glove.zip", "--member NAME"),
            ("ft.bin", "the fastText model is invalid"),
        ] {
            command(folder.path(), &arguments, &[&path(name)])
                .assert()
                .code(1)
                .stderr(contains(message));
        }
    }
}
