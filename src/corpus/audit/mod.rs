//! A look at a corpus before training on it: how much there is, how it is balanced, and what
//! would make a measurement on it wrong, such as copies on both sides of a split.

mod copies;
mod measures;
mod near_duplicates;

use std::collections::BTreeMap;

use serde::Serialize;

use self::copies::{Copies, near_across, near_within};
use self::measures::Measures;
pub use self::near_duplicates::{NEAR_DUPLICATE_SIMILARITY, SHINGLE_TOKENS};
use super::{Corpus, Skipped};
use crate::text::Preprocessor;

/// What [`audit`] found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audit {
    /// The corpus.
    pub train: PartAudit,
    /// The corpus held out, if one was given.
    pub validation: Option<PartAudit>,
    /// What the two share, which they should not, and do not share.
    pub across: Option<AcrossAudit>,
}

/// One corpus by itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartAudit {
    /// How many examples there are.
    pub rows: usize,
    /// The rows that could not be read.
    pub skipped: Skipped,
    /// [`Corpus::digest`].
    pub digest: String,
    /// The examples of each label, labels in byte order.
    pub labels: Vec<LabelCount>,
    /// The texts' lengths in characters.
    pub characters: Percentiles,
    /// The texts' lengths in tokens.
    pub tokens: Percentiles,
    /// How many texts have no token.
    pub texts_without_tokens: usize,
    /// Tokens and their types.
    pub vocabulary: VocabularySize,
    /// Rows whose text an earlier row has, letter for letter.
    pub exact_duplicates: Finding,
    /// Different texts that are nearly the same as an earlier one
    /// ([`NEAR_DUPLICATE_SIMILARITY`]).
    pub near_duplicates: Finding,
    /// Rows whose text other rows have with another label.
    pub conflicting_labels: Finding,
}

/// A validation corpus held against the training corpus. Findings count validation rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AcrossAudit {
    /// Rows whose text is in the training corpus, letter for letter.
    pub exact_duplicates: Finding,
    /// Rows whose text is not, but nearly.
    pub near_duplicates: Finding,
    /// Rows whose text is in the training corpus with another label.
    pub conflicting_labels: Finding,
    /// Labels that the training corpus lacks.
    pub unknown_labels: Vec<String>,
    /// The share of the validation tokens that the training corpus has not.
    pub unseen_tokens: f64,
    /// The share of the validation types that the training corpus has not.
    pub unseen_types: f64,
}

/// A label's part of a corpus.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelCount {
    /// The label.
    pub label: String,
    /// Its examples.
    pub rows: usize,
    /// Its examples over all.
    pub share: f64,
}

/// How lengths are distributed; percentiles are lengths that occur (nearest rank).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct Percentiles {
    pub mean: f64,
    pub minimum: usize,
    pub p25: usize,
    pub median: usize,
    pub p75: usize,
    pub p95: usize,
    pub p99: usize,
    pub maximum: usize,
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

/// Rows of which something is the matter, with the first few to look at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How many rows.
    pub rows: usize,
    /// For some of them, the row and the one it was held against.
    pub samples: Vec<[SampleRow; 2]>,
}

/// A row shown in a [`Finding`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SampleRow {
    /// Whether it stands in the validation corpus.
    pub in_validation: bool,
    /// Its number among its corpus's examples, from 1.
    pub row: usize,
    /// Its label.
    pub label: String,
    /// The start of its text, white space made single spaces.
    pub text: String,
}

/// Examines a corpus and, if one is given, what is held out from it. Tokens are the
/// preprocessor's.
///
/// Types are told apart by 64-bit hashes: among a million, two fall together once in 37 million
/// corpora.
pub fn audit(train: &Corpus, validation: Option<&Corpus>, preprocessor: &Preprocessor) -> Audit {
    let train_measures = Measures::of(&train.examples, preprocessor);
    let validation = validation.map(|corpus| {
        let measures = Measures::of(&corpus.examples, preprocessor);
        (corpus, measures)
    });
    let mut copies = Copies::default();
    copies.add(&train.examples, &train_measures, false);
    if let Some((corpus, measures)) = &validation {
        copies.add(&corpus.examples, measures, true);
    }
    let near = copies.near_duplicates();
    let part = |corpus: &Corpus, measures: &Measures, in_validation| PartAudit {
        rows: corpus.examples.len(),
        skipped: corpus.skipped.clone(),
        digest: corpus.digest(),
        labels: label_counts(corpus),
        characters: Percentiles::of(measures.texts.iter().map(|text| text.characters)),
        tokens: Percentiles::of(measures.texts.iter().map(|text| text.tokens)),
        texts_without_tokens: measures.texts.iter().filter(|t| t.tokens == 0).count(),
        vocabulary: measures.vocabulary_size(),
        exact_duplicates: copies.exact_within(in_validation),
        near_duplicates: near_within(&near, in_validation),
        conflicting_labels: copies.conflicts_within(in_validation),
    };
    Audit {
        train: part(train, &train_measures, false),
        validation: validation
            .as_ref()
            .map(|(corpus, measures)| part(corpus, measures, true)),
        across: validation.as_ref().map(|(corpus, measures)| AcrossAudit {
            exact_duplicates: copies.exact_across(),
            near_duplicates: near_across(&near),
            conflicting_labels: copies.conflicts_across(),
            unknown_labels: unknown_labels(train, corpus),
            unseen_tokens: measures.unseen_tokens(&train_measures),
            unseen_types: measures.unseen_types(&train_measures),
        }),
    }
}

fn label_counts(corpus: &Corpus) -> Vec<LabelCount> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for example in &corpus.examples {
        *counts.entry(&example.label).or_default() += 1;
    }
    let count = |(label, rows): (&str, usize)| LabelCount {
        label: label.to_owned(),
        rows,
        share: rows as f64 / corpus.examples.len() as f64,
    };
    counts.into_iter().map(count).collect()
}

fn unknown_labels(train: &Corpus, validation: &Corpus) -> Vec<String> {
    let mut unknown = validation.labels.clone();
    unknown.retain(|label| train.labels.binary_search(label).is_err());
    unknown
}

impl Percentiles {
    fn of(lengths: impl Iterator<Item = usize>) -> Self {
        let mut lengths: Vec<usize> = lengths.collect();
        lengths.sort_unstable();
        let nearest_rank = |percent: usize| {
            let rank = (percent * lengths.len()).div_ceil(100);
            lengths.get(rank.saturating_sub(1)).copied().unwrap_or(0)
        };
        Self {
            mean: lengths.iter().sum::<usize>() as f64 / lengths.len().max(1) as f64,
            minimum: nearest_rank(0),
            p25: nearest_rank(25),
            median: nearest_rank(50),
            p75: nearest_rank(75),
            p95: nearest_rank(95),
            p99: nearest_rank(99),
            maximum: nearest_rank(100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let lengths = Percentiles::of([50, 15, 20, 35, 40].into_iter());
        assert_eq!((lengths.minimum, lengths.maximum), (15, 50));
        assert_eq!((lengths.p25, lengths.median, lengths.p75), (20, 35, 40));
        assert_eq!(lengths.mean, 32.0);
    }
}
