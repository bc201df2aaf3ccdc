//! The share of a corpus's words that have vectors.

use rayon::prelude::*;
use serde::Serialize;

use super::vectors::WordVectors;
use crate::text::{Preprocessor, TokenCounts, Tokens};

/// The maximum number of missing words in a report.
const MAX_MISSING_WORDS: usize = 20;

/// The coverage of a corpus by word vectors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// The number of distinct words.
    pub types: u64,
    /// The number of distinct words with a vector.
    pub covered_types: u64,
    /// The number of tokens.
    pub tokens: u64,
    /// The number of tokens with a vector.
    pub covered_tokens: u64,
    /// The most frequent words without a vector: at most twenty, in descending order of frequency.
    pub most_frequent_missing: Vec<MissingWord>,
}

impl Coverage {
    /// Returns the share of types with a vector, from 0 to 1; 0 without types.
    pub fn type_share(&self) -> f64 {
        share(self.covered_types, self.types)
    }

    /// Returns the share of tokens with a vector, from 0 to 1; 0 without tokens.
    pub fn token_share(&self) -> f64 {
        share(self.covered_tokens, self.tokens)
    }
}

fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// A word without a vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissingWord {
    /// The word.
    pub word: String,
    /// The number of occurrences in the corpus.
    pub count: u64,
}

/// Computes the coverage of a corpus. `counts` has each distinct word once, with its frequency.
pub fn coverage<'a>(
    vectors: &WordVectors,
    counts: impl IntoIterator<Item = (&'a str, u64)>,
) -> Coverage {
    let (mut types, mut tokens, mut missing_tokens) = (0, 0, 0);
    let mut missing: Vec<(&str, u64)> = Vec::new();
    for (word, count) in counts {
        types += 1;
        tokens += count;
        if vectors.get(word).is_none() {
            missing_tokens += count;
            missing.push((word, count));
        }
    }
    let covered_types = types - missing.len() as u64;
    // The words break ties, so the order of `counts` does not matter.
    missing.sort_unstable_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then(a.cmp(b)));
    missing.truncate(MAX_MISSING_WORDS);
    let most_frequent_missing = missing.into_iter().map(|(word, count)| MissingWord {
        word: word.to_owned(),
        count,
    });
    Coverage {
        types,
        covered_types,
        tokens,
        covered_tokens: tokens - missing_tokens,
        most_frequent_missing: most_frequent_missing.collect(),
    }
}

/// Counts the tokens of a stream of texts on all cores.
pub fn count_tokens<E: Send>(
    texts: impl Iterator<Item = Result<String, E>> + Send,
    preprocessor: &Preprocessor,
) -> Result<TokenCounts, E> {
    texts
        .par_bridge()
        .try_fold(TokenCounts::default, |mut counts, text| {
            counts.add(preprocessor, &text?, &mut Tokens::default());
            Ok(counts)
        })
        .try_reduce(TokenCounts::default, |counts, others| {
            Ok(counts.merge(others))
        })
}
