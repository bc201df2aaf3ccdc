//! Tests of `sentiment serve`: access control, CORS, TLS, metrics and the access log.

use std::fs;
use std::io::{BufReader, Write};
use std::path::Path;
use std::sync::Arc;

use crate::common::server::{PREDICT, Reply, Server, request};
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

#[test]
fn pages_of_a_named_origin_may_read_answers() {
    let server = Server::start("--cors-origin https://example.org");
    let from = |origin: &str| {
        let reply = server.send("GET", "/v1/models", &format!("origin: {origin}\r\n"), b"");
        reply
            .header("access-control-allow-origin")
            .map(String::from)
    };
    assert_eq!(
        from("https://example.org").as_deref(),
        Some("https://example.org")
    );
    assert_eq!(from("https://example.com"), None);
    let asked = "origin: https://example.org\r\naccess-control-request-method: POST\r\n\
                 access-control-request-headers: content-encoding\r\n";
    let allowed = server.send("OPTIONS", PREDICT, asked, b"");
    let allowed = allowed.header("access-control-allow-headers").unwrap();
    assert!(allowed.contains("content-encoding"), "{allowed}");
}

#[test]
fn a_key_is_asked_for_where_there_is_a_file_of_them() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), "open sesame".replace(' ', "-") + "\n").unwrap();
    let server = Server::start(&format!("--api-key-file {}", file.path().display()));
    let status = |path: &str, headers: &str| server.send("GET", path, headers, b"").status;
    for open in ["/", "/docs", "/healthz", "/readyz", "/openapi.json"] {
        assert_eq!(status(open, ""), 200, "{open}");
    }
    assert_eq!(server.post("/", "text=good").status, 405);
    assert_eq!(server.post("/v1/tables/csv", "a,b\n").status, 401);
    for guarded in [
        "/v1/models",
        "/v1/models/general",
        "/monitoring/prometheus/metrics",
    ] {
        assert_eq!(status(guarded, ""), 401, "{guarded}");
        assert_eq!(
            status(guarded, "authorization: Bearer open-sesam\r\n"),
            401,
            "{guarded}"
        );
        assert_eq!(
            status(guarded, "authorization: Bearer open-sesame\r\n"),
            200,
            "{guarded}"
        );
        assert_eq!(
            status(guarded, "x-api-key: open-sesame\r\n"),
            200,
            "{guarded}"
        );
    }
    let refused = server.post(PREDICT, r#"{"instances": ["a"]}"#);
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    assert!(refused.refusal(401).contains("API key"));
}

#[test]
fn tls_is_spoken_where_there_is_a_certificate() {
    // A self-signed certificate for localhost, generated with `openssl req -x509`.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls");
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    let server = Server::start(&format!(
        "--tls-cert {} --tls-key {}",
        certificate.display(),
        key.display()
    ));
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(rustls::pki_types::CertificateDer::from_pem_file(&certificate).unwrap())
        .unwrap();
    let config = rustls::ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "localhost".try_into().unwrap();
    let connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = server.connect();
    let mut stream = BufReader::new(rustls::StreamOwned::new(connection, stream));
    let body = br#"{"instances": ["A moving, beautifully acted film."]}"#;
    stream
        .get_mut()
        .write_all(&request("POST", PREDICT, "", body))
        .unwrap();
    assert_eq!(
        Reply::read(&mut stream).json()["predictions"][0]["label"],
        "positive"
    );
}

#[test]
fn metrics_count_and_the_log_tells_without_the_texts() {
    let server = Server::start("");
    let secret = r#"{"instances": ["a wonderful secret", "b"]}"#;
    assert_eq!(server.post(PREDICT, secret).status, 200);
    assert_eq!(
        server.post(PREDICT, r#"{"instances": "secret"}"#).status,
        400
    );
    assert_eq!(server.post("/v1/models/other:predict", secret).status, 404);
    let metrics = server.get("/monitoring/prometheus/metrics").body;
    for line in [
        r#"sentiment_other_requests_total{status="404"} 1"#,
        r#"sentiment_requests_total{model="general",verb="predict",status="200"} 1"#,
        r#"sentiment_requests_total{model="general",verb="predict",status="400"} 1"#,
        r#"sentiment_request_duration_seconds_count{model="general",verb="predict"} 2"#,
        r#"sentiment_batch_texts_sum{model="general"} 2.0"#,
        r#"sentiment_queue_texts{model="general",version="1"} 0"#,
        r#"sentiment_model_version{model="general",version="1"} 1"#,
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
    server.terminate();
    let (status, log) = server.ended();
    assert!(status.success());
    assert!(!log.contains("secret"), "{log}");
    let lines = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let answered = lines
        .into_iter()
        .find(|line| line["status"] == 200)
        .unwrap();
    assert_eq!(answered["path"], PREDICT);
    assert_eq!(
        (&answered["model"], &answered["version"]),
        (&json!("general"), &json!(1))
    );
    assert_eq!(answered["texts"], 2);
}
