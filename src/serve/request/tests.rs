use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;

fn parse(body: &[u8], verb: Verb) -> Result<Texts, String> {
    let limits = Limits {
        max_instances: 3,
        max_characters: 5,
        ..Limits::default()
    };
    Texts::parse(body.to_vec(), verb, &limits).map_err(|refusal| refusal.to_string())
}

fn texts(body: &str, verb: Verb) -> Vec<String> {
    parse(body.as_bytes(), verb).unwrap().texts
}

#[test]
fn every_documented_shape_is_read() {
    for body in [
        r#"{"instances": ["good", "bad"]}"#,
        r#"{"instances": [{"text": "good"}, {"text": "bad"}]}"#,
        r#"{"instances": [{"b64": "Z29vZA=="}, {"text": {"b64": "YmFk"}}]}"#,
        r#"{"inputs": ["good", "bad"], "signature_name": "serving_default"}"#,
        r#"{"signature_name": "", "inputs": {"text": ["good", "bad"]}, "more": [[{}]]}"#,
    ] {
        assert_eq!(texts(body, Verb::Predict), ["good", "bad"], "{body}");
    }
    let body = r#"{"examples": [{"text": "good", "stars": 5}, {"text": ["bad"]}]}"#;
    assert_eq!(texts(body, Verb::Classify), ["good", "bad"]);
    let body = br#"{"method": "lime", "features": 3, "positions": true, "instances": ["good"]}"#;
    let Texts { explanation, .. } = parse(body, Verb::Explain).unwrap();
    assert!(matches!(explanation.method, Method::Lime { .. }));
    assert_eq!((explanation.words, explanation.by_position), (3, true));
    let body = br#"{"steps": 9999, "instances": ["good"], "method": "gradient"}"#;
    let Texts { explanation, .. } = parse(body, Verb::Explain).unwrap();
    assert_eq!(explanation.method, Method::Gradient { steps: Some(512) });
}

