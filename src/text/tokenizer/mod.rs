//! Tokenizers, which split a cleaned text into tokens.
//!
//! To add a tokenizer, add a file here, a variant of [`Tokenizer`] and a match arm in `Tokenizer::tokenize`.

mod clitics;
pub(super) mod emoji;
mod emoticons;
mod penn_treebank;
pub(super) mod web;
mod words;

use std::ops::Range;

use serde::{Deserialize, Serialize};

pub(crate) use self::words::{is_pictograph, is_word};

/// A method of splitting a cleaned text into tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Tokenizer {
    /// Penn Treebank tokens, for languages with spaces between words: `don't` becomes `do` and
    /// `n't`, as in the GloVe vectors.
    #[default]
    PennTreebank,
}

impl Tokenizer {
    /// Calls `emit` with the byte range of each token in `text`, in order. A token whose text is not the
    /// lower-cased text of its range comes with that text.
    ///
    /// `version` is that of the preprocessing: placeholders such as `<url>` are one token from version 2 on.
    pub(super) fn tokenize(
        self,
        version: u32,
        text: &str,
        emit: impl FnMut(Range<usize>, Option<&'static str>),
    ) {
        match self {
            Self::PennTreebank => penn_treebank::tokenize(version, text, emit),
        }
    }
}
