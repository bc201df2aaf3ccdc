//! Respelling: replaces words that a model does not know by words that it knows.
//!
//! Runs after tokenization, from version 2 of the preprocessing on, with the words of a vocabulary:
//!
//! - Variants, which never enter a vocabulary: contractions without their apostrophe (`dont`) and elongated words
//!   (`soooo`). [`TokenCounts::respelled`](super::TokenCounts::respelled) counts them as the words that they become.
//! - Hashtags, also known ones: their words follow.
//! - Emoji that are not known: the words of their names.
//! - Misspelt words.
//!
//! Each word stands for a part of its token, or for all of it, in the original text.

mod contractions;
mod elongation;
mod emoji;
mod hashtags;
mod part;
mod spelling;

use std::borrow::Cow;

use super::tokens::Entry;
use super::{Preprocessor, Tokens};
pub(super) use elongation::ELONGATED;
use part::{Part, Rank};

/// The first version of the preprocessing that respells words.
const RESPELLING_VERSION: u32 = 2;

/// The rank of removed stopwords, which are frequent.
const STOPWORD_RANK: u32 = 100;

impl Preprocessor {
    /// Replaces `tokens` by the tokens of `text` as a model reads them: unknown words become known ones where possible.
    ///
    /// `rank` returns the rank of a known token, 0 for the most frequent one.
    pub fn tokenize_known(
        &self,
        text: &str,
        tokens: &mut Tokens,
        rank: impl Fn(&str) -> Option<u32>,
    ) {
        self.tokenize(text, tokens);
        if !self.respells() {
            return;
        }
        let is_plain = |tokens: &Tokens, entry: &Entry| {
            let token = &tokens.text[entry.stem.clone()];
            !token.starts_with('#') && rank(token).is_some()
        };
        let Some(first) = tokens
            .entries
            .iter()
            .position(|entry| !is_plain(tokens, entry))
        else {
            return;
        };
        let word_rank = self.word_rank(&rank);
        for entry in tokens.entries.split_off(first) {
            let parts = match is_plain(tokens, &entry) {
                true => None,
                false => {
                    let word = &tokens.text[entry.word.clone()];
                    self.known_parts(word, &text[entry.span.clone()], &word_rank)
                }
            };
            match parts {
                None => tokens.entries.push(entry),
                Some(parts) => self.push_parts(tokens, text, &entry, parts),
            }
        }
    }

    /// Returns the tokens that a variant becomes in a new vocabulary, if the words in it are known: a contraction without its
    /// apostrophe or an elongated word. `None` for other words.
    pub(crate) fn tokens_of_new_variant(
        &self,
        word: &str,
        rank: &dyn Fn(&str) -> Option<u32>,
    ) -> Option<Vec<String>> {
        let words = self.words_of_new_variant(word, rank)?;
        let tokens = words.iter().map(|word| self.token(word).into_owned());
        Some(tokens.collect())
    }

    /// Returns the words of [`Preprocessor::tokens_of_new_variant`] before stemming.
    pub(super) fn words_of_new_variant(
        &self,
        word: &str,
        rank: &dyn Fn(&str) -> Option<u32>,
    ) -> Option<Vec<Cow<'static, str>>> {
        if !self.respells() {
            return None;
        }
        let rank = |word: &str| match word {
            // The new vocabulary gets it.
            ELONGATED => Some(u32::MAX),
            _ => rank(word),
        };
        let parts = self.variant(word, &self.word_rank(&rank))?;
        let words = parts.into_iter().map(|part| part.word);
        Some(words.filter(|word| !self.is_stopword(word)).collect())
    }

    fn is_english(&self) -> bool {
        self.config().language == "en"
    }

    fn respells(&self) -> bool {
        self.config().version >= RESPELLING_VERSION
    }

    /// Returns the rank of words before stemming. Stopwords are known, although no token remains of them.
    fn word_rank<'a>(
        &'a self,
        rank: &'a dyn Fn(&str) -> Option<u32>,
    ) -> impl Fn(&str) -> Option<u32> + 'a {
        |word| match self.is_stopword(word) {
            true => Some(STOPWORD_RANK),
            false => rank(&self.token(word)),
        }
    }

    fn variant(&self, word: &str, rank: &Rank) -> Option<Vec<Part>> {
        let is_english = self.is_english();
        let contraction = match is_english {
            true => contractions::split(word, rank),
            false => None,
        };
        match contraction {
            Some(parts) => Some(parts.into()),
            None => elongation::shorten(word, is_english, rank),
        }
    }

    /// Returns the known words that a word becomes; `written` is the word in the text.
    fn known_parts(&self, word: &str, written: &str, rank: &Rank) -> Option<Vec<Part>> {
        let corrected = || {
            // Stems are no words, and capitals begin names.
            let is_word = !self.config().stem && word == written;
            let correct = is_word.then(|| spelling::correct(word, rank)).flatten()?;
            Some(vec![Part::whole(correct, word)])
        };
        self.variant(word, rank)
            .or_else(|| hashtags::split(word, written, self.is_english(), rank))
            .or_else(|| emoji::describe(word, rank))
            .or_else(corrected)
    }

    /// Appends the words that a token becomes, without stopwords.
    fn push_parts(&self, tokens: &mut Tokens, text: &str, token: &Entry, parts: Vec<Part>) {
        let written = &text[token.span.clone()];
        // Else cleaning or lower case changed the lengths of characters.
        let is_exact = tokens.text[token.word.clone()].eq_ignore_ascii_case(written);
        for Part { word, range } in parts {
            if self.is_stopword(&word) {
                continue;
            }
            let span = match is_exact {
                true => token.span.start + range.start..token.span.start + range.end,
                false => token.span.clone(),
            };
            self.push_entry(tokens, &word, span);
        }
    }
}
