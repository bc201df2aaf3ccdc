//! Tokenizers, which split a cleaned text into tokens.
//!
//! To add a tokenizer, add a file here, a variant of [`Tokenizer`] and a variant of [`LoadedTokenizer`].

mod clitics;
pub(super) mod emoji;
mod emoticons;
#[cfg(feature = "dictionaries")]
mod icu;
#[cfg(feature = "chinese")]
mod jieba;
mod penn_treebank;
mod runs;
mod unicode;
pub(super) mod web;
mod wholes;
mod words;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub(crate) use self::words::{is_pictograph, is_word};
use super::{TextError, WordDictionary};

/// A method of splitting a cleaned text into tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Tokenizer {
    /// Penn Treebank tokens, for languages with spaces between words: `don't` becomes `do` and
    /// `n't`, as in the GloVe vectors.
    #[default]
    PennTreebank,
    /// Words by Unicode's word boundaries. In French, Italian and Catalan, `l'ami` becomes `l'` and `ami`.
    Unicode,
    /// Chinese words by jieba.
    Jieba,
    /// Japanese, Thai, Lao, Khmer, Burmese and Chinese words by the dictionaries of ICU.
    Icu,
    /// Each character of scripts without spaces, and of Korean; the words of others.
    Characters,
}

impl Tokenizer {
    /// All tokenizers.
    pub const ALL: [Self; 5] = [
        Self::PennTreebank,
        Self::Unicode,
        Self::Jieba,
        Self::Icu,
        Self::Characters,
    ];

    /// The ISO 639-1 codes of the languages without spaces between words that there are tokenizers for.
    pub(super) const LANGUAGES: [&str; 6] = ["ja", "km", "lo", "my", "th", "zh"];

    /// Returns the tokenizer of a language, given by its ISO 639-1 code.
    pub fn of_language(language: &str) -> Self {
        match language {
            "zh" if cfg!(feature = "chinese") => Self::Jieba,
            unspaced if Self::LANGUAGES.contains(&unspaced) => match cfg!(feature = "dictionaries")
            {
                true => Self::Icu,
                false => Self::Characters,
            },
            language if unicode::has_elision(language) => Self::Unicode,
            _ => Self::PennTreebank,
        }
    }

    /// Prepares the tokenizer for texts of a language, with the words of `dictionary` beside its own.
    pub(super) fn load(
        self,
        language: &str,
        dictionary: &WordDictionary,
    ) -> Result<LoadedTokenizer, TextError> {
        if !dictionary.is_none() && self != Self::Jieba {
            return Err(TextError::NoDictionary { tokenizer: self });
        }
        match self {
            Self::PennTreebank => Ok(LoadedTokenizer::PennTreebank),
            Self::Unicode => Ok(LoadedTokenizer::Unicode {
                has_elision: unicode::has_elision(language),
            }),
            #[cfg(feature = "chinese")]
            Self::Jieba => Ok(LoadedTokenizer::Jieba(jieba::load(dictionary))),
            #[cfg(feature = "dictionaries")]
            Self::Icu => Ok(LoadedTokenizer::Icu(icu::load())),
            Self::Characters => Ok(LoadedTokenizer::Characters),
            #[cfg(not(all(feature = "chinese", feature = "dictionaries")))]
            _ => Err(TextError::TokenizerNotBuilt { tokenizer: self }),
        }
    }
}

impl fmt::Display for Tokenizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PennTreebank => "penn-treebank",
            Self::Unicode => "unicode",
            Self::Jieba => "jieba",
            Self::Icu => "icu",
            Self::Characters => "characters",
        })
    }
}

impl FromStr for Tokenizer {
    type Err = TextError;

    fn from_str(name: &str) -> Result<Self, TextError> {
        let mut all = Self::ALL.into_iter();
        let found = all.find(|tokenizer| tokenizer.to_string() == name);
        found.ok_or_else(|| TextError::UnknownTokenizer {
            name: name.into(),
            known: Self::ALL.map(|tokenizer| tokenizer.to_string()).join(", "),
        })
    }
}

/// A tokenizer with its data.
#[derive(Clone)]
pub(super) enum LoadedTokenizer {
    PennTreebank,
    Unicode {
        /// Whether to split after the apostrophe of `l'ami`.
        has_elision: bool,
    },
    #[cfg(feature = "chinese")]
    Jieba(std::sync::Arc<jieba_rs::Jieba>),
    #[cfg(feature = "dictionaries")]
    Icu(icu_segmenter::WordSegmenterBorrowed<'static>),
    Characters,
}

impl LoadedTokenizer {
    /// Calls `emit` with the byte range of each token in `text`, in order. A token whose text is not the
    /// lower-cased text of its range comes with that text.
    ///
    /// `version` is that of the preprocessing: placeholders such as `<url>` are one token from version 2 on.
    pub(super) fn tokenize(
        &self,
        version: u32,
        text: &str,
        emit: impl FnMut(Range<usize>, Option<&'static str>),
    ) {
        match self {
            Self::PennTreebank => penn_treebank::tokenize(version, text, emit),
            Self::Unicode { has_elision } => runs::tokenize(version, text, emit, |run, emit| {
                unicode::words(run, *has_elision, emit);
            }),
            #[cfg(feature = "chinese")]
            Self::Jieba(jieba) => runs::tokenize(version, text, emit, |run, emit| {
                jieba::words(jieba, run, emit);
            }),
            #[cfg(feature = "dictionaries")]
            Self::Icu(segmenter) => runs::tokenize(version, text, emit, |run, emit| {
                icu::words(*segmenter, run, emit);
            }),
            Self::Characters => runs::tokenize(version, text, emit, unicode::characters),
        }
    }
}
