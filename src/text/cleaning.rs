//! Cleaning: removes HTML tags and invisible characters, decodes HTML entities, replaces typographic
//! quotes by ASCII quotes and applies Unicode normalization (NFC).
//!
//! The cleaned text keeps a map to byte offsets in the original, which explanations need. HTML parsers
//! give no such map, so tags are scanned by hand; `htmlize` decodes the entities.

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The maximum length of a tag in bytes, URLs in attributes included. A `<` without a `>` within this
/// distance is text.
const MAX_TAG_BYTES: usize = 1024;

/// The length in bytes of the longest HTML entity, `&CounterClockwiseContourIntegral;`.
const MAX_ENTITY_BYTES: usize = 33;

/// A cleaned text with a map from its byte offsets to those of the original.
#[derive(Clone, Debug, Default)]
pub(super) struct Cleaned {
    /// The cleaned text. Empty if nothing was replaced: the original is used then, without a copy.
    replaced: String,
    /// The start (even indices) and end (odd indices) of each replaced span, in ascending order: the
    /// offset in the cleaned text and the offset in the original.
    anchors: Vec<(usize, usize)>,
}

impl Cleaned {
    /// Cleans `original`, reusing the buffers.
    pub(super) fn clean(&mut self, original: &str) {
        self.replaced.clear();
        self.anchors.clear();
        let bytes = original.as_bytes();
        let is_nfc = original.is_ascii() || is_nfc_quick(original.chars()) == IsNormalized::Yes;
        let mut kept = 0;
        let mut at = 0;
        while at < bytes.len() {
            let (mut end, mut replacement) = match bytes[at] {
                b'<' => tag(bytes, at),
                b'&' => entity(original, at),
                // The first UTF-8 bytes of the characters that `plain` replaces.
                0..=8 | 14..=31 | 127 | 0xc2 | 0xe2 | 0xef => character(original, at),
                _ => (at + 1, None),
            };
            if !is_nfc && replacement.is_none() {
                (end, replacement) = composed(original, at);
            }
            if let Some(replacement) = replacement {
                self.replaced.push_str(&original[kept..at]);
                self.anchors.push((self.replaced.len(), at));
                self.replaced.push_str(&replacement);
                self.anchors.push((self.replaced.len(), end));
                kept = end;
            }
            at = end;
        }
        if !self.anchors.is_empty() {
            self.replaced.push_str(&original[kept..]);
        }
    }

    /// Returns the cleaned text. `original` must be the argument of the last call to `clean`.
    pub(super) fn text<'a>(&'a self, original: &'a str) -> &'a str {
        if self.anchors.is_empty() {
            original
        } else {
            &self.replaced
        }
    }

    /// Maps a byte range of the cleaned text to the original. Removed characters next to the range are
    /// not part of the result.
    pub(super) fn original_span(&self, Range { start, end }: Range<usize>) -> Range<usize> {
        let before_start = self
            .anchors
            .partition_point(|&(cleaned, _)| cleaned <= start);
        let before_end = self.anchors.partition_point(|&(cleaned, _)| cleaned < end);
        self.original(start, before_start)..self.original(end, before_end)
    }

    /// Maps an offset that follows the first `before` anchors to the original.
    fn original(&self, position: usize, before: usize) -> usize {
        let Some(index) = before.checked_sub(1) else {
            return position;
        };
        let (cleaned, original) = self.anchors[index];
        match self.anchors.get(before) {
            // Text between an even anchor and the next was replaced: an offset inside it has no
            // counterpart and maps to the end of the replaced span.
            Some(&(_, end)) if index % 2 == 0 && position > cleaned => end,
            _ => original + (position - cleaned),
        }
    }
}

/// Returns the replacement of a character, or `None` if it is kept: a space for control characters and
/// the zero-width space, nothing for other invisible characters, an ASCII quote for a typographic quote.
///
/// Low quotes (`„`) are kept because they open quotations in some languages. The zero-width joiner and
/// non-joiner are kept because emoji and Persian need them.
fn plain(character: char) -> Option<&'static str> {
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

/// Returns the end of the character at `at`, and its replacement if it is not kept.
fn character(text: &str, at: usize) -> (usize, Option<Cow<'static, str>>) {
    match text[at..].chars().next() {
        Some(character) => (
            at + character.len_utf8(),
            plain(character).map(Cow::Borrowed),
        ),
        None => (text.len(), None),
    }
}

/// Returns the end of the tag that starts at `at`, and a space as its replacement: `<br />` separates
/// two words, so every tag does.
fn tag(bytes: &[u8], at: usize) -> (usize, Option<Cow<'static, str>>) {
    let text = (at + 1, None);
    let window = &bytes[at + 1..bytes.len().min(at + MAX_TAG_BYTES)];
    if !begins_tag(window) {
        return text;
    }
    match window.iter().position(|&byte| byte == b'>' || byte == b'<') {
        Some(length) if window[length] == b'>' => (at + 1 + length + 1, Some(Cow::Borrowed(" "))),
        _ => text,
    }
}

