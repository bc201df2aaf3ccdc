//! Texts as token ids.

use std::sync::Arc;

use rand::Rng;
use rand::seq::SliceRandom;

use super::ngram_text::{KnownCharNgrams, NgramText, TokenCharNgrams};

/// The number of batches in a bucket, within which texts are sorted by length. Larger buckets give batches of more
/// similar lengths, smaller ones more random batches.
const BATCHES_PER_BUCKET: usize = 50;

/// Texts as token ids, in one buffer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EncodedTexts {
    ids: Vec<u32>,
    ends: Vec<usize>,
    /// For each text, the number of tokens that were cut off because it is too long.
    unread: Vec<usize>,
    /// For each text, the number of out-of-vocabulary tokens that are not words.
    unknown_symbols: Vec<usize>,
    /// For each text, the name of its language if the model did not learn from it.
    foreign_languages: Vec<Option<&'static str>>,
    /// The character n-grams of the tokens, if the model reads them.
    char_ngrams: Option<TokenCharNgrams>,
}

impl EncodedTexts {
    /// Creates an empty list of texts for a model that reads the character n-grams of tokens, if there are some.
    pub(crate) fn with_char_ngrams(known: Option<Arc<KnownCharNgrams>>) -> Self {
        Self {
            char_ngrams: known.map(TokenCharNgrams::new),
            ..Self::default()
        }
    }

    /// Appends a text.
    pub fn push(&mut self, ids: impl IntoIterator<Item = u32>) {
        self.push_read(ids, 0, 0, None);
    }

    /// Appends a text with the number of tokens that were cut off, the number of its out-of-vocabulary tokens that are
    /// not words, and the name of its language if the model did not learn from it.
    pub(crate) fn push_read(
        &mut self,
        ids: impl IntoIterator<Item = u32>,
        unread: usize,
        unknown_symbols: usize,
        foreign_language: Option<&'static str>,
    ) {
        self.ids.extend(ids);
        self.ends.push(self.ids.len());
        self.end_char_ngrams();
        self.unread.push(unread);
        self.unknown_symbols.push(unknown_symbols);
        self.foreign_languages.push(foreign_language);
    }

    /// Notes the next out-of-vocabulary token of the text that is appended next.
    pub(crate) fn push_unknown(&mut self, token: &str) {
        if let Some(char_ngrams) = &mut self.char_ngrams {
            char_ngrams.push_unknown(token);
        }
    }

    /// Appends some of the tokens of a text of `other`, as a text of its own.
    pub(crate) fn push_part(&mut self, other: &Self, text: usize, is_kept: impl Fn(usize) -> bool) {
        let ids = other.get(text);
        self.adopt_char_ngrams(other);
        if let (Some(own), Some(of_other)) = (&mut self.char_ngrams, &other.char_ngrams) {
            own.push_unknown_of(of_other, text, ids, &is_kept);
        }
        let kept = ids.iter().enumerate().filter(|(token, _)| is_kept(*token));
        self.push(kept.map(|(_, &id)| id));
    }

    /// Reads the character n-grams that `other` has, if this list has none yet.
    fn adopt_char_ngrams(&mut self, other: &Self) {
        if let (None, Some(of_other)) = (&self.char_ngrams, &other.char_ngrams) {
            self.char_ngrams = Some(TokenCharNgrams::new(Arc::clone(&of_other.known)));
            self.end_char_ngrams();
        }
    }

    /// Ends the texts whose character n-grams have no end yet.
    fn end_char_ngrams(&mut self) {
        if let Some(char_ngrams) = &mut self.char_ngrams {
            for text in char_ngrams.texts()..self.ends.len() {
                let start = text.checked_sub(1).map_or(0, |before| self.ends[before]);
                char_ngrams.end_text(&self.ids[start..self.ends[text]]);
            }
        }
    }

    /// Returns the number of tokens of a text that were cut off.
    ///
    /// # Panics
    /// If `index` is not below [`EncodedTexts::len`].
    pub fn unread(&self, index: usize) -> usize {
        self.unread[index]
    }

    /// Returns the number of out-of-vocabulary tokens of a text that are not words, such as numbers.
    ///
    /// # Panics
    /// If `index` is not below [`EncodedTexts::len`].
    pub(crate) fn unknown_symbols(&self, index: usize) -> usize {
        self.unknown_symbols[index]
    }

