//! Tables that `sentiment predict` writes: kept columns, formats, bad rows, row numbers and sentences.

#[cfg(feature = "arrow")]
use std::fs::File;
use std::path::Path;
#[cfg(feature = "arrow")]
use std::sync::Arc;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, ends_with};
use serde_json::Value;

use super::formats::file;
use crate::common::sentiment;

/// Rows with columns around the text, of which the second has a field too few.
const WITH_BAD_ROW: &str = "id,text,when\n7,a great book,2020\n8,bad\n9,an awful meal,2021\n";

/// The columns that the built-in model adds.
const ADDED: &str = "predicted,score,probability_negative,probability_neutral,probability_positive,reason,known,unread_tokens";

/// Runs `predict` on a file and returns its output.
#[track_caller]
fn predict(input: &Path, arguments: &str) -> String {
    let output = sentiment()
        .args(["predict", "--input"])
        .arg(input)
        .args(arguments.split_whitespace())
        .assert()
        .success();
    String::from_utf8(output.get_output().stdout.clone()).unwrap()
}

/// Parses a CSV file with its header.
fn rows(csv: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(csv.as_bytes());
    let rows = reader.records().map(Result::unwrap);
    rows.map(|row| row.iter().map(str::to_owned).collect())
        .collect()
}

#[test]
fn the_columns_of_the_input_are_kept_in_order() {
    let (_folder, path) = file(
        "a.csv",
        "id,text,when\n7,a great book,\"2020, May\"\n9,an awful meal,\n",
    );
    let output = rows(&predict(&path, "--format csv"));
    assert_eq!(output[0].join(","), format!("id,text,when,{ADDED}"));
    assert_eq!(
        output[1][..4],
        ["7", "a great book", "2020, May", "positive"]
    );
    assert_eq!(output[2][..4], ["9", "an awful meal", "", "negative"]);
    for row in &output[1..] {
        let probability = |column: usize| row[column].parse::<f64>().unwrap();
        let [negative, neutral, positive] = [5, 6, 7].map(probability);
        assert!((negative + neutral + positive - 1.0).abs() < 1e-9);
        assert_eq!(probability(4), negative.max(neutral).max(positive));
        assert_eq!(row[8..], ["", "1.0", "0"]);
    }
    let chosen = rows(&predict(&path, "--format csv --columns when,id"));
    assert_eq!(chosen[0].join(","), format!("when,id,{ADDED}"));
    assert_eq!(chosen[1][..3], ["2020, May", "7", "positive"]);
    let none = rows(&predict(&path, "--format csv --only-predictions"));
    assert_eq!(none[0].join(","), ADDED);
    sentiment()
        .args(["predict", "--format", "csv", "--columns", "nope", "--input"])
        .arg(&path)
        .assert()
        .code(1)
        .stderr(contains(
            "no column \"nope\"; the columns are \"id\", \"text\", \"when\"\nhint: name columns of the input in --columns",
        ));
}

#[test]
fn a_column_of_the_input_keeps_its_name() {
    let (_folder, path) = file("a.csv", "text,predicted\na great book,x\n");
    let output = rows(&predict(&path, "--format csv"));
    assert_eq!(output[0][..3], ["text", "predicted", "predicted_2"]);
    assert_eq!(output[1][1..3], ["x", "positive"]);
    let (_folder, path) = file("a.tsv", "text\ttext\na great book\tsecond\n");
    let output = rows(&predict(&path, "--format csv"));
    assert_eq!(output[0][..2], ["text", "text_2"]);
    assert_eq!(output[1][..2], ["a great book", "second"]);
}

#[test]
fn json_objects_get_no_field_of_the_input_that_they_lack() {
    let (_folder, path) = file("a.jsonl", "{\"text\":\"a great book\",\"id\":7}\n");
    let output = rows(&predict(&path, "--format csv"));
    assert_eq!(output[0].join(","), format!("text,id,{ADDED}"));
    let json: Value = serde_json::from_str(&predict(&path, "--format jsonl")).unwrap();
    assert_eq!(json["id"], 7);
    assert!(json.get("reason").is_none());
}

