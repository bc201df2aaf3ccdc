//! Cleaning: HTML tags and entities, characters that are not seen, typographic quotes, and Unicode's
//! composed form (NFC), with a record of where each piece of the cleaned text came from.

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The longest tag that is taken for one (an address in it may be long): `<` without `>` within so
/// many bytes is text.
const MAX_TAG_BYTES: usize = 1024;

/// The longest entity of HTML, `&CounterClockwiseContourIntegral;`, has 33 bytes.
const MAX_ENTITY_BYTES: usize = 33;

/// A cleaned text, which remembers the original's positions.
#[derive(Clone, Debug, Default)]
pub(super) struct Cleaned {
    /// The text, unless nothing was replaced: then the original serves, and is not copied.
    replaced: String,
    /// Where replaced pieces begin (at even places) and end (at odd ones), ascending: the byte of
    /// the cleaned text and the original's.
    anchors: Vec<(usize, usize)>,
}

impl Cleaned {
    /// Cleans another text in the same buffers.
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
                // The first bytes of those that `plain` replaces.
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

    /// The cleaned form of `original`, which is the text that was cleaned last.
    pub(super) fn text<'a>(&'a self, original: &'a str) -> &'a str {
        if self.anchors.is_empty() {
            original
        } else {
            &self.replaced
        }
    }

    /// Where a piece of the cleaned text stands in the original, without what was taken out before
    /// and behind it.
    pub(super) fn original_span(&self, Range { start, end }: Range<usize>) -> Range<usize> {
        let before_start = self
            .anchors
            .partition_point(|&(cleaned, _)| cleaned <= start);
        let before_end = self.anchors.partition_point(|&(cleaned, _)| cleaned < end);
        self.original(start, before_start)..self.original(end, before_end)
    }

    /// The counterpart of a position that has so many anchors before it.
    fn original(&self, position: usize, before: usize) -> usize {
        let Some(index) = before.checked_sub(1) else {
            return position;
        };
        let (cleaned, original) = self.anchors[index];
        match self.anchors.get(before) {
            // Between an even anchor and the next, text was replaced: a position inside has no
            // counterpart and goes to its end.
            Some(&(_, end)) if index % 2 == 0 && position > cleaned => end,
            _ => original + (position - cleaned),
        }
    }
}

/// What stands for a character that is not kept: a space for one that parts words, nothing for one
/// that is not seen, and the plain form of a typographic quote. The low quotes open quotations in
/// some languages and stay; so do the joiners of emoji and of Persian.
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

/// The character at `at`: where it ends, and what stands for it if it is not kept.
fn character(text: &str, at: usize) -> (usize, Option<Cow<'static, str>>) {
    match text[at..].chars().next() {
        Some(character) => (
            at + character.len_utf8(),
            plain(character).map(Cow::Borrowed),
        ),
        None => (text.len(), None),
    }
}

/// A tag that begins at `at`: where it ends, and the space that stands for it. The tag of a `<br />`
/// parts two words, so every tag does.
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

/// Whether a tag's name and its end follow a `<`: not so in `</3` and `<me@here.org>`.
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

/// An entity that begins at `at`: where it ends, and what stands for it.
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
        // An entity is of one or two characters: of this one only the beginning is known, as in `&#39x;`.
        (_, _, Some(_)) => return (at + 1, None),
        (Some(one), None, None) => plain(one).map_or(Cow::Owned(characters), Cow::Borrowed),
        _ => Cow::Owned(characters),
    };
    (end, Some(replacement))
}

/// The character at `at` with those that may be composed with it: where they end, and their
/// composed form where it differs.
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
        // Only the marks behind it change: it may be a token of its own.
        Some(first) if is_starter(first) && composed.starts_with(first) => {
            (at + first.len_utf8(), None)
        }
        _ => (end, Some(Cow::Owned(composed))),
    }
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
