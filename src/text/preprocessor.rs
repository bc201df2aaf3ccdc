//! The whole way from a raw text to tokens.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use rust_stemmers::Stemmer;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::tokens::Entry;
use super::{StopwordList, TextError, Tokenizer, Tokens, stemming};

/// What is done to a text before a model sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PreprocessorConfig {
    /// How a text is cut into tokens.
    pub tokenizer: Tokenizer,
    /// Which tokens are left out.
    pub stopwords: StopwordList,
    /// The language of stopwords and stems, as ISO 639-1 has it.
    pub language: String,
    /// Whether tokens are reduced to their stems.
    pub stem: bool,
}

impl Default for PreprocessorConfig {
    fn default() -> Self {
        Self {
            tokenizer: Tokenizer::default(),
            stopwords: StopwordList::default(),
            language: "en".into(),
            stem: false,
        }
    }
}

/// Makes tokens of texts. Cheap to clone, and used from many threads at once.
#[derive(Clone)]
pub struct Preprocessor {
    config: PreprocessorConfig,
    stopwords: Arc<FxHashSet<String>>,
    stemmer: Option<Arc<Stemmer>>,
}

impl Preprocessor {
    /// Sets up what a configuration asks for.
    pub fn new(config: PreprocessorConfig) -> Result<Self, TextError> {
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

    /// What is done to a text.
    pub fn config(&self) -> &PreprocessorConfig {
        &self.config
    }

    /// Replaces `tokens` by those of `text`. The time is linear in the length of the text, and what
    /// is allocated stays with `tokens`.
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
        // It has another form at the end of a word, which only this knows.
        words.push_str(&word.to_lowercase());
    } else {
        words.extend(word.chars().flat_map(char::to_lowercase));
    }
}

/// Adds the stem of a word, if there is one that differs, and gives its place.
fn push_stem(words: &mut String, word: Range<usize>, stemmer: &Stemmer) -> Range<usize> {
    let stem = stemmer.stem(&words[word.clone()]).into_owned();
    // The Arabic stemmer leaves nothing of punctuation.
    if stem.is_empty() || stem == words[word.clone()] {
        return word;
    }
    words.push_str(&stem);
    word.end..words.len()
}
