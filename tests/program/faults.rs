//! Faults during training: kills, a full disk, and folders that are read-only, removed or locked.
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

/// The number of kills per test; `SENTIMENT_KILLS` overrides it.
const KILLS: usize = 20;

/// A child process that is killed on drop.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(args: &[String]) -> Process {
    let child = Command::new(assert_cmd::cargo::cargo_bin("sentiment"))
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    Process(child.unwrap())
}

/// Returns the arguments of a run that lasts longer than the test.
fn endless_args(folder: &Path) -> Vec<String> {
    let mut args = train_args(folder);
    let settings = "--epochs 10000 --patience 10000";
    args.extend(settings.split(' ').map(String::from));
    args
}

/// Kills a run at random times. Checks that the saved model always loads and that the resumed run ends with the same
/// model.
fn kill_at_random(settings: &str, seed: u64) {
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
        // Some runs have enough time to finish.
        sleep(whole_run.mul_f64(rng.random_range(0.0..1.2)));
        if child.0.try_wait().unwrap().is_none() {
            child.0.kill().unwrap();
            killed += 1;
        }
        let status = child.0.wait().unwrap();
        // Once a model is saved, the folder always has a loadable model.
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
    println!("{killed} kills, {finished} finished runs");
}

#[test]
fn a_killed_run_resumes_on_one_thread() {
    kill_at_random("--threads 1 --epochs 12 --patience 12", 1);
}

#[test]
fn a_killed_run_resumes_with_all_stages_of_training() {
    let settings = "--threads 2 --ngrams 2 --pretraining-epochs 2 --self-training 1 --epochs 6";
    kill_at_random(settings, 2);
}

#[test]
fn a_second_run_in_the_same_folder_is_refused() {
    let folder = corpus();
    let model = folder.path().join("model");
    let args = endless_args(folder.path());
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
    // Reading needs no lock, while the files are replaced several times per second.
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
fn removing_the_folder_is_an_error() {
    let folder = corpus();
    let model = folder.path().join("model");
    let args = endless_args(folder.path());
    let mut process = start(&args);
    until(|| model.join("config.json").exists());
    // The run may write files during the removal.
    while fs::remove_dir_all(&model).is_err() {}
    assert_eq!(process.0.wait().unwrap().code(), Some(1));
    assert!(!model.exists() || names(&model).iter().all(|name| name != "config.json"));
}

#[test]
fn a_damaged_checkpoint_is_refused() {
    let folder = corpus();
    let checkpoint = folder.path().join("model/state/checkpoint.safetensors");
    let args = endless_args(folder.path());
    let mut process = start(&args);
    // Waits for the model, because pre-training also writes checkpoints.
    until(|| folder.path().join("model/model.safetensors").exists());
    process.0.kill().unwrap();
    process.0.wait().unwrap();
    let model = fs::read(folder.path().join("model/model.safetensors")).unwrap();
    let whole = fs::read(&checkpoint).unwrap();
    assert_refused(&checkpoint, &whole, &model, args);
    assert!(model == fs::read(folder.path().join("model/model.safetensors")).unwrap());
}

#[test]
fn a_damaged_checkpoint_of_pretraining_is_refused() {
    let folder = corpus();
    let checkpoint = folder.path().join("model/state/checkpoint.safetensors");
    let args = kill_in_pretraining(folder.path());
    let whole = fs::read(&checkpoint).unwrap();
    // Renames a projection.
    let mut other = whole.clone();
    let name = whole.windows(12).position(|name| name == b"projection.0");
    other[name.unwrap()] = b'q';
    assert_refused(&checkpoint, &whole, &other, args);
}

#[test]
fn a_new_run_says_what_it_replaces() {
    let folder = corpus();
    let (unfinished, finished) = ("replacing the unfinished run in ", "replaces the model in ");
    let new = || {
        let mut new = sentiment();
        new.args(train_args(folder.path())).assert().success()
    };
    new().stderr(contains(unfinished).not().and(contains(finished).not()));
    new().stderr(contains(unfinished).not().and(contains(finished)));
    kill_in_pretraining(folder.path());
    new().stderr(contains(unfinished));
}

/// Kills a run during pre-training, after a checkpoint and before the first model. Returns its arguments.
fn kill_in_pretraining(folder: &Path) -> Vec<String> {
    let mut args = train_args(folder);
    args.push("--pretraining-epochs=1000000".into());
    let mut process = start(&args);
    until(|| folder.join("model/state/checkpoint.safetensors").exists());
    process.0.kill().unwrap();
    process.0.wait().unwrap();
    args
}

/// Checks that resuming fails with an error about the checkpoint if the checkpoint is truncated or replaced by `other`.
fn assert_refused(checkpoint: &Path, whole: &[u8], other: &[u8], mut args: Vec<String>) {
    args.push("--resume".into());
    let cases = [
        &whole[..whole.len() - 1],
        &whole[..100],
        &whole[..0],
        b"{\"not\": \"tensors\"}",
        other,
    ];
    for damaged in cases {
        fs::write(checkpoint, damaged).unwrap();
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
    /// Returns `None` if the user may not mount file systems.
    fn mount() -> Option<Self> {
        let disk = TempDir::new().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=200k", "tmpfs"])
            .arg(disk.path())
            .output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self(disk));
        }
        println!("skipped: only root may mount a file system");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_keeps_the_saved_model() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let folder = corpus();
    let model = disk.0.path().join("model");
    let mut args = train_args(folder.path());
    args[3] = model.display().to_string();
    sentiment().args(&args).assert().success();
    let before = content(&model);
    // Leaves less space than a model needs.
    let filler = disk.0.path().join("filler");
    let mut size = 190 << 10;
    while fs::write(&filler, vec![1; size]).is_err() {
        size -= 4 << 10;
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
fn an_unwritable_folder_is_an_error_before_training() {
    let folder = corpus();
    let file = folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    let mut args = train_args(folder.path());
    // A file, a folder below a file, and a folder in which not even root can create one.
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
