//! `sentiment train`: its files, output and errors.

use std::fs;
use std::path::Path;

#[cfg(unix)]
use crate::common::interrupt_after_an_epoch;
use crate::common::{corpus, names, sentiment, train_args, trained};
use predicates::prelude::*;
use predicates::str::contains;
use sentiment::training::Recipe;
use serde_json::Value;

fn read_json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn saves_a_model_with_its_metrics() {
    let (_folder, model) = trained();
    let files = [
        "README.md",
        "config.json",
        "history.jsonl",
        "metrics.json",
        "model.safetensors",
        "ngrams.bin",
        "vocabulary.txt",
    ];
    assert_eq!(names(&model), files);

    let config = read_json(&model.join("config.json"));
    assert_eq!(config["format_version"], 8);
    assert_eq!(
        config["labels"],
        serde_json::json!(["negative", "positive"])
    );
    assert_eq!(config["training"]["hidden-size"], 8);

    let history = fs::read_to_string(model.join("history.jsonl")).unwrap();
    let epochs: Vec<Value> = history
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(epochs.len(), 4);
    let keys: Vec<&str> = epochs[0]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let expected = "epoch train_loss validation_loss validation_accuracy learning_rate seconds \
                    tokens_per_second";
    assert_eq!(keys, expected.split_whitespace().collect::<Vec<_>>());
    let losses: Vec<f64> = epochs
        .iter()
        .map(|epoch| epoch["train_loss"].as_f64().unwrap())
        .collect();
    assert!(losses[3] < losses[0], "{losses:?}");

    let metrics = read_json(&model.join("metrics.json"));
    let best = &epochs[metrics["best"]["epoch"].as_u64().unwrap() as usize - 1];
    assert_eq!(&metrics["best"], best);
    assert_eq!(
        metrics["validation"]["accuracy"],
        best["validation_accuracy"]
    );
    assert_eq!(metrics["validation_texts"], 8);

    let vocabulary = fs::read_to_string(model.join("vocabulary.txt")).unwrap();
    assert!(vocabulary.starts_with("<unk>\n"));
    assert!(vocabulary.lines().any(|token| token == "wonderful"));
}

#[test]
fn model_depends_on_the_seed_but_not_on_the_number_of_threads() {
    let folder = corpus();
    let train = |threads: &str, seed: &str, out: &str| {
        let out = folder.path().join(out);
        let mut args = train_args(folder.path());
        args[3] = out.display().to_string();
        sentiment()
            .args(args)
            .args(["--threads", threads, "--seed", seed])
            .assert()
            .success();
        fs::read(out.join("model.safetensors")).unwrap()
    };
    let one = train("1", "5", "one");
    assert!(one == train("2", "5", "two"));
    assert!(one != train("2", "6", "other"));
}

#[test]
fn command_line_flags_take_precedence_over_the_config_file() {
    let folder = corpus();
    let config = folder.path().join("recipe.toml");
    let reviews = folder.path().join("reviews.csv");
    let content = format!(
        "corpus = {reviews:?}\nhidden-size = 4\nepochs = 1\npooling = \"mean\"\nstopwords = \"none\"\n"
    );
    fs::write(&config, content).unwrap();
    let out = folder.path().join("model");
    sentiment()
        .arg("train")
        .args([
            "--config".as_ref(),
            config.as_os_str(),
            "--out".as_ref(),
            out.as_os_str(),
        ])
        .args(["--hidden-size", "6", "--bidirectional=false"])
        .assert()
        .success();
    let training = &read_json(&out.join("config.json"))["training"];
    let settings = [
        "hidden-size",
        "epochs",
        "pooling",
        "stopwords",
        "bidirectional",
    ];
    let found = settings.map(|name| training[name].clone());
    assert_eq!(
        found,
        [
            6.into(),
            1.into(),
            "mean".into(),
            "none".into(),
            Value::Bool(false)
        ]
    );
}