#[test]
fn bad_rows_are_written_in_their_place_with_a_reason() {
    let (_folder, path) = file("a.csv", WITH_BAD_ROW);
    let reason = "expected 3 fields as in the header, found 2";
    let output = sentiment()
        .args(["predict", "--format", "csv", "--row-numbers", "--input"])
        .arg(&path)
        .assert()
        .success()
        .stderr(contains("bad rows written with a reason: 1 of 3, first: "))
        .stderr(contains(format!("a.csv:3: {reason}")));
    let output = rows(std::str::from_utf8(&output.get_output().stdout).unwrap());
    assert_eq!(output[0].join(","), format!("row,id,text,when,{ADDED}"));
    let column = |column: usize| -> Vec<&str> {
        let rows = output[1..].iter();
        rows.map(|row| row[column].as_str()).collect()
    };
    assert_eq!(column(0), ["1", "2", "3"]);
    assert_eq!(column(4), ["positive", "", "negative"]);
    assert_eq!(column(9), ["", reason, ""]);

    let lines = predict(&path, "");
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1], format!("error\t\t\t({reason})"));

    sentiment()
        .args(["predict", "--skip-bad-rows", "--input"])
        .arg(&path)
        .assert()
        .success()
        .stdout(contains(reason).not())
        .stderr(contains("bad rows skipped: 1 of 3, first: "));
}

