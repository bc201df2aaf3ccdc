//! Token and length statistics of a corpus, computed in one pass on all cores.

use std::hash::{DefaultHasher, Hash, Hasher};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Serialize;

use super::encoding::TextDamage;
use super::near_duplicates::shingles;
use crate::corpus::Example;
use crate::text::{Preprocessor, TextKey, Tokens};

/// The statistics of a corpus.
#[derive(Default)]
pub(super) struct CorpusStatistics {
    /// The statistics of each text, in the order of the examples.
    pub(super) texts: Vec<TextStatistics>,
    /// The frequency of each distinct token, by hash.
    occurrences: FxHashMap<u64, u64>,
}

/// The statistics of a text.
pub(super) struct TextStatistics {
    pub(super) key: TextKey,
    pub(super) characters: usize,
    pub(super) tokens: usize,
    pub(super) shingles: Vec<u32>,
    pub(super) damage: TextDamage,
}

/// The vocabulary size of a corpus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VocabularySize {
    /// The number of tokens.
    pub tokens: u64,
    /// The number of distinct tokens.
    pub types: usize,
    /// The number of tokens that occur once.
    pub types_seen_once: usize,
}

impl CorpusStatistics {
    pub(super) fn of(examples: &[Example], preprocessor: &Preprocessor) -> Self {
        const EXAMPLES_A_TASK: usize = 256;
        let parts: Vec<Self> = examples
            .par_chunks(EXAMPLES_A_TASK)
            .map(|chunk| Self::of_chunk(chunk, preprocessor))
            .collect();
        let mut whole = Self::default();
        for part in parts {
            whole.texts.extend(part.texts);
            for (word, count) in part.occurrences {
                *whole.occurrences.entry(word).or_default() += count;
            }
        }
        whole
    }

    fn of_chunk(examples: &[Example], preprocessor: &Preprocessor) -> Self {
        let mut statistics = Self::default();
        let mut tokens = Tokens::default();
        let mut words: Vec<u64> = Vec::new();
        for example in examples {
            preprocessor.tokenize(&example.text, &mut tokens);
            words.clear();
            words.extend(tokens.iter().map(|token| hash(token.text)));
            for word in &words {
                *statistics.occurrences.entry(*word).or_default() += 1;
            }
            statistics.texts.push(TextStatistics {
                key: TextKey::of(&example.text),
                characters: example.text.chars().count(),
                tokens: words.len(),
                shingles: shingles(&words),
                damage: TextDamage::of(&example.text),
            });
        }
        statistics
    }

    pub(super) fn vocabulary_size(&self) -> VocabularySize {
        VocabularySize {
            tokens: self.occurrences.values().sum(),
            types: self.occurrences.len(),
            types_seen_once: self.occurrences.values().filter(|n| **n == 1).count(),
        }
    }

    /// Returns the fraction of tokens that do not occur in `train`; 0 without tokens.
    pub(super) fn unseen_tokens(&self, train: &Self) -> f64 {
        let size = self.vocabulary_size();
        let unseen: u64 = self.unseen(train).sum();
        unseen as f64 / size.tokens.max(1) as f64
    }

    /// Returns the fraction of distinct tokens that do not occur in `train`; 0 without tokens.
    pub(super) fn unseen_types(&self, train: &Self) -> f64 {
        self.unseen(train).count() as f64 / self.occurrences.len().max(1) as f64
    }

    /// Returns the frequencies of the tokens that do not occur in `train`.
    fn unseen(&self, train: &Self) -> impl Iterator<Item = u64> {
        let unseen = |(word, _): &(&u64, &u64)| !train.occurrences.contains_key(word);
        self.occurrences
            .iter()
            .filter(unseen)
            .map(|(_, count)| *count)
    }
}

fn hash(word: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    word.hash(&mut hasher);
    hasher.finish()
}
