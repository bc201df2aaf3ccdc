//! The corpus formats of docs/formats.md: each small input has the rows and the notes that the page states.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use assert_cmd::assert::Assert;
use flate2::Compression;
use flate2::write::GzEncoder;
use predicates::str::{contains, is_empty};
use serde_json::Value;
use tempfile::TempDir;

use crate::common::sentiment;

/// Four rows, two of each label.
pub const ROWS: &str = "text,label\n\
                    good film,positive\n\
                    bad film,negative\n\
                    fine meal,positive\n\
                    poor meal,negative\n";

/// Creates a folder with one file.
pub fn file(name: &str, content: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    (folder, path)
}

pub fn inspect(path: &Path, arguments: &[&str]) -> Assert {
    let mut command = sentiment();
    command.args(["data", "inspect", "--json"]).args(arguments);
    command.arg(path).assert()
}

/// Returns the number of rows in the output of `data inspect --json`, and the rows of each label.
pub fn counts(inspected: &Assert) -> (u64, Vec<(String, u64)>) {
    let report: Value = serde_json::from_slice(&inspected.get_output().stdout).unwrap();
    let labels = report["train"]["labels"].as_array().unwrap();
    let count = |label: &Value| {
        let name = label["label"].as_str().unwrap();
        (name.to_owned(), label["rows"].as_u64().unwrap())
    };
    let mut labels: Vec<_> = labels.iter().map(count).collect();
    labels.sort();
    (report["train"]["rows"].as_u64().unwrap(), labels)
}

/// Checks that `data inspect` finds these labels and numbers of rows in a file. Returns the notes.
#[track_caller]
pub fn check(name: &str, content: impl AsRef<[u8]>, arguments: &[&str], labels: &str) -> String {
    let (folder, path) = file(name, content);
    let inspected = inspect(&path, arguments).success();
    let (rows, found) = counts(&inspected);
    let shown: Vec<String> = found
        .iter()
        .map(|(label, rows)| format!("{label} {rows}"))
        .collect();
    assert_eq!(shown.join(", "), labels, "{name}");
    assert_eq!(rows, found.iter().map(|(_, rows)| rows).sum::<u64>());
    drop(folder);
    String::from_utf8(inspected.get_output().stderr.clone()).unwrap()
}

/// Checks that `data inspect` fails with these messages.
#[track_caller]
pub fn rejects(name: &str, content: impl AsRef<[u8]>, arguments: &[&str], messages: &[&str]) {
    let (_folder, path) = file(name, content);
    let mut rejected = inspect(&path, arguments).code(1);
    for message in messages {
        rejected = rejected.stderr(contains(*message));
    }
}

#[track_caller]
pub fn assert_contains(notes: &str, note: &str) {
    assert!(notes.contains(note), "{notes:?} lacks {note:?}");
}

/// The labels of [`ROWS`].
pub const BALANCED: &str = "negative 2, positive 2";

#[test]
fn the_delimiter_is_detected() {
    assert_eq!(check("a.csv", ROWS, &[], BALANCED), "");
    assert_eq!(check("a.tsv", ROWS.replace(',', "\t"), &[], BALANCED), "");
    for (delimiter, note) in [(";", "`;`"), ("|", "`|`"), ("\t", "a tab")] {
        let notes = check("a.csv", ROWS.replace(',', delimiter), &[], BALANCED);
        assert_contains(&notes, &format!("a.csv: the delimiter is {note}\n"));
    }
    let carets = ROWS.replace(',', "^");
    rejects(
        "a.csv",
        &carets,
        &[],
        &["a.csv:1: no column \"text\"; the columns are \"text^label\""],
    );
    check("a.csv", &carets, &["--delimiter", "^"], BALANCED);
}

#[test]
fn a_line_that_states_the_delimiter_is_not_a_row() {
    for delimiter in [";", ","] {
        let rows = format!("sep={delimiter}\r\n{}", ROWS.replace(',', delimiter));
        let notes = check("a.csv", rows, &[], BALANCED);
        assert_eq!(notes.contains("the delimiter is `;`"), delimiter == ";");
    }
}

/// Two hundred tweets, of which four begin with a quote that never closes.
fn tweets() -> String {
    let rows = (0..200).map(|row| {
        let label = ["negative", "positive"][row % 2];
        let quote = if [15, 90, 91, 160].contains(&row) {
            "\""
        } else {
            ""
        };
        format!("{label}\t{quote}tweet number {row}, as it was\n")
    });
    "label\ttext\n".to_owned() + &rows.collect::<String>()
}

