//! Columns, labels, folders, tables and bad rows of a corpus, as docs/formats.md describes them.

use std::fs;
use std::path::Path;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use tempfile::TempDir;

use super::formats::{BALANCED, ROWS, assert_contains, check, counts, file, inspect, rejects};
use crate::common::sentiment;

#[test]
fn well_known_columns_are_found_in_any_case() {
    let rows = "id,Review,SENTIMENT\n1,a,x\n2,b,y\n";
    let notes = check("a.csv", rows, &[], "x 1, y 1");
    assert_contains(&notes, "a.csv: the text is in the column Review\n");
    assert_contains(&notes, "a.csv: the label is in the column SENTIMENT\n");
    let arguments = ["--text-column", "review", "--label-column", "ID"];
    assert_eq!(check("a.csv", rows, &arguments, "1 1, 2 1"), "");
    assert_eq!(
        check("a.csv", "TEXT,Label\na,x\nb,y\n", &[], "x 1, y 1"),
        ""
    );
    let rows = "review_headline,review_body,star_rating\ngood,a,x\nbad,b,y\n";
    let notes = check("a.csv", rows, &[], "x 1, y 1");
    assert_contains(&notes, "a.csv: the text is in the column review_body\n");
    assert_contains(&notes, "a.csv: the label is in the column star_rating\n");
}

#[test]
fn the_first_column_of_a_name_is_read() {
    let notes = check("a.csv", "text,label,label\na,x,1\nb,y,2\n", &[], "x 1, y 1");
    assert_contains(&notes, "several columns are named label; the first is read");
}

#[test]
fn a_file_without_a_header_is_read_by_column_numbers() {
    let rows = "4,1,a good film that I liked\n0,2,a bad film that I hated\n4,3,nice\n";
    let by_number = ["--text-column", "3", "--label-column", "1"];
    let notes = check("a.csv", rows, &by_number, "0 1, 4 2");
    assert_contains(&notes, "the file has no header; its columns are numbered");
    let no_header = [
        "--no-header",
        by_number[0],
        by_number[1],
        by_number[2],
        by_number[3],
    ];
    assert_eq!(check("a.csv", rows, &no_header, "0 1, 4 2"), "");
    // Numbers also name the columns of a file with a header.
    let with_header = format!("label,id,text\n{rows}");
    assert_eq!(check("a.csv", with_header, &by_number, "0 1, 4 2"), "");
    rejects(
        "a.csv",
        rows,
        &[],
        &[
            "a.csv:1: no column \"text\"; the columns are \"4\", \"1\", \"a good film that I liked\"",
            "by its number: --no-header --text-column 2",
        ],
    );
}

#[test]
fn labels_in_another_spelling_are_one_label() {
    let rows = "text,label\na,positive\nb,Positive\nc,positive \nd,1\ne,1.0\nf,1\n";
    let notes = check("a.csv", rows, &[], "1 3, positive 3");
    assert_contains(
        &notes,
        "labels read as one: \"1\" for \"1.0\" (1); \"positive\" for \"Positive\" (1)",
    );
    let exact = "1 2, 1.0 1, Positive 1, positive 2";
    assert_eq!(check("a.csv", rows, &["--exact-labels"], exact), "");
    // Of equally frequent Unicode forms, the composed one is kept.
    let accents = "text,label\na,pos\u{e9}\nb,neg\nc,pose\u{301}\n";
    check("a.csv", accents, &[], "neg 1, pos\u{e9} 2");
}

#[test]
fn labels_are_mapped() {
    let rows = "text,stars\na,1\nb,2.0\nc,3\nd,4\ne,5\n";
    let map = ["--map-labels", "1,2=negative;4,5=positive;3="];
    let notes = check("a.csv", rows, &map, BALANCED);
    assert_contains(&notes, "rows left out by the label mapping: 1, first: ");
    assert_contains(&notes, "a.csv:4\n");
    let list = "text,label\na,x|y\nb,y\n";
    check("a.csv", list, &["--map-labels", "x|y=x"], "x 1, y 1");
}

#[test]
fn rows_without_one_label_are_bad() {
    let rows = "text,label\na,positive\nb,nan\nc,\nd,negative\n";
    rejects(
        "a.csv",
        rows,
        &[],
        &["a.csv:3: the label is missing", "hint: use --skip-bad-rows"],
    );
    let notes = check(
        "a.csv",
        rows,
        &["--skip-bad-rows"],
        "negative 1, positive 1",
    );
    assert_contains(&notes, "bad rows skipped: 2 of 4, first: ");
    assert_contains(&notes, "a.csv:4: the label is empty");
    let list = "the label \"x|y\" is a list; a text has one label";
    rejects("a.csv", "text,label\na,x|y\nb,y\n", &[], &[list]);
    let array = "{\"text\":\"a\",\"label\":[\"x\",\"y\"]}\n{\"text\":\"b\",\"label\":\"x\"}\n";
    rejects(
        "a.jsonl",
        array,
        &[],
        &["a.jsonl:1: the label", "is a list"],
    );
    let two = "__label__a __label__b good\n";
    rejects("a.ft", two, &[], &["a.ft:1: the label", "is a list"]);
}

