//! Tests of `sentiment serve`: requests and responses.

use crate::common::server::{PATIENCE, PREDICT, Server};
use crate::common::{sentiment, trained_on_topics, trained_with};
use predicates::str::contains;
use serde_json::{Value, json};

#[test]
fn a_model_of_several_labels_answers_with_lists() {
    let (_folder, model) = trained_on_topics();
    let server = Server::start(&format!("--model model={}", model.display()));
    let texts = r#"["about food0 staff0 place1", "about place1", ""]"#;
    let rows = server.post(
        "/v1/models/model:predict",
        format!(r#"{{"instances": {texts}}}"#),
    );
    assert_eq!(rows.status, 200);
    let rows = rows.json();
    let row = &rows["predictions"][0];
    let mut labels: Vec<&str> = row["label"].as_str().unwrap().split('|').collect();
    assert_eq!(row["labels"], json!(labels));
    labels.sort_unstable();
    assert_eq!(labels, ["food", "staff"]);
    let probability = |label: &str| row["probabilities"][label].as_f64().unwrap();
    assert!(probability("food") > 0.5 && probability("staff") > 0.5);
    assert!(probability("price") < 0.5);
    assert_eq!(rows["predictions"][1]["label"], "");
    assert_eq!(rows["predictions"][1]["labels"], json!([]));
    assert_eq!(rows["predictions"][2]["label"], "uncertain");

    let columns = server.post(
        "/v1/models/model:predict",
        format!(r#"{{"inputs": {{"text": {texts}}}}}"#),
    );
    let columns = columns.json();
    assert_eq!(columns["outputs"]["labels"][0], row["labels"]);
    assert_eq!(columns["outputs"]["labels"][2], json!([]));
}

#[test]
fn texts_by_row_by_column_and_as_examples() {
    let server = Server::start("");
    let rows = server.post(
        PREDICT,
        r#"{"instances": ["A moving, beautifully acted film.", {"text": "The soup was cold and the waiter was rude."}, ""]}"#,
    );
    assert_eq!(rows.status, 200);
    assert_eq!(rows.header("x-model-version"), Some("1"));
    assert_eq!(rows.header("content-type"), Some("application/json"));
    let rows = rows.json();
    let rows = rows["predictions"].as_array().unwrap();
    let labels: Vec<&str> = rows
        .iter()
        .filter_map(|row| row["label"].as_str())
        .collect();
    assert_eq!(labels, ["positive", "negative", "uncertain"]);
    assert_eq!(rows[0]["score"], rows[0]["probabilities"]["positive"]);
    assert_eq!(rows[0]["known"], 1.0);
    assert_eq!(rows[0].get("reason"), None);
    assert_eq!(rows[2].get("known"), None);
    assert_eq!(rows[2]["reason"], "the text is empty");

    let columns = server.post(
        PREDICT,
        r#"{"signature_name": "serving_default", "inputs": {"text": ["A moving, beautifully acted film.", ""]}}"#,
    );
    let columns = columns.json();
    assert_eq!(
        columns["outputs"]["label"],
        json!(["positive", "uncertain"])
    );
    assert_eq!(columns["outputs"]["score"][0], rows[0]["score"]);
    assert_eq!(
        columns["outputs"]["probabilities"][0],
        rows[0]["probabilities"]
    );
    assert_eq!(columns["outputs"]["known"], json!([1.0, 0.0]));
    assert_eq!(
        columns["outputs"]["reason"],
        json!(["", "the text is empty"])
    );

    let classes = server.post(
        "/v1/models/general/versions/1:classify",
        r#"{"examples": [{"text": "A moving, beautifully acted film."}]}"#,
    );
    let of_row = |label: &str| json!([label, rows[0]["probabilities"][label]]);
    assert_eq!(
        classes.json(),
        json!({"results": [[of_row("positive"), of_row("negative"), of_row("neutral")]]})
    );
}

#[test]
fn the_command_line_says_the_same() {
    let text = "The plot is thin but the acting is wonderful";
    let printed = sentiment()
        .args(["predict", "--format", "jsonl", text])
        .output()
        .unwrap();
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let served = Server::start("").post(PREDICT, json!({"instances": [text]}).to_string());
    let served = &served.json()["predictions"][0];
    assert_eq!(served["label"], printed["predicted"]);
    assert_eq!(served["score"], printed["score"]);
    for label in ["negative", "positive"] {
        let column = format!("probability_{label}");
        assert_eq!(served["probabilities"][label], printed[column]);
    }
}

#[test]
fn explanations_are_those_of_the_command_line() {
    let text = "The plot is thin but the acting is wonderful";
    let args = [
        "explain",
        text,
        "--method",
        "gradient",
        "--features",
        "3",
        "--json",
    ];
    let printed = sentiment().args(args).output().unwrap();
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let server = Server::start("");
    let body = json!({"instances": [text, ""], "features": 3}).to_string();
    let explained = server.post("/v1/models/general:explain", body);
    assert_eq!(
        (explained.status, explained.header("x-model-version")),
        (200, Some("1"))
    );
    let explained = explained.json();
    assert_eq!(explained["explanations"][0], printed);
    let error = explained["explanations"][1]["error"].as_str().unwrap();
    assert!(error.contains("nothing to explain"), "{error}");

    let refused = |body: Value, reason: &str| {
        let refused = server.post("/v1/models/general:explain", body.to_string());
        assert_eq!(refused.status, 400);
        let error = refused.json()["error"].to_string();
        assert!(error.contains(reason), "{error}");
    };
    refused(
        json!({"instances": ["good"], "method": "tea"}),
        "lime, gradient or attention",
    );
    refused(json!({"instances": vec!["good"; 17]}), "more than 16 texts");
}

#[test]
#[cfg(feature = "chinese")]
fn the_chinese_model_explains_by_exact_positions() {
    let text = "房间很👍干净，WiFi不错。ＯＫ！服务员很热情";
    let args = ["explain", text, "--json", "--method", "gradient"];
    let printed = sentiment().args(args).output().unwrap();
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let server = Server::start("--model chinese");
    let body = json!({"instances": [text]}).to_string();
    let explained = server.post("/v1/models/chinese:explain", body).json();
    assert_eq!(explained["explanations"][0], printed);
    assert_eq!(printed["label"], "positive");
    let weights = printed["classes"]["positive"]["weights"].as_array();
    let words: Vec<&str> = weights
        .unwrap()
        .iter()
        .map(|weight| {
            let position = |name: &str| weight[name].as_u64().unwrap() as usize;
            let word = &text[position("start")..position("end")];
            let is_same = word == weight["token"] || ["ＯＫ", "WiFi", "，", "！"].contains(&word);
            assert!(is_same, "{weight}: {word}");
            word
        })
        .collect();
    for word in ["干净", "不错", "热情"] {
        assert!(words.contains(&word), "{words:?}");
    }
}

#[test]
fn attention_is_refused_where_a_model_has_none() {
    let (_folder, model) = trained_with(&["--pooling=max"]);
    let server = Server::start(&format!("--model max={}", model.display()));
    let body = r#"{"instances": ["good"], "method": "attention"}"#;
    let refused = server.post("/v1/models/max:explain", body);
    assert_eq!(refused.status, 400);
    let error = refused.json()["error"].to_string();
    assert!(error.contains("no attention weights"), "{error}");
}

#[test]
fn models_are_listed_and_described() {
    let server = Server::start("");
    let models = json!({"models": [{"name": "general", "versions": ["1"], "labels": {}}]});
    assert_eq!(server.get("/v1/models").json(), models);
    let ok = json!({"error_code": "OK", "error_message": ""});
    let status = json!({
        "model_version_status": [{"version": "1", "state": "AVAILABLE", "status": ok}]
    });
    for path in ["/v1/models/general", "/v1/models/general/versions/1"] {
        assert_eq!(server.get(path).json(), status);
    }
    let metadata = server.get("/v1/models/general/metadata").json();
    assert_eq!(metadata["model_spec"]["name"], "general");
    let signature = &metadata["metadata"]["signature_def"]["signature_def"]["serving_default"];
    assert_eq!(signature["inputs"]["text"]["dtype"], "DT_STRING");
    assert_eq!(
        metadata["metadata"]["sentiment"]["labels"],
        json!(["negative", "neutral", "positive"])
    );
}

#[test]
fn what_is_not_there_is_refused_as_tensorflow_serving_does() {
    let server = Server::start("");
    for (method, path, status, message) in [
        (
            "POST",
            "/v1/models/other:predict",
            404,
            "Servable not found for request: Latest(other)",
        ),
        (
            "POST",
            "/v1/models/general/versions/2:predict",
            404,
            "Servable not found for request: Specific(general, 2)",
        ),
        (
            "POST",
            "/v1/models/general/labels/stable:predict",
            400,
            "Unrecognized servable version label: stable",
        ),
        (
            "GET",
            "/v1/models/other",
            404,
            "Could not find any versions of model other",
        ),
        (
            "GET",
            "/v1/models/general/versions/2",
            404,
            "Could not find version 2 of model general",
        ),
        (
            "GET",
            "/v1/models/other/metadata",
            404,
            "Servable not found",
        ),
        (
            "POST",
            "/v1/models/general:explode",
            400,
            "Malformed request: POST /v1/models/general:explode",
        ),
        (
            "POST",
            "/v1/models/general:regress",
            400,
            "Expected regression signature",
        ),
        ("GET", "/v1/models/%ff", 400, "Malformed request"),
        ("GET", "/v1/other", 400, "Malformed request: GET /v1/other"),
        ("GET", "/other", 404, "Not found: /other"),
        ("GET", PREDICT, 405, "Malformed request: GET"),
        ("DELETE", "/v1/models/general", 405, "allows only GET"),
        ("POST", "/v1/models", 405, "allows only GET"),
        ("PUT", "/", 405, "allows only GET"),
        ("GET", "/v1/tables/csv", 405, "allows only POST"),
    ] {
        let reply = server.send(method, path, "", br#"{"instances": ["a"]}"#);
        let refusal = reply.refusal(status);
        assert!(refusal.contains(message), "{refusal} for {path}");
        assert_eq!(reply.header("allow").is_some(), status == 405, "{path}");
    }
}

#[test]
fn the_document_says_what_is_served() {
    let server = Server::start("");
    let document = server.get("/openapi.json").json();
    for (path, verbs) in document["paths"].as_object().unwrap() {
        let path = path.replace("{model}", "general").replace("{version}", "1");
        let path = path.replace("{format}", "json");
        if path.contains("{label}") {
            continue;
        }
        let reply = match verbs.get("post") {
            None => server.get(&path),
            Some(_) if path.ends_with(":classify") => server.post(
                &path,
                document["components"]["schemas"]["ClassifyRequest"]["examples"][0].to_string(),
            ),
            Some(_) => server.post(
                &path,
                document["components"]["schemas"]["PredictRequest"]["examples"][0].to_string(),
            ),
        };
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
    }
}

#[test]
fn a_wrong_command_line_and_what_cannot_be_served_are_told_apart() {
    let refused = |args: &str, code: i32, message: &str| {
        sentiment()
            .args(["serve", "--port", "0"])
            .args(args.split(' '))
            .timeout(PATIENCE)
            .assert()
            .code(code)
            .stderr(contains(message));
    };
    refused("--model models/general", 2, "NAME=MODEL");
    refused("--model a=x --model a=y", 2, "two models are named a");
    refused(
        "--label reviews:stable=1",
        2,
        "no --model is a folder named reviews",
    );
    refused("--cors-origin example.org", 2, "is not a valid origin");
    refused("--tls-cert x.pem", 2, "--tls-key");
    refused("--model a=nowhere", 1, "could not read nowhere");
    refused(
        "--model a=src",
        1,
        "no model found in src or its numbered subfolders",
    );
    refused(
        "--model a=models --label a:stable=3",
        1,
        "no model found in models or its numbered subfolders",
    );
    refused(
        "--api-key-file src/lib.rs",
        1,
        "src/lib.rs: a key may contain only",
    );
    refused(
        "--tls-cert src/lib.rs --tls-key src/lib.rs",
        1,
        "the file contains no certificate",
    );
    refused("--host 192.0.2.1", 1, "could not listen on 192.0.2.1:0");
}
