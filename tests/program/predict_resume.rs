//! `sentiment predict`: interrupted output files.

#![cfg(unix)]

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::common::{names, sentiment, train_args, trained};
use assert_cmd::assert::Assert;
use predicates::str::contains;
use sentiment::corpus::{Cell, ParquetTable};

/// Starts `predict` on standard input and waits until it has written something to a file in `folder`.
fn start(
    folder: &Path,
    model: &Path,
    rows: usize,
    output: &[&str],
    is_written: impl Fn(u64) -> bool,
) -> Child {
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("sentiment"))
        .args([
            "predict",
            "--input",
            "-",
            "--corpus-format",
            "lines",
            "--model",
        ])
        .arg(model)
        .current_dir(folder)
        .arg("--output")
        .args(output)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let input = "a great book\n".repeat(rows);
    child
        .stdin
        .as_mut()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let begin = Instant::now();
    let size = || {
        let entries = fs::read_dir(folder).unwrap();
        let files = entries.map(|entry| entry.unwrap()).filter(|entry| {
            let name = entry.file_name().into_string().unwrap();
            name.starts_with(".sentiment-") || name.ends_with(".partial")
        });
        files
            .map(|file| file.metadata().map_or(0, |data| data.len()))
            .max()
    };
    while !size().is_some_and(&is_written) {
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "nothing was written"
        );
        thread::sleep(Duration::from_millis(20));
    }
    child
}

fn terminate(mut child: Child) -> String {
    let pid = child.id().to_string();
    Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    // The program may wait for the next row when it has seen the signal.
    thread::sleep(Duration::from_millis(500));
    drop(child.stdin.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let mut message = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut message)
        .unwrap();
    message
}

#[test]
fn an_interrupted_output_is_resumed() {
    let (folder, model) = trained();
    let folder = folder.path();
    let child = start(folder, &model, 100, &["out.csv"], |bytes| bytes > 1000);
    let message = terminate(child);
    assert!(message.contains("interrupted; "), "{message}");
    assert!(message.contains("--resume"), "{message}");
    assert!(!folder.join("out.csv").exists());

    // A cut last row is written again.
    let partial = folder.join("out.csv.partial");
    let written = fs::read(&partial).unwrap();
    fs::write(&partial, &written[..written.len() - 7]).unwrap();
    let lines = "a great book\n".repeat(100) + "a boring film\n";
    let predict = |more: &[&str]| {
        let mut command = sentiment();
        command.args([
            "predict",
            "--input",
            "-",
            "--corpus-format",
            "lines",
            "--model",
        ]);
        command.arg(&model).args(more).write_stdin(lines.clone());
        command.assert().success()
    };
    let output = folder.join("out.csv").display().to_string();
    predict(&["--output", &output, "--resume"]).stderr(contains("resuming after 99 rows"));
    assert!(!partial.exists() && !record_of(&partial).exists());
    let resumed = fs::read_to_string(&output).unwrap();
    predict(&["--output", &output]);
    assert_eq!(resumed, fs::read_to_string(&output).unwrap());
}

/// Returns the path of the record of an unfinished output.
fn record_of(partial: &Path) -> PathBuf {
    format!("{}.json", partial.display()).into()
}

/// Classifies a file in `folder` to `output`.
fn predict(folder: &Path, model: &Path, output: &str, input: &str, flags: &[&str]) -> Assert {
    let mut command = sentiment();
    command.current_dir(folder).arg("predict").args(flags);
    command.args(["--output", output, "--model"]).arg(model);
    command.args(["--input", input]).assert()
}

/// Leaves an unfinished output with all rows of a file: the next file cannot be read. Returns the record.
fn leave_unfinished(
    folder: &Path,
    model: &Path,
    output: &str,
    input: &str,
    flags: &[&str],
) -> Vec<u8> {
    fs::write(folder.join("unreadable.csv"), "a,b\n1,2\n").unwrap();
    let flags = [flags, &["--input", "unreadable.csv"]].concat();
    let mut command = sentiment();
    command
        .current_dir(folder)
        .arg("predict")
        .args(["--input", input]);
    command.args(flags).args(["--output", output, "--model"]);
    command.arg(model).assert().code(1);
    fs::read(folder.join(format!("{output}.partial.json"))).unwrap()
}

