//! Converts texts to token ids.

use std::sync::Arc;

use rayon::prelude::*;

use crate::batch::{EncodedTexts, KnownCharNgrams};
use crate::model::{ModelConfig, ModelError};
use crate::text::{KnownLanguages, Preprocessor, Token, Tokens, is_word};
use crate::vocabulary::{UNKNOWN_ID, Vocabulary};

/// The number of texts that a thread encodes at a time.
const CHUNK: usize = 256;

/// The number of tokens at the start of the vocabulary that count as frequent.
const FREQUENT_WORDS: usize = 5_000;

/// From this part of frequent tokens on, a text is in a language of the model. docs/languages.md says how many texts are taken for
/// another language with it.
const FREQUENT_PART: f64 = 0.6;

/// The language of shorter texts is a guess.
const LEAST_WORDS: usize = 3;

/// Converts texts to token ids: preprocessing, vocabulary and maximum length.
#[derive(Debug)]
pub(crate) struct TokenIndexer {
    preprocessor: Preprocessor,
    vocabulary: Vocabulary,
    max_length: usize,
    /// The languages of the model, if those of texts are to be detected.
    known_languages: Option<KnownLanguages>,
    /// The character n-grams of the vocabulary, if the model reads them.
    char_ngrams: Option<Arc<KnownCharNgrams>>,
}

impl TokenIndexer {
    /// Creates the indexer of a model, which does not detect languages.
    pub(crate) fn new(config: &ModelConfig, vocabulary: Vocabulary) -> Result<Self, ModelError> {
        Ok(Self {
            preprocessor: Preprocessor::new(config.preprocessing.clone())?,
            char_ngrams: KnownCharNgrams::new(&config.char_ngrams, &vocabulary).map(Arc::new),
            vocabulary,
            max_length: config.max_length,
            known_languages: None,
        })
    }

    /// Detects the texts in languages other than these.
    pub(crate) fn detecting_others_than(self, known_languages: Option<KnownLanguages>) -> Self {
        Self {
            known_languages,
            ..self
        }
    }

    pub(crate) fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// See [`Classifier::tokenize`](super::Classifier::tokenize).
    pub(crate) fn tokenize<'a>(
        &self,
        text: &str,
        tokens: &'a mut Tokens,
    ) -> impl ExactSizeIterator<Item = (u32, Token<'a>)> {
        let id = |token: &str| self.vocabulary.id(token);
        self.preprocessor.tokenize_known(text, tokens, id);
        let unread = tokens.len().saturating_sub(self.max_length);
        let read = tokens.iter().skip(unread);
        read.map(|token| (self.vocabulary.id(token.text).unwrap_or(UNKNOWN_ID), token))
    }

    /// Returns the token ids of texts, in their order.
    pub(crate) fn encode<T: AsRef<str> + Sync>(&self, texts: &[T]) -> EncodedTexts {
        let pieces: Vec<EncodedTexts> = texts
            .par_chunks(CHUNK)
            .map(|texts| {
                let mut tokens = Tokens::default();
                let mut encoded = EncodedTexts::with_char_ngrams(self.char_ngrams.clone());
                for text in texts {
                    let text = text.as_ref();
                    let read = self.tokenize(text, &mut tokens);
                    let (mut unknown_symbols, mut frequent) = (0, 0);
                    let ids: Vec<u32> = read
                        .map(|(id, token)| {
                            let is_symbol = id == UNKNOWN_ID && !is_word(token.text);
                            unknown_symbols += usize::from(is_symbol);
                            if id == UNKNOWN_ID {
                                encoded.push_unknown(token.text);
                            }
                            frequent += usize::from(is_frequent(id));
                            id
                        })
                        .collect();
                    let unread = tokens.len() - ids.len();
                    let words = ids.len() - unknown_symbols;
                    let foreign = self.foreign_language(text, words, frequent);
                    encoded.push_read(ids, unread, unknown_symbols, foreign);
                }
                encoded
            })
            .collect();
        let mut encoded = EncodedTexts::default();
        pieces.iter().for_each(|piece| encoded.append(piece));
        encoded
    }

    /// Returns the name of the language of a text if the model did not learn from it. Of its `words` tokens, `frequent` are
    /// frequent ones of the model.
    fn foreign_language(&self, text: &str, words: usize, frequent: usize) -> Option<&'static str> {
        let known = self.known_languages.as_ref()?;
        if frequent as f64 >= FREQUENT_PART * words as f64 {
            return None;
        }
        let has_unusual_words = words >= LEAST_WORDS && self.vocabulary.len() > FREQUENT_WORDS;
        known.foreign(text, has_unusual_words)
    }
}

fn is_frequent(id: u32) -> bool {
    id != UNKNOWN_ID && (id as usize) < FREQUENT_WORDS
}
