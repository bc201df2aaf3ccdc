//! `sentiment train` with SIGTERM: it ends soon in every stage, and `--resume` gives the same model.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::common::server::until;
use crate::common::{content, sentiment, train_args};
use crate::few_labels::{corpora, run};
use predicates::prelude::*;
use predicates::str::contains;

fn start(folder: &Path, args: &str) -> Child {
    Command::new(assert_cmd::cargo::cargo_bin("sentiment"))
        .current_dir(folder)
        .args(args.split_whitespace())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Ends a process by SIGTERM. Returns its messages and the time it took.
fn terminate(child: Child) -> (String, Duration) {
    let begin = Instant::now();
    let pid = child.id().to_string();
    Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(!output.status.success());
    (String::from_utf8(output.stderr).unwrap(), begin.elapsed())
}

/// Writes `long.csv`: texts of many words whose labels are noisy, so that the fit takes seconds.
fn write_long_corpus(folder: &Path) {
    let mut state = 1u32;
    let mut random = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % below
    };
    let mut rows = String::from("text,label\n");
    for _ in 0..3_000 {
        let label = random(2);
        let word = |_| format!("w{}", random(400) + 200 * label);
        let words: Vec<String> = (0..40).map(word).collect();
        rows += &format!("{},{}\n", words.join(" "), ["no", "yes"][label as usize]);
    }
    fs::write(folder.join("long.csv"), rows).unwrap();
}

#[test]
fn an_interrupted_fit_resumes_with_the_same_model() {
    let folder = corpora();
    write_long_corpus(folder.path());
    let args = "train long.csv --from general --map-labels no=negative;yes=positive --out model";
    run(folder.path(), args).success();
    let model = folder.path().join("model");
    let whole = content(&model);
    fs::remove_dir_all(&model).unwrap();

    let child = start(folder.path(), args);
    until(|| model.exists());
    let (messages, _) = terminate(child);
    assert!(messages.contains("hint: resume with: "), "{messages}");
    assert!(model.join("state").exists());
    assert!(!model.join("model.safetensors").exists());
    run(folder.path(), &format!("{args} --resume")).success();
    assert!(content(&model) == whole);
    assert!(!model.join("state").exists());
}

#[test]
fn interrupted_folds_resume_with_all_predictions() {
    let folder = corpora();
    write_long_corpus(folder.path());
    let args = "train long.csv --folds 2 --out folds --predictions held-out.csv";
    let child = start(folder.path(), args);
    let folds = folder.path().join("folds");
    until(|| folds.join("fold-2").exists());
    let (messages, _) = terminate(child);
    assert!(messages.contains("hint: resume with: "), "{messages}");
    assert!(!folder.path().join("held-out.csv").exists());
    run(folder.path(), &format!("{args} --resume"))
        .success()
        .stderr(contains("fold 1 of 2").not())
        .stderr(contains("fold 2 of 2"));
    let rows = fs::read_to_string(folder.path().join("held-out.csv")).unwrap();
    assert_eq!(rows.lines().count(), 3_001);
}

#[test]
fn a_run_is_not_resumed_from_a_base_that_changed() {
    let folder = corpora();
    let mut base = train_args(folder.path());
    base[3] = "base".into();
    let mut train_base = || {
        sentiment()
            .current_dir(folder.path())
            .args(&base)
            .assert()
            .success();
        base.push("--seed=2".into());
    };
    train_base();
    let args = "train reviews.csv --from base --epochs 100000 --patience 100000 --out model";
    let child = start(folder.path(), args);
    until(|| {
        folder
            .path()
            .join("model/state/checkpoint.safetensors")
            .exists()
    });
    terminate(child);
    let other = args.replace("--from base", "--from general");
    run(folder.path(), &format!("{other} --resume"))
        .code(1)
        .stderr(contains("the run to resume has --from base, not general"));
    train_base();
    run(folder.path(), &format!("{args} --resume"))
        .code(1)
        .stderr(contains(
            "the run began from other weights of the model base",
        ));
}

#[test]
fn reading_the_corpus_can_be_interrupted() {
    let folder = corpora();
    // Without a writer, reading a pipe waits.
    let pipe = folder.path().join("pipe.csv");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    for more in ["", "--folds 3"] {
        let child = start(folder.path(), &format!("train pipe.csv {more} --out model"));
        sleep(Duration::from_millis(500));
        let (_, time) = terminate(child);
        assert!(time < Duration::from_secs(5), "{time:?}");
    }
    assert!(!folder.path().join("model").exists());
}
