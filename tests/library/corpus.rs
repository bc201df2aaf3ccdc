//! Reading corpora: every format yields the same rows, and errors name the cause, the file and the line.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use sentiment::corpus::{
    self, Corpus, CorpusError, CorpusOptions, Example, Format, MAX_ROW_BYTES, Quoting, Row,
};

const CSV: &str = "text,label\nGreat fun,positive\n\"Dull, and long\",negative\n";

fn reader(bytes: &[u8]) -> Box<Cursor<Vec<u8>>> {
    Box::new(Cursor::new(bytes.to_vec()))
}

fn skipping() -> CorpusOptions {
    CorpusOptions {
        skip_bad_rows: true,
        ..CorpusOptions::default()
    }
}

fn corpus_with(
    bytes: &[u8],
    format: Format,
    options: &CorpusOptions,
) -> Result<Corpus, CorpusError> {
    let name = Path::new("reviews");
    Corpus::collect(corpus::labelled_from_reader(
        reader(bytes),
        name,
        format,
        options,
    )?)
}

fn corpus(bytes: &[u8], format: Format) -> Result<Corpus, CorpusError> {
    corpus_with(bytes, format, &CorpusOptions::default())
}

fn pairs(corpus: &Corpus) -> Vec<(&str, &str)> {
    let examples = corpus.examples.iter();
    examples
        .map(|example| (example.text.as_str(), example.label.as_str()))
        .collect()
}

fn texts(bytes: &[u8], format: Format) -> Vec<Row> {
    let options = CorpusOptions::default();
    corpus::texts_from_reader(reader(bytes), Path::new("reviews"), format, &options)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

#[track_caller]
fn assert_error(bytes: &[u8], format: Format, message: &str) {
    let error = corpus(bytes, format).unwrap_err();
    assert_eq!(error.to_string(), message);
}

/// Writes files into a new temporary folder.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn read(path: PathBuf) -> Result<Corpus, CorpusError> {
    corpus::read_labelled(&path, &CorpusOptions::default())
}

