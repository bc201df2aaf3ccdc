//! A word that a token becomes.

use std::borrow::Cow;
use std::ops::Range;

/// A word that a token becomes, alone or with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::text) struct Part {
    /// The lower-cased word.
    pub(in crate::text) word: Cow<'static, str>,
    /// The byte range of the lower-cased token that the word stands for.
    pub(in crate::text) range: Range<usize>,
}

impl Part {
    /// Returns a part that stands for a whole token.
    pub(super) fn whole(word: impl Into<Cow<'static, str>>, token: &str) -> Self {
        Self {
            word: word.into(),
            range: 0..token.len(),
        }
    }

    /// Returns the part of a token in which `before` bytes precede those of this part's token.
    pub(super) fn shifted(self, before: usize) -> Self {
        Self {
            word: self.word,
            range: before + self.range.start..before + self.range.end,
        }
    }
}

/// Returns the rank of a word: 0 for the most frequent one, `None` for words that are not known.
pub(super) type Rank<'a> = dyn Fn(&str) -> Option<u32> + 'a;
