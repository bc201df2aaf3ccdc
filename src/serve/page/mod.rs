//! The browser page: one HTML file that contacts only this server. It works without JavaScript for one text.
//!
//! `page.html` has the structure, `css/` the layout on top of the stylesheet of every page, and `js/` a file a subject.
//! All are put together when the server starts.

mod docs;
mod form;

use axum::body::Bytes;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, Render, html};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::explainer::MOST_CHARACTERS;
use super::settings::Limits;
use crate::explain::words::Legend;
use crate::explain::{FULL_WEIGHT, Piece};
use crate::html::STYLE;
pub use docs::docs;
pub use form::classify;

const TEMPLATE: &str = include_str!("page.html");
const PAGE_STYLE: &str = concat!(
    include_str!("css/controls.css"),
    include_str!("css/page.css")
);
const SCRIPT: &str = concat!(
    include_str!("js/dom.js"),
    include_str!("js/server.js"),
    include_str!("js/models.js"),
    include_str!("js/chips.js"),
    include_str!("js/words.js"),
    include_str!("js/verdict.js"),
    include_str!("js/texts.js"),
    include_str!("js/code.js"),
    include_str!("js/tables.js"),
    include_str!("js/outcome.js"),
    include_str!("js/main.js"),
);

/// The icon: two bars, in the colours of positive and negative.
const ICON: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect x="1" y="3" width="14" height="4" rx="2" fill="#1f7fbf"/><rect x="1" y="9" width="8" height="4" rx="2" fill="#d55e00"/></svg>"##;

/// The place of the result of a form.
const RESULT: &str = "<!--result-->";

/// The page and a content security policy that allows only its own script and style.
#[derive(Clone, Debug)]
pub struct Page {
    /// The page before and after the place of a result.
    parts: [Bytes; 2],
    policy: HeaderValue,
}

impl Page {
    /// Renders the page and computes its content security policy. A form cannot send the key that a server may require.
    pub fn new(limits: &Limits, requires_key: bool) -> Self {
        let style = format!("{}{PAGE_STYLE}", *STYLE);
        let legend = Legend::Labels {
            has_tones: true,
            has_others: true,
        };
        let icon = format!("data:image/svg+xml;base64,{}", STANDARD.encode(ICON));
        let page = TEMPLATE
            .replace("<!--settings-->", &attribute(&settings(limits)))
            .replace("<!--icon-->", &icon)
            .replace("<!--release-->", env!("CARGO_PKG_VERSION"))
            .replace("<!--noscript-->", &no_script(requires_key).into_string())
            .replace("<!--legend-->", &legend.html().into_string())
            .replace("<!--style-->", &style)
            .replace("<!--script-->", SCRIPT);
        let (before, after) = page.split_once(RESULT).unwrap_or((&page, ""));
        Self {
            parts: [before, after].map(|part| Bytes::copy_from_slice(part.as_bytes())),
            policy: policy(&style, Some(SCRIPT)),
        }
    }

    /// Returns the page without a result.
    pub fn blank(&self) -> Response {
        self.with_result(&html! {})
    }

    /// Returns the page with the result of a form.
    pub fn with_result(&self, result: &Markup) -> Response {
        let [before, after] = &self.parts;
        let html = [before, result.0.as_bytes(), after].concat();
        let headers = [(header::CONTENT_SECURITY_POLICY, self.policy.clone())];
        (headers, Html(html)).into_response()
    }
}

/// Returns what the script needs to know of the server.
fn settings(limits: &Limits) -> String {
    let settings = json!({
        "max_body": limits.max_body,
        "max_instances": limits.max_instances,
        "explained_characters": MOST_CHARACTERS.min(limits.max_characters),
        "explained_words": form::WORDS,
        "explained_steps": form::STEPS,
        "full_weight": FULL_WEIGHT,
        "least_strength": Piece::LEAST_STRENGTH,
    });
    settings.to_string()
}

/// Escapes the value of an attribute.
fn attribute(value: &str) -> String {
    value.render().into_string()
}

fn no_script(requires_key: bool) -> Markup {
    html! {
        noscript {
            @if requires_key {
                p { "This server requires an API key, and this page needs JavaScript to send it." }
            } @else {
                p { button class="primary" { "Classify" } }
            }
        }
    }
}

/// Returns a content security policy that allows a style, and a script if there is one.
fn policy(style: &str, script: Option<&str>) -> HeaderValue {
    let script = script.map_or("'none'".into(), |script| format!("'{}'", hash(script)));
    let policy = format!(
        "default-src 'none'; script-src {script}; style-src '{}'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        hash(style),
    );
    // Base64 hashes, letters and quotes are valid in a header value.
    HeaderValue::from_str(&policy).expect("the policy is a valid header value")
}

/// Returns the source expression of a script or style in a content security policy.
fn hash(content: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(content)))
}
