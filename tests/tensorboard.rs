//! `sentiment train --tensorboard`: what TensorBoard reads.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use candle_core::Device;
use common::{corpus, names, sentiment, train_args};
use crc::{CRC_32_ISCSI, Crc};
use predicates::str::contains;
use sentiment::corpus::Corpus;
use sentiment::training::{self, Dataset, InitialVectors, Outcome, Progress, Recipe, Trainer};
use serde_json::Value;
use tempfile::TempDir;

/// The points of each curve, as (step, value).
type Curves = BTreeMap<String, Vec<(u64, f32)>>;

/// A field of a protobuf message.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message, by number.
fn fields(mut message: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message);
        let field = match key & 7 {
            0 => Field::Number(varint(&mut message)),
            1 => Field::Bytes(take(&mut message, 8)),
            2 => {
                let length = varint(&mut message) as usize;
                Field::Bytes(take(&mut message, length))
            }
            5 => Field::Bytes(take(&mut message, 4)),
            other => panic!("no wire type {other}"),
        };
        fields.push((key >> 3, field));
    }
    fields
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(count);
    *bytes = rest;
    taken
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = take(bytes, 1)[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

/// The next record's data, with its checksums checked.
fn record<'a>(content: &mut &'a [u8]) -> &'a [u8] {
    let masked = |data: &[u8]| {
        let checksum = Crc::<u32>::new(&CRC_32_ISCSI).checksum(data);
        checksum.rotate_right(15).wrapping_add(0xa282_ead8)
    };
    let number = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().unwrap());
    let length = take(content, 8);
    assert_eq!(number(take(content, 4)), masked(length));
    let data = take(
        content,
        u64::from_le_bytes(length.try_into().unwrap()) as usize,
    );
    assert_eq!(number(take(content, 4)), masked(data));
    data
}

/// Adds a summary's value to the curves.
fn add_value(value: &[u8], step: u64, curves: &mut Curves) {
    let (mut tag, mut number) = (String::new(), None);
    for field in fields(value) {
        match field {
            (1, Field::Bytes(bytes)) => tag = String::from_utf8(bytes.into()).unwrap(),
            (2, Field::Bytes(bytes)) => {
                number = Some(f32::from_le_bytes(bytes.try_into().unwrap()))
            }
            (other, _) => panic!("no field {other} in a value"),
        }
    }
    curves.entry(tag).or_default().push((step, number.unwrap()));
}

