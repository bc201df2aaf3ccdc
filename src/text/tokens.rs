//! The tokens of one text, in buffers that the next text uses again.

use std::ops::Range;

use super::cleaning::Cleaned;

/// One token of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// What the model sees: lower-cased and, where the preprocessor stems, stemmed.
    pub text: &'a str,
    /// The same before stemming.
    pub word: &'a str,
    /// Where in the given text the token stands, in bytes.
    pub span: Range<usize>,
}

/// The tokens of the last text that was given to
/// [`Preprocessor::tokenize`](super::Preprocessor::tokenize). One that is used for many texts allocates
/// for none of them, but for stems and for the rare characters that are composed or decoded.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// The tokens' words and stems, one after the other.
    pub(super) text: String,
    pub(super) entries: Vec<Entry>,
    pub(super) cleaned: Cleaned,
}

/// Where a token is: in [`Tokens::text`] its word and its stem, which is often the same place, and
/// its span in the given text.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) word: Range<usize>,
    pub(super) stem: Range<usize>,
    pub(super) span: Range<usize>,
}

impl Tokens {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The tokens in the order of the text.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Token<'_>> {
        self.entries.iter().map(|entry| Token {
            text: &self.text[entry.stem.clone()],
            word: &self.text[entry.word.clone()],
            span: entry.span.clone(),
        })
    }
}
