//! HTML entities, which `htmlize` decodes.

use std::borrow::Cow;

/// The length in bytes of the longest HTML entity, `&CounterClockwiseContourIntegral;`.
const MAX_ENTITY_BYTES: usize = 33;

/// Returns the end of the HTML entity that starts at `at`, and the decoded text.
pub(super) fn entity(text: &str, at: usize) -> Option<(usize, String)> {
    let end = at + 1 + name_length(text, at + 1)?;
    let characters = decoded(&text[at..end])?;
    Some((end, characters))
}

/// Like [`entity`], but also decodes an entity whose `&` was escaped: `&amp;rsquo;` is `’`.
pub(super) fn entity_escaped_twice(text: &str, at: usize) -> Option<(usize, String)> {
    let (end, once) = entity(text, at)?;
    if once != "&" {
        return Some((end, once));
    }
    let escaped_twice = name_length(text, end).and_then(|length| {
        let inner = decoded(&format!("&{}", &text[end..end + length]))?;
        Some((end + length, inner))
    });
    Some(escaped_twice.unwrap_or((end, once)))
}

/// Returns the length of the name of an entity that starts at `start`, with its semicolon.
fn name_length(text: &str, start: usize) -> Option<usize> {
    let window = &text.as_bytes()[start..text.len().min(start + MAX_ENTITY_BYTES - 1)];
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'#';
    let length = window.iter().take_while(|byte| is_of_name(byte)).count();
    (window.get(length) == Some(&b';')).then_some(length + 1)
}

/// Returns the characters of an entity; `None` for an unknown one.
fn decoded(entity: &str) -> Option<String> {
    let Cow::Owned(characters) = htmlize::unescape(entity) else {
        return None;
    };
    // Entities decode to one or two characters. More means that only a prefix is an entity: `&#39x;`.
    (characters.chars().nth(2).is_none()).then_some(characters)
}