#[test]
fn errors_name_the_invalid_setting() {
    let folder = corpus();
    let config = folder.path().join("recipe.toml");
    let refused = |args: &[&str], code: i32, message: &str| {
        sentiment()
            .args(train_args(folder.path()))
            .args(args)
            .assert()
            .code(code)
            .stderr(contains(message));
        assert_eq!(
            names(folder.path()),
            ["recipe.toml", "reviews.csv"],
            "the command wrote files"
        );
    };
    let files = [
        (
            "hiden-size = 4\n",
            "recipe.toml: unknown setting \"hiden-size\"; did you mean \"hidden-size\"?\n",
        ),
        (
            "zzqx = 4\n",
            "recipe.toml: unknown setting \"zzqx\"\nhint: `sentiment train --help` lists",
        ),
        (
            "hidden_size = 4\n",
            "unknown setting \"hidden_size\"; did you mean \"hidden-size\"?\n",
        ),
        (
            "validation_split = 0.1\n",
            "unknown setting \"validation_split\"; did you mean \"validation-split\"?\n",
        ),
    ];
    for (content, message) in files {
        fs::write(&config, content).unwrap();
        refused(&["--config", config.to_str().unwrap()], 1, message);
    }
    refused(
        &["--word-dropout", "1.5"],
        1,
        "word-dropout must be from 0 to below 1",
    );
    refused(&["--pooling", "median"], 1, "unknown variant `median`");
    refused(&["--layers", "0"], 1, "number of layers is 0");
    refused(
        &["--class-weights", "glad=2"],
        1,
        "the training corpus has no label \"glad\"; its labels are ",
    );
    refused(
        &["--device", "gpu"],
        2,
        "expected `auto`, `cpu`, `cuda` or `cuda:N`",
    );
    refused(
        &["--validation-split", "1"],
        1,
        "validation-split must be above 0 and below 1",
    );
}

#[test]
fn errors_in_the_corpus_name_file_and_line() {
    let folder = corpus();
    let gzipped = {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let reviews = fs::read(folder.path().join("reviews.csv")).unwrap();
        encoder.write_all(&reviews).unwrap();
        encoder.finish().unwrap()
    };
    let cases: [(&str, &[u8], &str); 9] = [
        (
            "column.csv",
            b"opinion,label\ngood,a\nbad,b\n",
            "column.csv:1: ",
        ),
        (
            "empty-label.csv",
            b"text,label\ngood,a\nbad,\n",
            "empty-label.csv:3: the label is empty",
        ),
        (
            "no-label.jsonl",
            b"{\"text\":\"good\",\"label\":\"a\"}\n{\"text\":\"bad\"}\n",
            "no-label.jsonl:2: ",
        ),
        (
            "one-class.csv",
            b"text,label\ngood,a\nfine,a\n",
            "one-class.csv: ",
        ),
        (
            "fields.csv",
            b"text,label\ngood,a\nbad,b,c\n",
            "fields.csv:3: ",
        ),
        ("nan.csv", b"text,label\ngood,a\nbad,nan\n", "nan.csv:3: "),
        ("empty.csv", b"", "empty.csv: "),
        ("header-only.csv", b"text,label\n", "header-only.csv: "),
        ("cut.csv.gz", &gzipped[..gzipped.len() / 2], "cut.csv.gz:"),
    ];
    for (name, content, message) in cases {
        let file = folder.path().join(name);
        fs::write(&file, content).unwrap();
        let mut args = train_args(folder.path());
        args[1] = file.display().to_string();
        sentiment()
            .args(args)
            .assert()
            .code(1)
            .stdout("")
            .stderr(predicates::str::starts_with("error: ").and(contains(message)));
        assert!(
            !folder.path().join("model").exists(),
            "{name}: the command wrote files"
        );
    }
}

#[test]
fn invalid_rows_can_be_skipped_and_are_counted() {
    let folder = corpus();
    let reviews = folder.path().join("reviews.csv");
    let rows = fs::read_to_string(&reviews).unwrap() + "no label,\nmore,than,two\n";
    fs::write(&reviews, rows).unwrap();
    sentiment()
        .args(train_args(folder.path()))
        .arg("--skip-bad-rows")
        .assert()
        .success()
        .stderr(contains("bad rows skipped: 2 of 82, first: ").and(contains("reviews.csv:82: ")));
}

