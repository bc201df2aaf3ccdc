//! URLs, @mentions and #hashtags.

use unicode_normalization::char::is_combining_mark;

/// Returns the length of a URL at the start of `text`, which ends at white space. Trailing punctuation
/// belongs to the sentence.
pub(super) fn url(text: &str) -> Option<usize> {
    let begins = |prefix: &str| {
        text.as_bytes()
            .get(..prefix.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(prefix.as_bytes()))
    };
    let prefix = ["http://", "https://", "www."]
        .into_iter()
        .find(|prefix| begins(prefix))?;
    let closing = ['.', ',', '!', '?', ';', ':', ')', ']', '}', '>', '"', '\''];
    let length = text.trim_end_matches(closing).len();
    (length > prefix.len()).then_some(length)
}

/// Returns the length of an @mention or a #hashtag at the start of `text`. `#1` is a number, not a hashtag.
pub(super) fn mention_or_hashtag(text: &str) -> Option<usize> {
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
