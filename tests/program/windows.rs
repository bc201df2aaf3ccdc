//! The encoders without recurrence through all commands: train, eval, predict and explain.

use std::fs;

use serde_json::Value;

use crate::common::{content, corpus, sentiment, train_args, trained_with};

/// The settings of the encoders and their default pooling.
const ENCODERS: [(&str, &str); 2] = [
    ("--encoder cnn --filters 4 --widths 2,3", "max"),
    ("--encoder mean", "mean"),
];

/// More steps than those of the LSTM, whose size is the same.
const STEPS: [&str; 6] = [
    "--epochs",
    "12",
    "--patience",
    "12",
    "--learning-rate",
    "0.1",
];

fn json(args: &[&str]) -> Value {
    let done = sentiment().args(args).assert().success();
    serde_json::from_slice(&done.get_output().stdout).unwrap()
}

#[test]
fn a_model_is_trained_evaluated_and_explained() {
    for (settings, pooling) in ENCODERS {
        let settings: Vec<&str> = settings
            .split(' ')
            .chain(STEPS)
            .chain(["--ngrams", "0"])
            .collect();
        let (folder, model) = trained_with(&settings);
        let model = model.to_str().unwrap();
        let config = fs::read_to_string(folder.path().join("model/config.json")).unwrap();
        let config: Value = serde_json::from_str(&config).unwrap();
        assert_eq!(config["architecture"]["encoder"]["kind"], settings[1]);
        assert_eq!(config["architecture"]["pooling"], pooling);

        let metrics = folder.path().join("metrics.json");
        let reviews = folder.path().join("reviews.csv");
        sentiment()
            .args(["eval", reviews.to_str().unwrap(), "--model", model])
            .args(["--json", metrics.to_str().unwrap()])
            .assert()
            .success();
        let metrics: Value = serde_json::from_slice(&fs::read(metrics).unwrap()).unwrap();
        assert_eq!(metrics["accuracy"], 1.0, "{settings:?}");

        // Shorter than a window, too.
        for (text, label) in [("a superb film today", "positive"), ("awful", "negative")] {
            let predict = ["predict", text, "--model", model, "--format", "jsonl"];
            assert_eq!(json(&predict)["predicted"], label);
            for method in ["lime", "gradient"] {
                let explain = ["explain", text, "--model", model, "--method", method];
                let explanation = json(&[&explain[..], &["--json"]].concat());
                assert_eq!(explanation["label"], label, "{method}: {explanation}");
            }
        }
    }
}

#[test]
fn attention_explains_a_convolution_that_it_pools() {
    let (_folder, model) = trained_with(&[
        "--encoder",
        "cnn",
        "--filters",
        "4",
        "--pooling",
        "attention",
    ]);
    let explain = [
        "explain",
        "a superb film today",
        "--method",
        "attention",
        "--json",
    ];
    let explanation = json(&[&explain[..], &["--model", model.to_str().unwrap()]].concat());
    assert_eq!(explanation["label"], "positive", "{explanation}");
}

#[test]
fn threads_do_not_change_the_model() {
    for (settings, _) in ENCODERS {
        let folder = corpus();
        let model = folder.path().join("model");
        let train = |threads: &str| {
            sentiment()
                .args(train_args(folder.path()))
                .args(settings.split(' '))
                .args(["--threads", threads])
                .assert()
                .success();
            let content = content(&model);
            fs::remove_dir_all(&model).unwrap();
            content
        };
        let one = train("1");
        assert!(train("2") == one && train("4") == one, "{settings}");
    }
}