#[test]
fn divergence_stops_the_run_and_keeps_the_saved_model() {
    let (folder, model) = trained();
    let before = fs::read(model.join("model.safetensors")).unwrap();
    sentiment()
        .args(train_args(folder.path()))
        .args(
            "--optimizer sgd --momentum 0 --clip-norm 0 --schedule constant --warmup 0".split(' '),
        )
        .args(["--learning-rate", "1e38"])
        .assert()
        .code(1)
        .stderr(
            contains("the loss became")
                .and(contains("in epoch 1, step "))
                .and(contains("1.000e38")),
        )
        .stderr(contains("hint: use a lower --learning-rate"));
    assert!(before == fs::read(model.join("model.safetensors")).unwrap());
}

#[test]
fn a_model_that_has_learned_nothing_is_noted() {
    let note = "of the texts: it may have learned nothing";
    let folder = corpus();
    let train = || {
        let mut train = sentiment();
        train.args(train_args(folder.path())).arg("--force");
        train.assert().success()
    };
    train().stderr(contains(note).not());
    // Each text is one word, so that the words of the validation texts are unknown.
    let rows: String = (0..80)
        .map(|index| format!("word{index},{}\n", ["positive", "negative"][index % 2]))
        .collect();
    fs::write(
        folder.path().join("reviews.csv"),
        format!("text,label\n{rows}"),
    )
    .unwrap();
    train().stderr(contains(note));
}

#[test]
fn quiet_prints_only_results() {
    let folder = corpus();
    sentiment()
        .args(train_args(folder.path()))
        .arg("--quiet")
        .assert()
        .success()
        .stderr("")
        .stdout(contains("accuracy"));
}

#[cfg(unix)]
#[test]
fn a_resumed_run_ends_with_the_same_model() {
    let folder = corpus();
    let model = folder.path().join("model");
    // Enough epochs that the signal, sent after the first epoch, arrives before the end.
    let mut args = train_args(folder.path());
    args.extend("--epochs 80 --patience 80".split(' ').map(String::from));
    sentiment().args(&args).assert().success();
    let whole = fs::read(model.join("model.safetensors")).unwrap();
    fs::remove_dir_all(&model).unwrap();

    let hint = interrupt_after_an_epoch(&args);
    assert!(
        hint.starts_with("hint: resume with: ") && hint.ends_with("--resume"),
        "{hint}"
    );

    // A different validation set is refused.
    sentiment()
        .args(&args)
        .args(["--resume", "--validation-split", "0.2"])
        .assert()
        .code(1)
        .stderr(contains(
            "the run began with another training or validation set",
        ));
    sentiment().args(&args).arg("--resume").assert().success();
    assert!(whole == fs::read(model.join("model.safetensors")).unwrap());
    assert!(!model.join("state").exists());
}

#[test]
fn resume_needs_a_checkpoint() {
    let (folder, _) = trained();
    sentiment()
        .args(train_args(folder.path()))
        .arg("--resume")
        .assert()
        .code(1)
        .stderr(contains("there is no checkpoint in"));
}

#[test]
fn a_saved_ngram_model_predicts_the_same_and_is_checked() {
    let folder = corpus();
    let mut args = train_args(folder.path());
    args.extend("--ngrams 3".split(' ').map(String::from));
    sentiment().args(&args).assert().success();
    let model = folder.path().join("model");
    assert!(names(&model).contains(&"ngrams.bin".to_string()));
    let config = read_json(&model.join("config.json"));
    assert_eq!(config["ngrams"], 3);
    // `train` prints the accuracy of the saved model, metrics.json has the accuracy before saving.
    let metrics = read_json(&model.join("metrics.json"));
    let accuracy = metrics["best"]["validation_accuracy"].as_f64().unwrap();
    fs::remove_dir_all(&model).unwrap();
    sentiment()
        .args(&args)
        .assert()
        .success()
        .stdout(contains(format!("accuracy              {accuracy:.4}")));

    // A truncated file is refused.
    let path = model.join("ngrams.bin");
    let content = fs::read(&path).unwrap();
    fs::write(&path, &content[..content.len() - 8]).unwrap();
    sentiment()
        .args(["predict", "good", "--model"])
        .arg(&model)
        .assert()
        .code(1)
        .stderr(contains(
            "ngrams.bin: it is not the file that was saved with config.json",
        ));
}

