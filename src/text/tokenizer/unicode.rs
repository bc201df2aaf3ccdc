//! Words by Unicode's word boundaries (Standard Annex #29), and by character.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::text::script::{is_hangul, is_unspaced};

/// Words with an apostrophe that are one word in a language with elision.
const WITH_APOSTROPHE: [&str; 5] = [
    "aujourd'hui",
    "presqu'île",
    "presqu'îles",
    "prud'homme",
    "prud'hommes",
];

/// Returns whether articles and pronouns of a language, given by its ISO 639-1 code, lose their vowel before another: `l'ami`.
pub(super) fn has_elision(language: &str) -> bool {
    matches!(language, "ca" | "fr" | "it")
}

/// Calls `emit` with the byte range of each word and punctuation mark. With elision, a word begins after an apostrophe: `l'`, `ami`.
pub(super) fn words(text: &str, has_elision: bool, emit: &mut dyn FnMut(Range<usize>)) {
    for (start, piece) in text.split_word_bound_indices() {
        match has_elision.then(|| elided(piece)).flatten() {
            Some(second) => {
                emit(start..start + second);
                emit(start + second..start + piece.len());
            }
            None => visible(start, piece, emit),
        }
    }
}

/// Calls `emit` as [`words`] does, but with each character of scripts without spaces between words, and of Korean.
pub(super) fn characters(text: &str, emit: &mut dyn FnMut(Range<usize>)) {
    for (start, piece) in text.split_word_bound_indices() {
        if piece.contains(|character| is_unspaced(character) || is_hangul(character)) {
            for (offset, character) in piece.grapheme_indices(true) {
                visible(start + offset, character, emit);
            }
        } else {
            visible(start, piece, emit);
        }
    }
}

/// Calls `emit` with the parts of a piece of text at `start` that are not white space: marks after a space belong to its piece.
pub(super) fn visible(start: usize, piece: &str, emit: &mut dyn FnMut(Range<usize>)) {
    let mut at = start;
    for part in piece.split_inclusive(char::is_whitespace) {
        let word = part.trim_end();
        if !word.is_empty() {
            emit(at..at + word.len());
        }
        at += part.len();
    }
}

/// Returns the byte offset of the word after an elided one.
fn elided(word: &str) -> Option<usize> {
    let apostrophe = word.find('\'')?;
    let second = apostrophe + 1;
    let has_letters = |part: &str| part.contains(char::is_alphabetic);
    let is_elided = has_letters(&word[..apostrophe])
        && has_letters(&word[second..])
        && !WITH_APOSTROPHE.contains(&word.to_lowercase().as_str());
    is_elided.then_some(second)
}