#[test]
fn lone_quotes_are_text_for_every_command() {
    let note = "read as text: 4, first: ";
    let notes = check("a.tsv", tweets(), &[], "negative 100, positive 100");
    assert_contains(
        &notes,
        "rows with a quote that does not enclose a field, read as text: 4, first: ",
    );
    assert_contains(&notes, "a.tsv:17\n");

    let (folder, path) = file("a.tsv", tweets());
    let predicted = sentiment()
        .args(["predict", "--format", "csv", "--input"])
        .arg(&path)
        .assert()
        .success()
        .stderr(contains(note));
    let mut rows = csv::Reader::from_reader(predicted.get_output().stdout.as_slice());
    assert_eq!(rows.records().map(Result::unwrap).count(), 200);

    let splits = folder.path().join("splits");
    sentiment()
        .args(["data", "split", "--out"])
        .arg(&splits)
        .arg(&path)
        .assert()
        .success()
        .stderr(contains(note));
    let rows = ["train.csv", "validation.csv"].map(|name| {
        let mut rows = csv::Reader::from_path(splits.join(name)).unwrap();
        rows.records().map(Result::unwrap).count()
    });
    assert_eq!(rows, [180, 20]);
}

#[test]
fn quotes_that_enclose_a_field_may_contain_line_breaks() {
    let rows = "text,label\n\"a good\n\nfilm, yes\",positive\nbad,negative\n\"it is \"\"fine\"\"\",positive\n";
    assert_eq!(check("a.csv", rows, &[], "negative 1, positive 2"), "");
    let (_folder, path) = file("a.csv", rows);
    let predicted = sentiment()
        .args(["predict", "--format", "csv", "--columns", "text", "--input"])
        .arg(&path)
        .assert()
        .success();
    let mut reader = csv::Reader::from_reader(predicted.get_output().stdout.as_slice());
    let texts: Vec<String> = reader
        .records()
        .map(|row| row.unwrap()[0].to_owned())
        .collect();
    assert_eq!(texts, ["a good\n\nfilm, yes", "bad", "it is \"fine\""]);
}

#[test]
fn the_kind_of_quotes_can_be_set() {
    let rows = "text,label\n\"never closed,negative\nfine,positive\n";
    check(
        "a.csv",
        rows,
        &["--quoting", "none"],
        "negative 1, positive 1",
    );
    rejects(
        "a.csv",
        rows,
        &["--quoting", "standard"],
        &[
            "a.csv:2: a quote opened in this row is never closed",
            "hint: use --quoting none if quotes are text",
        ],
    );
}

#[test]
fn quotes_escaped_by_a_backslash_are_recognized() {
    let rows = "text,label\n\"she said \\\"good\\\", twice\",positive\nbad,negative\n";
    let notes = check("a.csv", rows, &[], "negative 1, positive 1");
    assert_contains(
        &notes,
        "rows with quotes, delimiters or line breaks escaped by a backslash, which is removed: 1, first: ",
    );
    let (_folder, path) = file("a.csv", rows);
    sentiment()
        .args(["predict", "--input"])
        .arg(&path)
        .assert()
        .success()
        .stdout(contains("\tshe said \"good\", twice\n"));
}

/// Encodes a text as UTF-16.
fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn utf_16_is_recognized_with_and_without_a_byte_order_mark() {
    for mark in ["", "\u{feff}"] {
        let text = format!("{mark}{ROWS}");
        let notes = check("a.csv", utf16(&text, u16::to_le_bytes), &[], BALANCED);
        assert_contains(&notes, "a.csv: the encoding is UTF-16LE");
        let notes = check("a.csv", utf16(&text, u16::to_be_bytes), &[], BALANCED);
        assert_contains(&notes, "a.csv: the encoding is UTF-16BE");
    }
    let binary = b"text,label\na\0\0\0\0\0\0\0b,positive\n";
    rejects("a.csv", binary, &[], &["the file is binary, or text in an"]);
}

#[test]
fn other_encodings_are_detected_or_set() {
    let latin = b"text,label\nun caf\xe9 agr\xe9able,positive\nbad,negative\n";
    let one_each = "negative 1, positive 1";
    let notes = check("a.csv", latin, &[], one_each);
    let note = "lines not in UTF-8, read as windows-1252: 1, first: ";
    assert_contains(&notes, note);
    assert_eq!(
        check("a.csv", latin, &["--encoding", "latin1"], one_each),
        ""
    );
    rejects(
        "a.csv",
        latin,
        &["--encoding", "utf-8"],
        &["a.csv:2: the row is not valid UTF-8", "--encoding NAME"],
    );
    sentiment()
        .args(["predict", "-", "--format", "jsonl", "--columns", "text"])
        .write_stdin(b"a great book\ncaf\xe9 was lovely\nbad\n".as_slice())
        .assert()
        .success()
        .stdout(contains("\"text\":\"café was lovely\""))
        .stderr(contains(format!("{note}standard input:2\n")));
}

#[test]
fn json_is_read_in_every_layout() {
    let one_each = "negative 1, positive 1";
    let objects = [
        r#"{"text": "good", "label": "positive"}"#,
        r#"{"text": "bad", "label": "negative"}"#,
    ];
    let lines = objects.join("\n");
    let pretty = objects.map(|object| {
        let object: Value = serde_json::from_str(object).unwrap();
        serde_json::to_string_pretty(&object).unwrap()
    });
    let pretty = pretty.join("\n");
    let array = format!("[{}]", objects.join(",\n"));
    for content in [&lines, &pretty, &array] {
        assert_eq!(check("a.json", content, &[], one_each), "");
    }
    rejects(
        "a.jsonl",
        "{\"text\": \"a\"\n",
        &[],
        &["a.jsonl:1: invalid JSON"],
    );
    let half = "{\"text\":\"half \\ud83d\",\"label\":\"a\"}\n{\"text\":\"\\ud83d\\ude00\",\"label\":\"b\"}\n";
    let notes = check("a.jsonl", half, &[], "a 1, b 1");
    assert_contains(
        &notes,
        "rows with half a surrogate pair, replaced by U+FFFD: 1, first: ",
    );
}