#[test]
fn rows_with_another_number_of_fields_are_bad() {
    let rows = "text,label\na,positive\nb,negative,x\nc,negative\n";
    let message = "a.csv:3: expected 2 fields as in the header, found 3";
    rejects("a.csv", rows, &[], &[message]);
    let notes = check(
        "a.csv",
        rows,
        &["--skip-bad-rows"],
        "negative 1, positive 1",
    );
    assert_contains(&notes, message);
}

#[test]
fn an_unknown_label_is_reported_with_the_first_line_of_its_row() {
    let rows = "text,label\n\"line one\nline two\",negative\n\"a\nb\nc\",positive\nfine,mixed\n";
    let (_folder, path) = file("a.csv", rows);
    sentiment()
        .arg("eval")
        .arg(&path)
        .assert()
        .code(1)
        .stderr(contains(
            "a.csv:7: the model has no label \"mixed\"; its labels are negative, neutral, positive",
        ))
        .stderr(contains("--map-labels \"OLD=NEW\""));
}

#[test]
fn labels_before_the_text_are_read() {
    let rows = "__label__negative bad\n\n__label__positive good\n";
    for name in ["a.ft", "a.txt"] {
        assert_eq!(check(name, rows, &[], "negative 1, positive 1"), "");
    }
    rejects(
        "a.txt",
        "good\nbad\n",
        &[],
        &["the corpus format lines has no labels", "__label__"],
    );
}

#[test]
fn an_unknown_extension_needs_a_format_or_a_header() {
    assert_eq!(check("a.dat", ROWS, &[], BALANCED), "");
    let lines = "good\nbad\n";
    let messages = ["unknown file extension", "hint: use --corpus-format csv"];
    rejects("a.dat", lines, &[], &messages);
    let message = "the file is not in the format parquet";
    rejects("a.csv", ROWS, &["--corpus-format", "parquet"], &[message]);
}

/// Writes files to a new folder; their folders are created.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn predicted(path: &Path) -> String {
    let mut command = sentiment();
    command.args(["predict", "--format", "csv", "--input"]);
    let output = command.arg(path).assert().success();
    String::from_utf8(output.get_output().stdout.clone()).unwrap()
}

#[test]
fn folders_have_a_column_with_the_file() {
    let labelled = tree(&[
        ("neg/1.txt", "bad"),
        ("pos/1.txt", "good\n"),
        ("unsup/1.txt", "x"),
    ]);
    let (rows, labels) = counts(&inspect(labelled.path(), &[]).success());
    assert_eq!((rows, labels.len()), (2, 2));
    let output = predicted(labelled.path());
    assert!(output.starts_with("file,label,text,predicted,"), "{output}");
    assert!(
        output.contains("\npos/1.txt,pos,good,positive,"),
        "{output}"
    );

    let flat = tree(&[("b.txt", "bad"), ("a.txt", "a great book")]);
    let output = predicted(flat.path());
    let rows: Vec<&str> = output.lines().collect();
    assert!(rows[0].starts_with("file,text,predicted,"), "{output}");
    assert!(
        rows[1].starts_with("a.txt,a great book,positive,"),
        "{output}"
    );
    assert!(rows[2].starts_with("b.txt,bad,negative,"), "{output}");
    inspect(flat.path(), &[])
        .code(1)
        .stderr(contains("no label folder with .txt files"));
}

#[test]
fn several_files_and_patterns_are_one_corpus() {
    let folder = tree(&[("1.csv", ROWS), ("2.csv", &ROWS.replace(',', ";"))]);
    let pattern = inspect(&folder.path().join("*.csv"), &[]).success();
    assert_eq!(counts(&pattern).0, 8);
    let first = folder.path().join("1.csv");
    let both = inspect(&folder.path().join("2.csv"), &[first.to_str().unwrap()]);
    assert_eq!(counts(&both.success()).0, 8);
}

