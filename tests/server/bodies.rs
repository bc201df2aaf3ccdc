//! Tests of `sentiment serve`: half surrogate pairs in a request body, and the element that an error names.

use crate::common::server::{PREDICT, Server};
use serde_json::json;

#[test]
fn half_a_surrogate_pair_is_read_as_the_replacement_character() {
    let server = Server::start("");
    let answer = |path: &str, body: &str| {
        let reply = server.post(path, body);
        assert_eq!(reply.status, 200, "{body}: {}", reply.body);
        reply.json()
    };
    let expected = answer(PREDICT, r#"{"instances": ["A good film \ufffd"]}"#);
    for body in [
        r#"{"instances": ["A good film \ud83d"], "\ud83d": "\ude00"}"#,
        r#"{"instances": [{"text": "A good film \udE00"}]}"#,
    ] {
        assert_eq!(answer(PREDICT, body), expected);
    }
    let row = &expected["predictions"][0];
    for body in [
        r#"{"inputs": ["A good film \ud83d"]}"#,
        r#"{"inputs": {"text": ["A good film \ud83d"]}}"#,
    ] {
        assert_eq!(answer(PREDICT, body)["outputs"]["score"][0], row["score"]);
    }
    let classes = answer(
        "/v1/models/general:classify",
        r#"{"examples": [{"text": "A good film \ud83d"}]}"#,
    );
    assert_eq!(classes["results"][0][0][1], row["score"]);
    let explained = answer(
        "/v1/models/general:explain",
        r#"{"instances": ["A good film \ud83d"]}"#,
    );
    assert_eq!(explained["explanations"][0]["text"], "A good film \u{fffd}");
}

#[test]
fn an_error_names_its_element() {
    let server = Server::start("--max-characters 20");
    let long = "a".repeat(21);
    for (body, message) in [
        (
            json!({"instances": ["a", "b", 5]}),
            r#"instances[2]: invalid type: integer `5`, expected a string or an object with "text" or "b64""#,
        ),
        (
            json!({"instances": ["a", {"title": "b"}]}),
            r#"instances[1]: expected a string or an object with "text" or "b64""#,
        ),
        (
            json!({"inputs": {"text": ["a", "b", "c", null]}}),
            "inputs.text[3]: invalid type: null",
        ),
        (
            json!({"inputs": ["a", {"b64": "*"}]}),
            "inputs[1]: invalid base64",
        ),
        (
            json!({"instances": [{"text": {"b64": "/w=="}}]}),
            "instances[0].text: not UTF-8",
        ),
        (
            json!({"instances": ["a", long]}),
            "instances[1]: more than 20 characters",
        ),
        (
            json!({"instances": "a"}),
            r#"instances: invalid type: string "a", expected a list"#,
        ),
    ] {
        let refusal = server.post(PREDICT, body.to_string()).refusal(400);
        assert!(refusal.starts_with(message), "{refusal}");
    }
    for (verb, body, message) in [
        (
            "predict",
            r#"{"instances": ["a", "b"#,
            "JSON Parse error: instances[1]: EOF",
        ),
        (
            "classify",
            r#"{"examples": [{"text": "a"}, {"stars": 5}]}"#,
            "examples[1]: expected",
        ),
        (
            "explain",
            r#"{"instances": ["a"], "features": "many"}"#,
            "features: invalid type",
        ),
    ] {
        let refused = server.post(&format!("/v1/models/general:{verb}"), body);
        assert!(refused.refusal(400).starts_with(message), "{refused:?}");
    }
}
