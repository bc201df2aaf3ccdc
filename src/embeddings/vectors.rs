//! The word vectors that are kept in memory.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

use super::aliases::{ALIASES, alias};
use super::subwords::{SUBWORD_ROWS, subword_rows};
use super::word_filter::WordFilter;

/// Words and a row of numbers for each: `[words, dimension]`, row-major.
#[derive(Clone, Debug)]
pub struct WordVectors {
    words: Vec<String>,
    numbers: Vec<f32>,
    dimension: usize,
    rows: HashTable<u32>,
    /// The vectors of n-grams, `[SUBWORD_ROWS, dimension]`; empty where there are none.
    subwords: Vec<f32>,
}

impl WordVectors {
    /// None yet, of this dimension, which is not 0.
    pub(super) fn new(dimension: usize) -> Self {
        Self {
            words: Vec::new(),
            numbers: Vec::new(),
            dimension,
            rows: HashTable::new(),
            subwords: Vec::new(),
        }
    }

    /// The words, in the file's order: for GloVe and word2vec the most frequent first.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Numbers in a vector.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are none: a file may have no word that was wanted.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The word's vector, `[dimension]`, or that of its alias (see [`ALIASES`]).
    pub fn get(&self, word: &str) -> Option<&[f32]> {
        let row = self.row(word).or_else(|| self.row(alias(word)?))?;
        Some(self.vector(row))
    }

    /// The vector of a word that has none of its own, as the mean of its n-grams'; None where vectors of
    /// n-grams were not trained (see [`Word2Vec::subwords`](super::training::Word2Vec::subwords)) or the
    /// word has none.
    pub fn compose(&self, word: &str) -> Option<Vec<f32>> {
        if self.subwords.is_empty() {
            return None;
        }
        let mut mean = vec![0.0; self.dimension];
        let mut count = 0;
        for row in subword_rows(word) {
            let vector = &self.subwords[row as usize * self.dimension..][..self.dimension];
            mean.iter_mut()
                .zip(vector)
                .for_each(|(sum, number)| *sum += number);
            count += 1;
        }
        mean.iter_mut().for_each(|number| *number /= count as f32);
        (count > 0).then_some(mean)
    }

    /// Every vector, one after the other: `[words, dimension]`.
    pub(super) fn numbers(&self) -> &[f32] {
        &self.numbers
    }

    /// The vectors of n-grams, `[SUBWORD_ROWS, dimension]`; empty where there are none.
    pub(super) fn subwords(&self) -> &[f32] {
        &self.subwords
    }

    /// Gives words without a vector those of their n-grams, `[SUBWORD_ROWS, dimension]`.
    pub(super) fn set_subwords(&mut self, subwords: Vec<f32>) {
        debug_assert_eq!(subwords.len(), SUBWORD_ROWS * self.dimension);
        self.subwords = subwords;
    }

    /// Adds the vectors that n-grams make of the filter's words without a vector, and drops the
    /// n-grams' vectors. Without a filter nothing is added, and they are kept.
    pub(super) fn compose_missing(&mut self, filter: Option<&WordFilter>) {
        let Some(filter) = filter else {
            return;
        };
        let mut missing: Vec<&str> = filter
            .iter()
            .filter(|word| self.get(word).is_none())
            .collect();
        missing.sort_unstable();
        for word in missing {
            if let Some(vector) = self.compose(word) {
                self.push(word.into(), &vector);
            }
        }
        self.subwords = Vec::new();
    }

