//! `sentiment explain`, as a person uses it.

use std::fs;

use crate::common::{sentiment, trained, trained_with};
use predicates::prelude::*;
use serde_json::Value;

const TEXT: &str = "The plot is dull but the acting is wonderful";

fn output(args: &[&str]) -> String {
    let done = sentiment().args(args).assert().success();
    String::from_utf8(done.get_output().stdout.clone()).unwrap()
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&output(args)).unwrap()
}

#[test]
fn words_are_marked_and_listed() {
    for method in ["lime", "gradient"] {
        let shown = output(&["explain", TEXT, "--method", method]);
        let mut lines = shown.lines();
        assert!(lines.next().unwrap().starts_with("positive 0."), "{shown}");
        let marked = lines.find(|line| line.contains("plot")).unwrap();
        assert!(
            marked.contains(" wonderful[+++]") && marked.contains(" dull[−"),
            "{shown}"
        );
        let first = lines.find(|line| line.contains('█')).unwrap();
        assert!(first.trim_start().starts_with("wonderful  +0."), "{shown}");
    }
}

#[test]
fn colours_are_those_the_terminal_has() {
    let coloured = |variables: &[(&str, &str)]| {
        let mut command = sentiment();
        command.args(["explain", TEXT, "--method", "gradient"]);
        command
            .env_remove("COLORTERM")
            .env_remove("NO_COLOR")
            .env("CLICOLOR_FORCE", "1");
        variables.iter().for_each(|(name, value)| {
            command.env(name, value);
        });
        String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
    };
    let of_24_bits = coloured(&[("COLORTERM", "truecolor")]);
    assert!(of_24_bits.contains("48;2;") && !of_24_bits.contains("48;5;"));
    let of_256 = coloured(&[("TERM", "xterm-256color")]);
    assert!(of_256.contains("48;5;") && !of_256.contains("48;2;"));
    let of_16 = coloured(&[("TERM", "xterm")]);
    assert!(of_16.contains("\u{1b}[94m") && !of_16.contains("\u{1b}[48;"));
}

/// Returns the background of a word in a text that `explain` shades for a label.
fn background(word: &str, class: &str) -> String {
    let mut command = sentiment();
    command.args(["explain", TEXT, "--method", "gradient", "--class", class]);
    command
        .args(["--color", "always"])
        .env("COLORTERM", "truecolor");
    let output = command.assert().success().get_output().stdout.clone();
    let output = String::from_utf8(output).unwrap();
    let (before, _) = output.split_once(&format!("m{word}\u{1b}")).unwrap();
    let (_, style) = before.rsplit_once("48;2;").unwrap();
    style.into()
}

#[test]
fn words_have_the_colour_of_their_direction_whichever_label_is_explained() {
    let wonderful = background("wonderful", "positive");
    assert_eq!(wonderful, background("wonderful", "negative"));
    let dull = background("dull", "positive");
    assert_eq!(dull, background("dull", "negative"));
    assert_ne!(wonderful, dull);
    // Another label has neither direction.
    assert_ne!(background("wonderful", "neutral"), wonderful);
}

#[test]
fn color_takes_precedence_over_the_environment() {
    let styled = |arguments: &[&str], variable: (&str, &str)| {
        let mut command = sentiment();
        command.args(["explain", TEXT, "--method", "gradient"]);
        command.args(arguments).env(variable.0, variable.1);
        let output = command.assert().success().get_output().stdout.clone();
        String::from_utf8(output).unwrap().contains('\u{1b}')
    };
    assert!(styled(&["--color", "always"], ("NO_COLOR", "1")));
    assert!(!styled(&["--color", "never"], ("CLICOLOR_FORCE", "1")));
    assert!(styled(&["--color", "auto"], ("CLICOLOR_FORCE", "1")));
    assert!(!styled(&[], ("NO_COLOR", "1")));
}

#[test]
fn each_row_of_a_table_is_explained_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("rows.csv");
    let mut rows = String::from("id,text\n");
    for id in 0..200 {
        rows += &format!("{id},a {} film\n", ["wonderful", "dull"][id % 2]);
    }
    rows += "200,\"\"\n";
    fs::write(&input, rows).unwrap();
    let explained = |more: &[&str]| {
        let mut command = sentiment();
        command.args([
            "explain",
            "--method",
            "gradient",
            "--features",
            "2",
            "--input",
        ]);
        command.arg(&input).args(more);
        let done = command.assert().success();
        let done = done.stderr(predicate::str::contains(
            "texts without an explanation: 1 of 201, first: ",
        ));
        String::from_utf8(done.get_output().stdout.clone()).unwrap()
    };
    let table = explained(&["--format", "csv"]);
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let header = Vec::from_iter(reader.headers().unwrap().iter().map(String::from));
    assert_eq!(
        header.join(","),
        "id,text,predicted,score,word_1,word_1_weight,word_2,word_2_weight,reason,unread_tokens"
    );
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 201);
    for (id, row) in rows[..200].iter().enumerate() {
        assert_eq!(&row[0], &*id.to_string());
        let (label, word) = [("positive", "wonderful"), ("negative", "dull")][id % 2];
        assert_eq!((&row[2], &row[4]), (label, word));
        assert!(row[5].parse::<f64>().unwrap() > 0.0);
    }
    assert!(rows[200][8].contains("no token that the model reads"));

    let lines = explained(&["--format", "jsonl", "--class", "negative"]);
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first["words"][0]["token"], "wonderful");
    assert_eq!(first["words"][0]["start"], 2);
    assert!(first["words"][0]["weight"].as_f64().unwrap() < 0.0);
    let text = explained(&[]);
    assert!(text.starts_with("positive\t0."), "{text}");
}

