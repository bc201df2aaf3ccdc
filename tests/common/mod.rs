//! Helpers of several tests: a small corpus and a model trained on it.
#![allow(dead_code)] // No test binary uses every helper.

pub mod event_files;
pub mod server;

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// Returns a command that runs `sentiment`.
pub fn sentiment() -> Command {
    let mut command = Command::cargo_bin("sentiment").unwrap();
    command.env_remove("RUST_BACKTRACE");
    command
}

/// Returns a command that runs `sentiment` on one thread with at most `mebibytes` MiB of address space.
#[cfg(target_os = "linux")]
pub fn within(mebibytes: u64, args: &[&str]) -> Command {
    let program = assert_cmd::cargo::cargo_bin("sentiment");
    let limited = format!(
        "ulimit -v {} && exec \"$0\" --threads 1 \"$@\"",
        mebibytes << 10
    );
    let mut command = Command::new("sh");
    command.args(["-c", &limited]).arg(program).args(args);
    command
}

/// Creates a folder with `reviews.csv`: 80 short texts of two separable classes.
pub fn corpus() -> TempDir {
    let folder = TempDir::new().unwrap();
    let praise = ["great", "lovely", "superb", "wonderful", "delightful"];
    let blame = ["awful", "boring", "terrible", "dreadful", "useless"];
    let things = [
        "film", "meal", "phone", "hotel", "book", "show", "app", "song",
    ];
    let mut rows = String::from("text,label\n");
    for (i, thing) in things.iter().enumerate() {
        for (j, (good, bad)) in praise.iter().zip(blame).enumerate() {
            let place = ["here", "today", "again", "at home"][(i + j) % 4];
            rows += &format!("a {good} {thing} {place},positive\n");
            rows += &format!("what a {bad} {thing} {place},negative\n");
        }
    }
    fs::write(folder.path().join("reviews.csv"), rows).unwrap();
    folder
}

/// Creates a folder with `reviews.csv`: 160 texts with any of the labels `food`, `price` and `staff` as JSON lists, and none
/// where no word is about them.
pub fn topics() -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut rows = String::from("text,label\n");
    for text in 0..160 {
        let labels: Vec<&str> = topic_labels(text);
        let words: Vec<String> = labels
            .iter()
            .map(|label| format!("{label}{} ", text % 3))
            .collect();
        let list = serde_json::to_string(&labels).unwrap().replace('"', "\"\"");
        let (words, place) = (words.concat(), text % 7);
        rows += &format!("about {words}place{place},\"{list}\"\n");
    }
    fs::write(folder.path().join("reviews.csv"), rows).unwrap();
    folder
}

/// Returns the labels of a text of [`topics`].
pub fn topic_labels(text: usize) -> Vec<&'static str> {
    let labels = ["food", "price", "staff"].into_iter().enumerate();
    let labels = labels.filter(|(label, _)| text >> label & 1 == 1);
    labels.map(|(_, name)| name).collect()
}

/// Creates [`topics`] and trains a multi-label model on it.
pub fn trained_on_topics() -> (TempDir, PathBuf) {
    let folder = topics();
    sentiment()
        .args(train_args(folder.path()))
        .args(["--multi-label", "--epochs", "8", "--patience", "8"])
        .assert()
        .success();
    let model = folder.path().join("model");
    (folder, model)
}

/// Returns the arguments that train a small model on `reviews.csv` in `folder` and save it there in `model`. Takes seconds.
pub fn train_args(folder: &Path) -> Vec<String> {
    let path = |name: &str| folder.join(name).display().to_string();
    let mut args = vec![
        "train".into(),
        path("reviews.csv"),
        "--out".into(),
        path("model"),
    ];
    let small = "--embedding-size 8 --hidden-size 8 --epochs 4 --learning-rate 0.02 --dropout 0 --patience 4";
    args.extend(small.split(' ').map(String::from));
    args
}

/// Creates [`corpus`] and trains a model on it.
pub fn trained() -> (TempDir, PathBuf) {
    trained_with(&[])
}

/// Like [`trained`], with additional arguments.
pub fn trained_with(more: &[&str]) -> (TempDir, PathBuf) {
    let folder = corpus();
    sentiment()
        .args(train_args(folder.path()))
        .args(more)
        .assert()
        .success();
    let model = folder.path().join("model");
    (folder, model)
}

/// Returns the names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Returns the path of a data file outside the repository. If it is missing, prints that the test is skipped and returns
/// `None`.
pub fn shared_data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(name);
    if !path.exists() {
        eprintln!("skipped: {} is missing", path.display());
        return None;
    }
    Some(path)
}

/// Reads the files of a model folder, without subfolders, and without times and memory use.
pub fn content(model: &Path) -> Vec<(String, Vec<u8>)> {
    let read = |name: String| {
        let mut content = fs::read(model.join(&name)).unwrap();
        if name.ends_with(".json") || name.ends_with(".jsonl") {
            let lines = serde_json::Deserializer::from_slice(&content).into_iter::<Value>();
            let mut values: Vec<Value> = lines.map(Result::unwrap).collect();
            values.iter_mut().for_each(without_times);
            content = serde_json::to_vec(&values).unwrap();
        }
        (name, content)
    };
    let files = names(model).into_iter();
    files
        .filter(|name| model.join(name).is_file())
        .map(read)
        .collect()
}

fn without_times(value: &mut Value) {
    if let Value::Object(fields) = value {
        fields.retain(|name, _| {
            !["seconds", "tokens_per_second", "peak_memory_bytes"].contains(&name.as_str())
        });
        fields.values_mut().for_each(without_times);
    }
}

/// Runs the program with arguments that train a network, interrupts it after the first epoch and returns its last message.
#[cfg(unix)]
pub fn interrupt_after_an_epoch(args: &[String]) -> String {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    let mut child = Command::new(assert_cmd::cargo::cargo_bin("sentiment"))
        .args(args)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut lines = lines.map(Result::unwrap);
    lines.find(|line| line.starts_with("epoch ")).unwrap();
    let pid = child.id().to_string();
    Command::new("kill").args(["-INT", &pid]).status().unwrap();
    let last = lines.last().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    last
}
