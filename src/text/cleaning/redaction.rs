//! Replaces URLs, user names, e-mail addresses and phone numbers by placeholders.

mod phone;

use super::replaced::Replaced;
use crate::text::placeholders::{EMAIL, PHONE, URL, USER};
use crate::text::tokenizer::web;

/// The maximum length in bytes of the part of an e-mail address before its `@`.
const MAX_LOCAL_BYTES: usize = 64;

/// What corpora of tweets have in place of a URL.
const URL_CONVENTIONS: [&str; 3] = ["http", "https", "httpurl"];

/// Replaces the personal data of a text.
pub(super) fn redact(text: &str, output: &mut Replaced) {
    let bytes = text.as_bytes();
    let mut at = 0;
    // The end of the last replaced span.
    let mut replaced = 0;
    while at < bytes.len() {
        let found = match bytes[at] {
            b'h' | b'H' | b'w' | b'W' => url(text, at).map(|end| (at, end, URL)),
            b'@' => email(text, replaced, at)
                .map(|(start, end)| (start, end, EMAIL))
                .or_else(|| user(text, at).map(|end| (at, end, USER))),
            b'+' | b'(' | b'0'..=b'9' => match phone::phone(text, at) {
                Ok(end) => Some((at, end, PHONE)),
                Err(end) => {
                    at = end;
                    continue;
                }
            },
            _ => None,
        };
        match found {
            Some((start, end, placeholder)) => {
                output.replace(text, start..end, placeholder);
                (at, replaced) = (end, end);
            }
            None => at += 1,
        }
    }
    output.finish(text);
}

/// Returns the end of the URL that starts at `at`, or of a word that stands for one.
fn url(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    let begins_word = !follows_word(text, at);
    if !web::begins_url(rest) {
        let length = url_convention(rest).filter(|_| begins_word)?;
        return Some(at + length);
    }
    let is_www = matches!(rest.as_bytes()[0], b'w' | b'W');
    if is_www && !begins_word {
        return None;
    }
    let chunk = &rest[..rest.find(char::is_whitespace).unwrap_or(rest.len())];
    Some(at + web::url(chunk)?)
}

/// Returns the length of a word at the start of `text` that stands for a URL.
fn url_convention(text: &str) -> Option<usize> {
    let is_word = |convention: &&&str| {
        let length = convention.len();
        let word = text.get(..length);
        word.is_some_and(|word| word.eq_ignore_ascii_case(convention))
            && text[length..]
                .chars()
                .next()
                .is_none_or(char::is_whitespace)
    };
    URL_CONVENTIONS
        .iter()
        .find(is_word)
        .map(|convention| convention.len())
}

/// Returns the end of the user name with the `@` at `at`. The parts of a name may be joined by periods, and a server may
/// follow: `@name@example.org`.
fn user(text: &str, at: usize) -> Option<usize> {
    if follows_word(text, at) {
        return None;
    }
    let mut end = at + web::mention_or_hashtag(&text[at..])?;
    let is_joined = |rest: &str| {
        let mut next = rest.chars();
        next.next() == Some('.')
            && next
                .next()
                .is_some_and(|next| next.is_lowercase() || next.is_numeric())
    };
    while is_joined(&text[end..]) {
        end = word_end(text, end + 1);
    }
    match text.as_bytes().get(end) {
        Some(b'@') => Some(domain_end(text, end + 1).unwrap_or(end)),
        _ => Some(end),
    }
}

/// Returns the span of the e-mail address with the `@` at `at`. It starts at `from` or later.
fn email(text: &str, from: usize, at: usize) -> Option<(usize, usize)> {
    let is_local = |character: &(usize, char)| {
        character.1.is_alphanumeric() || matches!(character.1, '.' | '_' | '%' | '+' | '-' | '\'')
    };
    let start = text[from..at]
        .char_indices()
        .rev()
        .take_while(is_local)
        .map(|(offset, _)| from + offset)
        .take_while(|start| at - start <= MAX_LOCAL_BYTES)
        .last()?;
    let local = text[start..at].trim_start_matches(|first: char| !first.is_alphanumeric());
    let domain_end = domain_end(text, at + 1)?;
    (!local.is_empty()).then_some((at - local.len(), domain_end))
}

