//! The browser page: one HTML file that contacts only this server.

use axum::body::Bytes;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = concat!(include_str!("script.js"), include_str!("csv.js"));

/// The page and a content security policy that allows only its own script and style.
#[derive(Clone, Debug)]
pub struct Page {
    html: Bytes,
    policy: HeaderValue,
}

impl Page {
    /// Renders the page and computes its content security policy.
    pub fn new() -> Self {
        let html = page().into_string();
        let policy = format!(
            "default-src 'none'; script-src '{}'; style-src '{}'; connect-src 'self'; img-src data:; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            hash(SCRIPT),
            hash(STYLE)
        );
        Self {
            html: html.into(),
            // Base64 hashes, letters and quotes are valid in a header value.
            policy: HeaderValue::from_str(&policy).expect("the policy is a valid header value"),
        }
    }
}

fn page() -> Markup {
    let title = "Sentiment analysis";
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (title) }
                    noscript {
                        p {
                            "This page needs JavaScript. To use the API without it, see "
                            a href="openapi.json" { "openapi.json" } "."
                        }
                    }
                    (key_form())
                    p id="model-choice" hidden {
                        label for="model" { "Model" } " "
                        select id="model" {}
                    }
                    (text_section())
                    (file_section())
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

fn key_form() -> Markup {
    html! {
        form id="key-form" hidden {
            label for="key" { "This server requires an API key" }
            div class="row" {
                input id="key" type="password" autocomplete="off" required; " "
                button { "Use key" }
            }
        }
    }
}

fn text_section() -> Markup {
    html! {
        section aria-labelledby="text-label" {
            label id="text-label" for="text" { "Texts, one per line" } " "
            textarea id="text" rows="5" aria-describedby="summary"
                placeholder="The plot is thin but the acting is wonderful." {}
            p id="summary" role="status" {}
            p id="legend" hidden {
                mark class="towards" { "Solid" } " words support the label, "
                mark class="away" { "dotted" } " words oppose it. Only the first few texts are explained."
            }
            ol id="results" aria-label="Results" {}
        }
    }
}

fn file_section() -> Markup {
    html! {
        section id="drop" aria-labelledby="file-heading" {
            h2 id="file-heading" { "CSV file" }
            p {
                "Drop a CSV file with a header here, or choose one. The result adds a label and its probability to each \
                 row."
            }
            label for="file" { "File" } " "
            input id="file" type="file" accept=".csv,text/csv";
            p id="column-choice" hidden {
                label for="column" { "Text column" } " "
                select id="column" {}
            }
            progress id="progress" aria-label="Rows processed" max="1" value="0" hidden {}
            p id="file-summary" role="status" {}
            p id="download" hidden { a { "Download predictions" } }
        }
    }
}

/// Returns the source expression of a script or style in a content security policy.
fn hash(content: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(content)))
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let headers = [(header::CONTENT_SECURITY_POLICY, self.policy)];
        (headers, Html(self.html)).into_response()
    }
}
