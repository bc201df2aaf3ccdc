//! How much of a corpus has vectors.

use rayon::prelude::*;
use serde::Serialize;

use super::vectors::WordVectors;
use crate::text::{Preprocessor, TokenCounts, Tokens};

/// How many of the missing words are named.
const NAMED_WORDS: usize = 20;

/// How many of a corpus's words have vectors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Different words.
    pub types: u64,
    /// Those of them with a vector.
    pub covered_types: u64,
    /// Words as they follow one another.
    pub tokens: u64,
    /// Those of them with a vector.
    pub covered_tokens: u64,
    /// The most frequent words without a vector, at most twenty, most frequent first.
    pub most_frequent_missing: Vec<MissingWord>,
}

impl Coverage {
    /// The share of types with a vector, from 0 to 1; 0 where there are none.
    pub fn type_share(&self) -> f64 {
        share(self.covered_types, self.types)
    }

    /// The share of tokens with a vector, from 0 to 1; 0 where there are none.
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
    /// How often it occurs.
    pub count: u64,
}

/// Looks each word of a corpus up; `counts` has every word once, with how often it occurs.
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
    // The words break ties, so that the order of `counts` does not matter.
    missing.sort_unstable_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then(a.cmp(b)));
    missing.truncate(NAMED_WORDS);
    let named = missing.into_iter().map(|(word, count)| MissingWord {
        word: word.to_owned(),
        count,
    });
    Coverage {
        types,
        covered_types,
        tokens,
        covered_tokens: tokens - missing_tokens,
        most_frequent_missing: named.collect(),
    }
}

/// Counts the tokens of texts on all cores; the texts are read as a stream.
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