/// Reads the event files of a folder in the order of their names, as TensorBoard does.
fn read_curves(folder: &Path) -> Curves {
    let mut curves = Curves::new();
    for name in names(folder) {
        assert!(name.starts_with("events.out.tfevents."), "{name}");
        let content = fs::read(folder.join(name)).unwrap();
        let mut rest = content.as_slice();
        let first = fields(record(&mut rest));
        assert!(matches!(first[1], (3, Field::Bytes(b"brain.Event:2"))));
        while !rest.is_empty() {
            let mut step = 0;
            for field in fields(record(&mut rest)) {
                match field {
                    (2, Field::Number(number)) => step = number,
                    (5, Field::Bytes(summary)) => {
                        for (number, value) in fields(summary) {
                            let Field::Bytes(value) = value else {
                                panic!("a number where a value should be");
                            };
                            assert_eq!(number, 1);
                            add_value(value, step, &mut curves);
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    curves
}

/// Trains on [`corpus`] with `--tensorboard curves` and these arguments too.
fn train(folder: &TempDir, more: &[&str]) -> assert_cmd::assert::Assert {
    sentiment()
        .current_dir(folder.path())
        .args(train_args(folder.path()))
        .args(["--tensorboard", "curves"])
        .args(more)
        .assert()
}

fn steps(curve: &[(u64, f32)]) -> Vec<u64> {
    curve.iter().map(|(step, _)| *step).collect()
}

#[test]
fn the_curves_are_those_of_the_history() {
    let folder = corpus();
    train(&folder, &["--pretraining-epochs", "1"]).success();
    let curves = read_curves(&folder.path().join("curves"));
    let tags = [
        "pretraining/loss",
        "train/learning_rate",
        "train/loss",
        "train/tokens_per_second",
        "validation/accuracy",
        "validation/loss",
    ];
    assert_eq!(curves.keys().collect::<Vec<_>>(), tags);

    let history = fs::read_to_string(folder.path().join("model/history.jsonl")).unwrap();
    let epochs: Vec<Value> = history
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of_history = |name: &str| -> Vec<f32> {
        let values = epochs.iter().map(|epoch| epoch[name].as_f64().unwrap());
        values.map(|value| value as f32).collect()
    };
    let values = |tag: &str| -> Vec<f32> { curves[tag].iter().map(|point| point.1).collect() };
    assert_eq!(values("validation/loss"), of_history("validation_loss"));
    assert_eq!(
        values("validation/accuracy"),
        of_history("validation_accuracy")
    );

    // A run as short as this has a point for each step.
    let all = steps(&curves["train/loss"]);
    let last = all.len() as u64;
    assert_eq!(all, (1..=last).collect::<Vec<_>>());
    assert_eq!(steps(&curves["train/learning_rate"]), all);
    let an_epoch = last / epochs.len() as u64;
    let ends: Vec<u64> = (1..=epochs.len() as u64)
        .map(|epoch| epoch * an_epoch)
        .collect();
    assert_eq!(steps(&curves["validation/accuracy"]), ends);
    let rates = values("train/learning_rate");
    let of_ends: Vec<f32> = ends.iter().map(|step| rates[*step as usize - 1]).collect();
    assert_eq!(of_ends, of_history("learning_rate"));
}

#[test]
fn steps_go_on_over_rounds_of_self_training() {
    let folder = corpus();
    let texts = "text\na lovely evening\na dreadful evening\na superb song\n";
    fs::write(folder.path().join("more.csv"), texts).unwrap();
    let more = "--unlabelled more.csv --self-training 1 --epochs 2";
    train(&folder, &more.split(' ').collect::<Vec<_>>()).success();
    let curves = read_curves(&folder.path().join("curves"));
    let all = steps(&curves["train/loss"]);
    assert_eq!(all, (1..=all.len() as u64).collect::<Vec<_>>());
    let ends = steps(&curves["validation/loss"]);
    assert_eq!(ends.len(), 4);
    assert!(ends.is_sorted_by(|a, b| a < b), "{ends:?}");
    assert_eq!(ends.last(), all.last());
}

#[test]
fn steps_go_on_where_a_run_was_stopped() {
    let folder = TempDir::new().unwrap();
    let (model, curves) = (folder.path().join("model"), folder.path().join("curves"));
    let sample = Corpus::collect(sentiment::corpus::sample().unwrap()).unwrap();
    let dataset = Dataset::split(sample, 0.1, 42).unwrap();
    let recipe = Recipe {
        embedding_size: 4,
        hidden_size: 4,
        epochs: 1,
        ..Recipe::default()
    };
    let run = |mut trainer: Trainer, most_steps: u64| {
        let interrupted = AtomicBool::new(false);
        let mut written = training::TensorBoardLogger::create(&curves).unwrap();
        let mut write = |progress: Progress| {
            written.add(&progress).unwrap();
            if let Progress::Step { step, .. } = progress {
                interrupted.store(step == most_steps, Ordering::Relaxed);
            }
        };
        trainer.run(&interrupted, &mut write).unwrap()
    };
    let first = Trainer::new(
        &dataset,
        &InitialVectors::Random,
        recipe,
        &model,
        &Device::Cpu,
    )
    .unwrap();
    assert_eq!(run(first, 5), Outcome::Interrupted);
    let second = Trainer::resume(&dataset, &model, &Device::Cpu).unwrap();
    assert_eq!(run(second, u64::MAX), Outcome::Finished);

    let curves = read_curves(&curves);
    let all = steps(&curves["train/learning_rate"]);
    assert_eq!(all[..7], [1, 2, 3, 4, 5, 6, 7]);
    assert!(all.is_sorted_by(|a, b| a < b), "{all:?}");
    assert_eq!(steps(&curves["validation/loss"]), all[all.len() - 1..]);
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error() {
    let folder = corpus();
    fs::write(folder.path().join("curves"), "").unwrap();
    train(&folder, &[])
        .code(1)
        .stderr(contains("error: could not create curves: "));
}

#[test]
fn cross_validation_has_no_curves() {
    let folder = corpus();
    train(&folder, &["--folds", "2"])
        .code(2)
        .stderr(contains("cannot be used with"));
}
