//! Word vectors in memory.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

use super::aliases::{ALIASES, alias};
use super::note::VectorNote;
use super::subwords::{SUBWORD_ROWS, subword_rows};
use super::word_filter::WordFilter;

/// Words and their vectors, `[words, dimension]`, row-major.
#[derive(Clone, Debug)]
pub struct WordVectors {
    words: Vec<String>,
    numbers: Vec<f32>,
    dimension: usize,
    rows: HashTable<u32>,
    /// The vectors of character n-grams, `[SUBWORD_ROWS, dimension]`, or empty.
    subwords: Vec<f32>,
    notes: Vec<VectorNote>,
}

impl WordVectors {
    /// Creates an empty table. `dimension` must not be 0.
    pub(super) fn new(dimension: usize) -> Self {
        Self {
            words: Vec::new(),
            numbers: Vec::new(),
            dimension,
            rows: HashTable::new(),
            subwords: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Returns the words in the order of the file: for GloVe and word2vec, most frequent first.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Returns the embedding dimension.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Returns the faults of the file that did not prevent reading it, or of the part that was read.
    pub fn notes(&self) -> &[VectorNote] {
        &self.notes
    }

    /// Sets the notes about the file.
    pub(super) fn set_notes(&mut self, notes: Vec<VectorNote>) {
        self.notes = notes;
    }

    /// Returns the number of words.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Returns whether there are no words, for example because the file has none of the filter's.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Returns the vector, `[dimension]`, of the word or else of its alias (see [`ALIASES`]).
    pub fn get(&self, word: &str) -> Option<&[f32]> {
        let row = self.row(word).or_else(|| self.row(alias(word)?))?;
        Some(self.vector(row))
    }

    /// Computes the vector of an out-of-vocabulary word as the mean of its n-gram vectors.
    ///
    /// Returns `None` without n-gram vectors (see
    /// [`Word2Vec::subwords`](super::training::Word2Vec::subwords)) and for words without n-grams.
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

    /// Returns all vectors, `[words, dimension]`, row-major.
    pub fn numbers(&self) -> &[f32] {
        &self.numbers
    }

    /// Returns the words and all vectors, `[words, dimension]`, to change.
    pub(super) fn rows_mut(&mut self) -> (&[String], &mut [f32]) {
        (&self.words, &mut self.numbers)
    }

    /// Returns the vectors of n-grams, `[SUBWORD_ROWS, dimension]`, or an empty slice.
    pub(super) fn subwords(&self) -> &[f32] {
        &self.subwords
    }

    /// Sets the vectors of n-grams, `[SUBWORD_ROWS, dimension]`.
    pub(super) fn set_subwords(&mut self, subwords: Vec<f32>) {
        debug_assert_eq!(subwords.len(), SUBWORD_ROWS * self.dimension);
        self.subwords = subwords;
    }

    /// Composes vectors for the filter's missing words, then drops the n-gram vectors.
    ///
    /// Without a filter, it does nothing and keeps the n-gram vectors.
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

    /// Iterates over the words and their vectors, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[f32])> {
        let rows = self.numbers.chunks_exact(self.dimension);
        self.words.iter().map(String::as_str).zip(rows)
    }

    /// Returns the standard deviation of all numbers, or `None` if it is not positive.
    ///
    /// It is the scale of random vectors for out-of-vocabulary words.
    pub fn standard_deviation(&self) -> Option<f32> {
        let numbers = || self.numbers.iter().map(|&number| f64::from(number));
        let count = self.numbers.len() as f64;
        let mean = numbers().sum::<f64>() / count;
        let variance = numbers().map(|number| (number - mean).powi(2)).sum::<f64>() / count;
        let deviation = variance.sqrt() as f32;
        (deviation > 0.0).then_some(deviation)
    }

    /// Adds a word and its vector. A word that is already present keeps its first vector.
    pub(super) fn push(&mut self, word: String, vector: &[f32]) {
        debug_assert_eq!(vector.len(), self.dimension);
        if self.row(&word).is_some() {
            return;
        }
        // `MAX_KEPT_BYTES` limits the number of rows to less than 2³².
        let row = self.words.len() as u32;
        self.rows
            .insert_unique(hash(&word), row, |&row| hash(&self.words[row as usize]));
        self.words.push(word);
        self.numbers.extend_from_slice(vector);
    }

    /// Releases unused capacity.
    pub(super) fn shrink(&mut self) {
        self.words.shrink_to_fit();
        self.numbers.shrink_to_fit();
    }

    /// Removes all words but the filter's and the aliases of missing words (see [`ALIASES`]). The
    /// order does not change.
    pub fn keep_only(&mut self, filter: &WordFilter) {
        let needed_aliases: Vec<&str> = ALIASES
            .iter()
            .filter(|(word, _)| filter.contains(word) && self.row(word).is_none())
            .map(|(_, alias)| *alias)
            .collect();
        let mut all = std::mem::replace(self, Self::new(self.dimension));
        self.subwords = std::mem::take(&mut all.subwords);
        self.notes = std::mem::take(&mut all.notes);
        let rows = all.numbers.chunks_exact(all.dimension);
        for (word, vector) in all.words.into_iter().zip(rows) {
            if filter.contains(&word) || needed_aliases.contains(&word.as_str()) {
                self.push(word, vector);
            }
        }
        self.shrink();
    }

    /// Removes all but the first `count` words.
    pub fn truncate(&mut self, count: usize) {
        if count < self.len() {
            self.rows.retain(|&mut row| (row as usize) < count);
            self.words.truncate(count);
            self.numbers.truncate(count * self.dimension);
            self.shrink();
        }
    }

    /// Returns the vector of an existing row, `[dimension]`.
    pub(super) fn vector(&self, row: usize) -> &[f32] {
        &self.numbers[row * self.dimension..][..self.dimension]
    }

    /// Returns the row of a word, ignoring its alias.
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
    fn a_words_own_vector_takes_precedence_over_its_alias() {
        let mut vectors = WordVectors::new(1);
        vectors.push("not".into(), &[1.0]);
        assert_eq!(vectors.get("n't"), Some([1.0].as_slice()));
        vectors.push("n't".into(), &[2.0]);
        assert_eq!(vectors.get("n't"), Some([2.0].as_slice()));
        assert_eq!(vectors.get("'re"), None);
    }

    #[test]
    fn kept_words_keep_their_vectors() {
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
    fn the_alias_of_a_missing_word_is_kept() {
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
    fn standard_deviation_is_over_all_numbers() {
        let mut vectors = WordVectors::new(2);
        assert_eq!(vectors.standard_deviation(), None);
        vectors.push("a".into(), &[1.0, 1.0]);
        assert_eq!(vectors.standard_deviation(), None);
        vectors.push("b".into(), &[5.0, 5.0]);
        assert_eq!(vectors.standard_deviation(), Some(2.0));
    }
}