    /// Every word and its vector, in the file's order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[f32])> {
        let rows = self.numbers.chunks_exact(self.dimension);
        self.words.iter().map(String::as_str).zip(rows)
    }

    /// The standard deviation of all the numbers: the scale to draw vectors of unknown words at.
    /// None where the numbers do not vary.
    pub fn deviation(&self) -> Option<f32> {
        let numbers = || self.numbers.iter().map(|&number| f64::from(number));
        let count = self.numbers.len() as f64;
        let mean = numbers().sum::<f64>() / count;
        let variance = numbers().map(|number| (number - mean).powi(2)).sum::<f64>() / count;
        let deviation = variance.sqrt() as f32;
        (deviation > 0.0).then_some(deviation)
    }

    /// Adds a word and its vector; of a repeated word the first vector is kept.
    pub(super) fn push(&mut self, word: String, vector: &[f32]) {
        debug_assert_eq!(vector.len(), self.dimension);
        if self.row(&word).is_some() {
            return;
        }
        // MAX_KEPT_BYTES keeps rows below 2³².
        let row = self.words.len() as u32;
        self.rows
            .insert_unique(hash(&word), row, |&row| hash(&self.words[row as usize]));
        self.words.push(word);
        self.numbers.extend_from_slice(vector);
    }

    /// Gives back memory that was set aside for more words.
    pub(super) fn shrink(&mut self) {
        self.words.shrink_to_fit();
        self.numbers.shrink_to_fit();
    }

    /// Keeps the filter's words, and the aliases of those without a vector of their own (see
    /// [`ALIASES`]), in their order.
    pub fn keep_only(&mut self, filter: &WordFilter) {
        let needed_aliases: Vec<&str> = ALIASES
            .iter()
            .filter(|(lacking, _)| filter.contains(lacking) && self.row(lacking).is_none())
            .map(|(_, alias)| *alias)
            .collect();
        let mut all = std::mem::replace(self, Self::new(self.dimension));
        self.subwords = std::mem::take(&mut all.subwords);
        let rows = all.numbers.chunks_exact(all.dimension);
        for (word, vector) in all.words.into_iter().zip(rows) {
            if filter.contains(&word) || needed_aliases.contains(&word.as_str()) {
                self.push(word, vector);
            }
        }
        self.shrink();
    }

    /// Keeps the first `count` words.
    pub fn truncate(&mut self, count: usize) {
        if count < self.len() {
            self.rows.retain(|&mut row| (row as usize) < count);
            self.words.truncate(count);
            self.numbers.truncate(count * self.dimension);
            self.shrink();
        }
    }

    /// The vector in a row that there is.
    pub(super) fn vector(&self, row: usize) -> &[f32] {
        &self.numbers[row * self.dimension..][..self.dimension]
    }

    /// The row of a word itself, not that of its alias.
    pub(super) fn row(&self, word: &str) -> Option<usize> {
        let is_word = |&row: &u32| self.words[row as usize] == word;
        self.rows.find(hash(word), is_word).map(|&row| row as usize)
    }
}

fn hash(word: &str) -> u64 {
    FxBuildHasher.hash_one(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_first_vector_of_a_repeated_word() {
        let mut vectors = WordVectors::new(1);
        for (word, number) in [("a", 1.0), ("b", 2.0), ("a", 3.0)] {
            vectors.push(word.into(), &[number]);
        }
        assert_eq!(vectors.words(), ["a", "b"]);
        assert_eq!(vectors.get("a"), Some([1.0].as_slice()));
    }

    #[test]
    fn a_word_has_its_own_vector_before_an_alias() {
        let mut vectors = WordVectors::new(1);
        vectors.push("not".into(), &[1.0]);
        assert_eq!(vectors.get("n't"), Some([1.0].as_slice()));
        vectors.push("n't".into(), &[2.0]);
        assert_eq!(vectors.get("n't"), Some([2.0].as_slice()));
        assert_eq!(vectors.get("'re"), None);
    }

    #[test]
    fn words_that_are_kept_keep_their_vectors() {
        let mut vectors = WordVectors::new(1);
        for (word, number) in [("a", 1.0), ("b", 2.0), ("c", 3.0), ("d", 4.0)] {
            vectors.push(word.into(), &[number]);
        }
        vectors.truncate(3);
        assert_eq!(vectors.get("d"), None);
        vectors.keep_only(&["a", "c", "x"].into_iter().collect());
        assert!(vectors.iter().eq([("a", [1.0].as_slice()), ("c", &[3.0])]));
        assert_eq!(vectors.get("c"), Some([3.0].as_slice()));
        assert_eq!(vectors.get("b"), None);
    }

    #[test]
    fn an_alias_is_kept_where_it_is_needed() {
        let kept = |words: &[&str]| {
            let mut vectors = WordVectors::new(1);
            for word in words {
                vectors.push((*word).into(), &[1.0]);
            }
            vectors.keep_only(&["n't", "good"].into_iter().collect());
            vectors.words().to_vec()
        };
        assert_eq!(kept(&["not", "good", "bad"]), ["not", "good"]);
        assert_eq!(kept(&["not", "n't", "good"]), ["n't", "good"]);
    }

    #[test]
    fn deviation_is_that_of_all_numbers() {
        let mut vectors = WordVectors::new(2);
        assert_eq!(vectors.deviation(), None);
        vectors.push("a".into(), &[1.0, 1.0]);
        assert_eq!(vectors.deviation(), None);
        vectors.push("b".into(), &[5.0, 5.0]);
        assert_eq!(vectors.deviation(), Some(2.0));
    }
}
