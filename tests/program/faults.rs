//! Faults while training: kills at any moment, a full disk, folders that cannot be written, go away, or are another run's.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;

use crate::common::server::until;
use crate::common::{content, corpus, names, sentiment, train_args};
use predicates::prelude::*;
use predicates::str::contains;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sentiment::Device;
use sentiment::classifier::Classifier;
use tempfile::TempDir;

/// Kills a test makes; `SENTIMENT_KILLS` asks for another number.
const KILLS: usize = 20;

/// A program that ends with the test.
struct Run(Child);

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(args: &[String]) -> Run {
    let child = Command::new(assert_cmd::cargo::cargo_bin("sentiment"))
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    Run(child.unwrap())
}

/// The arguments of a run that does not end in the time of a test.
fn endless(folder: &Path) -> Vec<String> {
    let mut args = train_args(folder);
    let settings = "--epochs 10000 --patience 10000";
    args.extend(settings.split(' ').map(String::from));
    args
}

/// Whatever a run holds, and whenever it is killed, the model that is there loads, and the run goes on to the same bytes.
fn killed_at_random(settings: &str, seed: u64) {
    let kills = std::env::var("SENTIMENT_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let folder = corpus();
    let model = folder.path().join("model");
    let mut args = train_args(folder.path());
    args.extend(settings.split(' ').map(String::from));
    let unlabelled = folder.path().join("unlabelled.csv");
    fs::write(
        &unlabelled,
        "text\nThe quixotic plot is fine\nA quixotic actor\n",
    )
    .unwrap();
    args.extend(["--unlabelled".into(), unlabelled.display().to_string()]);
    let begin = std::time::Instant::now();
    sentiment().args(&args).assert().success();
    let whole_run = begin.elapsed();
    let expected = content(&model);
    fs::remove_dir_all(&model).unwrap();

    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut killed, mut finished, mut is_saved) = (0, 0, false);
    while killed < kills || finished == 0 {
        let has_state = model.join("state/checkpoint.safetensors").exists();
        let mut args = args.clone();
        args.extend(has_state.then(|| "--resume".into()));
        let mut child = start(&args);
        // Now and then there is time enough to end; mostly not.
        sleep(whole_run.mul_f64(rng.random_range(0.0..1.2)));
        if child.0.try_wait().unwrap().is_none() {
            child.0.kill().unwrap();
            killed += 1;
        }
        let status = child.0.wait().unwrap();
        // `sentiment predict` reads what this reads. Once there is a model, there is one.
        let loaded = Classifier::load(&model, &Device::Cpu);
        assert!(
            loaded.is_ok() || !is_saved,
            "after {killed} kills: {:?}",
            loaded.err()
        );
        is_saved = loaded.is_ok();
        if status.success() {
            finished += 1;
            assert_eq!(content(&model), expected, "after {killed} kills");
            assert!(!model.join("state").exists());
            fs::remove_dir_all(&model).unwrap();
            is_saved = false;
        }
    }
    println!("{killed} kills, {finished} runs that ended");
}

#[test]
fn kills_lose_nothing_on_one_thread() {
    killed_at_random("--threads 1 --epochs 12 --patience 12", 1);
}

#[test]
fn kills_lose_nothing_on_two_threads_with_all_kinds_of_learning() {
    let settings = "--threads 2 --ngrams 2 --pretraining-epochs 2 --self-training 1 --epochs 6";
    killed_at_random(settings, 2);
}

#[test]
fn a_second_run_in_a_folder_is_refused_while_the_first_one_lasts() {
    let folder = corpus();
    let model = folder.path().join("model");
    let args = endless(folder.path());
    let first = start(&args);
    until(|| model.join("state/checkpoint.safetensors").exists());
    let locked = "error: another sentiment process is writing to ";
    for second in [&[][..], &["--resume".to_string()]] {
        sentiment()
            .args(&args)
            .args(second)
            .assert()
            .code(1)
            .stderr(contains(locked));
    }
    let reviews = folder.path().join("reviews.csv");
    sentiment()
        .arg("eval")
        .arg(&reviews)
        .args(["--find-threshold", "f1", "--model"])
        .arg(&model)
        .assert()
        .code(1)
        .stderr(contains(locked));
    // Reading is free, while the files are replaced several times a second.
    until(|| model.join("config.json").exists());
    for _ in 0..500 {
        Classifier::load(&model, &Device::Cpu).unwrap();
    }
    drop(first);
    sentiment()
        .args(&args)
        .args(["--resume", "--epochs", "9"])
        .assert()
        .code(1)
        .stderr(contains("--epochs"));
}

