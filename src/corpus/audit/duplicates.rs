//! Rows with the same text or nearly the same, within a corpus and across two.

use rustc_hash::FxHashMap;

use super::finding::{Finding, SampleRow};
use super::near_duplicates::groups;
use super::statistics::CorpusStatistics;
use crate::corpus::Example;

/// How many samples a [`Finding`] shows, and how many characters of each text.
const SAMPLES: usize = 3;
const EXCERPT_CHARACTERS: usize = 100;

/// The rows of both corpora by their text.
#[derive(Default)]
pub(super) struct Duplicates<'a> {
    texts: Vec<Text<'a>>,
    by_text: FxHashMap<&'a str, usize>,
}

/// Different texts that are linked as near duplicates.
pub(super) type NearDuplicates<'t> = Vec<&'t Text<'t>>;

/// A text and the rows that have it.
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
            let text = *self.by_text.entry(&example.text).or_insert_with(|| {
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

    /// Groups of different texts that are near duplicates.
    pub(super) fn near_duplicates(&self) -> Vec<NearDuplicates<'_>> {
        let shingles: Vec<&[u32]> = self.texts.iter().map(|text| text.shingles).collect();
        let texts = |group: Vec<usize>| group.into_iter().map(|text| &self.texts[text]).collect();
        groups(&shingles).into_iter().map(texts).collect()
    }

    /// Each row of a corpus whose text an earlier row has, with the first that has it.
    pub(super) fn exact_within(&self, in_validation: bool) -> Finding {
        finding(self.texts.iter().flat_map(|text| {
            let rows = text.rows(in_validation);
            let first = rows.first();
            rows.iter().skip(1).zip(first.into_iter().cycle())
        }))
    }

    /// Each row of a corpus whose text others have with another label, with one of those.
    pub(super) fn conflicts_within(&self, in_validation: bool) -> Finding {
        finding(self.texts.iter().flat_map(|text| {
            let rows = text.rows(in_validation);
            conflicts(rows, rows)
        }))
    }

    /// Each validation row whose text is in the training corpus, with the first row there.
    pub(super) fn exact_across(&self) -> Finding {
        finding(self.texts.iter().flat_map(|text| {
            let first = text.train.first();
            text.validation.iter().zip(first.into_iter().cycle())
        }))
    }

    /// Each validation row whose text is in the training corpus with another label, with a row
    /// that has it.
    pub(super) fn conflicts_across(&self) -> Finding {
        finding(
            self.texts
                .iter()
                .flat_map(|text| conflicts(&text.validation, &text.train)),
        )
    }
}

/// The first row of each text of a group in one corpus, but for the first text, with that one's.
pub(super) fn near_within(groups: &[NearDuplicates], in_validation: bool) -> Finding {
    finding(groups.iter().flat_map(|group| {
        let mut rows = group
            .iter()
            .filter_map(|text| text.rows(in_validation).first());
        let first = rows.next();
        rows.zip(first.into_iter().cycle())
    }))
}

/// Each validation row of a group whose own text is not in the training corpus, with the group's
/// first row there.
pub(super) fn near_across(groups: &[NearDuplicates]) -> Finding {
    finding(groups.iter().flat_map(|group| {
        let first = group.iter().find_map(|text| text.train.first());
        let only_validation = group.iter().filter(|text| text.train.is_empty());
        let rows = only_validation.flat_map(|text| &text.validation);
        rows.zip(first.into_iter().cycle())
    }))
}

/// Each row that has another label than one of the others, with the first such.
fn conflicts<'r, 'a>(
    rows: &'r [Occurrence<'a>],
    others: &'r [Occurrence<'a>],
) -> impl Iterator<Item = (&'r Occurrence<'a>, &'r Occurrence<'a>)> {
    // Two others with different labels are enough to contradict any row.
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
