//! HTML pages that need no network, no script and no font of their own, and follow the reader's choice of light or dark.

use maud::{DOCTYPE, Markup, PreEscaped, Render, html};

use crate::printable::visible;

const STYLE: &str = include_str!("style.css");

/// Text of unknown origin. It renders escaped, with its control characters made visible.
pub struct Untrusted<'a>(pub &'a str);

impl Render for Untrusted<'_> {
    fn render_to(&self, buffer: &mut String) {
        visible(self.0).render_to(buffer);
    }
}

/// Returns a whole page. The title is text of unknown origin.
pub fn document(title: &str, body: &Markup) -> String {
    let title = Untrusted(title);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (title) }
                    (body)
                }
            }
        }
    };
    page.into_string()
}

/// Returns a part of a page under a heading.
pub fn section(heading: impl Render, content: &Markup) -> Markup {
    html! {
        section {
            h2 { (heading) }
            (content)
        }
    }
}

/// Returns a note that takes the place of missing content.
pub fn note(sentence: &str) -> Markup {
    html! { p class="nothing" { (sentence) } }
}