#[test]
fn pretraining_reads_unlabelled_texts_and_is_deterministic() {
    let folder = corpus();
    let unlabelled = folder.path().join("unlabelled.csv");
    fs::write(
        &unlabelled,
        "text\nThe quixotic plot is fine\nA quixotic actor\n",
    )
    .unwrap();
    let mut args = train_args(folder.path());
    args.extend(
        "--pretraining-epochs 2 --unlabelled"
            .split(' ')
            .map(String::from),
    );
    args.push(unlabelled.display().to_string());
    let train = || {
        sentiment()
            .args(&args)
            .assert()
            .success()
            .stderr(contains("pre-training epoch 2/2  loss "));
        let model = folder.path().join("model");
        let weights = fs::read(model.join("model.safetensors")).unwrap();
        let vocabulary = fs::read_to_string(model.join("vocabulary.txt")).unwrap();
        fs::remove_dir_all(&model).unwrap();
        (weights, vocabulary)
    };
    let (weights, vocabulary) = train();
    assert!(vocabulary.lines().any(|token| token == "quixotic"));
    assert!(weights == train().0);
    sentiment()
        .args(&args)
        .args(["--pretraining-epochs", "0", "--self-training", "0"])
        .assert()
        .code(1)
        .stderr(contains("--unlabelled has no effect"));
}

#[test]
fn an_error_in_the_report_comes_after_the_model_is_saved() {
    let folder = corpus();
    sentiment()
        .args(train_args(folder.path()))
        .arg("--report")
        .arg(folder.path().join("missing/report.html"))
        .assert()
        .code(1)
        .stdout(contains("accuracy").and(contains("model saved in ")))
        .stderr(contains("report.html: No such file"));
    assert!(folder.path().join("model/config.json").exists());
}

/// Returns the name of each flag in a help text with its description on one line.
fn help_by_flag(help: &str) -> Vec<(String, String)> {
    let mut flags: Vec<(String, String)> = Vec::new();
    let options = help.lines().take_while(|line| *line != "Examples:");
    // Headings are not indented.
    for line in options.filter(|line| line.starts_with(' ')) {
        let line = line.trim();
        let flag = line.get(4..).filter(|_| line.get(2..4) == Some(", "));
        if let Some(flag) = flag.unwrap_or(line).strip_prefix("--") {
            let (name, rest) = flag.split_once(' ').unwrap_or((flag, ""));
            let name = name.split(['=', '[']).next().unwrap_or_default();
            flags.push((name.into(), rest.into()));
        } else if let Some((_, text)) = flags.last_mut() {
            *text += " ";
            *text += line;
        }
    }
    flags
}

/// Returns the text after a flag's placeholder.
fn without_placeholder(text: &str) -> &str {
    let text = text.trim_start();
    match text.strip_prefix('<').and_then(|text| text.split_once('>')) {
        Some((_, text)) => text.trim_start_matches(']').trim_start(),
        None => text,
    }
}

/// The defaults come from the code, and each help text has at most ten words.
#[test]
fn help_shows_the_default_of_every_setting() {
    let output = sentiment().args(["train", "--help"]).output().unwrap();
    let help = help_by_flag(&String::from_utf8(output.stdout).unwrap());
    let recipe = serde_json::to_value(Recipe::default()).unwrap();
    for (name, value) in recipe.as_object().unwrap() {
        if name == "output" {
            let flags = ["ordinal", "multi-label"];
            assert!(
                flags
                    .iter()
                    .all(|flag| help.iter().any(|(name, _)| name == flag))
            );
            continue;
        }
        let found = help.iter().find(|(flag, _)| flag == name);
        let (_, text) = found.unwrap_or_else(|| panic!("--{name} is not in {help:?}"));
        let default = match value {
            Value::String(text) => text.clone(),
            number => number.to_string().trim_end_matches(".0").to_string(),
        };
        let default = format!(" [default: {default}]");
        let words = without_placeholder(text).strip_suffix(&default);
        let words = words.unwrap_or_else(|| panic!("--{name}: {text}"));
        let count = words.split_whitespace().count();
        assert!((1..=10).contains(&count), "--{name}: {words}");
    }
}

