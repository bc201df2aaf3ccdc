//! `sentiment train` on few labels: the preset that the data decide, `--from`, and the warnings about the result.

use std::fs;
use std::path::Path;

use crate::common::{content, corpus, names, sentiment, train_args};
use assert_cmd::assert::Assert;
use predicates::prelude::*;
use predicates::str::{contains, is_match, starts_with};
use serde_json::Value;

/// Creates the folder of [`corpus`] with `topics.csv`: 90 short texts of three classes.
pub fn corpora() -> tempfile::TempDir {
    let folder = corpus();
    let topics = [
        ("sport", ["match", "goal", "player", "team", "coach"]),
        ("food", ["soup", "bread", "dinner", "cheese", "recipe"]),
        ("travel", ["flight", "hotel", "train", "beach", "airport"]),
    ];
    let mut rows = String::from("text,label\n");
    for (label, words) in topics {
        for (place, word) in words.iter().enumerate() {
            for kind in [
                "a good",
                "the next",
                "our",
                "every",
                "this long",
                "one more",
            ] {
                let other = words[(place + 1) % words.len()];
                rows += &format!("{kind} {word} and {other},{label}\n");
            }
        }
    }
    fs::write(folder.path().join("topics.csv"), rows).unwrap();
    folder
}

/// Runs a command in a folder. The words of `args` are its arguments.
pub fn run(folder: &Path, args: &str) -> Assert {
    let mut command = sentiment();
    command.current_dir(folder).args(args.split_whitespace());
    command.assert()
}

/// Trains the network on reviews.csv and saves it in the folder `out`.
fn train_network(folder: &Path, out: &str) {
    let mut args = train_args(folder);
    args[3] = out.into();
    let mut command = sentiment();
    command.current_dir(folder).args(args).assert().success();
}

/// Returns the configuration of a model.
fn config(model: &Path) -> Value {
    serde_json::from_slice(&fs::read(model.join("config.json")).unwrap()).unwrap()
}

/// Checks that a model predicts a label for a text.
fn assert_predicts(folder: &Path, model: &str, text: &str, label: &str) {
    let mut command = sentiment();
    command.current_dir(folder);
    let predicted = command
        .args(["predict", "--model", model, text])
        .assert()
        .success();
    predicted.stdout(starts_with(format!("{label}\t")));
}

#[test]
fn a_model_of_the_same_labels_is_adapted_and_compared() {
    let folder = corpora();
    run(folder.path(), "train reviews.csv --from general --out model")
        .success()
        .stderr(contains("preset few: 80 texts, median length 5 words"))
        .stderr(contains(
            "starting from the model general, restricted to the labels of the corpus",
        ))
        .stderr(contains("validation set: 0 texts").not())
        .stdout(contains("cross-validation, 80 texts in 5 folds"))
        .stdout(
            is_match("accuracy of the model general on these texts  [01]\\.\\d{4}; of the new model  [01]\\.\\d{4}\n")
                .unwrap(),
        );
    let config = config(&folder.path().join("model"));
    assert_eq!(config["base"]["name"], "general");
    assert_eq!(config["training"]["freeze-encoder"], true);
    assert_predicts(folder.path(), "model", "a superb phone here", "positive");
    assert_predicts(folder.path(), "model", "a dreadful phone", "negative");
}

#[test]
fn the_encoder_of_a_model_of_other_labels_is_used() {
    let folder = corpora();
    run(folder.path(), "train topics.csv --from general --out model")
        .success()
        .stderr(contains(
            "starting from the encoder of the model general; its labels are negative, neutral, positive",
        ))
        .stdout(contains("accuracy of the model general").not());
    let config = config(&folder.path().join("model"));
    assert_eq!(config["base"]["name"], "general");
    assert_eq!(config["labels"].as_array().unwrap().len(), 3);
    assert_predicts(folder.path(), "model", "our cheese and bread", "food");
}