#[test]
fn json_without_an_object_per_row_is_named() {
    for (orient, content) in [
        (
            "columns",
            r#"{"text":{"0":"a","1":"b"},"label":{"0":"x","1":"y"}}"#,
        ),
        (
            "index",
            r#"{"0":{"text":"a","label":"x"},"1":{"text":"b","label":"y"}}"#,
        ),
        (
            "index",
            r#"{"a":{"text":"a","label":"x"},"b":{"text":"b","label":"y"}}"#,
        ),
        (
            "columns",
            r#"{"label":{"a":"x","b":"y"},"text":{"a":"a","b":"b"}}"#,
        ),
        (
            "split",
            r#"{"columns":["text","label"],"index":[0],"data":[["a","x"]]}"#,
        ),
        (
            "table",
            r#"{"schema":{"fields":[{"name":"text"}]},"data":[{"text":"a"}]}"#,
        ),
        ("values", r#"[["a","x"],["b","y"]]"#),
    ] {
        let message = format!("it is that of pandas with orient=\"{orient}\"");
        let hint = "hint: write it with to_json(FILE, orient=\"records\", lines=True)";
        rejects("a.json", content, &[], &[&message, hint]);
        let indented = content.replace(":{", ": {\n  ").replace("},", "},\n");
        rejects("a.json", indented, &[], &[&message]);
    }
    let rows = r#"{"meta":{"0":"x"},"text":"a","label":"p"}
{"meta":{"0":"x"},"text":"b","label":"q"}
"#;
    check("a.json", rows, &[], "p 1, q 1");
}

#[test]
fn compressed_files_and_archives_are_read() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(ROWS.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    check("a.csv.gz", &gzip, &[], BALANCED);
    rejects("a.csv.gz", &gzip[..gzip.len() - 12], &[], &["is truncated"]);
    check(
        "a.csv.zst",
        zstd::encode_all(ROWS.as_bytes(), 1).unwrap(),
        &[],
        BALANCED,
    );

    let one = zip_archive(&["reviews/a.csv", "__MACOSX/reviews/._a.csv"]);
    let notes = check("one.zip", one, &[], BALANCED);
    assert_contains(&notes, "one.zip: the corpus is the member reviews/a.csv");
    let two = zip_archive(&["a.csv", "b.csv"]);
    let messages = [
        "which of the 2 files in the zip archive is the corpus? They are a.csv, b.csv",
        "hint: choose one with --corpus-member NAME",
    ];
    rejects("two.zip", &two, &[], &messages);
    check("two.zip", &two, &["--corpus-member", "b.csv"], BALANCED);
    let messages = [
        "two.zip: the zip archive has no file \"c.csv\"; it has a.csv, b.csv",
        "hint: choose one with --corpus-member NAME",
    ];
    rejects("two.zip", &two, &["--corpus-member", "c.csv"], &messages);
    rejects(
        "a.csv.bz2",
        b"BZh91AY&SY\x1c\x85\x9a\xf2",
        &[],
        &[
            "a.csv.bz2: the file is compressed with bzip2, which is not read",
            "hint: decompress it first",
        ],
    );
    rejects(
        "a.csv.xz",
        b"\xfd7zXZ\0\0\x04",
        &[],
        &["compressed with xz, "],
    );
    rejects(
        "a.pkl",
        b"\x80\x04\x95\x10\x02\0\0",
        &[],
        &[
            "a.pkl: the file is a Python pickle, which is not read",
            "hint: write the table as CSV or Parquet",
        ],
    );
}

/// Creates a zip archive whose members are all [`ROWS`].
fn zip_archive(names: &[&str]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for name in names {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(*name, options).unwrap();
        archive.write_all(ROWS.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn the_format_of_standard_input_is_detected() {
    let fast_text = "__label__negative bad\n__label__positive good\n".repeat(2);
    let json = "{\"text\":\"a\",\"label\":\"negative\"}\n{\"text\":\"b\",\"label\":\"positive\"}\n";
    for input in [ROWS, &ROWS.replace(',', "\t"), &fast_text, &json.repeat(2)] {
        let inspected = sentiment()
            .args(["data", "inspect", "--json", "-"])
            .write_stdin(input)
            .assert()
            .success()
            .stderr(is_empty());
        assert_eq!(counts(&inspected).0, 4, "{input}");
    }
    sentiment()
        .args(["data", "inspect", "-"])
        .write_stdin("good\nbad\n")
        .assert()
        .code(1)
        .stderr(contains("standard input: the corpus format lines has no"));
}
