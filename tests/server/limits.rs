//! Tests of `sentiment serve`: invalid requests, limits, timeouts and shutdown.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::common::server::{PATIENCE, PREDICT, Reply, Server, request, until};
use serde_json::json;

const BODY: &[u8] = br#"{"instances": ["A moving, beautifully acted film."]}"#;

/// Delays each batch by one second to wait for more texts, which keeps a request in the queue.
const WAITING: &str = "--max-delay-us 1000000";

/// Returns the number of texts in the queue.
fn waiting(server: &Server) -> u64 {
    let metrics = server.get("/monitoring/prometheus/metrics").body;
    let line = metrics
        .lines()
        .find(|line| line.starts_with("sentiment_queue_texts{"));
    line.unwrap().rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn bodies_that_say_nothing_are_refused_and_the_server_stays() {
    let server = Server::start("");
    let deep = |open: &str| format!(r#"{{"instances": {}"#, open.repeat(100_000));
    let million = format!(r#"{{"instances": [{}""]}}"#, r#""","#.repeat(1_000_000));
    for body in [
        &b""[..],
        b"\0",
        b"\xff\xfe",
        b"null",
        b"\"instances\"",
        b"{\"instances\": [\"\xc3\x28\"]}",
        b"{\"instances\": [\"a\0b\"]}",
        br#"{"instances": [null]}"#,
        br#"{"instances": {"text": "a"}}"#,
        br#"{"instances": [1e999]}"#,
        br#"{"instances": ["a"], "instances": ["b"]}"#,
        br#"{"instances": ["unfinished"#,
        deep("[").as_bytes(),
        deep(r#"{"text": "#).as_bytes(),
        million.as_bytes(),
    ] {
        let refusal = server.post(PREDICT, body).refusal(400);
        assert!(refusal.chars().count() <= 300, "{refusal}");
    }
    assert_eq!(
        server
            .post(PREDICT, r#"{"instances": ["\u0000 \ufffe \ud83d\ude00"]}"#)
            .status,
        200
    );
    assert_eq!(server.post(PREDICT, BODY).status, 200);
}

#[test]
fn requests_have_a_size() {
    let server = Server::start("--max-body 1000 --max-instances 2 --max-characters 20");
    let refusal = |body: &str, status| server.post(PREDICT, body).refusal(status);
    assert!(refusal(r#"{"instances": ["", "", ""]}"#, 400).contains("more than 2 texts"));
    let long = format!(r#"{{"instances": ["{}"]}}"#, "a".repeat(21));
    assert!(refusal(&long, 400).contains("more than 20 characters"));
    for bytes in [1_001, 8_000] {
        server.post(PREDICT, vec![b'a'; bytes]).refusal(413);
    }
    // The write can fail: the server stops reading and closes the connection.
    let endless = request("POST", PREDICT, "", &vec![b'a'; 10_000_000]);
    let _ = server.connect().write_all(&endless);
    let chunks = "transfer-encoding: chunked\r\n";
    let mut stream = server.connect();
    write!(
        stream,
        "POST {PREDICT} HTTP/1.1\r\nhost: test\r\n{chunks}\r\n"
    )
    .unwrap();
    write!(stream, "3e9\r\n{}\r\n0\r\n\r\n", "a".repeat(1_001)).unwrap();
    Reply::read(&mut BufReader::new(stream)).refusal(413);
    let heads = "x: a\r\n".repeat(200);
    assert_eq!(server.send("GET", "/", &heads, b"").status, 431);
}

#[test]
fn a_full_queue_says_so_and_what_waits_is_answered() {
    let server = Server::start(&format!("{WAITING} --queue 2 --max-instances 2"));
    thread::scope(|scope| {
        let first = scope.spawn(|| server.post(PREDICT, BODY).status);
        let second = scope.spawn(|| server.post(PREDICT, BODY).status);
        until(|| waiting(&server) == 2);
        let third = server.post(PREDICT, BODY);
        assert_eq!(third.header("retry-after"), Some("1"));
        third.refusal(429);
        assert_eq!(
            [first, second].map(|request| request.join().unwrap()),
            [200, 200]
        );
    });
    let metrics = server.get("/monitoring/prometheus/metrics").body;
    assert!(
        metrics.contains(r#"sentiment_batch_texts_sum{model="general"} 2.0"#),
        "{metrics}"
    );
    assert!(
        metrics.contains(r#"sentiment_batch_texts_count{model="general"} 1"#),
        "{metrics}"
    );
}

#[test]
fn an_answer_that_is_late_is_none() {
    let server = Server::start(&format!("{WAITING} --timeout-ms 200"));
    server.post(PREDICT, BODY).refusal(504);
    until(|| waiting(&server) == 0);
    let metrics = server.get("/monitoring/prometheus/metrics").body;
    assert!(
        metrics.contains(r#"sentiment_batch_texts_count{model="general"} 0"#),
        "{metrics}"
    );
}

#[test]
fn a_late_explanation_of_one_text_leaves_its_turn_to_the_next() {
    const EXPLAIN: &str = "/v1/models/general:explain";
    let server = Server::start("--timeout-ms 500");
    let words: Vec<String> = (0..2400)
        .map(|word| format!("film{}", word % 700))
        .collect();
    let long = &words.join(" ")[..15_900];
    // To the end, it would take many seconds.
    let body = json!({"instances": [long], "method": "lime"});
    server.post(EXPLAIN, body.to_string()).refusal(504);
    let short = json!({"instances": ["a good film"], "steps": 4}).to_string();
    until(|| server.post(EXPLAIN, &short).status == 200);
}

#[test]
fn slow_clients_are_cut_off() {
    let server = Server::start("--timeout-ms 300");
    for started in [
        "",
        "POST /v1/models/general:predict HT",
        "GET / HTTP/1.1\r\nhost: test\r\n",
    ] {
        let mut stream = server.connect();
        stream.write_all(started.as_bytes()).unwrap();
        let mut rest = Vec::new();
        // The connection may end by close or by reset.
        let ended = stream.read_to_end(&mut rest);
        assert!(
            ended.is_ok() || ended.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset)
        );
        assert!(!rest.starts_with(b"HTTP/1.1 200"), "{started}");
    }
    let mut stream = server.connect();
    let half = request("POST", PREDICT, "", BODY);
    stream.write_all(&half[..half.len() - 5]).unwrap();
    let mut stream = BufReader::new(stream);
    Reply::read(&mut stream).refusal(408);
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    assert_eq!(server.post(PREDICT, BODY).status, 200);
}

#[test]
fn a_client_that_does_not_read_is_cut_off() {
    let server = Server::start("--timeout-ms 300");
    let mut stream = server.connect();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    let page = request("GET", "/", "", b"").repeat(100);
    let error = loop {
        if let Err(error) = stream.write_all(&page) {
            break error;
        }
    };
    let is_cut = [ErrorKind::ConnectionReset, ErrorKind::BrokenPipe].contains(&error.kind());
    assert!(is_cut, "{error}");
}

#[test]
fn requests_that_follow_without_waiting_are_answered_in_order() {
    let server = Server::start("");
    let mut stream = server.connect();
    let ask = request("POST", PREDICT, "", BODY);
    let health = request("GET", "/healthz", "", b"");
    stream
        .write_all(&[ask.as_slice(), &health, &ask].concat())
        .unwrap();
    let mut stream = BufReader::new(stream);
    let replies = [0; 3].map(|_| Reply::read(&mut stream));
    assert_eq!(replies.each_ref().map(|reply| reply.status), [200; 3]);
    assert_eq!(replies[1].body, "ok\n");
    assert_eq!(replies[0].body, replies[2].body);
}

#[cfg(unix)]
#[test]
fn what_was_accepted_is_answered_before_the_end() {
    let server = Server::start(WAITING);
    let mut idle = BufReader::new(server.connect());
    idle.get_mut()
        .write_all(&request("GET", "/readyz", "", b""))
        .unwrap();
    assert_eq!(Reply::read(&mut idle).body, "ready\n");
    let mut asked = server.connect();
    asked
        .write_all(&request("POST", PREDICT, "", BODY))
        .unwrap();
    until(|| waiting(&server) == 1);

    server.terminate();
    assert_eq!(idle.read(&mut [0]).unwrap(), 0);
    let reply = Reply::read(&mut BufReader::new(asked));
    assert_eq!(reply.status, 200, "{}", reply.body);
    let (status, log) = server.ended();
    assert!(status.success());
    assert!(log.contains("all accepted requests were answered"), "{log}");
}

#[test]
fn a_client_that_leaves_is_not_scored_for() {
    let server = Server::start(WAITING);
    let mut stream = server.connect();
    stream
        .write_all(&request("POST", PREDICT, "", BODY))
        .unwrap();
    until(|| waiting(&server) == 1);
    drop(stream);
    until(|| waiting(&server) == 0);
    thread::sleep(Duration::from_millis(50));
    let metrics = server.get("/monitoring/prometheus/metrics").body;
    assert!(
        metrics.contains(r#"sentiment_batch_texts_count{model="general"} 0"#),
        "{metrics}"
    );
    // The request is counted and logged although no response was sent.
    assert!(
        metrics.contains(r#"sentiment_other_requests_total{status="499"} 1"#),
        "{metrics}"
    );
    server.terminate();
    let (_, log) = server.ended();
    assert!(log.contains(r#""status":499"#), "{log}");
}

/// A client refused before its body is read receives the error, and the connection stays usable.
#[test]
fn a_refusal_is_read_though_the_body_was_not() {
    let server = Server::start("");
    let body = vec![b'x'; 20 << 20];
    for (method, path, status) in [
        ("POST", "/v1/models/other:predict", 404),
        ("PUT", PREDICT, 405),
        ("POST", "/nowhere", 404),
    ] {
        let mut stream = server.connect();
        stream.write_all(&request(method, path, "", &body)).unwrap();
        stream
            .write_all(&request("POST", PREDICT, "", BODY))
            .unwrap();
        let mut answers = BufReader::new(stream);
        assert_eq!(Reply::read(&mut answers).status, status);
        assert_eq!(Reply::read(&mut answers).status, 200);
    }
}

#[test]
fn one_client_with_many_texts_takes_turns_with_others() {
    let server = Server::start("--max-batch 8");
    let many = json!({"instances": vec!["A moving, beautifully acted film."; 100]}).to_string();
    let answered = server.post(PREDICT, many).json();
    assert_eq!(answered["predictions"].as_array().unwrap().len(), 100);
    let metrics = server.get("/monitoring/prometheus/metrics").body;
    assert!(
        metrics.contains(r#"sentiment_batch_texts_bucket{le="8.0",model="general"} 13"#),
        "{metrics}"
    );
}

#[test]
fn a_log_that_nobody_reads_does_not_stop_the_server() {
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("sentiment"))
        .args(["serve", "--port", "0"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    log.read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on http://").unwrap();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut stream = BufReader::new(stream);
    // Write far more log lines than the pipe buffer holds.
    for _ in 0..2_000 {
        let health = request("GET", "/healthz", "", b"");
        stream.get_mut().write_all(&health).unwrap();
        assert_eq!(Reply::read(&mut stream).status, 200);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn explanations_are_for_few_texts_at_a_time() {
    let server = Server::start("");
    let long = "good ".repeat(2_000);
    let body = json!({"instances": [long, long]}).to_string();
    let refused = server.post("/v1/models/general:explain", body);
    assert!(
        refused.body.contains("16000 characters"),
        "{}",
        refused.body
    );
    refused.refusal(400);
}