#[test]
fn what_cannot_be_answered_is_refused_with_a_reason() {
    for (body, reason) in [
        (&b""[..], "JSON Parse error: EOF"),
        (b"[]", "an object like"),
        (b"{}", "Missing 'inputs' or 'instances' key"),
        (br#"{"instances": []}"#, "No values in 'instances' array"),
        (br#"{"instances": ["a"], "inputs": ["b"]}"#, "only one of"),
        (
            br#"{"instances": "good"}"#,
            "instances: invalid type: string \"good\", expected a list of texts",
        ),
        (
            br#"{"instances": ["a", 3]}"#,
            r#"instances[1]: invalid type: integer `3`, expected a string or an object with "text" or "b64""#,
        ),
        (
            br#"{"instances": [["a"]]}"#,
            "instances[0]: invalid type: sequence",
        ),
        (
            br#"{"instances": ["a", {"body": "a"}]}"#,
            r#"instances[1]: expected a string or an object with "text" or "b64""#,
        ),
        (
            br#"{"instances": [{}]}"#,
            r#"instances[0]: expected a string or an object with "text" or "b64""#,
        ),
        (
            br#"{"instances": [{"text": {"text": "a"}}]}"#,
            r#"instances[0].text: expected a string or an object with "b64""#,
        ),
        (
            br#"{"instances": ["a", {"b64": "?"}]}"#,
            "instances[1]: invalid base64",
        ),
        (
            br#"{"inputs": {"text": ["a", {"b64": "/w=="}]}}"#,
            "inputs.text[1]: not UTF-8",
        ),
        (
            br#"{"instances": ["toolong"]}"#,
            "instances[0]: more than 5 characters",
        ),
        (
            br#"{"instances": ["", "", "", ""]}"#,
            "instances: more than 3 texts",
        ),
        (
            br#"{"inputs": {"text": {"text": ["a"]}}}"#,
            "inputs.text: invalid type: map, expected a list of texts",
        ),
        (
            br#"{"inputs": ["a", "b", nul]}"#,
            "JSON Parse error: inputs[2]: expected ident",
        ),
        (
            br#"{"instances": [{"text": "a"} "b"]}"#,
            "JSON Parse error: instances: expected `,` or `]`",
        ),
        (
            br#"{"instances": [{"text": "a", "body": "b"}]}"#,
            "instances[0]: expected",
        ),
        (
            br#"{"signature_name": 3}"#,
            "signature_name: invalid type: integer",
        ),
        (
            br#"{"inputs": {"body": ["a"]}}"#,
            "Missing named input: text in 'inputs' object.",
        ),
        (br#"{"instances": ["a"]} x"#, "trailing characters"),
        (
            b"{\"instances\": [\"\xff\"]}",
            "JSON Parse error: instances[0]: invalid unicode",
        ),
        (b"{\"instances\": [\"\0\"]}", "control character"),
        (
            br#"{"signature_name": "other", "instances": ["a"]}"#,
            "not found in signature def",
        ),
    ] {
        let refused = parse(body, Verb::Predict).unwrap_err();
        assert!(refused.contains(reason), "{refused} for {reason}");
    }
    let refused = parse(br#"{"instances": ["a"], "method": "tea"}"#, Verb::Explain).unwrap_err();
    assert!(refused.contains("lime, gradient or attention"), "{refused}");
    let refused = parse(br#"{"examples": [{"stars": 5}]}"#, Verb::Classify).unwrap_err();
    assert!(
        refused.starts_with("examples[0]: expected a string"),
        "{refused}"
    );
    let refused = parse(br#"{"examples": [{"text": [3]}]}"#, Verb::Classify).unwrap_err();
    assert!(
        refused.starts_with("examples[0].text: invalid type"),
        "{refused}"
    );
}

#[test]
fn half_a_surrogate_pair_is_replaced_wherever_it_is() {
    for body in [
        r#"{"instances": ["a\ud83d", {"text": "\ude00"}], "\ud83d": "\ud83d"}"#,
        r#"{"inputs": ["a\ud83d", "\ude00"]}"#,
        r#"{"inputs": {"text": ["a\ud83d", "\ude00"], "\ud83d": ["\ud83d"]}}"#,
    ] {
        assert_eq!(texts(body, Verb::Predict), ["a\u{fffd}", "\u{fffd}"]);
    }
    let body = r#"{"examples": [{"text": "a\ud83d", "\ude00": "\ude00"}, {"text": ["\ude00"]}]}"#;
    assert_eq!(texts(body, Verb::Classify), ["a\u{fffd}", "\u{fffd}"]);
    assert_eq!(
        texts(r#"{"instances": ["\ud83d\ude00"]}"#, Verb::Explain),
        ["😀"]
    );
}

#[test]
fn characters_are_counted_not_bytes() {
    assert_eq!(
        texts(r#"{"instances": ["ïïïïï"]}"#, Verb::Predict),
        ["ïïïïï"]
    );
}

const OPEN: &[&str] = &[
    "",
    "{",
    r#"{"instances": ["#,
    r#"{"inputs": ["#,
    r#"{"signature_name": "", "inputs": {"text": ["#,
    r#"{"examples": ["#,
];
const VALUES: &[&str] = &[
    r#""good""#,
    r#""\u00ef\ud83d\ude00""#,
    r#""\ud83d""#,
    r#"{"text": "bad"}"#,
    r#"{"text": ["bad"]}"#,
    r#"{"b64": "Z29vZA=="}"#,
    r#"{"text": {"b64": "/w=="}}"#,
    r#""instances": ["a"]"#,
    r#""signature_name": "serving_default""#,
    "[[]]",
    "1e999",
    "null",
];
const CLOSE: &[&str] = &["", "}", "]}", "]}}"];

proptest! {
    /// Parses bodies of random pieces, corrupted and truncated: the parser never panics and enforces the limits.
    #[test]
    fn nothing_that_is_sent_breaks_the_parser(
        open in select(OPEN),
        values in vec(select(VALUES), 0..5),
        close in select(CLOSE),
        noise in vec(any::<u8>(), 0..2),
        place in any::<Index>(),
        cut in any::<Index>(),
    ) {
        let mut body = [open, &values.join(","), close].concat().into_bytes();
        let place = place.index(body.len() + 1);
        body.splice(place..place, noise);
        body.truncate(cut.index(4 * body.len() + 1));
        for verb in [Verb::Predict, Verb::Classify, Verb::Explain] {
            if let Ok(Texts { texts, .. }) = parse(&body, verb) {
                prop_assert!((1..=3).contains(&texts.len()));
                prop_assert!(texts.iter().all(|text| text.chars().count() <= 5));
            }
        }
    }
}

#[test]
fn depth_and_length_of_messages_have_an_end() {
    let deep = [br#"{"instances": "#.to_vec(), vec![b'['; 1_000_000]].concat();
    assert!(parse(&deep, Verb::Predict).is_err());
    let ignored = [br#"{"other": "#.to_vec(), vec![b'['; 1_000_000]].concat();
    assert!(parse(&ignored, Verb::Predict).is_err());
    let quoted = format!(r#"{{"instances": "{}"}}"#, "a".repeat(100_000));
    assert!(parse(quoted.as_bytes(), Verb::Predict).unwrap_err().len() < 500);
}