    /// Returns the name of the language of a text if the model did not learn from it.
    ///
    /// # Panics
    /// If `index` is not below [`EncodedTexts::len`].
    pub(crate) fn foreign_language(&self, index: usize) -> Option<&'static str> {
        self.foreign_languages[index]
    }

    /// Appends all texts of `other`.
    pub fn append(&mut self, other: &Self) {
        self.adopt_char_ngrams(other);
        if let (Some(own), Some(of_other)) = (&mut self.char_ngrams, &other.char_ngrams) {
            own.append(of_other);
        }
        let before = self.ids.len();
        self.ids.extend_from_slice(&other.ids);
        self.ends.extend(other.ends.iter().map(|end| before + end));
        self.unread.extend_from_slice(&other.unread);
        self.unknown_symbols
            .extend_from_slice(&other.unknown_symbols);
        self.foreign_languages
            .extend_from_slice(&other.foreign_languages);
        self.end_char_ngrams();
    }

    /// Returns the number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns whether there are no texts.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Returns the number of tokens in all texts.
    pub fn tokens(&self) -> usize {
        self.ids.len()
    }

    /// Returns the ids of one text.
    ///
    /// # Panics
    /// If `index` is not below [`EncodedTexts::len`].
    pub fn get(&self, index: usize) -> &[u32] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.ids[start..self.ends[index]]
    }

    /// Iterates over the texts in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Returns one text for the n-gram model.
    ///
    /// # Panics
    /// If `index` is not below [`EncodedTexts::len`].
    pub fn ngram_text(&self, index: usize) -> NgramText<'_> {
        NgramText::new(self.get(index), self.char_ngrams.as_ref(), index)
    }

    /// Iterates over the texts for the n-gram model in order.
    pub fn ngram_texts(&self) -> impl Iterator<Item = NgramText<'_>> {
        (0..self.len()).map(|index| self.ngram_text(index))
    }

    /// Splits the first `texts` texts into random batches of similar length. Returns their indices.
    ///
    /// Shuffles the texts, sorts each bucket by length, cuts it into batches and shuffles those. The same generator
    /// state gives the same batches.
    ///
    /// # Panics
    /// If `texts` is above [`EncodedTexts::len`].
    pub(crate) fn bucketed(
        &self,
        texts: usize,
        batch_size: usize,
        rng: &mut impl Rng,
    ) -> Vec<Vec<usize>> {
        let mut indices: Vec<usize> = (0..texts).collect();
        indices.shuffle(rng);
        for bucket in indices.chunks_mut(batch_size * BATCHES_PER_BUCKET) {
            bucket.sort_by_key(|&index| self.get(index).len());
        }
        let mut batches: Vec<Vec<usize>> =
            indices.chunks(batch_size).map(<[usize]>::to_vec).collect();
        batches.shuffle(rng);
        batches
    }

    /// Splits all texts into batches for scoring, from the longest text to the shortest. Returns their indices.
    ///
    /// A batch has at most `batch_size` texts and `max_tokens` tokens; a longer text is a batch of its own.
    pub fn by_length(&self, batch_size: usize, max_tokens: usize) -> Vec<Vec<usize>> {
        let mut indices: Vec<usize> = (0..self.len()).collect();
        indices.sort_by_key(|&index| std::cmp::Reverse(self.get(index).len()));
        let mut batches: Vec<Vec<usize>> = Vec::new();
        let mut tokens = 0;
        for index in indices {
            tokens += self.get(index).len();
            match batches.last_mut() {
                Some(batch) if batch.len() < batch_size && tokens <= max_tokens => {
                    batch.push(index)
                }
                _ => {
                    tokens = self.get(index).len();
                    batches.push(vec![index]);
                }
            }
        }
        batches
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    proptest! {
        #[test]
        fn every_text_is_in_one_batch(
            texts in prop::collection::vec(prop::collection::vec(0u32..20, 0..12), 0..30),
            batch_size in 1usize..7,
            max_tokens in 1usize..40,
        ) {
            let mut encoded = EncodedTexts::default();
            for text in &texts {
                encoded.push(text.iter().copied());
            }
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            for batches in [encoded.bucketed(encoded.len(), batch_size, &mut rng), encoded.by_length(batch_size, max_tokens)] {
                prop_assert!(batches.iter().all(|batch| !batch.is_empty() && batch.len() <= batch_size));
                let mut seen: Vec<usize> = batches.concat();
                seen.sort_unstable();
                prop_assert_eq!(seen, (0..texts.len()).collect::<Vec<_>>());
            }
        }
    }
}
