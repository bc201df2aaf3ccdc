//! Splits a text for a segmenter of words: what is one token in every tokenizer, and the runs of text between.

use std::ops::Range;

use super::penn_treebank::ELLIPSIS;
use super::web::{begins_url, url};
use super::wholes::Wholes;
use crate::text::script::is_unspaced;

/// Calls `emit` with the byte range of each token, in order, and with the token's text where it is not the lower-cased text of
/// that range. `words` finds the tokens of a run of text; it returns none with white space.
pub(super) fn tokenize(
    version: u32,
    text: &str,
    mut emit: impl FnMut(Range<usize>, Option<&'static str>),
    words: impl Fn(&str, &mut dyn FnMut(Range<usize>)),
) {
    let wholes = Wholes::of(version, text);
    let run = |span: Range<usize>, emit: &mut dyn FnMut(Range<usize>, Option<&'static str>)| {
        words(&text[span.clone()], &mut |word| {
            emit(span.start + word.start..span.start + word.end, None);
        });
    };
    let (mut start, mut at) = (0, 0);
    let mut before = None;
    while let Some(character) = text[at..].chars().next() {
        let begins_word =
            before.is_none_or(|before: char| !before.is_alphanumeric() || is_unspaced(before));
        match whole(wholes, &text[at..], character, begins_word) {
            None => {
                at += character.len_utf8();
                before = Some(character);
            }
            Some((length, token)) => {
                run(start..at, &mut emit);
                emit(at..at + length, token);
                at += length;
                start = at;
                before = None;
            }
        }
    }
    run(start..at, &mut emit);
}

/// Returns the length of what is one token at the start of `rest`, and its text where that is another.
fn whole(
    wholes: Wholes,
    rest: &str,
    first: char,
    begins_word: bool,
) -> Option<(usize, Option<&'static str>)> {
    let repeated = || rest.len() - rest.trim_start_matches(first).len();
    let length = match first {
        '…' => return Some((repeated(), Some(ELLIPSIS))),
        '.' if rest.starts_with("..") => Some(repeated()),
        'h' | 'H' | 'w' | 'W' if !begins_word || !begins_url(rest) => None,
        'h' | 'H' | 'w' | 'W' => {
            // The words after it may follow without a space.
            let is_outside = |next: char| next.is_whitespace() || !next.is_ascii();
            url(&rest[..rest.find(is_outside).unwrap_or(rest.len())])
        }
        '#' => wholes.length(rest, begins_word).map(|length| {
            // Weibo's hashtags end with the sign too.
            length
                + usize::from(
                    rest[length..].starts_with('#') && rest[1..length].contains(is_unspaced),
                )
        }),
        _ => wholes.length(rest, begins_word),
    };
    length.map(|length| (length, None))
}
