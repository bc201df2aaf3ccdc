//! Texts that occur several times: each stays on one side of every split, and copies in a validation file are counted.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use crate::common::{corpus, sentiment, train_args};
use predicates::prelude::*;
use predicates::str::contains;
use sentiment::corpus::{CorpusOptions, read_labelled};

/// Adds copies that differ in case, markup or white space to `reviews.csv`: two of one text and one of another.
fn add_copies(folder: &Path) {
    let reviews = folder.join("reviews.csv");
    let rows = fs::read_to_string(&reviews).unwrap();
    let copies = "A Great film here,positive\n\
                  <p>a great &#102;ilm  here</p>,positive\n\
                  WHAT A BORING MEAL AGAIN,negative\n";
    fs::write(reviews, rows + copies).unwrap();
}

#[test]
fn train_and_folds_say_how_many_texts_have_copies() {
    let folder = corpus();
    for folds in [&[][..], &["--folds", "2"]] {
        let train = || {
            let mut command = sentiment();
            command.args(train_args(folder.path())).args(folds);
            command.args(["--epochs", "1", "--force"]);
            command
        };
        fs::write(folder.path().join("reviews.csv"), distinct_reviews()).unwrap();
        train()
            .assert()
            .success()
            .stderr(contains("more than once").not());
        add_copies(folder.path());
        let note = "note: 2 texts occur more than once; each stays on one side of the split\n";
        train().assert().success().stderr(contains(note));
        train().arg("--quiet").assert().success().stderr("");
    }
}

/// Returns the content of the corpus without copies.
fn distinct_reviews() -> String {
    fs::read_to_string(corpus().path().join("reviews.csv")).unwrap()
}

#[test]
fn copies_in_the_validation_file_are_counted() {
    let folder = corpus();
    let validation = folder.path().join("validation.csv");
    let train = || {
        let mut command = sentiment();
        command
            .args(train_args(folder.path()))
            .args(["--epochs", "1", "--force"])
            .arg("--validation")
            .arg(&validation);
        command
    };
    let new = "text,label\na new text,positive\nanother one,negative\n";
    fs::write(&validation, new).unwrap();
    train()
        .assert()
        .success()
        .stderr(contains("also in the training set").not());

    // Copies within the training set are no problem here.
    add_copies(folder.path());
    fs::write(&validation, format!("{new}a GREAT film here,negative\n")).unwrap();
    train().assert().success().stderr(
        contains("note: 1 of 3 validation texts is also in the training set; the validation accuracy is too high\n")
            .and(contains("more than once").not())
            .and(contains("validation set: 3 texts")),
    );
}

#[test]
fn data_split_keeps_copies_together() {
    let folder = corpus();
    let reviews = distinct_reviews();
    // Each text occurs three times, once with the other label.
    let rows = reviews.strip_prefix("text,label\n").unwrap();
    let other = rows.to_uppercase().replace(",POSITIVE", ",negative");
    let content = format!("{reviews}{other}{rows}").replace(",NEGATIVE", ",positive");
    fs::write(folder.path().join("reviews.csv"), content).unwrap();
    sentiment()
        .current_dir(folder.path())
        .args("data split reviews.csv --out . --validation-share 0.2 --test-share 0.1".split(' '))
        .assert()
        .success();
    let mut known = HashSet::new();
    let mut examples = 0;
    for name in ["train.csv", "validation.csv", "test.csv"] {
        let part = read_labelled(&folder.path().join(name), &CorpusOptions::default()).unwrap();
        let texts = part
            .examples
            .iter()
            .map(|example| example.text.to_lowercase());
        let texts: HashSet<String> = texts.collect();
        assert!(known.is_disjoint(&texts), "{name}");
        known.extend(texts);
        examples += part.examples.len();
    }
    assert_eq!((known.len(), examples), (80, 240));
}

#[test]
fn folds_need_as_many_different_texts() {
    let folder = corpus();
    let rows = "text,label\ngood,a\nGood,b\nbad,b\nBAD ,a\n";
    fs::write(folder.path().join("reviews.csv"), rows).unwrap();
    sentiment()
        .args(train_args(folder.path()))
        .args(["--folds", "3"])
        .assert()
        .code(1)
        .stderr(contains("from 2 to the number of different texts"));
}