#[test]
fn a_folder_that_is_removed_is_an_error() {
    let folder = corpus();
    let model = folder.path().join("model");
    let args = endless(folder.path());
    let mut run = start(&args);
    until(|| model.join("config.json").exists());
    // More may be written while it is emptied.
    while fs::remove_dir_all(&model).is_err() {}
    assert_eq!(run.0.wait().unwrap().code(), Some(1));
    assert!(!model.exists() || names(&model).iter().all(|name| name != "config.json"));
}

#[test]
fn a_state_that_was_cut_or_exchanged_is_refused() {
    let folder = corpus();
    let state = folder.path().join("model/state/checkpoint.safetensors");
    let args = endless(folder.path());
    let mut run = start(&args);
    // Pre-training leaves a state too, and no model.
    until(|| folder.path().join("model/model.safetensors").exists());
    run.0.kill().unwrap();
    run.0.wait().unwrap();
    let model = fs::read(folder.path().join("model/model.safetensors")).unwrap();
    let whole = fs::read(&state).unwrap();
    are_refused(&state, &whole, &model, args);
    assert!(model == fs::read(folder.path().join("model/model.safetensors")).unwrap());
}

#[test]
fn a_state_of_pre_training_that_was_cut_or_exchanged_is_refused() {
    let folder = corpus();
    let state = folder.path().join("model/state/checkpoint.safetensors");
    let args = killed_in_pre_training(folder.path());
    let whole = fs::read(&state).unwrap();
    // What guesses are made with goes by another name.
    let mut other = whole.clone();
    let name = whole.windows(12).position(|name| name == b"projection.0");
    other[name.unwrap()] = b'q';
    are_refused(&state, &whole, &other, args);
}

#[test]
fn a_new_run_says_that_it_takes_an_unfinished_ones_place() {
    let folder = corpus();
    let said = "a new run takes the place of the unfinished one in ";
    let new = || {
        let mut new = sentiment();
        new.args(train_args(folder.path())).assert().success()
    };
    new().stderr(contains(said).not());
    killed_in_pre_training(folder.path());
    new().stderr(contains(said));
}

/// The arguments of a run that was killed while it had a state of pre-training and no model.
fn killed_in_pre_training(folder: &Path) -> Vec<String> {
    let mut args = train_args(folder);
    args.push("--pretraining-epochs=1000000".into());
    let mut run = start(&args);
    until(|| folder.join("model/state/checkpoint.safetensors").exists());
    run.0.kill().unwrap();
    run.0.wait().unwrap();
    args
}

/// Whatever is done to the `whole` state in this file, or put in its place, the run of `args` says so.
fn are_refused(state: &Path, whole: &[u8], other: &[u8], mut args: Vec<String>) {
    args.push("--resume".into());
    let cases = [
        &whole[..whole.len() - 1],
        &whole[..100],
        &whole[..0],
        b"{\"not\": \"tensors\"}",
        other,
    ];
    for damaged in cases {
        fs::write(state, damaged).unwrap();
        sentiment()
            .args(&args)
            .assert()
            .code(1)
            .stderr(contains("error: ").and(contains("checkpoint.safetensors")));
    }
}

/// A file system of 200 kB.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// None where none may be mounted.
    fn mount() -> Option<Self> {
        let disk = TempDir::new().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=200k", "tmpfs"])
            .arg(disk.path())
            .output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self(disk));
        }
        println!("skipped: only root may mount a small disk");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_keeps_the_model_that_was_there() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let folder = corpus();
    let model = disk.0.path().join("model");
    let mut args = train_args(folder.path());
    args[3] = model.display().to_string();
    sentiment().args(&args).assert().success();
    let before = content(&model);
    // All but as much as a part of a model needs.
    let filler = disk.0.path().join("filler");
    let mut room = 190 << 10;
    while fs::write(&filler, vec![1; room]).is_err() {
        room -= 4 << 10;
    }
    sentiment()
        .args(&args)
        .assert()
        .code(1)
        .stderr(contains("error: could not write ").and(contains("No space left on device")));
    assert_eq!(content(&model), before);
    fs::remove_file(&filler).unwrap();
    sentiment().args(&args).assert().success();
}

#[test]
fn what_cannot_be_written_is_an_error_before_training() {
    let folder = corpus();
    let file = folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    let mut args = train_args(folder.path());
    // A file in the way, and a folder in which not even root can make one.
    for out in [file.clone(), file.join("model"), "/proc/model".into()] {
        args[3] = out.display().to_string();
        sentiment()
            .args(&args)
            .assert()
            .code(1)
            .stderr(contains("error: could not create "));
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}
