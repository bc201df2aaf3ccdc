//! Converts texts to token ids.

use rayon::prelude::*;

use crate::batch::EncodedTexts;
use crate::model::{ModelConfig, ModelError};
use crate::text::{Preprocessor, Token, Tokens, is_word};
use crate::vocabulary::{UNKNOWN_ID, Vocabulary};

/// The number of texts that a thread encodes at a time.
const CHUNK: usize = 256;

/// Converts texts to token ids: preprocessing, vocabulary and maximum length.
#[derive(Debug)]
pub(crate) struct TokenIndexer {
    preprocessor: Preprocessor,
    vocabulary: Vocabulary,
    max_length: usize,
}

impl TokenIndexer {
    /// Creates the indexer of a model.
    pub(crate) fn new(config: &ModelConfig, vocabulary: Vocabulary) -> Result<Self, ModelError> {
        Ok(Self {
            preprocessor: Preprocessor::new(config.preprocessing.clone())?,
            vocabulary,
            max_length: config.max_length,
        })
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
                let mut encoded = EncodedTexts::default();
                for text in texts {
                    let read = self.tokenize(text.as_ref(), &mut tokens);
                    let mut unknown_symbols = 0;
                    let ids: Vec<u32> = read
                        .map(|(id, token)| {
                            let is_symbol = id == UNKNOWN_ID && !is_word(token.text);
                            unknown_symbols += usize::from(is_symbol);
                            id
                        })
                        .collect();
                    let unread = tokens.len() - ids.len();
                    encoded.push_read(ids, unread, unknown_symbols);
                }
                encoded
            })
            .collect();
        let mut encoded = EncodedTexts::default();
        pieces.iter().for_each(|piece| encoded.append(piece));
        encoded
    }
}
