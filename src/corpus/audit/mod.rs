//! Auditing a corpus before training: size, class balance, lengths, and problems that bias an evaluation,
//! such as duplicates across the training and the validation set.

mod duplicates;
mod encoding;
mod finding;
mod label_variants;
mod near_duplicates;
mod percentiles;
mod statistics;
mod truncation;

use std::collections::BTreeMap;

use serde::Serialize;

use self::duplicates::{Duplicates, near_across, near_within};
pub use self::encoding::{EncodingDamage, RowCount};
pub use self::finding::{Finding, SampleRow};
pub use self::label_variants::LabelVariant;
use self::label_variants::label_variants;
pub use self::near_duplicates::{NEAR_DUPLICATE_SIMILARITY, SHINGLE_TOKENS};
pub use self::percentiles::Percentiles;
use self::statistics::CorpusStatistics;
pub use self::statistics::VocabularySize;
pub use self::truncation::Truncation;
use super::{Corpus, Skipped};
use crate::text::Preprocessor;

/// The result of [`audit`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audit {
    /// The audit of the training corpus.
    pub train: CorpusAudit,
    /// The audit of the validation corpus, if given.
    pub validation: Option<CorpusAudit>,
    /// The overlap of the two corpora, if both are given.
    pub across: Option<OverlapAudit>,
    /// Groups of labels, in either corpus, that differ only in spelling
    /// ([`label_key`](super::label_key())). Training reads them as one class, unless labels are exact.
    pub label_variants: Vec<Vec<LabelVariant>>,
}

/// The audit of a single corpus.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CorpusAudit {
    /// The number of examples.
    pub rows: usize,
    /// The skipped rows.
    pub skipped: Skipped,
    /// [`Corpus::digest`].
    pub digest: String,
    /// The class distribution, with labels in byte order.
    pub labels: Vec<LabelCount>,
    /// Text lengths in characters.
    pub characters: Percentiles,
    /// Text lengths in tokens.
    pub tokens: Percentiles,
    /// The number of texts without tokens.
    pub texts_without_tokens: usize,
    /// The number of tokens and distinct tokens.
    pub vocabulary: VocabularySize,
    /// Texts and tokens that a model does not read.
    pub truncation: Truncation,
    /// Texts with signs of a wrong encoding.
    pub encoding: EncodingDamage,
    /// Rows with the same text ([`TextKey`](crate::text::TextKey)) as an earlier row.
    pub duplicates: Finding,
    /// Distinct texts that are near duplicates of an earlier one ([`NEAR_DUPLICATE_SIMILARITY`]).
    pub near_duplicates: Finding,
    /// Rows with a text that also occurs with another label.
    pub conflicting_labels: Finding,
}

/// The overlap of a validation corpus with the training corpus. Findings count validation rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OverlapAudit {
    /// Rows with the same text as a training row.
    pub duplicates: Finding,
    /// Other rows whose text is a near duplicate of a training text.
    pub near_duplicates: Finding,
    /// Rows with a text that occurs in the training corpus with another label.
    pub conflicting_labels: Finding,
    /// Labels that do not occur in the training corpus.
    pub unknown_labels: Vec<String>,
    /// The fraction of validation tokens that do not occur in the training corpus.
    pub unseen_tokens: f64,
    /// The fraction of distinct validation tokens that do not occur in the training corpus.
    pub unseen_types: f64,
}

/// The frequency of a label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelCount {
    /// The label.
    pub label: String,
    /// The number of examples.
    pub rows: usize,
    /// The fraction of all examples.
    pub share: f64,
}

/// Audits a training corpus and optionally a validation corpus, with the tokens of `preprocessor` and for models
/// that read at most `max_length` tokens of a text.
///
/// Distinct tokens are identified by 64-bit hashes. Among a million of them, the probability of a collision
/// is 1 in 37 million.
pub fn audit(
    train: &Corpus,
    validation: Option<&Corpus>,
    preprocessor: &Preprocessor,
    max_length: usize,
) -> Audit {
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
        truncation: Truncation::of(statistics.texts.iter().map(|t| t.tokens), max_length),
        encoding: EncodingDamage::of(statistics.texts.iter().map(|text| text.damage)),
        duplicates: duplicates.within(in_validation),
        near_duplicates: near_within(&near, in_validation),
        conflicting_labels: duplicates.conflicts_within(in_validation),
    };
    let train_audit = part(train, &train_statistics, false);
    let validation_audit = validation
        .as_ref()
        .map(|(corpus, statistics)| part(corpus, statistics, true));
    let validation_labels = validation_audit.as_ref().map(|part| part.labels.as_slice());
    Audit {
        label_variants: label_variants(&train_audit.labels, validation_labels.unwrap_or_default()),
        train: train_audit,
        validation: validation_audit,
        across: validation
            .as_ref()
            .map(|(corpus, statistics)| OverlapAudit {
                duplicates: duplicates.across(),
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
    unknown.retain(|label| !train.labels.contains(label));
    unknown
}
