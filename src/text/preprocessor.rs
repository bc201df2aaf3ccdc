//! The preprocessing pipeline, from raw text to tokens.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use rust_stemmers::Stemmer;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::cleaning::CleaningRules;
use super::respelling::ELONGATED;
use super::tokenizer::LoadedTokenizer;
use super::tokenizer::emoji;
use super::tokens::Entry;
use super::{
    SameWords, StopwordList, TextError, Tokenizer, Tokens, WordDictionary, placeholders, stemming,
};

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
    /// Words beside those of the tokenizer's dictionary, for [`Tokenizer::Jieba`].
    #[serde(skip_serializing_if = "WordDictionary::is_none")]
    pub dictionary: WordDictionary,
    /// The stopwords to remove.
    pub stopwords: StopwordList,
    /// The ISO 639-1 code of the language, which selects the stopword list, the stemmer and, of [`Tokenizer::Unicode`], the elisions.
    pub language: String,
    /// Whether to replace tokens by their stems.
    pub stem: bool,
    /// Whether to replace URLs, user names, e-mail addresses and phone numbers by the tokens `<url>`, `<user>`, `<email>`
    /// and `<phone>`. Needs version 2.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub redact: bool,
    /// Whether to replace full-width and half-width characters by the ordinary ones, such as `Ａ` by `A`. Needs version 2.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub fold_width: bool,
    /// Whether to replace numbers by the token `<number>`. Needs version 2.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub number_token: bool,
    /// The groups of words that are one token. Needs version 2.
    #[serde(skip_serializing_if = "SameWords::is_none")]
    pub same_words: SameWords,
}

impl Default for PreprocessorConfig {
    fn default() -> Self {
        Self {
            version: NEWEST_VERSION,
            tokenizer: Tokenizer::default(),
            dictionary: WordDictionary::default(),
            stopwords: StopwordList::default(),
            language: "en".into(),
            stem: false,
            redact: false,
            fold_width: false,
            number_token: false,
            same_words: SameWords::default(),
        }
    }
}

impl PreprocessorConfig {
    /// Checks that this program has the version of the preprocessing, and that the version has the settings.
    pub fn check_version(&self) -> Result<(), TextError> {
        match self.version {
            FIRST_VERSION if self.redact => Err(TextError::NeedsVersion { setting: "redact" }),
            FIRST_VERSION if self.fold_width => Err(TextError::NeedsVersion {
                setting: "fold_width",
            }),
            FIRST_VERSION if self.number_token => Err(TextError::NeedsVersion {
                setting: "number_token",
            }),
            FIRST_VERSION if !self.same_words.is_none() => Err(TextError::NeedsVersion {
                setting: "same_words",
            }),
            FIRST_VERSION..=NEWEST_VERSION => Ok(()),
            found => Err(TextError::UnknownVersion {
                found,
                newest: NEWEST_VERSION,
            }),
        }
    }

    fn cleaning_rules(&self) -> CleaningRules {
        match CleaningRules::of_version(self.version) {
            CleaningRules::Second { .. } => CleaningRules::Second {
                redact: self.redact,
                fold_width: self.fold_width,
            },
            first => first,
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
    tokenizer: LoadedTokenizer,
    stopwords: Arc<FxHashSet<String>>,
    stemmer: Option<Arc<Stemmer>>,
    /// The token of each word that is another word's.
    same_words: Arc<FxHashMap<String, String>>,
}

impl Preprocessor {
    /// Creates a preprocessor. Fails if the version of `config` is unknown, or if the language lacks its stopword list or
    /// its stemmer, or the program its tokenizer.
    pub fn new(config: PreprocessorConfig) -> Result<Self, TextError> {
        config.check_version()?;
        let PreprocessorConfig {
            version,
            language,
            dictionary,
            ..
        } = &config;
        let tokenizer = config.tokenizer.load(language, dictionary)?;
        let stopwords = config.stopwords.words(*version, &tokenizer, language)?;
        let stemmer = config
            .stem
            .then(|| stemming::stemmer(&config.language))
            .transpose()?;
        Ok(Self {
            tokenizer,
            stopwords: Arc::new(stopwords),
            stemmer: stemmer.map(Arc::new),
            same_words: Arc::new(config.same_words.tokens()),
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
        cleaned.clean(text, self.config.cleaning_rules());
        let clean = cleaned.text(text);
        let PreprocessorConfig {
            version,
            number_token,
            ..
        } = self.config;
        self.tokenizer.tokenize(version, clean, |span, token| {
            let start = words.len();
            let written = &clean[span.clone()];
            match token {
                Some(token) => words.push_str(token),
                None if number_token && placeholders::is_number(written) => {
                    words.push_str(placeholders::NUMBER);
                }
                None if version > FIRST_VERSION => {
                    let folded = emoji::fold(written);
                    push_lower_case(words, folded.as_deref().unwrap_or(written));
                }
                None => push_lower_case(words, written),
            }
            if self.stopwords.contains(&words[start..]) {
                words.truncate(start);
                return;
            }
            let span = cleaned.original_span(span);
            entries.push(self.entry(words, start, span));
        });
    }

    /// Appends a word to tokens as the token at `span`.
    pub(super) fn push_entry(&self, tokens: &mut Tokens, word: &str, span: Range<usize>) {
        let start = tokens.text.len();
        tokens.text.push_str(word);
        let entry = self.entry(&mut tokens.text, start, span);
        tokens.entries.push(entry);
    }

    /// Returns the token at `span`, whose word is the end of `words`, and appends its stem.
    fn entry(&self, words: &mut String, start: usize, span: Range<usize>) -> Entry {
        if let Some(first) = self.same_words.get(&words[start..]) {
            words.truncate(start);
            words.push_str(first);
        }
        let word = start..words.len();
        let stem = match self.stem(&words[word.clone()]) {
            Cow::Owned(stem) => {
                words.push_str(&stem);
                word.end..words.len()
            }
            Cow::Borrowed(_) => word.clone(),
        };
        Entry { word, stem, span }
    }

    pub(super) fn is_stopword(&self, word: &str) -> bool {
        self.stopwords.contains(word)
    }

    /// Returns the token of a word, borrowed if it is the word.
    pub(super) fn token<'a>(&'a self, word: &'a str) -> Cow<'a, str> {
        self.stem(self.same_words.get(word).map_or(word, String::as_str))
    }

    /// Returns the stem of a word, borrowed if it is the word.
    fn stem<'a>(&self, word: &'a str) -> Cow<'a, str> {
        let stem = match &self.stemmer {
            // The marker has no stem.
            Some(stemmer) if word != ELONGATED => stemmer.stem(word),
            _ => word.into(),
        };
        // The Arabic stemmer returns an empty stem for punctuation.
        match stem.is_empty() || *stem == *word {
            true => Cow::Borrowed(word),
            false => Cow::Owned(stem.into_owned()),
        }
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
