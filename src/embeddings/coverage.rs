//! The share of a corpus's words that have vectors.

use std::borrow::Cow;

use rayon::prelude::*;
use serde::Serialize;

use super::vectors::WordVectors;
use super::word_filter::WordFilter;
use crate::text::{Preprocessor, TokenCounts, Tokens, name_words};
use crate::vocabulary::Vocabulary;

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

/// Returns the words whose vectors [`coverage`] looks up.
pub fn coverage_filter<'a>(counts: impl IntoIterator<Item = (&'a str, u64)>) -> WordFilter {
    let mut words: Vec<Cow<str>> = Vec::new();
    for (word, _) in counts {
        words.push(word.into());
        words.extend(name_words(word).map(Cow::from));
    }
    words.iter().map(AsRef::as_ref).collect()
}

/// Computes the coverage of a corpus. `counts` has each distinct word once, with its frequency. An emoji is also covered by
/// vectors of words of its name.
pub fn coverage<'a>(
    vectors: &WordVectors,
    counts: impl IntoIterator<Item = (&'a str, u64)>,
) -> Coverage {
    let (mut types, mut tokens, mut missing_tokens) = (0, 0, 0);
    let mut missing: Vec<(&str, u64)> = Vec::new();
    for (word, count) in counts {
        types += 1;
        tokens += count;
        let has_name = || name_words(word).any(|word| vectors.get(&word).is_some());
        if vectors.get(word).is_none() && !has_name() {
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

/// Counts the tokens of a stream of texts on all cores, respelled for a vocabulary of all tokens.
pub fn count_tokens<E: Send>(
    texts: impl Iterator<Item = Result<String, E>> + Send,
    preprocessor: &Preprocessor,
) -> Result<TokenCounts, E> {
    let counts = texts
        .par_bridge()
        .try_fold(TokenCounts::default, |mut counts, text| {
            counts.add(preprocessor, &text?, &mut Tokens::default());
            Ok(counts)
        })
        .try_reduce(TokenCounts::default, |counts, others| {
            Ok(counts.merge(others))
        })?;
    let known = Vocabulary::from_counts(counts.iter(), 1, usize::MAX);
    Ok(counts.respelled(preprocessor, |token| known.id(token)))
}
