//! The tokens of one text, in reusable buffers.

use std::ops::Range;

use super::cleaning::Cleaned;

/// One token of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// The model's input: lower-cased and, with stemming, stemmed.
    pub text: &'a str,
    /// The lower-cased token before stemming.
    pub word: &'a str,
    /// The byte range of the token in the original text.
    pub span: Range<usize>,
}

/// The tokens that the last call of [`Preprocessor::tokenize`](super::Preprocessor::tokenize) wrote.
///
/// A value that is reused for many texts allocates only for stems and for characters that cleaning
/// composes or decodes.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// The words and stems, concatenated.
    pub(super) text: String,
    pub(super) entries: Vec<Entry>,
    pub(super) cleaned: Cleaned,
}

/// The ranges of a token: its word and its stem in [`Tokens::text`], often the same range, and its span in
/// the original text.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) word: Range<usize>,
    pub(super) stem: Range<usize>,
    pub(super) span: Range<usize>,
}

impl Tokens {
    /// Returns the number of tokens.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there are no tokens.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the tokens in the order of the text.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Token<'_>> {
        self.entries.iter().map(|entry| Token {
            text: &self.text[entry.stem.clone()],
            word: &self.text[entry.word.clone()],
            span: entry.span.clone(),
        })
    }
}
