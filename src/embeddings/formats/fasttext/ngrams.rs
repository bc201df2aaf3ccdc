//! The character n-grams of a fastText model.

use std::ops::RangeInclusive;

use crate::text::hash_char_ngrams;

/// The end of a sentence, a word without n-grams.
const END_OF_SENTENCE: &str = "</s>";

/// The n-grams of a model.
#[derive(Clone, Debug)]
pub(super) struct Ngrams {
    /// The lengths in characters, including `<` and `>` at the beginning and end of a word.
    pub(super) lengths: RangeInclusive<usize>,
    /// The number of hash buckets. N-grams in the same bucket share a row.
    pub(super) buckets: u32,
}

impl Ngrams {
    /// Returns an upper bound of the number of a word's n-grams.
    pub(super) fn most(&self, word: &str) -> usize {
        (word.len() + 2) * self.lengths.clone().count()
    }

    /// Returns the bucket of each n-gram of a word. Unlike those of
    /// [`subword_rows`](crate::embeddings::subword_rows), the n-grams include the whole word.
    pub(super) fn buckets(&self, word: &str) -> Vec<u32> {
        if self.buckets == 0 || self.lengths.is_empty() || word == END_OF_SENTENCE {
            return Vec::new();
        }
        let mut buckets = Vec::new();
        hash_char_ngrams(word, &self.lengths, |hash| {
            buckets.push(hash % self.buckets)
        });
        buckets
    }
}
