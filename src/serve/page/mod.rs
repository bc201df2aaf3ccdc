//! The page for people: one HTML file that asks nobody but this server.

use axum::body::Bytes;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const PAGE: &str = include_str!("index.html");
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The page, and the policy that lets a browser run its own script and style and no others.
#[derive(Clone, Debug)]
pub struct Page {
    html: Bytes,
    policy: HeaderValue,
}

impl Page {
    /// Puts the page together.
    pub fn new() -> Self {
        let html = PAGE
            .replace("/* style.css */", STYLE)
            .replace("/* script.js */", SCRIPT);
        let policy = format!(
            "default-src 'none'; script-src '{}'; style-src '{}'; connect-src 'self'; img-src data:; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            hash(SCRIPT),
            hash(STYLE)
        );
        Self {
            html: html.into(),
            // Hashes in base64 between letters and quotes are what a header may hold.
            policy: HeaderValue::from_str(&policy).expect("a policy is a header's value"),
        }
    }
}

/// What a policy names a script or a style by.
fn hash(content: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(content)))
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let headers = [(header::CONTENT_SECURITY_POLICY, self.policy)];
        (headers, Html(self.html)).into_response()
    }
}
