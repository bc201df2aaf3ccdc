//! What is counted in a corpus's texts, in one pass over all cores.

use std::hash::{DefaultHasher, Hash, Hasher};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Serialize;

use super::near_duplicates::shingles;
use crate::corpus::Example;
use crate::text::{Preprocessor, Tokens};

/// The measures of a corpus.
#[derive(Default)]
pub(super) struct CorpusStatistics {
    /// In the order of the examples.
    pub(super) texts: Vec<TextStatistics>,
    /// How often each type occurs, types by their hash.
    occurrences: FxHashMap<u64, u64>,
}

/// The measures of a text.
pub(super) struct TextStatistics {
    pub(super) characters: usize,
    pub(super) tokens: usize,
    pub(super) shingles: Vec<u32>,
}

/// How many words a corpus has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VocabularySize {
    /// Words in running text.
    pub tokens: u64,
    /// Different words.
    pub types: usize,
    /// Different words that occur once.
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
                characters: example.text.chars().count(),
                tokens: words.len(),
                shingles: shingles(&words),
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

    /// The share of these tokens whose type the other corpus lacks; 0 where there are none.
    pub(super) fn unseen_tokens(&self, train: &Self) -> f64 {
        let size = self.vocabulary_size();
        let unseen: u64 = self.unseen(train).sum();
        unseen as f64 / size.tokens.max(1) as f64
    }

    /// The share of these types that the other corpus lacks; 0 where there are none.
    pub(super) fn unseen_types(&self, train: &Self) -> f64 {
        self.unseen(train).count() as f64 / self.occurrences.len().max(1) as f64
    }

    /// How often each type occurs that the other corpus lacks.
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
