//! Tests of `sentiment serve`: compressed requests.

use std::io::Write;
use std::thread;

use crate::common::server::{PREDICT, Server};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use serde_json::json;

const BODY: &[u8] = br#"{"instances": ["A moving, beautifully acted film."]}"#;

/// Compresses a body in each way that the server accepts.
fn compressed(body: &[u8]) -> [(&'static str, Vec<u8>); 4] {
    let level = flate2::Compression::default();
    let mut gzip = GzEncoder::new(Vec::new(), level);
    let mut zlib = ZlibEncoder::new(Vec::new(), level);
    let mut raw = DeflateEncoder::new(Vec::new(), level);
    for encoder in [&mut gzip as &mut dyn Write, &mut zlib, &mut raw] {
        encoder.write_all(body).unwrap();
    }
    [
        ("gzip", gzip.finish().unwrap()),
        ("Deflate", zlib.finish().unwrap()),
        ("deflate", raw.finish().unwrap()),
        ("identity", body.to_vec()),
    ]
}

#[test]
fn compressed_requests_get_the_same_answers() {
    let server = Server::start("");
    for (path, body) in [
        (PREDICT, json!({"instances": ["good", "bad"]})),
        (
            "/v1/models/general:classify",
            json!({"examples": [{"text": "good"}]}),
        ),
        (
            "/v1/models/general:explain",
            json!({"instances": ["good film"]}),
        ),
    ] {
        let body = body.to_string();
        let plain = server.post(path, &body);
        assert_eq!(plain.status, 200);
        for (encoding, body) in compressed(body.as_bytes()) {
            let header = format!("content-encoding: {encoding}\r\n");
            let reply = server.send("POST", path, &header, &body);
            assert_eq!(
                (reply.status, &reply.body),
                (200, &plain.body),
                "{encoding}"
            );
        }
    }
}

#[test]
fn an_unknown_encoding_is_refused_with_the_known_ones() {
    let server = Server::start("");
    let body = br#"{"instances": ["good"]}"#;
    for headers in [
        "content-encoding: br\r\n",
        "content-encoding: gzip, gzip\r\n",
        "content-encoding: gzip\r\ncontent-encoding: deflate\r\n",
    ] {
        let reply = server.send("POST", PREDICT, headers, body);
        assert_eq!(
            reply.header("accept-encoding"),
            Some("gzip, deflate, identity")
        );
        assert!(reply.refusal(415).contains("gzip, deflate or identity"));
    }
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn compressed_requests_have_a_size_before_and_after() {
    let server = Server::start("--max-body 1000");
    let send = |body: &[u8]| server.send("POST", PREDICT, "content-encoding: gzip\r\n", body);
    let padded = |bytes: usize| [BODY, " ".repeat(bytes - BODY.len()).as_bytes()].concat();
    assert_eq!(send(&gzip(&padded(1_000))).status, 200);
    let refusal = send(&gzip(&padded(1_001))).refusal(413);
    assert!(
        refusal.contains("decompressed request has more than 1000 bytes"),
        "{refusal}"
    );
    let bomb = gzip(&vec![b' '; 500_000]);
    assert!(bomb.len() < 1_000);
    send(&bomb).refusal(413);
    // Members of a few bytes that are larger than their content.
    let large = gzip(b"").repeat(60);
    assert!(!send(&large).refusal(413).contains("decompressed"));
    assert_eq!(send(&gzip(BODY)).status, 200);
}

#[test]
fn damaged_compressed_requests_are_refused() {
    let server = Server::start("");
    let body = gzip(BODY);
    let mut changed = body.clone();
    changed[body.len() / 2] ^= 0x55;
    let cut = &body[..body.len() - 1];
    let longer = [&body, BODY].concat();
    for (encoding, body) in [
        ("gzip", BODY),
        ("gzip", b""),
        ("gzip", &changed),
        ("gzip", cut),
        ("gzip", &longer),
        ("deflate", BODY),
        ("deflate", &body),
    ] {
        let header = format!("content-encoding: {encoding}\r\n");
        let refusal = server.send("POST", PREDICT, &header, body).refusal(400);
        let message = format!("The body is not valid {encoding} data");
        assert_eq!(refusal, message);
    }
}

/// The memory of each request is counted by its decompressed size, not by the limit: 100 times 4 MiB would be too much.
#[test]
fn many_small_compressed_requests_are_accepted() {
    let waiting = Server::start("--max-delay-us 1000000");
    let small = gzip(BODY);
    thread::scope(|scope| {
        let many: Vec<_> = (0..100)
            .map(|_| {
                let headers = "content-encoding: gzip\r\n";
                scope.spawn(|| waiting.send("POST", PREDICT, headers, &small).status)
            })
            .collect();
        for request in many {
            assert_eq!(request.join().unwrap(), 200);
        }
    });
}