#[test]
fn nan_is_refused() {
    let folder = corpus();
    sentiment()
        .args(train_args(folder.path()))
        .args(["--dropout", "nan"])
        .assert()
        .code(1)
        .stderr(contains("dropout must be from 0 to below 1"));
}

/// With `--redact` and `--number-token`, neither the vocabulary nor the n-grams have what the texts name.
#[test]
fn a_redacting_model_has_placeholders_instead_of_personal_data() {
    let folder = corpus();
    let path = folder.path().join("reviews.csv");
    let texts = fs::read_to_string(&path).unwrap();
    let personal = "@dave_77 me.too@here.org https://t.co/secret 555-123-4567 4711";
    fs::write(&path, texts.replace(" film", &format!(" film {personal}"))).unwrap();
    let out = folder.path().join("model");
    sentiment()
        .args(train_args(folder.path()))
        .args(["--redact", "--number-token"])
        .assert()
        .success();
    let preprocessing = &read_json(&out.join("config.json"))["preprocessing"];
    assert_eq!(preprocessing["version"], 2);
    assert_eq!(preprocessing["redact"], true);
    assert_eq!(preprocessing["number_token"], true);
    let vocabulary = fs::read_to_string(out.join("vocabulary.txt")).unwrap();
    let tokens: Vec<&str> = vocabulary.lines().collect();
    for placeholder in ["<user>", "<email>", "<url>", "<phone>", "<number>"] {
        assert!(tokens.contains(&placeholder), "{placeholder}");
    }
    for personal in ["dave", "here", "secret", "4567", "4711"] {
        let is_kept = tokens
            .iter()
            .any(|token| token.contains(personal) && *token != "here");
        assert!(!is_kept, "{personal}");
    }

    // Prediction reads texts as training does.
    let predict = |text: &str| {
        let output = sentiment()
            .args(["predict", "--format", "csv", "--model"])
            .arg(&out)
            .arg(text)
            .assert()
            .success();
        let rows = String::from_utf8(output.get_output().stdout.clone()).unwrap();
        rows.replace(text, "")
    };
    assert_eq!(
        predict("a great film @someone_else 12"),
        predict("a great film <user> 3.50")
    );

    // A model that starts from it keeps its preprocessing.
    let adapted = folder.path().join("adapted");
    sentiment()
        .args([
            "train",
            "--epochs",
            "1",
            "--pretraining-epochs",
            "0",
            "--from",
        ])
        .args([&out, &path])
        .arg("--out")
        .arg(&adapted)
        .assert()
        .success();
    let config = read_json(&adapted.join("config.json"));
    assert_eq!(&config["preprocessing"], preprocessing);
}

/// Words of a group have one token, so a text's probabilities do not depend on which of them it has.
#[test]
fn words_of_a_group_have_the_same_prediction() {
    let folder = corpus();
    let groups = folder.path().join("groups.txt");
    fs::write(&groups, "good great superb\nfilm movie\n").unwrap();
    let out = folder.path().join("model");
    sentiment()
        .args(train_args(folder.path()))
        .arg("--same-words")
        .arg(&groups)
        .assert()
        .success();
    let vocabulary = fs::read_to_string(out.join("vocabulary.txt")).unwrap();
    assert!(vocabulary.lines().all(|token| token != "great"));
    let predict = |text: &str| {
        let mut command = sentiment();
        command.args(["predict", "--model"]).arg(&out).arg(text);
        let output = command.assert().success();
        let row = String::from_utf8(output.get_output().stdout.clone()).unwrap();
        row.replace(text, "")
    };
    assert_eq!(predict("a good film"), predict("a Superb movie"));

    fs::write(&groups, "good great\nGreat superb\n").unwrap();
    sentiment()
        .args(train_args(folder.path()))
        .args(["--force", "--same-words"])
        .arg(&groups)
        .assert()
        .failure()
        .stderr(contains(
            "groups.txt:2: the word \"great\" is in the group of line 1, too",
        ))
        .stderr(contains("write each word on one line only"));
}
