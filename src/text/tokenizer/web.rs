//! URLs, @mentions and #hashtags.

use unicode_normalization::char::is_combining_mark;

/// Returns the length of a URL at the start of `text`, which ends at white space. Trailing punctuation
/// belongs to the sentence.
pub(in crate::text) fn url(text: &str) -> Option<usize> {
    let prefix = url_prefix(text)?;
    let closing = ['.', ',', '!', '?', ';', ':', ')', ']', '}', '>', '"', '\''];
    let length = text.trim_end_matches(closing).len();
    (length > prefix.len()).then_some(length)
}

/// Returns whether `text` starts like a URL.
pub(in crate::text) fn begins_url(text: &str) -> bool {
    url_prefix(text).is_some()
}

fn url_prefix(text: &str) -> Option<&'static str> {
    let begins = |prefix: &&str| {
        text.as_bytes()
            .get(..prefix.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(prefix.as_bytes()))
    };
    ["http://", "https://", "www."].into_iter().find(begins)
}

/// Returns the length of an @mention or a #hashtag at the start of `text`. `#1` is a number, not a hashtag.
pub(in crate::text) fn mention_or_hashtag(text: &str) -> Option<usize> {
    let name = &text[1..];
    let is_part = |character: char| {
        character.is_alphanumeric() || character == '_' || is_combining_mark(character)
    };
    let length = name
        .find(|character| !is_part(character))
        .unwrap_or(name.len());
    let has_letter = name[..length].contains(char::is_alphabetic);
    has_letter.then_some(1 + length)
}