#[test]
fn a_trained_model_is_the_base_of_another() {
    let folder = corpora();
    train_network(folder.path(), "network");
    run(folder.path(), "train reviews.csv --out few").success();
    let few = config(&folder.path().join("few"));
    assert_eq!(few["normalized_ngrams"], true);
    assert_eq!(few["base"], Value::Null);
    for base in ["network", "few"] {
        let train = |corpus: &str, out: &str| {
            let args = format!("train {corpus} --from {base} --out {out}");
            run(folder.path(), &args).success()
        };
        train("reviews.csv", "same")
            .stderr(contains(format!("starting from the model {base}, ")))
            .stdout(contains(format!("accuracy of the model {base} on these")));
        let same = config(&folder.path().join("same"));
        assert_eq!(same["normalized_ngrams"] == true, base == "few");
        assert_eq!(same["base"]["name"], base);
        assert_predicts(folder.path(), "same", "a superb phone here", "positive");
        train("topics.csv", "other");
        assert_predicts(folder.path(), "other", "our cheese and bread", "food");
        for out in ["same", "other"] {
            fs::remove_dir_all(folder.path().join(out)).unwrap();
        }
    }
}

#[test]
fn a_base_is_fine_tuned_with_unlabelled_texts() {
    let folder = corpora();
    let texts = "text\na splendid film\nthe meal was dull\n";
    fs::write(folder.path().join("unlabelled.csv"), texts).unwrap();
    train_network(folder.path(), "base");
    run(
        folder.path(),
        "train reviews.csv --from base --unlabelled unlabelled.csv --epochs 2 --pretraining-epochs 1 --out model",
    )
    .success()
    .stderr(contains("preset sentences: 80 texts"))
    .stdout(contains("validation set, 8 texts"))
    .stdout(contains("accuracy of the model base on these texts"));
    let model = folder.path().join("model");
    let config = config(&model);
    assert_eq!(config["training"]["freeze-encoder"], false);
    assert_eq!(config["base"]["name"], "base");
    let vocabulary = fs::read_to_string(model.join("vocabulary.txt")).unwrap();
    assert!(vocabulary.lines().any(|token| token == "film"));
}

#[test]
fn each_fold_starts_from_the_base() {
    let folder = corpora();
    run(
        folder.path(),
        "train reviews.csv --from general --folds 3 --out folds",
    )
    .success()
    .stdout(contains("mean "));
    for fold in ["fold-1", "fold-2", "fold-3"] {
        let config = config(&folder.path().join("folds").join(fold));
        assert_eq!(config["base"]["name"], "general");
    }
}

#[test]
fn a_search_starts_from_the_base() {
    let folder = corpora();
    train_network(folder.path(), "base");
    run(
        folder.path(),
        "tune reviews.csv --from base --epochs 1 --minutes 0.1 --out tuned",
    )
    .success()
    .stdout(contains(
        "train with --config tuned/best.toml --from base\n",
    ));
    let best = "--config tuned/best.toml";
    run(
        folder.path(),
        &format!("train reviews.csv --from base {best} --out model"),
    )
    .success();
    let model = config(&folder.path().join("model"));
    assert_eq!(model["base"]["name"], "base");
    // The architecture is that of the base.
    assert_eq!(model["training"]["hidden-size"], 8);
}

#[test]
fn settings_of_the_base_cannot_be_changed() {
    let folder = corpora();
    let train = |more: &str| {
        run(
            folder.path(),
            &format!("train reviews.csv --from general --out model {more}"),
        )
        .code(1)
    };
    train("--hidden-size 64").stderr(contains("hidden-size is decided by the model general"));
    train("--ngrams 1").stderr(contains("ngrams is decided by the model general"));
    let vectors = "film 0.1 0.2 0.3\nmeal 0.2 0.1 0.3\n";
    fs::write(folder.path().join("vectors.txt"), vectors).unwrap();
    train("--embeddings vectors.txt").stderr(contains(
        "the vectors have 3 dimensions, those of the model general, which training starts from, 100",
    ));
    assert!(!folder.path().join("model").exists());
    // The value of the base is no change.
    let same = "--hidden-size 128 --epochs 1 --pretraining-epochs 0";
    run(
        folder.path(),
        &format!("train reviews.csv --from general --out model {same}"),
    )
    .success();
}

