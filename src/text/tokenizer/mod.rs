//! Tokenizers: how a cleaned text is cut into tokens.
//!
//! A tokenizer is a file here, a variant of [`Tokenizer`] and a match arm of its `tokenize`.

mod clitics;
mod emoticons;
mod penn_treebank;
mod web;

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Cuts a cleaned text into tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Tokenizer {
    /// The Penn Treebank's tokens, for languages that put spaces between words: `don't` is `do` and
    /// `n't`, as in GloVe's vectors.
    #[default]
    PennTreebank,
}

impl Tokenizer {
    /// Calls `emit` with the byte range of each token in `text`, in order. A token whose text is not the
    /// lower-cased text of its range comes with that text.
    pub(super) fn tokenize(self, text: &str, emit: impl FnMut(Range<usize>, Option<&'static str>)) {
        match self {
            Self::PennTreebank => penn_treebank::tokenize(text, emit),
        }
    }
}
