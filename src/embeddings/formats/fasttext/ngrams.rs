//! The character n-grams of a fastText model.

use std::ops::RangeInclusive;

use crate::embeddings::subwords::{HASH_START, hash_next};

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
        let marked = format!("<{word}>");
        let starts: Vec<usize> = marked.char_indices().map(|(start, _)| start).collect();
        let mut ends = starts[1..].to_vec();
        ends.push(marked.len());
        let mut buckets = Vec::new();
        for (first, &start) in starts.iter().enumerate() {
            let (mut hash, mut hashed) = (HASH_START, start);
            for (length, &end) in (1..=*self.lengths.end()).zip(&ends[first..]) {
                let bytes = &marked.as_bytes()[hashed..end];
                hash = bytes.iter().copied().fold(hash, hash_next);
                hashed = end;
                let is_mark = length == 1 && (start == 0 || end == marked.len());
                if self.lengths.contains(&length) && !is_mark {
                    buckets.push(hash % self.buckets);
                }
            }
        }
        buckets
    }
}