#[test]
fn threads_do_not_change_the_model() {
    let folder = corpora();
    for settings in ["reviews.csv --from general", "topics.csv"] {
        let train = |threads: usize| {
            let args = format!("train {settings} --threads {threads} --out model --force");
            run(folder.path(), &args).success();
            content(&folder.path().join("model"))
        };
        assert!(train(1) == train(4), "{settings}");
    }
}

#[test]
fn the_output_folder_is_named_after_the_corpus() {
    let folder = corpora();
    run(folder.path(), "train reviews.csv").success();
    run(
        folder.path(),
        "train --preset sample --epochs 1 --embeddings none --embedding-size 4 --hidden-size 4",
    )
    .success();
    assert_eq!(names(&folder.path().join("models")), ["reviews", "sample"]);
}

#[test]
fn the_model_of_another_corpus_is_replaced_only_by_force() {
    let folder = corpora();
    run(folder.path(), "train reviews.csv --out model").success();
    let model = folder.path().join("model");
    let before = content(&model);
    run(folder.path(), "train topics.csv --out model")
        .code(1)
        .stderr(contains(
            "model has a model that was trained on another corpus",
        ))
        .stderr(contains("--force"));
    assert!(content(&model) == before);
    run(folder.path(), "train reviews.csv --out model")
        .success()
        .stderr(contains("replaces the model in model"));
    run(folder.path(), "train topics.csv --out model --force")
        .success()
        .stderr(contains("replaces the model in model"));
    assert_eq!(config(&model)["labels"].as_array().unwrap().len(), 3);
}

#[test]
fn a_model_that_learned_nothing_says_so() {
    let folder = corpora();
    let train = |corpus: &str| run(folder.path(), &format!("train {corpus}")).success();
    let row = |place: usize| {
        let label = if place.is_multiple_of(16) {
            "rare"
        } else {
            "usual"
        };
        format!("the same words{},{label}\n", " again".repeat(place))
    };
    let rows: String = (0..80).map(row).collect();
    fs::write(
        folder.path().join("rare.csv"),
        format!("text,label\n{rows}"),
    )
    .unwrap();
    train("rare.csv").stderr(
        contains("warning: the model predicts usual for 100.0% of the texts")
            .and(contains("--from general")),
    );
    train("reviews.csv").stderr(contains("warning: ").not());
    let random = fs::read_to_string(folder.path().join("reviews.csv")).unwrap();
    // Labels that do not depend on the texts.
    let shuffled = random.lines().skip(1).enumerate().map(|(place, line)| {
        let text = line.split(',').next().unwrap();
        let label = ["negative", "positive"][(place * place / 3) % 2];
        format!("{text},{label}\n")
    });
    let shuffled = format!("text,label\n{}", shuffled.collect::<String>());
    fs::write(folder.path().join("random.csv"), shuffled).unwrap();
    let may_be_as_good = "which may be as good as the model; check the labels";
    train("random.csv").stderr(contains(may_be_as_good).and(contains("--from general")));
    train("rare.csv --from general --out adapted").stderr(
        contains("it may have learned nothing; check the labels, or train on more texts")
            .and(contains("--from general").not()),
    );
}

