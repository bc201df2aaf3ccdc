//! What the tests of several commands share: a small corpus and a model trained on it.
#![allow(dead_code)] // Each test binary uses a part of it.

pub mod event_files;
pub mod server;

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// The `sentiment` program.
pub fn sentiment() -> Command {
    let mut command = Command::cargo_bin("sentiment").unwrap();
    command.env_remove("RUST_BACKTRACE");
    command
}

/// The program on one thread, in a process that may take so many MiB of address space.
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

/// A folder with `reviews.csv`: 80 short texts in two classes that can be told apart.
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

/// The arguments of a training run of seconds, on `reviews.csv` in `folder`, saved in its `model`.
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

/// [`corpus`], with a model trained on it.
pub fn trained() -> (TempDir, PathBuf) {
    trained_with(&[])
}

/// As [`trained`], with more arguments.
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

/// The names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A file of the real data that stands beside the project on some machines; says so where it does
/// not, and the test that asked is skipped.
pub fn shared_data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(name);
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

/// Every file of a model's folder, but for a run's state, and without what tells times and memory.
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