/// Returns whether the bytes after a `<` start with a tag name and a delimiter. False for `</3` and
/// `<me@here.org>`.
fn begins_tag(rest: &[u8]) -> bool {
    let name = match rest {
        [b'!', declaration @ ..] => {
            return matches!(declaration, [b'-', b'-', ..] | [b'a'..=b'z' | b'A'..=b'Z', ..]);
        }
        [b'/', name @ ..] | name => name,
    };
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    let length = name.iter().take_while(|byte| is_of_name(byte)).count();
    matches!(name, [b'a'..=b'z' | b'A'..=b'Z', ..])
        && matches!(
            name.get(length),
            Some(b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n')
        )
}

/// Returns the end of the HTML entity that starts at `at`, and the decoded text.
fn entity(text: &str, at: usize) -> (usize, Option<Cow<'_, str>>) {
    let window = &text.as_bytes()[at + 1..text.len().min(at + MAX_ENTITY_BYTES)];
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'#';
    let length = window.iter().take_while(|byte| is_of_name(byte)).count();
    if window.get(length) != Some(&b';') {
        return (at + 1, None);
    }
    let end = at + 1 + length + 1;
    let Cow::Owned(characters) = htmlize::unescape(&text[at..end]) else {
        return (at + 1, None);
    };
    let mut each = characters.chars();
    let replacement = match (each.next(), each.next(), each.next()) {
        // Entities decode to one or two characters. More means that only a prefix is an entity: `&#39x;`.
        (_, _, Some(_)) => return (at + 1, None),
        (Some(one), None, None) => plain(one).map_or(Cow::Owned(characters), Cow::Borrowed),
        _ => Cow::Owned(characters),
    };
    (end, Some(replacement))
}

/// Returns the end of the character at `at` with its combining marks, and their NFC form if it differs.
fn composed(text: &str, at: usize) -> (usize, Option<Cow<'_, str>>) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(original: &str) -> String {
        let mut cleaned = Cleaned::default();
        cleaned.clean(original);
        cleaned.text(original).to_string()
    }

    #[test]
    fn tags_entities_and_control_characters_go() {
        assert_eq!(clean("good<br /><br/>film"), "good  film");
        assert_eq!(
            clean("R&amp;B &lt;3 caf&eacute;&nbsp;&#33;"),
            "R&B <3 café\u{a0}!"
        );
        assert_eq!(clean("a\0b\u{7f}c\u{80}d\te"), "a b c d\te");
        assert_eq!(
            clean("\u{feff}so\u{ad}ft zero\u{200b}width"),
            "soft zero width"
        );
        assert_eq!(clean("<p class='x'>a</p><!-- no --><h1>b"), " a   b");
    }

    #[test]
    fn what_only_looks_like_markup_stays() {
        for text in [
            "a < b > c",
            "I <3 it",
            "</3 > that",
            "<me@here.org>",
            "<!",
            "AT&T; R&D",
            "&;",
            "x & y",
            "<",
            "&",
            "<a",
            "&amp",
            "&#0",
        ] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn what_only_begins_like_an_entity_stays() {
        for text in ["&#8a217;", "&#39x;", "&notit;", "&ampx;"] {
            assert_eq!(clean(text), text);
        }
        assert_eq!(clean("&semi;&not;&fjlig;&NotEqualTilde;"), ";¬fj≂̸");
    }

    #[test]
    fn quotes_become_plain() {
        assert_eq!(clean("“don’t” ‘no’ „so“"), "\"don't\" 'no' „so\"");
        assert_eq!(
            clean("&ldquo;don&rsquo;t&rdquo; it&#8217;s so&shy;ft"),
            "\"don't\" it's soft"
        );
    }

    #[test]
    fn characters_are_composed() {
        assert_eq!(clean("cafe\u{301}s re\u{301}sume\u{301}"), "cafés résumé");
        assert_eq!(clean("\u{1100}\u{1161}\u{11a8}"), "각");
        assert_eq!(clean("!\u{301}\u{316}"), "!\u{316}\u{301}");
    }

    #[test]
    fn positions_lead_back_to_the_original() {
        let original = "a &amp; <i>cafe\u{301}</i> x";
        let mut cleaned = Cleaned::default();
        cleaned.clean(original);
        let of = |piece: &str| {
            let start = cleaned.text(original).find(piece).unwrap();
            &original[cleaned.original_span(start..start + piece.len())]
        };
        assert_eq!(of("&"), "&amp;");
        assert_eq!(of("café"), "cafe\u{301}");
        assert_eq!(of("x"), "x");
        assert_eq!(of("a"), "a");
    }
}
