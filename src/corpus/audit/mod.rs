//! A look at a corpus before training on it: how much there is, how it is balanced, and what
//! would make a measurement on it wrong, such as duplicates on both sides of a split.

mod duplicates;
mod finding;
mod near_duplicates;
mod percentiles;
mod statistics;

use std::collections::BTreeMap;

use serde::Serialize;

use self::duplicates::{Duplicates, near_across, near_within};
pub use self::finding::{Finding, SampleRow};
pub use self::near_duplicates::{NEAR_DUPLICATE_SIMILARITY, SHINGLE_TOKENS};
pub use self::percentiles::Percentiles;
use self::statistics::CorpusStatistics;
pub use self::statistics::VocabularySize;
use super::{Corpus, Skipped};
use crate::text::Preprocessor;

/// What [`audit`] found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audit {
    /// The corpus.
    pub train: CorpusAudit,
    /// The corpus held out, if one was given.
    pub validation: Option<CorpusAudit>,
    /// What the two share, which they should not, and do not share.
    pub across: Option<OverlapAudit>,
}

/// One corpus by itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CorpusAudit {
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
pub struct OverlapAudit {
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

/// Examines a corpus and, if one is given, what is held out from it. Tokens are the
/// preprocessor's.
///
/// Types are told apart by 64-bit hashes: among a million, two fall together once in 37 million
/// corpora.
pub fn audit(train: &Corpus, validation: Option<&Corpus>, preprocessor: &Preprocessor) -> Audit {
    let train_statistics = CorpusStatistics::of(&train.examples, preprocessor);
    let validation = validation.map(|corpus| {
        let statistics = CorpusStatistics::of(&corpus.examples, preprocessor);
        (corpus, statistics)
    });
    let mut duplicates = Duplicates::default();
    duplicates.add(&train.examples, &train_statistics, false);
    if let Some((corpus, statistics)) = &validation {
        duplicates.add(&corpus.examples, statistics, true);
    }
    let near = duplicates.near_duplicates();
    let part = |corpus: &Corpus, statistics: &CorpusStatistics, in_validation| CorpusAudit {
        rows: corpus.examples.len(),
        skipped: corpus.skipped.clone(),
        digest: corpus.digest(),
        labels: label_counts(corpus),
        characters: Percentiles::of(statistics.texts.iter().map(|text| text.characters)),
        tokens: Percentiles::of(statistics.texts.iter().map(|text| text.tokens)),
        texts_without_tokens: statistics.texts.iter().filter(|t| t.tokens == 0).count(),
        vocabulary: statistics.vocabulary_size(),
        exact_duplicates: duplicates.exact_within(in_validation),
        near_duplicates: near_within(&near, in_validation),
        conflicting_labels: duplicates.conflicts_within(in_validation),
    };
    Audit {
        train: part(train, &train_statistics, false),
        validation: validation
            .as_ref()
            .map(|(corpus, statistics)| part(corpus, statistics, true)),
        across: validation
            .as_ref()
            .map(|(corpus, statistics)| OverlapAudit {
                exact_duplicates: duplicates.exact_across(),
                near_duplicates: near_across(&near),
                conflicting_labels: duplicates.conflicts_across(),
                unknown_labels: unknown_labels(train, corpus),
                unseen_tokens: statistics.unseen_tokens(&train_statistics),
                unseen_types: statistics.unseen_types(&train_statistics),
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