/// Returns the cells of a Parquet file.
fn cells(path: &Path) -> Vec<Vec<Cell>> {
    let table = ParquetTable::open(path).unwrap();
    let columns: Vec<usize> = (0..table.columns().len()).collect();
    let rows = table.rows(&columns).unwrap();
    rows.map(|row| row.unwrap().cells.unwrap()).collect()
}

#[test]
fn bad_rows_before_an_interruption_count() {
    let (folder, model) = trained();
    let folder = folder.path();
    fs::write(folder.join("bad.jsonl"), "{\"body\":\"a\"}\n".repeat(2)).unwrap();
    let flags = ["--text-column", "text"];
    leave_unfinished(folder, &model, "out.csv", "bad.jsonl", &flags);
    let flags = ["--text-column", "text", "--resume"];
    predict(folder, &model, "out.csv", "bad.jsonl", &flags)
        .code(1)
        .stderr(contains("resuming after 2 rows"))
        .stderr(contains(
            "no row could be read; the first of 2: bad.jsonl:1",
        ));
    assert!(!folder.join("out.csv").exists());
}

#[test]
fn an_interrupted_parquet_output_is_resumed() {
    let (folder, model) = trained();
    let folder = folder.path();
    let lines = "a great book\n".repeat(3000) + "A boring film. It is awful.\n";
    for flags in [&[][..], &["--sentences"]] {
        let predict = |more: &[&str]| {
            let mut command = sentiment();
            command
                .current_dir(folder)
                .args(["predict", "--input", "-"]);
            command.args(["--corpus-format", "lines", "--output", "out.parquet"]);
            command.args(flags).args(more).arg("--model").arg(&model);
            let assert = command.write_stdin(lines.clone()).assert().success();
            let messages = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
            (messages, cells(&folder.join("out.parquet")))
        };
        let (_, whole) = predict(&[]);
        fs::remove_file(folder.join("out.parquet")).unwrap();
        let output = [&["out.parquet"], flags].concat();
        // The schema has fewer bytes, a batch has more.
        let is_written = |bytes| bytes > 16 << 10;
        terminate(start(folder, &model, 3000, &output, is_written));
        assert!(!folder.join("out.parquet").exists());

        let partial = folder.join("out.parquet.partial");
        let written = fs::read(&partial).unwrap();
        let record_path = record_of(&partial);
        let record = fs::read(&record_path).unwrap();
        for length in [written.len(), written.len() - 7, 9] {
            fs::write(&partial, &written[..length]).unwrap();
            fs::write(&record_path, &record).unwrap();
            let (messages, resumed) = predict(&["--resume"]);
            let is_first = messages.contains("there are no rows in out.parquet.partial");
            assert_eq!(is_first, length == 9, "{messages}");
            assert!(resumed == whole, "{flags:?} cut after {length}");
            assert!(!partial.exists());
        }
        fs::write(&partial, &written).unwrap();
        fs::write(&record_path, &record).unwrap();
        let mut command = sentiment();
        command.current_dir(folder).args(["predict", "a text"]);
        command.args(["--output", "out.parquet", "--resume", "--only-predictions"]);
        let assert = command.arg("--model").arg(&model).assert().failure();
        assert.stderr(contains("partial was written with other columns"));
        assert!(fs::read(&partial).unwrap() == written);
        fs::remove_file(&partial).unwrap();
    }
}

#[test]
fn a_signal_removes_the_temporary_file() {
    let (folder, model) = trained();
    let folder = folder.path();
    let before = names(folder);
    let output = ["out.txt", "--format", "text"];
    let child = start(folder, &model, 100, &output, |_| true);
    terminate(child);
    assert_eq!(names(folder), before);
}

