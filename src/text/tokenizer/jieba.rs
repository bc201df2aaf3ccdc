//! Words of Chinese texts by jieba: the most probable path through the words of a dictionary, and a hidden Markov model for
//! characters that are in none.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use jieba_rs::Jieba;

use super::unicode;
use crate::text::WordDictionary;
use crate::text::script::is_han;

/// The dictionary of the crate: reading it takes about as long as starting the program.
static DEFAULT: LazyLock<Arc<Jieba>> = LazyLock::new(|| Arc::new(Jieba::new()));

/// Returns a segmenter with the words of `dictionary` beside its own.
pub(super) fn load(dictionary: &WordDictionary) -> Arc<Jieba> {
    if dictionary.is_none() {
        return Arc::clone(&DEFAULT);
    }
    let mut jieba = Jieba::clone(&DEFAULT);
    for (word, frequency) in dictionary.entries() {
        jieba.add_word(word, frequency, None);
    }
    Arc::new(jieba)
}

/// Calls `emit` with the byte range of each token: jieba's words of Chinese characters, with the Latin letters and digits
/// that touch them (`T恤`), and Unicode's words of the rest.
pub(super) fn words(jieba: &Jieba, text: &str, emit: &mut dyn FnMut(Range<usize>)) {
    let mut rest = 0;
    while let Some(chinese) = next_chinese(text, rest) {
        other_words(text, rest..chinese.start, emit);
        for token in jieba.cut(&text[chinese.clone()], true) {
            emit(chinese.start + token.byte_start..chinese.start + token.byte_end);
        }
        rest = chinese.end;
    }
    other_words(text, rest..text.len(), emit);
}

fn other_words(text: &str, span: Range<usize>, emit: &mut dyn FnMut(Range<usize>)) {
    unicode::words(&text[span.clone()], false, &mut |word| {
        emit(span.start + word.start..span.start + word.end);
    });
}

/// Returns the next run of Chinese characters, Latin letters and digits that has a Chinese character.
fn next_chinese(text: &str, from: usize) -> Option<Range<usize>> {
    let is_latin = |character: char| character.is_ascii_alphanumeric();
    let first = from + text[from..].find(is_han)?;
    let before = &text[from..first];
    let without_latin = before.trim_end_matches(is_latin);
    // `3.5` and `don't` are words of their own.
    let is_end_of_word = without_latin.ends_with(['.', ',', '\'']);
    let start = match is_end_of_word {
        true => first,
        false => from + without_latin.len(),
    };
    let is_outside = |character: char| !is_han(character) && !is_latin(character);
    let end = text[first..]
        .find(is_outside)
        .map_or(text.len(), |end| first + end);
    let run = &text[first..end];
    let has_more = text[end..].starts_with(['.', ',', '\'']);
    let end = match has_more {
        true => first + run.trim_end_matches(is_latin).len(),
        false => end,
    };
    Some(start..end)
}