#[test]
fn json_has_the_words_and_where_they_stand() {
    let text = "Wonderful, wonderful café; not bad";
    let explained = json(&["explain", text, "--json", "--features", "20"]);
    assert_eq!(explained["text"], text);
    assert_eq!(
        (&explained["label"], &explained["method"]),
        (&"positive".into(), &"lime".into())
    );
    assert!(explained["score"].as_f64().unwrap() > 0.5);
    let classes = explained["classes"].as_object().unwrap();
    assert_eq!(
        Vec::from_iter(classes.keys()),
        ["negative", "neutral", "positive"]
    );
    let positive = &classes["positive"];
    for figure in ["intercept", "local_prediction", "r2"] {
        assert!(positive[figure].is_f64(), "{figure}");
    }
    for weight in positive["weights"].as_array().unwrap() {
        let place = |name: &str| weight[name].as_u64().unwrap() as usize;
        let there = &text[place("start")..place("end")];
        assert_eq!(there.to_lowercase(), weight["token"].as_str().unwrap());
    }
    let strongest = &positive["weights"][0];
    assert_eq!(strongest["token"], "wonderful");
    assert_eq!(strongest["also_at"], serde_json::json!([[11, 20]]));

    let apart = json(&[
        "explain",
        text,
        "--json",
        "--positions",
        "--class",
        "positive",
    ]);
    assert_eq!(apart["classes"].as_object().unwrap().len(), 1);
    let weights = apart["classes"]["positive"]["weights"].as_array().unwrap();
    assert_eq!(
        weights
            .iter()
            .filter(|weight| weight["token"] == "wonderful")
            .count(),
        2
    );
}

#[test]
fn a_seed_repeats_and_samples_are_as_many_as_asked_for() {
    let args = |seed: &'static str| {
        [
            "explain",
            TEXT,
            "--json",
            "--samples",
            "500",
            "--seed",
            seed,
        ]
    };
    assert_eq!(output(&args("1")), output(&args("1")));
    assert_ne!(output(&args("1")), output(&args("2")));
    assert_eq!(json(&args("1"))["samples"], 500);
}

#[test]
fn a_text_comes_through_a_pipe() {
    let piped = sentiment()
        .args(["explain", "-", "--json"])
        .write_stdin(format!("{TEXT}\n"))
        .assert()
        .success();
    let explained: Value = serde_json::from_slice(&piped.get_output().stdout).unwrap();
    assert_eq!(explained["text"], TEXT);
}

#[test]
fn what_cannot_be_explained_is_told() {
    let refused = |args: &[&str], message: &str| {
        let message = predicate::str::contains(message.to_string());
        sentiment()
            .arg("explain")
            .args(args)
            .assert()
            .code(1)
            .stderr(message);
    };
    refused(&[""], "the text has no token that the model reads");
    refused(
        &["good", "--class", "great"],
        "the model has no label \"great\": it has negative, neutral, positive",
    );
    let (_folder, model) = trained_with(&["--pooling=max"]);
    let model = model.display().to_string();
    refused(
        &["good", "--method", "attention", "--model", &model],
        "hint: use --method gradient",
    );
    refused(&["--corpus", "missing.csv"], "missing.csv");
    refused(
        &["good", "--method", "gradient", "--samples", "50"],
        "--samples requires --method lime",
    );
    sentiment().arg("explain").assert().code(2);
    sentiment()
        .args(["explain", "good", "--samples", "1"])
        .assert()
        .code(2);
    let unknown = sentiment().args(["explain", "zzqx"]).assert().success();
    unknown.stderr(predicate::str::contains(
        "no token is in the vocabulary: the prediction is unreliable",
    ));
}

#[test]
fn a_page_shows_every_label_and_no_markup_of_the_text() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("why.html");
    let text = "<script>alert(1)</script> wonderful & <b>bold</b>";
    output(&["explain", text, "--html", page.to_str().unwrap()]);
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("default-src 'none'"));
    assert!(
        html.contains("negative-tone\">negative</bdi>")
            && html.contains("positive-tone\">positive</bdi>")
    );
    assert!(html.contains("&lt;script&gt;") && !html.contains("<script"));
    assert!(html.contains("<mark class=\"positive s10\">wonderful</mark>"));
}

