//! Self-contained HTML pages without network access, scripts or web fonts, in light and dark mode.

pub mod palette;

use std::sync::LazyLock;

use maud::{DOCTYPE, Markup, PreEscaped, Render, html};

use crate::printable::visible;

/// The stylesheet of every page.
pub static STYLE: LazyLock<String> = LazyLock::new(|| {
    palette::variables()
        + include_str!("css/base.css")
        + include_str!("css/words.css")
        + include_str!("css/report.css")
});

/// Untrusted text. Renders HTML-escaped, with visible control characters.
pub struct Untrusted<'a>(pub &'a str);

impl Render for Untrusted<'_> {
    fn render_to(&self, buffer: &mut String) {
        visible(self.0).render_to(buffer);
    }
}

/// Returns a complete HTML page. The title is untrusted and rendered escaped.
pub fn document(title: &str, body: &Markup) -> String {
    document_with_heading(title, title, body)
}

/// Returns a complete HTML page with another heading than its title. Both are untrusted and rendered escaped.
pub fn document_with_heading(title: &str, heading: &str, body: &Markup) -> String {
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
                style { (PreEscaped(&*STYLE)) }
            }
            body {
                main {
                    h1 { (Untrusted(heading)) }
                    (body)
                }
            }
        }
    };
    page.into_string()
}

/// Returns a page section with a heading.
pub fn section(heading: impl Render, content: &Markup) -> Markup {
    html! {
        section {
            h2 { (heading) }
            (content)
        }
    }
}

/// Returns a note in place of missing content.
pub fn note(sentence: &str) -> Markup {
    html! { p class="nothing" { (sentence) } }
}
