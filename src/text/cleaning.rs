//! Cleaning: HTML tags and entities, control characters, typographic quotes, and Unicode's composed
//! form (NFC), with a record of where each piece of the cleaned text came from.

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The longest tag that is taken for one: `<` without `>` within so many bytes is text. It also
/// keeps a text of many `<` from being searched again and again.
const MAX_TAG_BYTES: usize = 256;

/// The longest entity of HTML, `&CounterClockwiseContourIntegral;`, has 33 bytes.
const MAX_ENTITY_BYTES: usize = 33;

/// A cleaned text, which remembers the original's positions.
#[derive(Clone, Debug, Default)]
pub(super) struct Cleaned {
    text: String,
    /// Where replaced pieces begin (at even places) and end (at odd ones), ascending: the byte of
    /// the cleaned text and the original's.
    anchors: Vec<(usize, usize)>,
}

impl Cleaned {
    /// Cleans another text in the same buffers.
    pub(super) fn clean(&mut self, original: &str) {
        self.text.clear();
        self.anchors.clear();
        let bytes = original.as_bytes();
        let is_nfc = original.is_ascii() || is_nfc_quick(original.chars()) == IsNormalized::Yes;
        let mut kept = 0;
        let mut at = 0;
        while at < bytes.len() {
            let (end, replacement) = match bytes[at] {
                b'<' => tag(bytes, at),
                b'&' => entity(original, at),
                0..=31 | 127 => (at + 1, Some(Cow::Borrowed(" "))),
                // The control characters U+0080 to U+009F.
                0xc2 if bytes[at + 1] < 0xa0 => (at + 2, Some(Cow::Borrowed(" "))),
                0xe2 if bytes[at + 1] == 0x80 && plain_quote(bytes[at + 2]).is_some() => {
                    (at + 3, plain_quote(bytes[at + 2]).map(Cow::Borrowed))
                }
                _ if !is_nfc => composed(original, at),
                _ => (at + 1, None),
            };
            if let Some(replacement) = replacement {
                self.text.push_str(&original[kept..at]);
                self.anchors.push((self.text.len(), at));
                self.text.push_str(&replacement);
                self.anchors.push((self.text.len(), end));
                kept = end;
            }
            at = end;
        }
        self.text.push_str(&original[kept..]);
    }

    /// The cleaned text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where a piece of the cleaned text stands in the original.
    pub(super) fn original_span(&self, Range { start, end }: Range<usize>) -> Range<usize> {
        self.original(start)..self.original(end)
    }

    fn original(&self, position: usize) -> usize {
        let after = self.anchors.partition_point(|&(cleaned, _)| cleaned <= position);
        let Some(index) = after.checked_sub(1) else {
            return position;
        };
        let (cleaned, original) = self.anchors[index];
        match self.anchors.get(after) {
            // Between an even anchor and the next, text was replaced: a position inside has no
            // counterpart and goes to its end.
            Some(&(_, end)) if index % 2 == 0 && position > cleaned => end,
            _ => original + (position - cleaned),
        }
    }
}

/// The plain form of a typographic quote, U+2018 to U+201F, by its last byte. The low ones open
/// quotations in some languages and stay.
fn plain_quote(last_byte: u8) -> Option<&'static str> {
    match last_byte {
        0x98 | 0x99 | 0x9b => Some("'"),
        0x9c | 0x9d | 0x9f => Some("\""),
        _ => None,
    }
}

/// A tag that begins at `at`: where it ends, and the space that stands for it. The tag of a `<br />`
/// parts two words, so every tag does.
fn tag(bytes: &[u8], at: usize) -> (usize, Option<Cow<'static, str>>) {
    let text = (at + 1, None);
    let Some(b'a'..=b'z' | b'A'..=b'Z' | b'/' | b'!') = bytes.get(at + 1) else {
        return text;
    };
    let window = &bytes[at + 1..bytes.len().min(at + MAX_TAG_BYTES)];
    match window.iter().position(|&byte| byte == b'>' || byte == b'<') {
        Some(length) if window[length] == b'>' => {
            (at + 1 + length + 1, Some(Cow::Borrowed(" ")))
        }
        _ => text,
    }
}

/// An entity that begins at `at`: where it ends, and its character.
fn entity(text: &str, at: usize) -> (usize, Option<Cow<'_, str>>) {
    let window = &text.as_bytes()[at..text.len().min(at + MAX_ENTITY_BYTES)];
    let Some(length) = window.iter().position(|&byte| byte == b';') else {
        return (at + 1, None);
    };
    let end = at + length + 1;
    match htmlize::unescape(&text[at..end]) {
        // A character that would be cleaned away itself parts words like it.
        Cow::Owned(character) if character.chars().all(char::is_control) => {
            (end, Some(Cow::Borrowed(" ")))
        }
        Cow::Owned(character) => (end, Some(Cow::Owned(character))),
        Cow::Borrowed(_) => (at + 1, None),
    }
}

/// The character at `at` with those that may be composed with it: where they end, and their
/// composed form where it differs.
fn composed(text: &str, at: usize) -> (usize, Option<Cow<'_, str>>) {
    let mut characters = text[at..].char_indices();
    characters.next();
    let end = characters
        .find(|&(_, next)| is_starter(next))
        .map_or(text.len(), |(offset, _)| at + offset);
    let cluster = &text[at..end];
    let composed: String = cluster.nfc().collect();
    (end, (composed != cluster).then_some(Cow::Owned(composed)))
}

/// Whether a character is never composed with the one before it.
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
        cleaned.text
    }

    #[test]
    fn tags_entities_and_control_characters_go() {
        assert_eq!(clean("good<br /><br/>film"), "good  film");
        assert_eq!(clean("R&amp;B &lt;3 caf&eacute;&nbsp;&#33;"), "R&B <3 café\u{a0}!");
        assert_eq!(clean("a\0b\tc\u{85}d"), "a b c d");
    }

    #[test]
    fn what_only_looks_like_markup_stays() {
        for text in ["a < b > c", "I <3 it", "AT&T; R&D", "x & y", "<", "&", "<a", "&amp", "&#0"] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn quotes_become_plain() {
        assert_eq!(clean("“don’t” ‘no’ „so“"), "\"don't\" 'no' „so\"");
    }

    #[test]
    fn characters_are_composed() {
        assert_eq!(clean("cafe\u{301}s re\u{301}sume\u{301}"), "cafés résumé");
        assert_eq!(clean("\u{1100}\u{1161}\u{11a8}"), "각");
    }

    #[test]
    fn positions_lead_back_to_the_original() {
        let original = "a &amp; <i>cafe\u{301}</i> x";
        let mut cleaned = Cleaned::default();
        cleaned.clean(original);
        let of = |piece: &str| {
            let start = cleaned.text().find(piece).unwrap();
            &original[cleaned.original_span(start..start + piece.len())]
        };
        assert_eq!(of("&"), "&amp;");
        assert_eq!(of("café"), "cafe\u{301}");
        assert_eq!(of("x"), "x");
        assert_eq!(of("a"), "a");
    }
}