#[test]
fn an_output_cut_anywhere_is_resumed() {
    let (folder, model) = trained();
    let folder = folder.path();
    let rows = "1,\"A great book. It is boring. Great!\"\n2\n3,\"Boring.\n\nA great, great film\"\n4,A boring film. Awful.\n";
    fs::write(folder.join("in.csv"), format!("id,text\n{rows}")).unwrap();
    let variants: [(&str, &[&str]); 6] = [
        ("out.csv", &[]),
        ("out.csv", &["--skip-bad-rows"]),
        ("out.csv", &["--sentences"]),
        ("out.tsv", &["--sentences", "--skip-bad-rows"]),
        ("out.jsonl", &["--sentences"]),
        ("out.jsonl", &["--skip-bad-rows", "--row-numbers"]),
    ];
    for (output, flags) in variants {
        let partial = folder.join(format!("{output}.partial"));
        let record = leave_unfinished(folder, &model, output, "in.csv", flags);
        let whole = fs::read(&partial).unwrap();
        for part in 0..=8 {
            let cut = whole.len() * part / 8;
            fs::write(&partial, &whole[..cut]).unwrap();
            fs::write(record_of(&partial), &record).unwrap();
            let flags = [flags, &["--resume"]].concat();
            predict(folder, &model, output, "in.csv", &flags).success();
            let resumed = fs::read(folder.join(output)).unwrap();
            assert!(resumed == whole, "{output} {flags:?} cut after {cut}");
        }
    }
}

#[test]
fn rows_of_other_settings_or_of_another_input_do_not_follow() {
    let (folder, model) = trained();
    let folder = folder.path();
    let rows = "1,a great book\n2,a boring film\n3,a meal\n";
    fs::write(folder.join("in.csv"), format!("id,text\n{rows}")).unwrap();
    fs::write(folder.join("other.csv"), format!("id,text\n0{rows}")).unwrap();
    fs::write(folder.join("short.csv"), "id,text\n1,a great book\n").unwrap();
    let record = leave_unfinished(folder, &model, "out.jsonl", "in.csv", &["--columns", "id"]);
    let partial = folder.join("out.jsonl.partial");
    let written = fs::read(&partial).unwrap();
    let refused = |model: &Path, input: &str, flags: &str, message: &str| {
        let flags = format!("--resume {flags}");
        let flags: Vec<&str> = flags.split_whitespace().collect();
        predict(folder, model, "out.jsonl", input, &flags)
            .code(1)
            .stderr(contains(format!("out.jsonl.partial was written {message}")))
            .stderr(contains("or this one without --resume"));
        assert!(fs::read(&partial).unwrap() == written, "{flags:?}");
        assert!(fs::read(record_of(&partial)).unwrap() == record);
    };
    let columns = "--columns id";
    for (flags, message) in [
        ("--precision f32", "with --precision int8"),
        ("--threshold 0.9", "with other thresholds"),
        ("--neutral-below 0.7", "with --neutral-below 0"),
        ("--skip-bad-rows", "without --skip-bad-rows"),
        ("--any-language", "without --any-language"),
    ] {
        refused(&model, "in.csv", &format!("{columns} {flags}"), message);
    }
    // The fields of the unfinished rows are among those of this command.
    refused(&model, "in.csv", "--columns id,text", "with other columns");
    let other = Path::new("general");
    refused(
        other,
        "in.csv",
        columns,
        "with another model, with the labels negative, positive",
    );
    refused(&model, "other.csv", columns, "from another input");
    refused(&model, "short.csv", columns, "from another input");

    fs::remove_file(record_of(&partial)).unwrap();
    let flags = ["--resume", "--columns", "id"];
    predict(folder, &model, "out.jsonl", "in.csv", &flags)
        .code(1)
        .stderr(contains("there is no valid out.jsonl.partial.json"));
    fs::write(record_of(&partial), &record).unwrap();
    predict(folder, &model, "out.jsonl", "in.csv", &flags)
        .success()
        .stderr(contains("resuming after 3 rows"));
    assert!(fs::read(folder.join("out.jsonl")).unwrap() == written);
}