#[test]
fn an_input_whose_rows_are_all_bad_is_an_error() {
    let (folder, path) = file("a.jsonl", "{\"body\":\"a great book\"}\n");
    let output = folder.path().join("out.csv");
    std::fs::write(&output, "earlier").unwrap();
    let to_output = ["--output", output.to_str().unwrap()];
    let flags = [&[] as &[_], &["--skip-bad-rows"], &to_output];
    let commands = ["predict", "explain"];
    for (command, flags) in commands
        .iter()
        .flat_map(|command| flags.map(|flags| (command, flags)))
    {
        sentiment()
            .args([command, "--text-column", "text", "--input"])
            .arg(&path)
            .args(flags)
            .assert()
            .code(1)
            .stderr(contains("error: no row could be read; the first of 1: "))
            .stderr(contains("a.jsonl:1: the field \"text\" is missing"))
            .stderr(contains("name it with --text-column"));
    }
    // An output of before stays, and no unfinished one beside it.
    assert_eq!(std::fs::read_to_string(output).unwrap(), "earlier");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn a_bad_row_keeps_the_cells_that_it_has() {
    let input = b"id,text,when\n7,short\n8,long,2020,more\n9,caf\xe9,2021\n10,a great book,2022\n";
    let (_folder, path) = file("a.csv", input);
    let output = rows(&predict(&path, "--format csv --encoding utf-8"));
    let kept: Vec<String> = output[1..].iter().map(|row| row[..3].join("|")).collect();
    let expected = ["7|short|", "8|long|2020", "9||2021", "10|a great book|2022"];
    assert_eq!(kept, expected);
    let output = rows(&predict(
        &path,
        "--format csv --encoding utf-8 --columns when,id",
    ));
    assert_eq!(output[2][..2], ["2020", "8"]);
    assert_eq!(output[3][..2], ["2021", "9"]);
    assert_eq!(output[3][7], "the row is not valid UTF-8");
}

#[test]
fn every_bad_json_row_has_its_reason() {
    let input = "{\"text\":\"good\"}\n{broken\n{\"id\":1}\n{\"text\":5}\n{\"text\":\"bad\"}\n";
    let (_folder, path) = file("a.jsonl", input);
    let output = predict(&path, "--format jsonl --only-predictions");
    let rows: Vec<Value> = output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let reasons: Vec<&str> = rows
        .iter()
        .map(|row| row["reason"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(reasons.len(), 5);
    assert!(reasons[1].starts_with("invalid JSON: "), "{output}");
    assert_eq!(reasons[2], "the field \"text\" is missing");
    assert_eq!(reasons[3], "the field \"text\" is not a string");
    assert_eq!([reasons[0], reasons[4]], ["", ""]);
}

#[test]
fn the_extension_of_the_output_sets_its_format() {
    let (folder, path) = file("a.csv", WITH_BAD_ROW);
    let written = |name: &str| {
        let output = folder.path().join(name);
        let argument = format!("--output {}", output.display());
        assert_eq!(predict(&path, &argument), "");
        std::fs::read_to_string(output).unwrap()
    };
    let csv = written("out.csv");
    assert_eq!(csv, predict(&path, "--format csv"));
    assert_eq!(written("out.tsv"), predict(&path, "--format tsv"));
    assert!(written("OUT.TSV").starts_with("id\ttext\twhen\tpredicted\t"));
    let json = written("out.jsonl");
    let objects: Vec<Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for (object, row) in objects.iter().zip(&rows(&csv)[1..]) {
        for (name, cell) in rows(&csv)[0].iter().zip(row) {
            let value = match &object[name] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                number => number.to_string(),
            };
            assert_eq!(value, *cell, "{name}");
        }
    }
    assert_eq!(objects.len(), 3);
    for name in ["out.txt", "out.json", "out.xlsx", "out", "out.csv.gz"] {
        sentiment()
            .args(["predict", "--input"])
            .arg(&path)
            .arg("--output")
            .arg(folder.path().join(name))
            .assert()
            .code(1)
            .stderr(contains(
                "unknown file extension for a table; the extensions are .csv, .tsv, .jsonl",
            ));
        assert!(!folder.path().join(name).exists());
    }
}

#[cfg(feature = "arrow")]
#[test]
fn a_parquet_file_is_read_back() {
    let (folder, path) = file("a.csv", WITH_BAD_ROW);
    let parquet = folder.path().join("out.parquet");
    predict(&path, &format!("--output {}", parquet.display()));
    let csv = rows(&predict(&path, "--format csv"));
    let columns = format!("id,text,when,{ADDED}");
    let read = rows(&predict(
        &parquet,
        &format!("--format csv --columns {columns}"),
    ));
    assert_eq!(read.len(), csv.len());
    for (read, written) in read.iter().zip(&csv) {
        assert_eq!(read[..written.len()], written[..]);
    }
    // A Parquet file cannot lack a header, and a label is not needed.
    let mut missing = sentiment();
    missing.args(["predict", "--text-column", "nope", "--input"]);
    missing.arg(&parquet).assert().code(1).stderr(ends_with(
        "hint: set the text column with --text-column NAME\n",
    ));
}

#[cfg(feature = "arrow")]
#[test]
fn a_parquet_text_that_is_not_utf_8_has_a_reason() {
    use arrow_array::{ArrayRef, RecordBatch, StringArray};
    use parquet::arrow::ArrowWriter;

    let texts = StringArray::from(vec!["a great book", "caf__", "an awful meal"]);
    let table = RecordBatch::try_from_iter([("text", Arc::new(texts) as ArrayRef)]).unwrap();
    let (_folder, path) = file("a.parquet", "");
    let mut writer = ArrowWriter::try_new(Vec::new(), table.schema(), None).unwrap();
    writer.write(&table).unwrap();
    let mut bytes = writer.into_inner().unwrap();
    // The writer takes UTF-8 only.
    let place = bytes.windows(5).position(|bytes| bytes == b"caf__");
    bytes[place.unwrap() + 3] = 0xe9;
    std::fs::write(&path, &bytes).unwrap();

    let csv = rows(&predict(&path, "--format csv"));
    let reason = csv[0].iter().position(|name| name == "reason").unwrap();
    let error = "the text in the column \"text\" is not valid UTF-8";
    assert_eq!(csv[2][reason], error);
    assert_eq!(csv[3][0], "an awful meal");
}

#[cfg(feature = "arrow")]
#[test]
fn dates_and_timestamps_stay_what_they_are_in_parquet_and_are_iso_8601_in_csv() {
    use arrow_array::types::{TimestampMillisecondType, TimestampNanosecondType};
    use arrow_array::{ArrayRef, Date32Array, PrimitiveArray, RecordBatch, StringArray};
    use parquet::arrow::ArrowWriter;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    let texts = StringArray::from(vec!["a great book", "an awful meal"]);
    let days = Date32Array::from(vec![Some(19_000), None]);
    let created =
        PrimitiveArray::<TimestampMillisecondType>::from(vec![Some(1_700_000_000_250), None]);
    let seen = PrimitiveArray::<TimestampNanosecondType>::from(vec![Some(5), Some(-1)]);
    let columns: [(&str, ArrayRef); 4] = [
        ("text", Arc::new(texts)),
        ("day", Arc::new(days)),
        ("created", Arc::new(created.with_timezone("UTC"))),
        ("seen", Arc::new(seen)),
    ];
    let table = RecordBatch::try_from_iter(columns).unwrap();
    let (folder, path) = file("a.parquet", "");
    let file = File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(file, table.schema(), None).unwrap();
    writer.write(&table).unwrap();
    writer.close().unwrap();

    let out = folder.path().join("out.parquet");
    predict(&path, &format!("--output {}", out.display()));
    let read = ParquetRecordBatchReaderBuilder::try_new(File::open(out).unwrap()).unwrap();
    let read = read.build().unwrap().next().unwrap().unwrap();
    for (index, column) in table.columns().iter().enumerate() {
        assert_eq!(read.column(index), column);
    }
    let csv = rows(&predict(&path, "--format csv"));
    let expected = [
        "2022-01-08",
        "2023-11-14T22:13:20.250Z",
        "1970-01-01T00:00:00.000000005",
    ];
    assert_eq!(csv[1][1..4], expected);
}

#[cfg(feature = "arrow")]
#[test]
fn json_objects_are_written_as_parquet() {
    let rows = "{\"text\":\"a great book\",\"id\":7}\n{\"text\":\"an awful meal\"}\n";
    let (folder, path) = file("a.jsonl", rows);
    let parquet = folder.path().join("out.parquet");
    predict(&path, &format!("--output {}", parquet.display()));
    let read = predict(&parquet, "--format jsonl --columns text,predicted");
    assert!(read.starts_with("{\"text\":\"a great book\",\"predicted\":\"positive\","));
    assert_eq!(read.lines().count(), 2);
}

#[test]
fn the_input_is_not_overwritten() {
    let (_folder, path) = file("a.csv", WITH_BAD_ROW);
    sentiment()
        .args(["predict", "--input"])
        .arg(&path)
        .arg("--output")
        .arg(&path)
        .assert()
        .code(1)
        .stderr(contains("a.csv would overwrite the input"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), WITH_BAD_ROW);
}

#[test]
fn a_file_name_is_not_a_text() {
    let (folder, _path) = file("my file.csv", WITH_BAD_ROW);
    sentiment()
        .current_dir(folder.path())
        .args(["predict", "my file.csv"])
        .assert()
        .code(1)
        .stderr(contains("error: \"my file.csv\" is a file, not a text"))
        .stderr(contains("hint: use --input 'my file.csv'"));
}

#[test]
fn the_name_of_a_missing_file_is_not_a_text() {
    for name in ["missing.csv", "films/missing.jsonl.gz", "MISSING.XLSX"] {
        let hint = format!("`echo {name} | sentiment predict -` classifies the name as a text");
        sentiment()
            .args(["predict", "a good film", name])
            .assert()
            .code(1)
            .stderr(contains(format!(
                "error: no file {name:?}\nhint: use --input FILE"
            )))
            .stderr(contains(hint));
        let output = sentiment()
            .args(["predict", "-"])
            .write_stdin(format!("{name}\n"))
            .assert();
        output.success().stdout(contains(format!("\t{name}\t")));
    }
    for text in [
        "I read it in data.csv",
        "data.csv is good",
        "good.film",
        "csv",
        "/",
    ] {
        sentiment().args(["predict", text]).assert().success();
    }
}

#[test]
fn sentences_have_their_row_and_their_position_in_characters() {
    let texts = "Café was great. The food was awful!\n\nOne more.\n";
    let (_folder, path) = file("a.txt", texts);
    let output = rows(&predict(&path, "--sentences --format csv"));
    let header = "row,text,sentence,sentence_start,sentence_end,predicted";
    assert_eq!(output[0][..6].join(","), header);
    let found: Vec<(&str, &str, &str)> = output[1..]
        .iter()
        .map(|row| (row[0].as_str(), row[2].as_str(), row[5].as_str()))
        .collect();
    assert_eq!(found[0], ("1", "Café was great.", "positive"));
    assert_eq!(found[1], ("1", "The food was awful!", "negative"));
    assert_eq!((found[2].0, found[2].1), ("2", ""));
    assert_eq!((found[3].0, found[3].1), ("3", "One more."));
    for row in &output[1..] {
        let position = |column: usize| row[column].parse::<usize>().unwrap();
        let sentence = row[1].chars().skip(position(3));
        let sentence: String = sentence.take(position(4) - position(3)).collect();
        assert_eq!(sentence, row[2]);
    }
}

#[test]
fn texts_that_are_longer_than_the_model_reads_are_counted() {
    let (_folder, path) = file("a.txt", "good ".repeat(3000) + "\nbad\n");
    let output = sentiment()
        .args([
            "predict",
            "--format",
            "jsonl",
            "--only-predictions",
            "--input",
        ])
        .arg(&path)
        .assert()
        .success()
        .stderr(contains(
            "texts longer than the model reads, of which the end was read: 1",
        ));
    let output = std::str::from_utf8(&output.get_output().stdout).unwrap();
    let unread: Vec<bool> = output
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["unread_tokens"] != 0)
        .collect();
    assert_eq!(unread, [true, false]);
}
