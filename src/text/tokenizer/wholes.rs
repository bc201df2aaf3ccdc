//! What is one token in every tokenizer: emoticons, emoji, keycaps, URLs, @mentions, #hashtags and placeholders.

use super::emoji::{KEYCAP, emoji, keycap};
use super::emoticons::emoticon;
use super::web::{mention_or_hashtag, url};
use crate::text::placeholders;

/// The rules for one text.
#[derive(Clone, Copy)]
pub(super) struct Wholes {
    has_placeholders: bool,
    has_keycaps: bool,
}

impl Wholes {
    /// Returns the rules of a version of the preprocessing: keycaps and placeholders are one token each from version 2 on.
    pub(super) fn of(version: u32, text: &str) -> Self {
        Self {
            has_placeholders: version >= 2,
            has_keycaps: version >= 2 && text.contains(KEYCAP),
        }
    }

    /// Returns the length of what is one token at the start of `rest`, which ends at white space. `begins_word` is whether no word
    /// goes on there.
    #[inline]
    pub(super) fn length(self, rest: &str, begins_word: bool) -> Option<usize> {
        if self.has_keycaps
            && let Some(length) = keycap(rest)
        {
            return Some(length);
        }
        match rest.as_bytes()[0] {
            b'h' | b'H' | b'w' | b'W' if begins_word => url(rest),
            b'@' | b'#' if begins_word => mention_or_hashtag(rest),
            b'8' | b'B' | b'X' | b'x' | b'o' | b'O' | b'T' | b'-' if begins_word => emoticon(rest),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => None,
            128.. => emoji(rest),
            b'<' if self.has_placeholders => placeholders::length(rest).or_else(|| emoticon(rest)),
            _ => emoticon(rest),
        }
    }
}
