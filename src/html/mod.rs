//! Pages that need nothing but themselves: no network, no script and no font of their own. They follow the reader's
//! choice of light or dark, and show every text of unknown origin as it is and never as markup.

use htmlize::escape_text;

use crate::printable::visible;

const STYLE: &str = include_str!("style.css");

/// A page: its title, which is escaped, and below that what is HTML already.
pub fn document(title: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>{title}</h1>\n{body}</main>\n</body>\n</html>\n"
    )
}

/// A text of unknown origin as HTML that shows it and nothing else.
pub fn escaped(text: &str) -> String {
    escape_text(visible(text)).into_owned()
}

/// A part of a page under a heading, which is HTML as its content is.
pub fn section(heading: &str, content: &str) -> String {
    format!("<section>\n<h2>{heading}</h2>\n{content}</section>\n")
}

/// A sentence in place of what is not there.
pub fn nothing(sentence: &str) -> String {
    format!("<p class=\"nothing\">{sentence}</p>\n")
}