/// Returns an error message without the path of the temporary folder.
fn message_in(folder: &tempfile::TempDir, name: &str) -> String {
    let error = read(folder.path().join(name)).unwrap_err().to_string();
    error.replace(&format!("{}/", folder.path().display()), "")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

// Valid corpora.

#[test]
fn every_format_and_compression_gives_the_same_examples() {
    let tsv = b"label\tid\ttext\npositive\t1\tGreat fun\nnegative\t2\tDull, and long\n";
    let jsonl = br#"{"text":"Great fun","label":"positive"}
{"id":[1,{"a":null}],"label":"negative","text":"Dull, and long"}
"#;
    let fast_text = b"__label__positive Great fun\n__label__negative Dull, and long\n";
    let folder = folder(&[
        ("a.csv", CSV.as_bytes()),
        ("a.csv.gz", &gzip(CSV.as_bytes())),
        ("a.csv.zst", &zstd::encode_all(CSV.as_bytes(), 1).unwrap()),
        ("a.tsv", tsv),
        ("a.jsonl", jsonl),
        ("a.ft", fast_text),
        ("reviews/positive/1.txt", b"Great fun\n"),
        ("reviews/negative/1.txt", b"Dull, and long\r\n"),
    ]);
    let first = read(folder.path().join("a.csv")).unwrap();
    assert_eq!(
        pairs(&first),
        [("Great fun", "positive"), ("Dull, and long", "negative")]
    );
    assert_eq!(first.labels, ["negative", "positive"]);
    for name in ["a.csv.gz", "a.csv.zst", "a.tsv", "a.jsonl", "a.ft"] {
        let other = read(folder.path().join(name)).unwrap();
        assert_eq!(other.examples, first.examples, "{name}");
        assert_eq!(other.digest(), first.digest(), "{name}");
    }
    let by_folder = read(folder.path().join("reviews")).unwrap();
    assert_eq!(
        pairs(&by_folder),
        [("Dull, and long", "negative"), ("Great fun", "positive")]
    );
    assert_ne!(by_folder.digest(), first.digest());
}

#[test]
fn the_digest_hashes_lengths_texts_and_labels() {
    // python3: h = hashlib.sha256()
    // for s in (b"a", b"x", b"b", b"y"): h.update(len(s).to_bytes(8, "little") + s)
    let corpus = corpus(b"text,label\na,x\nb,y\n", Format::Csv).unwrap();
    assert_eq!(
        corpus.digest(),
        "45e7e7b0176844e5983b149980a409f6de3fb70fb4363d384711465c7b02c191"
    );
}

#[test]
fn byte_order_mark_carriage_returns_and_blank_lines_are_ignored() {
    for (format, bytes) in [
        (Format::Csv, "\u{feff}text,label\r\n\r\na,x\r\n\r\nb,y"),
        (Format::Tsv, "\u{feff}text\tlabel\r\na\tx\r\nb\ty\r\n"),
        (
            Format::Json,
            "\u{feff}{\"text\":\"a\",\"label\":\"x\"}\r\n\r\n{\"text\":\"b\",\"label\":\"y\"}",
        ),
        (
            Format::FastText,
            "\u{feff}__label__x a\r\n\r\n__label__y b\r\n",
        ),
    ] {
        let corpus = corpus(bytes.as_bytes(), format).unwrap();
        assert_eq!(pairs(&corpus), [("a", "x"), ("b", "y")], "{format}");
    }
}

#[test]
fn quoted_fields_may_hold_line_breaks_quotes_and_delimiters() {
    let corpus = corpus(
        b"text,label\n\"one\ntwo, \"\"three\"\"\",x\n four ,  y \n",
        Format::Csv,
    )
    .unwrap();
    assert_eq!(
        pairs(&corpus),
        [("one\ntwo, \"three\"", "x"), (" four ", "y")]
    );
}

#[test]
fn json_labels_may_be_numbers_and_booleans() {
    let numbers = br#"{"text":"a","label":0}
{"text":"b","label":-1}
{"text":"c","label":4.5}
{"text":"d","label":true}"#;
    let corpus = corpus(numbers, Format::Json).unwrap();
    assert_eq!(corpus.labels, ["-1", "0", "4.5", "true"]);
}

#[test]
fn columns_may_have_other_names() {
    let options = CorpusOptions {
        text_column: Some("review".to_owned()),
        label_column: Some("stars".to_owned()),
        ..CorpusOptions::default()
    };
    let csv = b"stars,text,review\n5,no,good\n1,no,bad\n";
    let json = b"{\"stars\":5,\"text\":0,\"review\":\"good\"}\n{\"stars\":1,\"review\":\"bad\"}";
    for (bytes, format) in [(&csv[..], Format::Csv), (&json[..], Format::Json)] {
        let corpus = corpus_with(bytes, format, &options).unwrap();
        assert_eq!(pairs(&corpus), [("good", "5"), ("bad", "1")]);
    }
}

#[test]
fn a_folder_corpus_is_its_sorted_training_half_without_unlabelled_texts() {
    let folder = folder(&[
        ("train/pos/2.txt", b"p2"),
        ("train/pos/10.txt", b"p10"),
        ("train/pos/notes.md", b"no"),
        ("train/neg/1.txt.gz", &gzip(b"\xef\xbb\xbfn1\n")),
        ("train/unsup/1.txt", b"no"),
        ("train/.cache/1.txt", b"no"),
        ("train/urls.txt", b"no"),
        ("test/neg/1.txt", b"t1"),
        ("test/pos/1.txt", b"t2"),
    ]);
    let train = read(folder.path().to_owned()).unwrap();
    assert_eq!(
        pairs(&train),
        [("n1", "neg"), ("p10", "pos"), ("p2", "pos")]
    );
    let test = read(folder.path().join("test")).unwrap();
    assert_eq!(pairs(&test), [("t1", "neg"), ("t2", "pos")]);
    let options = CorpusOptions::default();
    let mut rows = corpus::open_texts(folder.path(), &options).unwrap();
    let location = rows.next().unwrap().unwrap().location;
    let expected = folder.path().join("train/neg/1.txt.gz");
    assert_eq!(location.to_string(), expected.display().to_string());
}

// Texts without labels.

#[test]
fn texts_need_no_label() {
    for (format, bytes) in [
        (Format::Lines, "one\n\ntwo\r\n"),
        (Format::Csv, "text\none\n\"\"\ntwo\n"),
        (Format::Csv, "label,text\n,one\n, \n,two"),
        (
            Format::Json,
            "{\"text\":\"one\"}\n{\"text\":\"\",\"label\":null}\n{\"text\":\"two\",\"label\":\"\"}",
        ),
    ] {
        let rows = texts(bytes.as_bytes(), format);
        let words: Vec<&str> = rows.iter().map(|row| row.text.trim()).collect();
        assert_eq!(words, ["one", "", "two"], "{bytes}");
        assert!(rows.iter().all(|row| row.label.is_none()), "{bytes}");
    }
}

#[test]
fn unlabelled_reading_keeps_existing_labels() {
    let rows = texts(b"__label__x one\ntwo\n", Format::FastText);
    let labels: Vec<Option<&str>> = rows.iter().map(|row| row.label.as_deref()).collect();
    assert_eq!(labels, [Some("x"), None]);
}

#[test]
fn rows_have_the_line_number_of_their_start() {
    let bytes = b"text,label\r\n\r\n\"a\nb\",x\r\n\n\nc,y\nd,z";
    let lines: Vec<_> = texts(bytes, Format::Csv)
        .iter()
        .map(|row| row.location.position)
        .collect();
    assert_eq!(lines, [3, 7, 8].map(sentiment::corpus::RowPosition::Line));
    let rows = texts(b"a\n\nb", Format::Lines);
    assert_eq!(rows[2].location.to_string(), "reviews:3");
}

// Invalid rows.

#[test]
fn an_unknown_column_error_lists_the_columns() {
    assert_error(
        b"opinion,points\ngood,5\n",
        Format::Csv,
        r#"reviews:1: no column "text"; the columns are "opinion", "points""#,
    );
    assert_error(
        b"\n\ntext,\x1b[31mstars\ngood,5\n",
        Format::Csv,
        r#"reviews:3: no column "label"; the columns are "text", "\u{1b}[31mstars""#,
    );
    let wide: String = (0..12).map(|column| format!("c{column},")).collect();
    let error = corpus(wide.as_bytes(), Format::Csv).unwrap_err();
    assert!(error.to_string().ends_with(r#""c9", 3 more"#), "{error}");
}

#[test]
fn too_many_columns_are_an_error() {
    let header = format!("text,label{}", ",x".repeat(1 << 17));
    assert_error(
        header.as_bytes(),
        Format::Csv,
        "reviews:1: the table has 131074 columns; the limit is 65536",
    );
}

#[test]
fn an_empty_or_missing_label_is_an_error() {
    let csv = b"text,label\ngood,x\n\"two\nlines\",x\nbad,  \n";
    assert_error(csv, Format::Csv, "reviews:5: the label is empty");
    for (format, bytes) in [
        (
            Format::Json,
            "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"b\"}",
        ),
        (
            Format::Json,
            "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"b\",\"label\":null}",
        ),
        (Format::FastText, "__label__x a\nb"),
    ] {
        assert_error(bytes.as_bytes(), format, "reviews:2: the label is missing");
    }
    let bare = b"__label__x a\n__label__ b";
    assert_error(bare, Format::FastText, "reviews:2: the label is empty");
}

#[test]
fn a_wrong_number_of_fields_is_an_error() {
    assert_error(
        b"text,label\ngood, really,x\n",
        Format::Csv,
        "reviews:2: expected 2 fields as in the header, found 3",
    );
    assert_error(
        b"text\tlabel\ngood\tx\nbad\n",
        Format::Tsv,
        "reviews:3: expected 2 fields as in the header, found 1",
    );
}

#[test]
fn invalid_utf8_is_read_in_its_encoding_or_an_error() {
    for (format, bytes) in [
        (Format::Csv, &b"text,label\ncaf\xe9,x\n"[..]),
        (Format::Csv, b"text,label\nok,caf\xe9\n"),
        (Format::Json, b"\n{\"text\":\"caf\xe9\",\"label\":1}"),
        (Format::FastText, b"__label__x a\n__label__y caf\xe9"),
    ] {
        let options = CorpusOptions {
            encoding: Some("utf-8".parse().unwrap()),
            ..CorpusOptions::default()
        };
        let error = corpus_with(bytes, format, &options).unwrap_err();
        assert_eq!(error.to_string(), "reviews:2: the row is not valid UTF-8");
        let rows = texts(bytes, format);
        let row = rows.last().unwrap();
        let read = [row.text.as_str(), row.label.as_deref().unwrap_or_default()];
        assert!(read.contains(&"café"), "{read:?}");
    }
    let folder = folder(&[("neg/1.txt", b"a"), ("pos/1.txt", b"caf\xe9")]);
    let corpus = read(folder.path().to_owned()).unwrap();
    assert_eq!(pairs(&corpus), [("a", "neg"), ("café", "pos")]);
}

#[test]
fn a_json_error_has_a_reason_and_a_column() {
    for (line, why) in [
        (
            "{\"text\":\"a\"",
            "invalid JSON: EOF while parsing an object at column 11",
        ),
        (
            "{\"text\":\"a\"} x",
            "invalid JSON: trailing characters at column 14",
        ),
        (
            "[1]",
            "invalid JSON: invalid type: sequence, expected an object at column 0",
        ),
        ("{\"label\":1}", "the field \"text\" is missing"),
        (
            "{\"text\":[],\"label\":1}",
            "the field \"text\" is not a string",
        ),
        (
            "{\"text\":\"a\",\"label\":{\"b\":1}}",
            "the field \"label\" is not a string, number or boolean",
        ),
    ] {
        let bytes = format!("{{\"text\":\"a\",\"label\":0}}\n{line}\n");
        let message = format!("reviews:2: {why}");
        assert_error(bytes.as_bytes(), Format::Json, &message);
    }
    let long = format!("\"{}\"", "a".repeat(100_000));
    let error = corpus(long.as_bytes(), Format::Json).unwrap_err();
    assert!(error.to_string().len() < 200);
}

#[test]
fn a_fast_text_row_has_one_label() {
    assert_error(
        b"__label__x __label__y both",
        Format::FastText,
        "reviews:1: the label \"[\\\"x\\\",\\\"y\\\"]\" is a list; a text has one label",
    );
}

#[test]
fn an_oversized_row_is_an_error_and_the_next_row_is_read() {
    let long = "a".repeat(MAX_ROW_BYTES + 1);
    let csv = format!("text,label\na,x\n{long},x\n\"{long}\",x\nb,y\n");
    assert_error(
        csv.as_bytes(),
        Format::Csv,
        "reviews:3: the row is longer than 16 MiB",
    );
    let skipped = corpus_with(csv.as_bytes(), Format::Csv, &skipping()).unwrap();
    assert_eq!(pairs(&skipped), [("a", "x"), ("b", "y")]);
    assert_eq!(skipped.skipped.rows, 2);

    let lines = format!("__label__x a\n__label__x {long}\n__label__y b\n");
    assert_error(
        lines.as_bytes(),
        Format::FastText,
        "reviews:2: the row is longer than 16 MiB",
    );
    let skipped = corpus_with(lines.as_bytes(), Format::FastText, &skipping()).unwrap();
    assert_eq!(pairs(&skipped), [("a", "x"), ("b", "y")]);
}

#[test]
fn a_row_of_maximum_length_is_read() {
    let longest = "a".repeat(MAX_ROW_BYTES);
    for bytes in [
        longest.clone(),
        format!("{longest}\n"),
        format!("{longest}\r\nb"),
    ] {
        let rows = texts(bytes.as_bytes(), Format::Lines);
        assert_eq!(rows[0].text.len(), MAX_ROW_BYTES);
    }
}

#[test]
fn skipped_rows_are_counted_with_the_first_reason() {
    let csv = b"text,label\na,x\nb\nc,\nd,nan\ne,y,z\nf,y\n";
    let corpus = corpus_with(csv, Format::Csv, &skipping()).unwrap();
    assert_eq!(pairs(&corpus), [("a", "x"), ("f", "y")]);
    assert_eq!(corpus.skipped.rows, 4);
    let reason = corpus.skipped.first_reasons.first().map(String::as_str);
    assert_eq!(
        reason,
        Some("reviews:3: expected 2 fields as in the header, found 1")
    );
}

// Errors that skipping bad rows does not avoid.

#[test]
fn an_empty_corpus_is_an_error() {
    for (format, bytes) in [
        (Format::Csv, ""),
        (Format::Csv, "\u{feff}\n\n"),
        (Format::Csv, "text,label\n"),
        (Format::Json, ""),
        (Format::FastText, "\n"),
    ] {
        assert_error(bytes.as_bytes(), format, "reviews: the corpus is empty");
    }
    let error = corpus_with(b"text,label\na,\n", Format::Csv, &skipping()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "reviews: the corpus is empty (bad rows skipped: 1 of 1, first: reviews:2: the label is empty)"
    );
}

#[test]
fn one_class_is_an_error() {
    assert_error(
        b"text,label\na,x\nb, x\n",
        Format::Csv,
        "reviews: every row has the label \"x\"; a classifier needs two or more",
    );
}

#[test]
fn an_unclosed_quote_is_text_or_an_error_even_when_skipping() {
    let csv = format!("text,label\na,x\n\"b,y\n{}", "c,x\n".repeat(10));
    let message = "reviews:3: a quote opened in this row is never closed";
    let standard = CorpusOptions {
        quoting: Some(Quoting::Standard),
        ..skipping()
    };
    let error = corpus_with(csv.as_bytes(), Format::Csv, &standard).unwrap_err();
    assert_eq!(error.to_string(), message);
    let huge = format!("text,label\na,x\n\"b,y\n{}", "c,x\n".repeat(5_000_000));
    let error = corpus_with(huge.as_bytes(), Format::Csv, &standard).unwrap_err();
    assert_eq!(error.to_string(), message);
    // By default, such a quote is text.
    let corpus = corpus(csv.as_bytes(), Format::Csv).unwrap();
    assert_eq!(corpus.examples.len(), 12);
    assert_eq!(pairs(&corpus)[1], ("\"b", "y"));
}

#[test]
fn a_truncated_file_error_names_the_last_row() {
    let mut csv = b"text,label\n".to_vec();
    for row in 0..20_000 {
        writeln!(csv, "text {} {row},{}", row * 7919 % 10_007, row % 2).unwrap();
    }
    let (gzip, zstd) = (gzip(&csv), zstd::encode_all(csv.as_slice(), 1).unwrap());
    let folder = folder(&[
        ("a.csv.gz", &gzip[..gzip.len() / 2]),
        ("a.csv.zst", &zstd[..zstd.len() / 2]),
        ("no-end.csv.gz", &gzip[..gzip.len() - 4]),
    ]);
    for name in ["a.csv.gz", "a.csv.zst", "no-end.csv.gz"] {
        let options = skipping();
        let mut examples = corpus::open_labelled(&folder.path().join(name), &options).unwrap();
        let read = examples.by_ref().take_while(Result::is_ok).count();
        assert!(read > 0 || name == "a.csv.zst", "{name}");
        let message = message_in(&folder, name);
        let line = read + 2;
        assert_eq!(
            message,
            format!("{name}:{line}: the compressed file is truncated")
        );
    }
}

#[test]
fn corrupt_compressed_data_is_an_error() {
    let mut bytes = gzip(CSV.as_bytes());
    let checksum = bytes.len() - 8;
    bytes[checksum] ^= 1;
    let folder = folder(&[("a.csv.gz", &bytes)]);
    let message = message_in(&folder, "a.csv.gz");
    assert!(message.starts_with("a.csv.gz:"), "{message}");
    assert!(message.contains(": could not read the file: "), "{message}");
}

#[test]
fn an_open_error_has_a_reason() {
    let folder = folder(&[("notes.txt", b"a"), ("data.bin", b"a"), ("empty/x", b"")]);
    assert_eq!(
        message_in(&folder, "missing.csv"),
        "could not open missing.csv: No such file or directory (os error 2)"
    );
    assert_eq!(
        message_in(&folder, "missing"),
        "could not open missing: No such file or directory (os error 2)"
    );
    assert_eq!(
        message_in(&folder, "data.bin"),
        "data.bin: unknown file extension for a corpus; the formats are csv, tsv, json, fasttext, folder, lines, parquet, arrow, xlsx"
    );
    assert_eq!(
        message_in(&folder, "notes.txt"),
        "notes.txt: the corpus format lines has no labels"
    );
    assert_eq!(
        message_in(&folder, "empty"),
        "empty: no label folder with .txt files"
    );
    assert_error(
        b"",
        Format::Folder,
        "reviews: a stream cannot be read as a folder",
    );
}

#[test]
fn a_corpus_of_texts_in_memory_keeps_its_labels() {
    let corpus = |labels: &[&str]| {
        let examples = labels.iter().map(|&label| Example {
            text: "a text".into(),
            label: label.into(),
        });
        Corpus::from_examples(examples.collect(), "the texts", false)
    };
    assert_eq!(corpus(&["10", "9"]).unwrap().labels, ["9", "10"]);
    // Spellings that a file's reader folds stay apart.
    assert_eq!(corpus(&["a", "B", "A"]).unwrap().labels, ["A", "B", "a"]);
    let message = |labels| corpus(labels).unwrap_err().to_string();
    assert_eq!(message(&[]), "the texts: the corpus is empty");
    assert_eq!(
        message(&["a", "a"]),
        "the texts: every row has the label \"a\"; a classifier needs two or more"
    );
}

#[test]
fn a_stream_ends_after_its_first_error() {
    let options = CorpusOptions::default();
    let bytes = b"text,label\na,\nb,y\n";
    let name = Path::new("reviews");
    let mut examples =
        corpus::labelled_from_reader(reader(bytes), name, Format::Csv, &options).unwrap();
    assert!(examples.next().unwrap().is_err());
    assert!(examples.next().is_none());
}

proptest! {
    #[test]
    fn any_bytes_give_rows_or_an_error_in_every_format(
        bytes in prop::collection::vec(
            prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), Just(b'\r'), Just(b'{'), any::<u8>()],
            0..300,
        ),
        skip_bad_rows: bool,
    ) {
        let options = CorpusOptions { skip_bad_rows, ..CorpusOptions::default() };
        let bytes = [b"text,label\n", bytes.as_slice()].concat();
        for format in Format::ALL {
            // Errors are fine; panics and endless loops are not.
            let name = Path::new("reviews");
            if let Ok(rows) = corpus::texts_from_reader(reader(&bytes), name, format, &options) {
                prop_assert!(rows.count() <= bytes.len());
            }
        }
    }

    #[test]
    fn csv_reads_what_the_csv_crate_writes(
        // `nan` and `null` mean that there is no label.
        rows in prop::collection::vec(("\\PC*|[\"\r\n,a]{0,6}", "[a-m]{1,5}"), 1..20),
    ) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["text", "label"]).unwrap();
        for (text, label) in &rows {
            writer.write_record([text, label]).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let read: Vec<(String, String)> = texts(&bytes, Format::Csv)
            .into_iter()
            .map(|row| (row.text, row.label.unwrap()))
            .collect();
        prop_assert_eq!(read, rows);
    }
}
