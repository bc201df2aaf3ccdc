//! Tests of the pages of `sentiment serve`. tests/browser tests them in a browser.

use crate::common::server::Server;

#[test]
fn a_browser_is_given_pages_that_run_nothing_else() {
    let server = Server::start("");
    for (path, script) in [("/", "'sha256-"), ("/docs", "'none'")] {
        let page = server.get(path);
        assert_eq!(
            page.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        let policy = page.header("content-security-policy").unwrap();
        let expected = format!("default-src 'none'; script-src {script}");
        assert!(policy.starts_with(&expected), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(!page.body.contains("http://") && !page.body.contains("https://"));
        assert!(!page.body.contains("<!--"), "{path} has a place left");
        // The policy forbids them.
        assert!(!page.body.contains(" style="));
    }
    for path in ["/", "/docs", "/v1/models", "/other"] {
        let reply = server.get(path);
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(reply.header("x-frame-options"), Some("DENY"));
        assert!(
            reply
                .header("content-security-policy")
                .unwrap()
                .contains("default-src 'none'")
        );
        assert_eq!(reply.header("access-control-allow-origin"), None);
    }
}

#[test]
fn the_description_of_the_api_has_every_operation() {
    let server = Server::start("");
    let document = server.get("/openapi.json").json();
    let page = server.get("/docs").body;
    let paths = document["paths"].as_object().unwrap().iter();
    let of_latest =
        paths.filter(|(path, _)| !path.contains("version") && !path.contains("{label}"));
    for (path, item) in of_latest {
        assert!(page.contains(&format!("<code>{path}</code>")), "{path}");
        for operation in item.as_object().unwrap().values() {
            if let Some(summary) = operation["summary"].as_str() {
                assert!(page.contains(&format!("<p>{summary}.</p>")), "{summary}");
            }
        }
    }
    for name in document["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
    {
        assert!(page.contains(&format!("id=\"{name}\"")), "{name}");
    }
}

#[test]
fn a_form_is_answered_without_a_script() {
    let server = Server::start("--max-characters 100");
    let page = server.post(
        "/",
        "text=%3Cb%3Ezzqx%3C%2Fb%3E+the+acting+is+wonderful&other=1",
    );
    assert_eq!(page.status, 200, "{}", page.body);
    let (_, results) = page.body.split_once("class=\"results\">").unwrap();
    let (result, _) = results.split_once("</ol>").unwrap();
    assert!(
        result.contains("<bdi class=\"positive-tone\">positive</bdi>"),
        "{result}"
    );
    assert!(
        result.contains("&lt;b&gt;") && !result.contains("<b>"),
        "{result}"
    );
    assert!(
        result.contains("<mark class=\"positive s10\">wonderful</mark>"),
        "{result}"
    );
    assert!(
        result.contains("<span class=\"unknown\">zzqx</span>"),
        "{result}"
    );
    let empty = server.post("/", "text=");
    assert!(empty.body.contains("the text is empty"));
    let place = server.post("/", "text=%3C%21--script--%3E").body;
    assert!(place.contains("&lt;!--script--&gt;"));
    assert!(
        server
            .post("/", "other=1")
            .refusal(400)
            .contains("no field text")
    );
    let long = format!("text={}", "a".repeat(101));
    assert!(
        server
            .post("/", long)
            .refusal(400)
            .contains("more than 100 characters")
    );
    let log = server.stopped();
    assert!(!log.contains("wonderful"), "{log}");
}

#[test]
fn the_metadata_says_what_the_model_is() {
    let server = Server::start("");
    let metadata = server.get("/v1/models/general/metadata").json();
    let model = &metadata["metadata"]["sentiment"];
    assert_eq!(model["languages"], "English");
    assert_eq!(
        model["tones"],
        serde_json::json!({"negative": "negative", "positive": "positive"})
    );
    let accuracy = &model["card"]["accuracy"][0];
    let bounds = ["low", "value", "high"].map(|bound| accuracy[bound].as_f64().unwrap());
    assert!(bounds.is_sorted() && bounds[0] > 0.8, "{bounds:?}");
}