#[test]
fn a_model_that_was_trained_again_is_another() {
    let (folder, model) = trained();
    let folder = folder.path();
    fs::write(folder.join("in.txt"), "a great book\na boring film\n").unwrap();
    leave_unfinished(folder, &model, "out.csv", "in.txt", &[]);
    let mut train = sentiment();
    train.current_dir(folder).args(train_args(folder));
    train.args(["--seed", "2"]).assert().success();
    predict(folder, &model, "out.csv", "in.txt", &["--resume"])
        .code(1)
        .stderr(contains("out.csv.partial was written with another model"));
}

#[test]
fn an_output_of_more_rows_is_not_resumed() {
    let (folder, model) = trained();
    let folder = folder.path();
    let write = |rows| fs::write(folder.join("in.txt"), "a great book\n".repeat(rows)).unwrap();
    write(130);
    leave_unfinished(folder, &model, "out.csv", "in.txt", &[]);
    write(120);
    predict(folder, &model, "out.csv", "in.txt", &["--resume"])
        .code(1)
        .stderr(contains(
            "the unfinished output has 130 rows, the input only 120",
        ));
}

#[test]
fn an_output_with_other_columns_is_not_resumed() {
    let (folder, model) = trained();
    let folder = folder.path();
    fs::write(folder.join("in.txt"), "a great book\na boring film\n").unwrap();
    for output in ["out.csv", "out.tsv", "out.jsonl"] {
        leave_unfinished(folder, &model, output, "in.txt", &[]);
        let partial = folder.join(format!("{output}.partial"));
        let whole = fs::read_to_string(&partial).unwrap();
        let predict = |flags: &[&str]| predict(folder, &model, output, "in.txt", flags);
        for flag in ["--sentences", "--only-predictions"] {
            predict(&["--resume", flag])
                .failure()
                .stderr(contains("partial was written with other columns"));
        }
        // Not the file that the record is about.
        fs::write(&partial, "{\"a\":1}\n").unwrap();
        predict(&["--resume"])
            .failure()
            .stderr(contains("has other columns than this command writes"));
        let rows = whole.split_inclusive('\n');
        let cut = if output == "out.jsonl" { 1 } else { 2 };
        fs::write(&partial, rows.take(cut).collect::<String>()).unwrap();
        predict(&["--resume"]).success();
        assert_eq!(fs::read_to_string(folder.join(output)).unwrap(), whole);
    }
}

#[test]
fn a_complete_output_is_written_again() {
    let (folder, model) = trained();
    let folder = folder.path();
    fs::write(folder.join("in.txt"), "a great book\n").unwrap();
    fs::write(folder.join("out.csv"), "of another input").unwrap();
    predict(folder, &model, "out.csv", "in.txt", &["--resume"])
        .success()
        .stderr(contains("there are no rows in out.csv.partial: starting at the first row, and out.csv is replaced"));
    let written = fs::read_to_string(folder.join("out.csv")).unwrap();
    assert!(written.contains("a great book"), "{written}");
    assert!(!folder.join("out.csv.partial.json").exists());
}

#[test]
fn a_replaced_partial_output_is_noted() {
    let (folder, model) = trained();
    let folder = folder.path();
    fs::write(folder.join("in.txt"), "a great book\n").unwrap();
    let predict = |flags: &[&str], note: &'static str| {
        let mut command = sentiment();
        command.current_dir(folder).arg("predict").args(flags);
        command.args(["--input", "in.txt", "--output", "out.csv", "--model"]);
        command
            .arg(&model)
            .assert()
            .success()
            .stderr(contains(note));
    };
    predict(&["--resume"], "there are no rows in out.csv.partial");
    fs::write(folder.join("out.csv.partial"), "text\n").unwrap();
    predict(&[], "replacing the unfinished out.csv.partial");
}