#[test]
fn a_model_worse_than_the_built_in_one_says_so() {
    let folder = corpora();
    let praise = "The soup was wonderful;I adore these curtains;Superb acting throughout;Our guide was charming;Runs fast and quiet;\
        Delicious pastries every morning;Battery lasts for ages;Fantastic view over the bay;Great value and friendly people;\
        Comfortable shoes that fit perfectly";
    let blame = "The receptionist shouted at us;What a horrible smell;Dull from start to finish;A total waste of money;\
        Leaks after two days;Rude staff and filthy rooms;Boring plot with flat jokes;Terrible noise all night;Awful refund policy;\
        Worst concert ever";
    let labelled = |texts: &str, label: &str| {
        let rows = texts.split(';').map(|text| format!("{text},{label}\n"));
        rows.collect::<String>()
    };
    let rows = labelled(praise, "positive") + &labelled(blame, "negative");
    fs::write(
        folder.path().join("mixed.csv"),
        format!("text,label\n{rows}"),
    )
    .unwrap();
    run(folder.path(), "train mixed.csv --embeddings none").success().stderr(contains(
        "warning: the new model is less accurate than the built-in model: predict with --model general, or train on more texts",
    ));
    run(
        folder.path(),
        "train mixed.csv --from general --out adapted",
    )
    .success()
    .stderr(contains("less accurate").not());
}

#[test]
fn german_texts_are_not_compared_with_the_english_model() {
    let folder = corpora();
    let rows: String = (0..40)
        .map(|number| {
            let thing = ["Hotel", "Restaurant", "Service", "Film", "Konzert"][number % 5];
            let (opinion, label) = match number % 2 {
                0 => (
                    "war leider wirklich nicht gut und viel zu teuer",
                    "negative",
                ),
                _ => (
                    "war einfach nur sehr schön und ich komme gerne wieder",
                    "positive",
                ),
            };
            format!("Das {thing} Nummer {number} in Berlin {opinion},{label}\n")
        })
        .collect();
    fs::write(
        folder.path().join("german.csv"),
        format!("text,label\n{rows}"),
    )
    .unwrap();
    run(folder.path(), "train german.csv --language de")
        .success()
        .stdout(contains("accuracy of the built-in model").not())
        .stderr(contains("--from general").not());
}

#[test]
fn copies_of_one_text_cannot_be_cross_validated() {
    let folder = corpora();
    let rows = "the same words,left\nthe same words,right\n".repeat(20);
    fs::write(
        folder.path().join("copies.csv"),
        format!("text,label\n{rows}"),
    )
    .unwrap();
    run(folder.path(), "train copies.csv")
        .code(1)
        .stderr(contains("different texts"));
}

#[test]
fn settings_without_effect_are_named() {
    let folder = corpora();
    run(
        folder.path(),
        "train topics.csv --preset few --epochs 3 --out model",
    )
    .success()
    .stderr(contains(
        "settings without effect, because the encoder is fixed: epochs",
    ));
}

#[test]
fn class_weights_multiply_the_odds() {
    let folder = corpora();
    let odds = |name: &str, weights: &str| {
        let train = format!("train topics.csv --class-weights {weights} --out {name}");
        run(folder.path(), &train).success();
        let predict = format!("predict match --format jsonl --model {name}");
        let output = run(folder.path(), &predict).success();
        let record: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
        let probability = |label: &str| record[format!("probability_{label}")].as_f64().unwrap();
        probability("sport") / probability("food")
    };
    let plain = odds("plain", "none");
    let weighted = odds("weighted", "sport=5");
    let ratio = weighted / plain;
    assert!((ratio - 5.0).abs() < 0.01, "{ratio}");
}

#[test]
fn labels_with_commas_can_be_weighted() {
    let folder = corpora();
    let rows = "Good,\"x,y\"\nBad,c\nNice,\"x,y\"\nPoor,c\n".repeat(5);
    let content = format!("text,label\n{rows}");
    fs::write(folder.path().join("commas.csv"), content).unwrap();
    run(
        folder.path(),
        "train commas.csv --class-weights \"x,y\"=2,c=1 --out model",
    )
    .success();
    let model = config(&folder.path().join("model"));
    assert_eq!(model["training"]["class-weights"], "c=1,\"x,y\"=2");
    run(folder.path(), "train commas.csv --class-weights x,y=2")
        .code(1)
        .stderr(contains("a label with a comma is quoted"));
}
