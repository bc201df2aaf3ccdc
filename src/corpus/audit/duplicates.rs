//! Duplicates and near duplicates within a corpus and across two.

use rustc_hash::FxHashMap;

use super::finding::{Finding, SampleRow};
use super::near_duplicates::groups;
use super::statistics::CorpusStatistics;
use crate::corpus::Example;
use crate::text::TextKey;

/// The number of samples in a [`Finding`], and the number of characters of each text.
const SAMPLES: usize = 3;
const EXCERPT_CHARACTERS: usize = 100;

/// The rows of both corpora, grouped by text.
#[derive(Default)]
pub(super) struct Duplicates<'a> {
    texts: Vec<Text<'a>>,
    by_key: FxHashMap<TextKey, usize>,
}

/// A group of distinct texts that are near duplicates.
pub(super) type NearDuplicates<'t> = Vec<&'t Text<'t>>;

/// A distinct text and the rows that contain it.
pub(super) struct Text<'a> {
    shingles: &'a [u32],
    train: Vec<Occurrence<'a>>,
    validation: Vec<Occurrence<'a>>,
}

#[derive(Clone, Copy)]
struct Occurrence<'a> {
    example: &'a Example,
    in_validation: bool,
    number: usize,
}

impl<'a> Text<'a> {
    fn rows(&self, in_validation: bool) -> &[Occurrence<'a>] {
        if in_validation {
            &self.validation
        } else {
            &self.train
        }
    }
}

impl<'a> Duplicates<'a> {
    pub(super) fn add(
        &mut self,
        examples: &'a [Example],
        statistics: &'a CorpusStatistics,
        in_validation: bool,
    ) {
        let texts = &mut self.texts;
        for (index, (example, measured)) in examples.iter().zip(&statistics.texts).enumerate() {
            let text = *self.by_key.entry(measured.key).or_insert_with(|| {
                texts.push(Text {
                    shingles: &measured.shingles,
                    train: Vec::new(),
                    validation: Vec::new(),
                });
                texts.len() - 1
            });
            let row = Occurrence {
                example,
                in_validation,
                number: index + 1,
            };
            let text = &mut texts[text];
            if in_validation {
                text.validation.push(row);
            } else {
                text.train.push(row);
            }
        }
    }

    /// Returns the groups of near duplicates.
    pub(super) fn near_duplicates(&self) -> Vec<NearDuplicates<'_>> {
        let shingles: Vec<&[u32]> = self.texts.iter().map(|text| text.shingles).collect();
        let texts = |group: Vec<usize>| group.into_iter().map(|text| &self.texts[text]).collect();
        groups(&shingles).into_iter().map(texts).collect()
    }

    /// Finds rows of a corpus with the same text as an earlier row, and pairs each with the first such row.
    pub(super) fn within(&self, in_validation: bool) -> Finding {
        finding(self.texts.iter().flat_map(|text| {
            let rows = text.rows(in_validation);
            let first = rows.first();
            rows.iter().skip(1).zip(first.into_iter().cycle())
        }))
    }

    /// Finds rows of a corpus whose text occurs there with another label, and pairs each with such a row.
    pub(super) fn conflicts_within(&self, in_validation: bool) -> Finding {
        finding(self.texts.iter().flat_map(|text| {
            let rows = text.rows(in_validation);
            conflicts(rows, rows)
        }))
    }

    /// Finds validation rows whose text is in the training corpus, and pairs each with its first row there.
    pub(super) fn across(&self) -> Finding {
        finding(self.texts.iter().flat_map(|text| {
            let first = text.train.first();
            text.validation.iter().zip(first.into_iter().cycle())
        }))
    }

    /// Finds validation rows whose text is in the training corpus with another label, and pairs each with
    /// such a row.
    pub(super) fn conflicts_across(&self) -> Finding {
        finding(
            self.texts
                .iter()
                .flat_map(|text| conflicts(&text.validation, &text.train)),
        )
    }
}

/// Finds, within one corpus, the first row of each text of a group except the first text, and pairs it with
/// that text's first row.
pub(super) fn near_within(groups: &[NearDuplicates], in_validation: bool) -> Finding {
    finding(groups.iter().flat_map(|group| {
        let mut rows = group
            .iter()
            .filter_map(|text| text.rows(in_validation).first());
        let first = rows.next();
        rows.zip(first.into_iter().cycle())
    }))
}

/// Finds validation rows whose text is not in the training corpus but near one that is, and pairs each with
/// the group's first training row.
pub(super) fn near_across(groups: &[NearDuplicates]) -> Finding {
    finding(groups.iter().flat_map(|group| {
        let first = group.iter().find_map(|text| text.train.first());
        let only_validation = group.iter().filter(|text| text.train.is_empty());
        let rows = only_validation.flat_map(|text| &text.validation);
        rows.zip(first.into_iter().cycle())
    }))
}

/// Returns each row that has a different label than one of `others`, with the first such row.
fn conflicts<'r, 'a>(
    rows: &'r [Occurrence<'a>],
    others: &'r [Occurrence<'a>],
) -> impl Iterator<Item = (&'r Occurrence<'a>, &'r Occurrence<'a>)> {
    // Two others with different labels suffice: any row differs from one of them.
    let first = others.first();
    let second = others
        .iter()
        .find(|other| first.is_some_and(|first| other.example.label != first.example.label));
    rows.iter().filter_map(move |row| {
        let other = [first, second]
            .into_iter()
            .flatten()
            .find(|other| other.example.label != row.example.label);
        Some((row, other?))
    })
}

fn finding<'r, 'a: 'r>(
    pairs: impl Iterator<Item = (&'r Occurrence<'a>, &'r Occurrence<'a>)>,
) -> Finding {
    let mut finding = Finding::default();
    for (row, other) in pairs {
        finding.rows += 1;
        if finding.samples.len() < SAMPLES {
            finding.samples.push([row.sample(), other.sample()]);
        }
    }
    finding
}

impl Occurrence<'_> {
    fn sample(&self) -> SampleRow {
        let text = &self.example.text;
        let words = text.split_whitespace().take(EXCERPT_CHARACTERS);
        let text = words.collect::<Vec<_>>().join(" ");
        SampleRow {
            in_validation: self.in_validation,
            row: self.number,
            label: self.example.label.clone(),
            text: text.chars().take(EXCERPT_CHARACTERS).collect(),
        }
    }
}
