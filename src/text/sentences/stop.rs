//! Terminators, and whether a sentence ends there.

use super::abbreviations::is_abbreviation;
use super::characters::{is_closer, is_emoji, is_opener, is_terminator};
use super::gap::Gap;
use super::list_items::is_list_item;

/// Bytes of a word that may hold the scheme of a web address.
const SCHEME_BYTES: usize = 16;

/// A run of terminators with the quotes and brackets after it.
pub struct Stop {
    start: usize,
    pub end: usize,
    /// Whether it has a terminator that is no period: `!`, `?` and those of other scripts.
    is_strong: bool,
    /// Whether it ends a sentence without white space after it.
    is_wide: bool,
    is_ellipsis: bool,
    has_closer: bool,
}

impl Stop {
    pub fn read(text: &str, start: usize) -> Self {
        let mut stop = Self {
            start,
            end: start,
            is_strong: false,
            is_wide: false,
            is_ellipsis: false,
            has_closer: false,
        };
        let mut periods = 0;
        for next in text[start..].chars() {
            match next {
                '.' => periods += 1,
                '…' => stop.is_ellipsis = true,
                '。' | '！' | '？' | '｡' => stop.is_wide = true,
                _ if is_terminator(next) => stop.is_strong = true,
                _ if is_closer(next) => stop.has_closer = true,
                _ if is_emoji(next) => {}
                _ => break,
            }
            stop.end += next.len_utf8();
        }
        stop.is_ellipsis |= periods > 1;
        stop.is_strong |= stop.is_wide;
        stop
    }

    /// Returns whether a sentence ends here. It started at `sentence`, and its last word at `word`.
    pub fn ends_sentence(&self, text: &str, sentence: usize, word: usize) -> bool {
        let gap = Gap::read(text, self.end);
        if gap.is_break {
            return true;
        }
        // Leading terminators belong to what follows.
        if self.start == sentence {
            return false;
        }
        let after = &text[gap.end..];
        if gap.has_line_break && is_list_item(after) {
            return true;
        }
        // An ellipsis may start a sentence, but in `. . .` each period is one.
        let is_ellipsis = after.starts_with("..") || after.starts_with('…');
        if after.starts_with(is_terminator) && !is_ellipsis || continues(after) {
            return false;
        }
        if gap.end == self.end {
            return self.ends_within_word(text, word);
        }
        let next = after.trim_start_matches(|next| is_opener(next) || is_dot(next));
        let next = next.trim_start();
        let is_lower = next.starts_with(char::is_lowercase);
        if self.is_strong {
            return !(self.has_closer && is_lower);
        }
        if is_lower && (!gap.has_line_break || self.has_closer) {
            return false;
        }
        self.is_ellipsis || !is_abbreviation(&text[sentence..self.start], next)
    }

    /// Returns whether a sentence ends here though no white space follows: `好。很好`, `Great!Loved it`.
    fn ends_within_word(&self, text: &str, word: usize) -> bool {
        let next = text[self.end..].chars().next();
        let is_new = next.is_some_and(|next| {
            matches!(next, '¿' | '¡') || next.is_alphabetic() && !next.is_lowercase()
        });
        // A query in a web address may have a `?` or `!`.
        let scheme = &text.as_bytes()[word..self.start.min(word + SCHEME_BYTES)];
        let is_address = || {
            let has = |part: &[u8]| scheme.windows(part.len()).any(|window| window == part);
            has(b"://") || has(b"www.")
        };
        self.is_wide && !(self.has_closer && next.is_some_and(char::is_lowercase))
            || self.is_strong && is_new && !is_address()
    }
}

fn is_dot(letter: char) -> bool {
    matches!(letter, '.' | '…')
}

/// Returns whether a text continues the sentence after a terminator: `, she said`, ` - a film`.
fn continues(text: &str) -> bool {
    let mut letters = text.chars();
    match letters.next() {
        Some(',' | '、' | '，' | '；' | '：') => true,
        Some(';' | ':' | '-' | '–' | '—') => letters.next().is_none_or(char::is_whitespace),
        _ => false,
    }
}