#[test]
fn columns_of_later_files_that_are_not_kept_are_noted_once() {
    let folder = tree(&[
        ("1.csv", "text,id\ngood,1\n"),
        ("2.csv", "text,when,id\nbad,2020,2\n"),
        ("3.jsonl", "{\"text\":\"fine\",\"when\":1,\"who\":\"x\"}\n"),
    ]);
    let mut command = sentiment();
    command.args(["predict", "--format", "csv", "--input"]);
    let files = ["1.csv", "2.csv", "3.jsonl"].map(|name| folder.path().join(name));
    let notes = command.args(&files).assert().success();
    let notes = String::from_utf8(notes.get_output().stderr.clone()).unwrap();
    let note =
        "2.csv: columns that the first file lacks, which are not kept: 2, such as when, who\n";
    assert_contains(&notes, note);
    assert_eq!(notes.matches("not kept").count(), 1);
    // Training keeps no columns, so none is missing.
    let rows = ROWS.replace('\n', ",x\n").replace("label,x", "label,more");
    let folder = tree(&[("1.csv", ROWS), ("2.csv", &rows)]);
    let pattern = inspect(&folder.path().join("*.csv"), &[])
        .success()
        .stderr("");
    assert_eq!(counts(&pattern).0, 8);
}

/// The rows of the fixtures with a text and a label.
#[cfg(all(feature = "arrow", feature = "spreadsheet"))]
#[test]
fn tables_in_binary_formats_are_read() {
    let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tables");
    for name in [
        "reviews.snappy.parquet",
        "reviews.stream.arrow",
        "reviews.file.arrow",
        "reviews.feather",
        "reviews.xlsx",
    ] {
        let output = predicted(&tables.join(name));
        assert!(output.starts_with("text,label,"), "{name}: {output}");
        assert!(
            output.contains("\na wonderful film,pos,"),
            "{name}: {output}"
        );
    }
    let parquet = fs::read(tables.join("reviews.snappy.parquet")).unwrap();
    let arrow = fs::read(tables.join("reviews.file.arrow")).unwrap();
    for table in [parquet, arrow] {
        sentiment()
            .args(["predict", "-"])
            .write_stdin(table)
            .assert()
            .success()
            .stdout(contains("\ta wonderful film\n"));
    }
}

#[test]
fn the_format_of_a_stream_is_detected_in_every_encoding() {
    let utf16: Vec<u8> = ROWS.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let encodings: [(&[u8], &[&str]); 2] = [
        (utf16.as_slice(), &[]),
        (ROWS.as_bytes(), &["--encoding", "latin1"]),
    ];
    for (input, arguments) in encodings {
        let inspected = sentiment()
            .args(["data", "inspect", "--json", "-"])
            .args(arguments)
            .write_stdin(input)
            .assert()
            .success();
        assert_eq!(counts(&inspected).0, 4, "{arguments:?}");
    }
    check("a.dat", utf16, &[], BALANCED);
}

#[test]
fn utf_16_may_begin_with_letters_that_are_not_latin() {
    let text = "Очень хороший фильм\nплохо\n";
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (_folder, path) = file("a.txt", bytes);
    sentiment()
        .args(["predict", "--format", "csv", "--columns", "text", "--input"])
        .arg(&path)
        .assert()
        .success()
        .stdout(contains("\nОчень хороший фильм,").and(contains("\nплохо,")))
        .stderr(contains("a.txt: the encoding is UTF-16LE"));
}

/// The numbers of rows that `data inspect` finds in shared cases.
const CASES: [(&str, u64); 21] = [
    ("tweets-quotes.tsv", 200),
    ("quotes.tsv", 9),
    ("onequote.tsv", 6),
    ("backslash.csv", 4),
    ("sepline.csv", 4),
    ("sepline-comma.csv", 4),
    ("pipe.csv", 4),
    ("tabs.csv", 4),
    ("latin1-header.csv", 6),
    ("utf16.csv", 6),
    ("utf16.tsv", 6),
    ("utf16be-nobom.csv", 6),
    ("array.json", 2),
    ("array.jsonl", 2),
    ("pretty.json", 2),
    ("pretty.jsonl", 2),
    ("surrogate.jsonl", 4),
    ("labelcase-big.csv", 200),
    ("labelnfd.csv", 4),
    ("stars-float.jsonl", 2),
    ("eval-unknown-label.csv", 3),
];

#[test]
fn shared_cases_have_all_their_rows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases");
    if !folder.exists() {
        eprintln!("skipped: {} is missing", folder.display());
        return;
    }
    for (name, rows) in CASES {
        let (found, labels) = counts(&inspect(&folder.join(name), &[]).success());
        assert_eq!(found, rows, "{name}");
        let damaged = |label: &(String, u64)| label.0.contains(['\0', '\u{fffd}']);
        assert!(!labels.iter().any(damaged), "{name}: {labels:?}");
    }
}
