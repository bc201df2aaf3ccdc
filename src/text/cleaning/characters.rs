//! Characters that stand for others or are invisible, and Unicode normalization (NFC).

use std::borrow::Cow;

use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::windows_1252;

/// Returns the replacement of a character, or `None` if it is kept: a space for control characters and
/// the zero-width space, nothing for other invisible characters, an ASCII quote for a typographic quote.
///
/// Low quotes (`„`) are kept because they open quotations in some languages. The zero-width joiner and
/// non-joiner are kept because emoji and Persian need them.
pub(super) fn plain(character: char) -> Option<&'static str> {
    match character {
        '\u{ad}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}' => Some(""),
        '\u{200b}' => Some(" "),
        '\u{2018}' | '\u{2019}' | '\u{201b}' => Some("'"),
        '\u{201c}' | '\u{201d}' | '\u{201f}' => Some("\""),
        control if control.is_control() && !control.is_whitespace() => Some(" "),
        _ => None,
    }
}

/// Returns the text of a character from version 2 of the preprocessing on, or `None` if it is kept. `before` and `after` return
/// the characters next to it.
pub(super) fn repaired(
    character: char,
    before: impl FnOnce() -> Option<char>,
    after: impl FnOnce() -> Option<char>,
) -> Option<Cow<'static, str>> {
    let is_letter = |character: Option<char>| character.is_some_and(char::is_alphabetic);
    if is_like_apostrophe(character) && is_letter(before()) && is_letter(after()) {
        return Some(Cow::Borrowed("'"));
    }
    // Texts in Windows-1252 that were read as Latin-1 have the control character U+0092 for `’`.
    let meant = match character {
        '\u{80}'..='\u{9f}' => windows_1252::decode(character),
        _ => character,
    };
    let is_kept = meant == character;
    let kept = || (!is_kept).then(|| meant.to_string().into());
    plain(meant).map(Cow::Borrowed).or_else(kept)
}

/// Returns whether people type a character for an apostrophe. [`plain`] replaces typographic apostrophes anywhere.
fn is_like_apostrophe(character: char) -> bool {
    matches!(
        character,
        '`' | '\u{b4}' | '\u{2bc}' | '\u{55a}' | '\u{2032}' | '\u{a78c}' | '\u{ff07}'
    )
}

/// Returns the end of the character at `at` with its combining marks, and their NFC form if it differs.
pub(super) fn composed(text: &str, at: usize) -> (usize, Option<Cow<'_, str>>) {
    let mut characters = text[at..].char_indices();
    let first = characters.next().map(|(_, first)| first);
    let end = characters
        .find(|&(_, next)| is_starter(next))
        .map_or(text.len(), |(offset, _)| at + offset);
    let cluster = &text[at..end];
    if cluster.nfc().eq(cluster.chars()) {
        return (end, None);
    }
    let composed: String = cluster.nfc().collect();
    match first {
        // Only the marks change, so the base character may still be a token of its own.
        Some(first) if is_starter(first) && composed.starts_with(first) => {
            (at + first.len_utf8(), None)
        }
        _ => (end, Some(Cow::Owned(composed))),
    }
}

/// Returns whether a character never combines with the one before it.
fn is_starter(character: char) -> bool {
    canonical_combining_class(character) == 0
        && is_nfc_quick(std::iter::once(character)) == IsNormalized::Yes
}
