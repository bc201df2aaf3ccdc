//! The preprocessing pipeline, from raw text to tokens.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use rust_stemmers::Stemmer;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::tokens::Entry;
use super::{StopwordList, TextError, Tokenizer, Tokens, stemming};

/// The version of preprocessing of configurations saved without one.
const FIRST_VERSION: u32 = 1;

/// The newest version of preprocessing.
const NEWEST_VERSION: u32 = 2;

/// The settings of preprocessing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PreprocessorConfig {
    /// The version of the cleaning and tokenization rules, so that models keep the tokens that they were trained with.
    ///
    /// The default is the newest version, 2. Configurations saved without a version mean version 1.
    #[serde(default = "first_version", skip_serializing_if = "is_first_version")]
    pub version: u32,
    /// The tokenizer. Configurations saved without it mean [`Tokenizer::PennTreebank`].
    pub tokenizer: Tokenizer,
    /// The stopwords to remove.
    pub stopwords: StopwordList,
    /// The ISO 639-1 code of the language, which selects the stopword list and the stemmer.
    pub language: String,
    /// Whether to replace tokens by their stems.
    pub stem: bool,
}

impl Default for PreprocessorConfig {
    fn default() -> Self {
        Self {
            version: NEWEST_VERSION,
            tokenizer: Tokenizer::default(),
            stopwords: StopwordList::default(),
            language: "en".into(),
            stem: false,
        }
    }
}

impl PreprocessorConfig {
    /// Checks that this program has the version of the preprocessing.
    pub fn check_version(&self) -> Result<(), TextError> {
        match self.version {
            FIRST_VERSION..=NEWEST_VERSION => Ok(()),
            found => Err(TextError::UnknownVersion {
                found,
                newest: NEWEST_VERSION,
            }),
        }
    }
}

fn first_version() -> u32 {
    FIRST_VERSION
}

fn is_first_version(version: &u32) -> bool {
    *version == FIRST_VERSION
}

/// Converts texts to tokens. Cloning is cheap, and threads can share one.
#[derive(Clone)]
pub struct Preprocessor {
    config: PreprocessorConfig,
    stopwords: Arc<FxHashSet<String>>,
    stemmer: Option<Arc<Stemmer>>,
}

impl Preprocessor {
    /// Creates a preprocessor. Fails if the version of `config` is unknown, or if the language lacks its stopword list or
    /// its stemmer.
    pub fn new(config: PreprocessorConfig) -> Result<Self, TextError> {
        config.check_version()?;
        let stopwords = config.stopwords.words(config.tokenizer, &config.language)?;
        let stemmer = config
            .stem
            .then(|| stemming::stemmer(&config.language))
            .transpose()?;
        Ok(Self {
            stopwords: Arc::new(stopwords),
            stemmer: stemmer.map(Arc::new),
            config,
        })
    }

    /// Returns the settings.
    pub fn config(&self) -> &PreprocessorConfig {
        &self.config
    }

    /// Replaces `tokens` by the tokens of `text`, in time linear in its length. `tokens` keeps its buffers.
    pub fn tokenize(&self, text: &str, tokens: &mut Tokens) {
        let Tokens {
            text: words,
            entries,
            cleaned,
        } = tokens;
        words.clear();
        entries.clear();
        cleaned.clean(text);
        let clean = cleaned.text(text);
        self.config.tokenizer.tokenize(clean, |span, token| {
            let start = words.len();
            match token {
                Some(token) => words.push_str(token),
                None => push_lower_case(words, &clean[span.clone()]),
            }
            if self.stopwords.contains(&words[start..]) {
                words.truncate(start);
                return;
            }
            let word = start..words.len();
            let stem = match &self.stemmer {
                Some(stemmer) => push_stem(words, word.clone(), stemmer),
                None => word.clone(),
            };
            let span = cleaned.original_span(span);
            entries.push(Entry { word, stem, span });
        });
    }
}

impl fmt::Debug for Preprocessor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Preprocessor").field(&self.config).finish()
    }
}

fn push_lower_case(words: &mut String, word: &str) {
    if word.is_ascii() {
        let start = words.len();
        words.push_str(word);
        words[start..].make_ascii_lowercase();
    } else if word.contains('Σ') {
        // Sigma has another lower-case form at the end of a word, which `char::to_lowercase` ignores.
        words.push_str(&word.to_lowercase());
    } else {
        words.extend(word.chars().flat_map(char::to_lowercase));
    }
}

/// Appends the stem of a word if it differs from the word, and returns its range in `words`.
fn push_stem(words: &mut String, word: Range<usize>, stemmer: &Stemmer) -> Range<usize> {
    let stem = stemmer.stem(&words[word.clone()]).into_owned();
    // The Arabic stemmer returns an empty stem for punctuation.
    if stem.is_empty() || stem == words[word.clone()] {
        return word;
    }
    words.push_str(&stem);
    word.end..words.len()
}