/// Returns the end of the domain that starts at `start`: labels joined by periods, the last of two or more letters.
fn domain_end(text: &str, start: usize) -> Option<usize> {
    let mut end = None;
    let mut labels = 0;
    let mut at = start;
    loop {
        let label_end = label_end(text, at);
        let label = &text[at..label_end];
        if label.is_empty() {
            return end;
        }
        labels += 1;
        let is_top_level = label.chars().all(char::is_alphabetic) && label.chars().nth(1).is_some();
        if labels > 1 && is_top_level {
            end = Some(label_end);
        }
        if text.as_bytes().get(label_end) != Some(&b'.') {
            return end;
        }
        at = label_end + 1;
    }
}

fn label_end(text: &str, start: usize) -> usize {
    let is_part = |character: char| character.is_alphanumeric() || character == '-';
    let rest = &text[start..];
    start + rest.find(|next| !is_part(next)).unwrap_or(rest.len())
}

fn word_end(text: &str, start: usize) -> usize {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    let rest = &text[start..];
    start + rest.find(|next| !is_part(next)).unwrap_or(rest.len())
}

/// Returns whether a letter, a digit or an underscore comes before `at`.
fn follows_word(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back();
    before.is_some_and(|before| before.is_alphanumeric() || before == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(text: &str) -> String {
        let mut output = Replaced::default();
        redact(text, &mut output);
        output.text(text).to_string()
    }

    #[test]
    fn urls_are_replaced() {
        for (text, expected) in [
            ("see http://a.b/c?d=1, ok", "see <url>, ok"),
            ("(HTTPS://t.co/x) www.a.org.", "(<url>) <url>."),
            ("seehttps://t.co/x", "see<url>"),
            ("http HTTPURL http", "<url> <url> <url>"),
            ("https://me:pw@host.org/@x", "<url>"),
        ] {
            assert_eq!(redacted(text), expected);
        }
        for text in ["http://", "https-only", "awww.ok", "whatever", "http."] {
            assert_eq!(redacted(text), text);
        }
    }

    #[test]
    fn users_and_addresses_are_replaced() {
        for (text, expected) in [
            ("@user thanks @Dave_1!", "<user> thanks <user>!"),
            (".@dave's (@李)", ".<user>'s (<user>)"),
            ("@john.doe @me@social.example.org", "<user> <user>"),
            ("@united.Terrible", "<user>.Terrible"),
            ("me.too+x@here.co.uk.", "<email>."),
            ("<me@here.org>,you@there.org", "<<email>>,<email>"),
            ("...me@here.org", "...<email>"),
            ("@me me@x.org", "<user> <email>"),
            ("o'brien@x.com or 'me@x.org'", "<email> or '<email>'"),
        ] {
            assert_eq!(redacted(text), expected);
        }
        for text in [
            "@",
            "@5",
            "f@ck sh@t",
            "me @ home",
            "a@b",
            "5@home",
            "@@@",
            "x@.org",
        ] {
            assert_eq!(redacted(text), text);
        }
    }

    #[test]
    fn phone_numbers_are_replaced() {
        for phone in [
            "555-123-4567",
            "(555) 123-4567",
            "555.123.4567",
            "5551234567",
            "1-800-555-1234",
            "+1 555 123 4567",
            "+44 20 7946 0958",
            "+491701234567",
            "+49 (0) 30 1234567",
            "020 7946 0958",
            "(030) 1234567",
            "01 23 45 67 89",
            "01.23.45.67.89",
            "0301234567",
            "555-1234",
        ] {
            let text = format!("call {phone}, or 12");
            assert_eq!(redacted(&text), "call <phone>, or 12", "{phone}");
        }
    }

    #[test]
    fn numbers_after_a_phone_number_stay() {
        for (text, expected) in [
            ("+44 20 7946 0958 10/10", "<phone> 10/10"),
            ("+44 20 7946 0958 10", "<phone> 10"),
            ("+1 555 123 4567 5/5", "<phone> 5/5"),
            ("+380 44 123 45 67", "<phone>"),
            ("020 7946 0958 10/10", "<phone> 10/10"),
            ("020 7946 0958 10", "<phone> 10"),
            ("555-123-4567,555-123-9999", "<phone>,<phone>"),
            ("555-123-4567/8", "<phone>/8"),
        ] {
            assert_eq!(redacted(text), expected);
        }
    }

    #[test]
    fn other_numbers_stay() {
        for text in [
            "in 1999-2004 and 2004-10-12",
            "10/10, 01.02.2004 10:30",
            "1,000,000 or 3.14159265",
            "1000000000 views, 12345678",
            "$20 + 5 (2) 0.123456789",
            "a5551234567 555-1234-5",
            "4111-1111-1111-1111",
            "+1 +100 ++",
        ] {
            assert_eq!(redacted(text), text);
        }
    }
}
