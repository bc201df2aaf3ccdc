//! Encoders beside the LSTM: training, saving, loading and every command that reads a model.

use std::fs;
use std::path::Path;

use crate::common::{content, corpus, sentiment, train_args, trained_with};
use predicates::prelude::*;
use predicates::str::contains;
use sentiment::model::{ModelConfig, config_file};
use serde_json::{Value, json};

const RECURRENT: [&str; 2] = ["gru", "sru"];
const OTHERS: [&str; 2] = ["cnn", "mean"];

fn config(model: &Path) -> Value {
    serde_json::from_slice(&fs::read(model.join("config.json")).unwrap()).unwrap()
}

#[test]
fn every_command_reads_a_model_with_any_encoder() {
    for encoder in RECURRENT.into_iter().chain(OTHERS) {
        let (folder, model) = trained_with(&["--encoder", encoder]);
        let config = config(&model);
        assert_eq!(config["format_version"], 9);
        assert_eq!(config["architecture"]["encoder"]["kind"], encoder);
        let pooling = match encoder {
            "cnn" => "max",
            "mean" => "mean",
            _ => "attention",
        };
        assert_eq!(config["architecture"]["pooling"], pooling);
        let (_, written) = config_file(&ModelConfig::read(&model).unwrap());
        assert!(written == fs::read(model.join("config.json")).unwrap());

        let run = |args: &str| {
            let mut command = sentiment();
            command.current_dir(folder.path());
            command.args(args.split(' ')).assert().success()
        };
        run("eval reviews.csv --model model").stdout(contains("accuracy"));
        let texts = ["a lovely film here", "what an awful meal"];
        let mut predict = sentiment();
        let predicted = predict.args(["predict", "--model"]).arg(&model).args(texts);
        let labels = contains("positive\t").and(contains("negative\t"));
        predicted.assert().success().stdout(labels);
        for method in ["lime", "gradient", "attention"] {
            let mut explain = sentiment();
            explain
                .args(["explain", "--method", method, "--model"])
                .arg(&model);
            let assert = explain.arg(texts[0]).assert();
            match (method, pooling) {
                ("attention", "max" | "mean") => assert.code(1).stderr(contains("attention")),
                _ => assert.success().stdout(contains("lovely")),
            };
        }
        run("train reviews.csv --from model --epochs 1 --out tuned");
        let tuned = self::config(&folder.path().join("tuned"));
        assert_eq!(tuned["architecture"], config["architecture"]);
    }
}

#[test]
fn threads_do_not_change_a_model_with_any_encoder() {
    let folder = corpus();
    let model = folder.path().join("model");
    for encoder in RECURRENT.into_iter().chain(OTHERS) {
        let train = |threads: &str| {
            let settings = "--pretraining-epochs 1 --layers 2 --threads";
            sentiment()
                .args(train_args(folder.path()))
                .args(["--encoder", encoder])
                .args(settings.split(' '))
                .arg(threads)
                .assert()
                .success();
            let content = content(&model);
            fs::remove_dir_all(&model).unwrap();
            content
        };
        assert!(train("1") == train("3"), "{encoder}");
    }
}

#[test]
fn sizes_of_the_convolution_are_settings() {
    let (_folder, model) = trained_with(&["--encoder", "cnn", "--filters", "5", "--widths", "1,2"]);
    let encoder = &config(&model)["architecture"]["encoder"];
    assert_eq!(
        *encoder,
        json!({"kind": "cnn", "filters": 5, "widths": [1, 2]})
    );
    let mut args = train_args(corpus().path());
    args.extend(["--encoder", "cnn", "--widths", "5,4"].map(String::from));
    let error = contains("ascending numbers");
    sentiment().args(args).assert().failure().stderr(error);
}

#[test]
fn encoders_that_are_not_recurrent_are_not_pretrained() {
    let folder = corpus();
    let unlabelled = folder.path().join("more.csv");
    fs::write(&unlabelled, "text\na lovely day\nan awful day\n").unwrap();
    for encoder in OTHERS {
        let mut command = sentiment();
        command.args(train_args(folder.path())).arg("--unlabelled");
        let command = command.arg(&unlabelled).args(["--encoder", encoder]);
        let note = format!(
            "no language-model pre-training on the unlabelled texts, because the encoder {encoder}"
        );
        command.assert().success().stderr(contains(note));
    }
}

/// A fixed encoder has random weights unless the run starts from a model.
#[test]
fn a_linear_layer_is_fitted_beside_any_fixed_encoder() {
    for encoder in RECURRENT.into_iter().chain(OTHERS) {
        let folder = corpus();
        let mut command = sentiment();
        command.current_dir(folder.path());
        command.args("train reviews.csv --preset few --out model --encoder".split(' '));
        command.arg(encoder).assert().success();
        let encoder = encoder.to_string();
        let config = config(&folder.path().join("model"));
        assert_eq!(config["architecture"]["encoder"]["kind"], encoder);
    }
}

#[test]
fn an_unknown_encoder_is_an_error() {
    let mut args = train_args(corpus().path());
    args.extend(["--encoder", "gpt"].map(String::from));
    let error = contains("gpt").and(contains("lstm"));
    sentiment().args(args).assert().failure().stderr(error);
}
