//! Cleaning: removes HTML tags and invisible characters, decodes HTML entities, replaces typographic
//! quotes by ASCII quotes and applies Unicode normalization (NFC).
//!
//! Version 2 of the preprocessing also repairs mojibake and apostrophes, decodes entities that were escaped twice, keeps
//! placeholders such as `<url>`, and can replace personal data by them.
//!
//! The cleaned text keeps a map to byte offsets in the original, which explanations need.

mod characters;
mod entities;
mod mojibake;
mod redaction;
mod replaced;
mod tags;
mod width;
mod windows_1252;

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::{IsNormalized, is_nfc_quick};

pub(crate) use self::mojibake::has_mojibake;
use self::replaced::Replaced;

/// How often mojibake is repaired: UTF-8 that was read with the wrong encoding twice occurs.
const MOJIBAKE_ROUNDS: usize = 2;

/// The rules of cleaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CleaningRules {
    /// Those of version 1 of the preprocessing.
    First,
    /// Those of version 2.
    Second {
        /// Whether to replace personal data by placeholders.
        redact: bool,
        /// Whether to replace full-width and half-width characters.
        fold_width: bool,
    },
}

impl CleaningRules {
    /// Returns the rules of a version of the preprocessing.
    pub(super) fn of_version(version: u32) -> Self {
        match version {
            0..=1 => Self::First,
            _ => Self::Second {
                redact: false,
                fold_width: false,
            },
        }
    }
}

/// A cleaned text with a map from its byte offsets to those of the original.
#[derive(Clone, Debug, Default)]
pub(super) struct Cleaned {
    /// The original without mojibake.
    repaired: [Replaced; MOJIBAKE_ROUNDS],
    /// The text of `repaired` without markup and invisible characters.
    cleaned: Replaced,
    /// The text of `cleaned` without full-width and half-width characters.
    folded: Replaced,
    /// The text of `folded` without personal data.
    redacted: Replaced,
}

impl Cleaned {
    /// Cleans `original`, reusing the buffers.
    pub(super) fn clean(&mut self, original: &str, rules: CleaningRules) {
        let Self {
            repaired,
            cleaned,
            folded,
            redacted,
        } = self;
        let is_ascii = original.is_ascii();
        let mut text = original;
        for round in repaired {
            round.clear();
            if rules != CleaningRules::First && !is_ascii {
                mojibake::repair(text, round);
            }
            text = round.text(text);
        }
        cleaned.clear();
        clean_characters(text, is_ascii, rules, cleaned);
        folded.clear();
        redacted.clear();
        let CleaningRules::Second { redact, fold_width } = rules else {
            return;
        };
        text = cleaned.text(text);
        if fold_width {
            width::fold(text, folded);
            text = folded.text(text);
        }
        if redact {
            redaction::redact(text, redacted);
        }
    }

    /// Returns the cleaned text. `original` must be the argument of the last call to `clean`.
    pub(super) fn text<'a>(&'a self, original: &'a str) -> &'a str {
        let layers = self.layers();
        layers
            .into_iter()
            .find(|layer| !layer.is_original())
            .map_or(original, |layer| layer.text(original))
    }

    /// Maps a byte range of the cleaned text to the original. Removed characters next to the range are
    /// not part of the result.
    pub(super) fn original_span(&self, span: Range<usize>) -> Range<usize> {
        let layers = self.layers();
        layers
            .into_iter()
            .fold(span, |span, layer| layer.original_span(span))
    }

    /// Returns the replacements, the last ones first.
    fn layers(&self) -> [&Replaced; MOJIBAKE_ROUNDS + 3] {
        let [first, second] = &self.repaired;
        [&self.redacted, &self.folded, &self.cleaned, second, first]
    }
}

/// Removes markup and replaces characters.
fn clean_characters(text: &str, is_ascii: bool, rules: CleaningRules, output: &mut Replaced) {
    let bytes = text.as_bytes();
    let is_first = rules == CleaningRules::First;
    let is_nfc = is_ascii || is_nfc_quick(text.chars()) == IsNormalized::Yes;
    let mut at = 0;
    while at < bytes.len() {
        let (mut end, mut replacement) = match bytes[at] {
            b'<' => match tags::tag(text, at, !is_first) {
                // `<br />` separates two words, so every tag does.
                Some(end) => (end, Some(Cow::Borrowed(" "))),
                None => (at + 1, None),
            },
            b'&' => entity(text, at, rules, output),
            // The first UTF-8 bytes of the characters that `plain` replaces.
            0..=8 | 14..=31 | 127 | 0xc2 | 0xe2 | 0xef => character(text, at, rules, output),
            // The first bytes of other characters that are like an apostrophe.
            b'`' | 0xca | 0xd5 | 0xea if !is_first => character(text, at, rules, output),
            _ => (at + 1, None),
        };
        if !is_nfc && replacement.is_none() {
            (end, replacement) = characters::composed(text, at);
        }
        if let Some(replacement) = replacement {
            output.replace(text, at..end, &replacement);
        }
        at = end;
    }
    output.finish(text);
}

/// Returns the end of the character at `at`, and its replacement if it is not kept.
fn character(
    text: &str,
    at: usize,
    rules: CleaningRules,
    output: &Replaced,
) -> (usize, Option<Cow<'static, str>>) {
    match text[at..].chars().next() {
        Some(character) => {
            let end = at + character.len_utf8();
            (end, replacement(character, text, at..end, rules, output))
        }
        None => (text.len(), None),
    }
}

/// Returns the end of the HTML entity that starts at `at`, and its replacement.
fn entity(
    text: &str,
    at: usize,
    rules: CleaningRules,
    output: &Replaced,
) -> (usize, Option<Cow<'static, str>>) {
    let entity = match rules {
        CleaningRules::First => entities::entity(text, at),
        CleaningRules::Second { .. } => entities::entity_escaped_twice(text, at),
    };
    let Some((end, characters)) = entity else {
        return (at + 1, None);
    };
    let mut each = characters.chars();
    let replacement = match (each.next(), each.next()) {
        (Some(one), None) => replacement(one, text, at..end, rules, output),
        _ => None,
    };
    (end, Some(replacement.unwrap_or(Cow::Owned(characters))))
}

/// Returns the replacement of the character that `span` of the text stands for, or `None` if it is kept.
fn replacement(
    character: char,
    text: &str,
    span: Range<usize>,
    rules: CleaningRules,
    output: &Replaced,
) -> Option<Cow<'static, str>> {
    if rules == CleaningRules::First {
        return characters::plain(character).map(Cow::Borrowed);
    }
    let before = || output.character_before(text, span.start);
    let after = || match text[span.end..].chars().next() {
        Some('&') => entities::entity(text, span.end).and_then(|(_, next)| next.chars().next()),
        next => next,
    };
    characters::repaired(character, before, after)
}

#[cfg(test)]
mod tests;
