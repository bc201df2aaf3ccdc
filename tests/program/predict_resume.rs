//! `sentiment predict`: interrupted output files.

#![cfg(unix)]

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::common::{names, sentiment, trained};
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
    assert!(!partial.exists());
    let resumed = fs::read_to_string(&output).unwrap();
    predict(&["--output", &output]);
    assert_eq!(resumed, fs::read_to_string(&output).unwrap());
}

/// Returns the cells of a Parquet file.
fn cells(path: &Path) -> Vec<Vec<Cell>> {
    let table = ParquetTable::open(path).unwrap();
    let columns: Vec<usize> = (0..table.columns().len()).collect();
    let rows = table.rows(&columns).unwrap();
    rows.map(|row| row.unwrap().cells.unwrap()).collect()
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
        for length in [written.len(), written.len() - 7, 9] {
            fs::write(&partial, &written[..length]).unwrap();
            let (messages, resumed) = predict(&["--resume"]);
            let is_first = messages.contains("resuming after 0 rows");
            assert_eq!(is_first, length == 9, "{messages}");
            assert!(resumed == whole, "{flags:?} cut after {length}");
            assert!(!partial.exists());
        }
        fs::write(&partial, &written).unwrap();
        let mut command = sentiment();
        command.current_dir(folder).args(["predict", "a text"]);
        command.args(["--output", "out.parquet", "--resume", "--only-predictions"]);
        let assert = command.arg("--model").arg(&model).assert().failure();
        assert.stderr(contains("has other columns than this command writes"));
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
    let input = folder.path().join("in.csv");
    let rows = "1,\"A great book. It is boring. Great!\"\n2\n3,\"Boring.\n\nA great, great film\"\n4,A boring film. Awful.\n";
    fs::write(&input, format!("id,text\n{rows}")).unwrap();
    let variants: [(&str, &[&str]); 6] = [
        ("csv", &[]),
        ("csv", &["--skip-bad-rows"]),
        ("csv", &["--sentences"]),
        ("tsv", &["--sentences", "--skip-bad-rows"]),
        ("jsonl", &["--sentences"]),
        ("jsonl", &["--skip-bad-rows", "--row-numbers"]),
    ];
    for (extension, flags) in variants {
        let output = folder.path().join(format!("out.{extension}"));
        let partial = folder.path().join(format!("out.{extension}.partial"));
        let predict = |more: &[&str]| {
            let mut command = sentiment();
            command.arg("predict").args(flags).args(more);
            command.arg("--input").arg(&input);
            command.arg("--output").arg(&output);
            command.arg("--model").arg(&model).assert().success();
            fs::read(&output).unwrap()
        };
        let whole = predict(&[]);
        for part in 0..=8 {
            let cut = whole.len() * part / 8;
            fs::write(&partial, &whole[..cut]).unwrap();
            let resumed = predict(&["--resume"]);
            assert!(resumed == whole, "{extension} {flags:?} cut after {cut}");
        }
    }
}

#[test]
fn an_output_of_more_rows_is_not_resumed() {
    let (folder, model) = trained();
    let folder = folder.path();
    let predict = |text: &str, flags: &[&str]| {
        fs::write(folder.join("in.txt"), text).unwrap();
        let mut command = sentiment();
        command.current_dir(folder).arg("predict").args(flags);
        command.args(["--input", "in.txt", "--output", "out.csv", "--model"]);
        command.arg(&model).assert()
    };
    predict("a great book\na boring film\n", &[]).success();
    fs::rename(folder.join("out.csv"), folder.join("out.csv.partial")).unwrap();
    predict("a great book\n", &["--resume"])
        .code(1)
        .stderr(contains(
            "the unfinished output has 2 rows, the input only 1",
        ));
}

#[test]
fn an_output_with_other_columns_is_not_resumed() {
    let (folder, model) = trained();
    let folder = folder.path();
    fs::write(folder.join("in.txt"), "a great book\na boring film\n").unwrap();
    let predict = |output: &str, flags: &[&str]| {
        let mut command = sentiment();
        command.current_dir(folder).arg("predict").args(flags);
        command.args(["--input", "in.txt", "--output", output, "--model"]);
        command.arg(&model).assert()
    };
    for output in ["out.csv", "out.tsv", "out.jsonl"] {
        predict(output, &[]).success();
        let whole = fs::read_to_string(folder.join(output)).unwrap();
        let partial = folder.join(format!("{output}.partial"));
        let rows = whole.split_inclusive('\n');
        let cut: String = rows
            .take(if output == "out.jsonl" { 1 } else { 2 })
            .collect();
        fs::write(&partial, &cut).unwrap();
        for flags in [
            ["--resume", "--sentences"],
            ["--resume", "--only-predictions"],
        ] {
            predict(output, &flags)
                .failure()
                .stderr(contains("has other columns than this command writes"));
            assert_eq!(fs::read_to_string(&partial).unwrap(), cut);
        }
        predict(output, &["--resume"]).success();
        assert_eq!(fs::read_to_string(folder.join(output)).unwrap(), whole);
    }
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
    predict(&["--resume"], "there is no out.csv.partial");
    fs::write(folder.join("out.csv.partial"), "text\n").unwrap();
    predict(&[], "replacing the unfinished out.csv.partial");
}