#[test]
fn a_page_of_another_label_than_the_answer_shows_it() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("why.html");
    output(&[
        "explain",
        TEXT,
        "--class",
        "negative",
        "--html",
        page.to_str().unwrap(),
    ]);
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("negative-tone\">negative</bdi>") && !html.contains("<details>"));
}

#[test]
fn few_words_are_chosen_one_after_the_other() {
    let explained = json(&["explain", TEXT, "--json", "--features", "3"]);
    assert_eq!(
        explained["classes"]["positive"]["weights"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(
        explained["classes"]["positive"]["weights"][0]["token"],
        "wonderful"
    );
}

#[test]
fn attention_is_explained_where_a_model_has_it() {
    let (_folder, model) = trained_with(&["--pooling", "attention"]);
    let model = model.display().to_string();
    let explained = json(&[
        "explain",
        "a lovely film today",
        "--model",
        &model,
        "--method",
        "attention",
        "--json",
    ]);
    let classes = explained["classes"].as_object().unwrap();
    assert_eq!(classes.len(), 1);
    let weights = classes.values().next().unwrap()["weights"]
        .as_array()
        .unwrap();
    let sum: f64 = weights
        .iter()
        .map(|weight| weight["weight"].as_f64().unwrap())
        .sum();
    assert!((sum - 1.0).abs() < 1e-5, "{sum}");
}

#[test]
fn what_a_model_does_not_read_is_said() {
    let (_folder, model) = trained_with(&["--max-length", "3"]);
    let model = model.display().to_string();
    let mut command = sentiment();
    command.args([
        "explain",
        "an awful thing, or a lovely film today",
        "--model",
        &model,
        "--json",
    ]);
    let done = command.assert().success();
    let done = done.stderr(predicate::str::contains("ignores the first 6 tokens"));
    let explained: Value = serde_json::from_slice(&done.get_output().stdout).unwrap();
    assert_eq!(explained["unread_tokens"], 6);
}

#[test]
fn a_corpus_of_nothing_is_an_error_and_empty_texts_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        fs::write(folder.path().join(name), content).unwrap();
        folder.path().join(name).display().to_string()
    };
    let empty = file("empty.csv", "text,label\n\"\",a\n\" \",b\n");
    let refused = sentiment()
        .args(["explain", "--corpus", &empty])
        .assert()
        .code(1);
    refused.stderr(predicate::str::contains(
        "empty.csv: the corpus has no texts to explain",
    ));
    let some = file("some.csv", "text,label\n\"\",a\na wonderful film,b\n");
    let unwritable = folder.path().join("no/page.html").display().to_string();
    let args = [
        "explain",
        "--corpus",
        &some,
        "--method",
        "gradient",
        "--html",
        &unwritable,
    ];
    // What was computed is shown, though the page cannot be written.
    let done = sentiment().args(args).assert().code(1);
    done.stdout(predicate::str::contains("wonderful"))
        .stderr(predicate::str::contains("texts skipped: 1"))
        .stderr(predicate::str::contains("page.html"));
}

#[test]
fn a_corpus_has_words_that_matter_and_texts_that_show_them() {
    let (folder, model) = trained();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (corpus, model, page) = (
        path("reviews.csv"),
        model.display().to_string(),
        path("words.html"),
    );
    let args = [
        "explain",
        "--corpus",
        &corpus,
        "--model",
        &model,
        "--top",
        "5",
        "--texts",
        "40",
        "--representatives",
        "2",
        "--samples",
        "200",
        "--html",
        &page,
    ];
    let shown = output(&args);
    assert!(
        shown.contains("for negative") && shown.contains("for positive"),
        "{shown}"
    );
    let overview = json(&[&args[..], &["--json"]].concat());
    assert_eq!(overview["texts"], 40);
    let praise = ["great", "lovely", "superb", "wonderful", "delightful"];
    let words = overview["classes"][1]["words"].as_array().unwrap();
    assert_eq!(overview["classes"][1]["label"], "positive");
    assert!(
        words.len() <= 5 && praise.contains(&words[0]["token"].as_str().unwrap()),
        "{words:?}"
    );
    assert_eq!(overview["representatives"].as_array().unwrap().len(), 2);
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("Words for <bdi>positive</bdi>") && html.contains("<mark class="));
}

#[test]
fn a_report_shades_the_words_of_mistakes() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = folder.path().join("wrong.csv");
    fs::write(
        &corpus,
        "text,label\na wonderful film,negative\na boring film,negative\na lovely film,positive\n",
    )
    .unwrap();
    let report = folder.path().join("report.html");
    output(&[
        "eval",
        corpus.to_str().unwrap(),
        "--report",
        report.to_str().unwrap(),
    ]);
    let html = fs::read_to_string(&report).unwrap();
    let mistakes = html.split("Most confident mistakes").nth(1).unwrap();
    assert!(mistakes.contains("<mark class=\"positive s10\">wonderful</mark>"));
}
