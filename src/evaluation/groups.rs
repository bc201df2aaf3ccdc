//! Accuracy by text length and by vocabulary coverage.

use serde::{Serialize, Serializer};

use super::confidence_interval::{Interval, wilson};
use super::{Evaluation, ScoredText};

/// The minimum number of tokens of each group except the first.
const LENGTHS: [usize; 8] = [10, 20, 50, 100, 200, 400, 800, 1600];

/// The minimum percentage of known tokens of each group except the first.
const COVERAGES: [usize; 4] = [80, 90, 95, 100];

/// A group of texts and the accuracy on it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// The display name, such as "10 to 19 tokens".
    pub name: String,
    /// The number of texts.
    pub texts: u64,
    /// The number of correct predictions.
    pub correct: u64,
    /// The 95% Wilson interval of the accuracy.
    #[serde(serialize_with = "as_pair")]
    pub interval: Interval,
}

/// Serializes an interval as `[low, high]`, like the intervals of metrics.
fn as_pair<S: Serializer>(interval: &Interval, serializer: S) -> Result<S::Ok, S::Error> {
    [interval.low, interval.high].serialize(serializer)
}

impl Group {
    /// Returns the fraction of correct predictions.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.texts as f64
    }

    /// Groups texts by the number of tokens that the model reads. Omits empty groups.
    pub fn by_length(evaluation: &Evaluation) -> Vec<Self> {
        let length = |row: &ScoredText| row.prediction.tokens;
        Self::by(evaluation, &LENGTHS, length, |from, below| match below {
            None => format!("{from} tokens or more"),
            Some(below) => format!("{from} to {} tokens", below - 1),
        })
    }

    /// Groups texts by the percentage of tokens in the vocabulary, rounded down; 0 for texts without tokens. Omits
    /// empty groups.
    pub fn by_coverage(evaluation: &Evaluation) -> Vec<Self> {
        let share = |row: &ScoredText| {
            let prediction = &row.prediction;
            100 * prediction.known_tokens / prediction.tokens.max(1)
        };
        Self::by(evaluation, &COVERAGES, share, |from, below| match below {
            None => "all known".into(),
            Some(below) => format!("{from} to {}% known", below - 1),
        })
    }

    fn by(
        evaluation: &Evaluation,
        borders: &[usize],
        measure: impl Fn(&ScoredText) -> usize,
        name: impl Fn(usize, Option<usize>) -> String,
    ) -> Vec<Self> {
        let mut counts = vec![(0, 0); borders.len() + 1];
        for row in &evaluation.rows {
            let measure = measure(row);
            let group = borders.partition_point(|&border| border <= measure);
            counts[group].0 += 1;
            counts[group].1 += u64::from(row.is_correct());
        }
        let groups = counts.into_iter().enumerate();
        let groups = groups.filter(|(_, (texts, _))| *texts > 0);
        groups
            .map(|(group, (texts, correct))| {
                let from = group.checked_sub(1).map_or(0, |before| borders[before]);
                Self {
                    name: name(from, borders.get(group).copied()),
                    texts,
                    correct,
                    interval: wilson(correct, texts),
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::Prediction;

    fn evaluation(rows: &[(usize, usize, bool)]) -> Evaluation {
        let rows = rows
            .iter()
            .map(|&(tokens, known_tokens, is_correct)| ScoredText {
                actual: usize::from(!is_correct),
                prediction: Prediction {
                    labels: ["a".into(), "b".into()].into(),
                    class: 0,
                    classes: None,
                    probabilities: vec![0.6, 0.4],
                    tokens,
                    known_tokens,
                    words: 1,
                    known_words: 1,
                    unread_tokens: 0,
                    foreign: None,
                },
            });
        Evaluation {
            labels: ["a".into(), "b".into()].into(),
            rows: rows.collect(),
        }
    }

    #[test]
    fn texts_are_counted_once_in_the_group_of_their_length() {
        let evaluation =
            evaluation(&[(0, 0, false), (9, 9, true), (10, 9, true), (5000, 1, false)]);
        let found: Vec<_> = Group::by_length(&evaluation)
            .into_iter()
            .map(|group| (group.name, group.texts, group.correct))
            .collect();
        let expected = [
            ("0 to 9 tokens", 2, 1),
            ("10 to 19 tokens", 1, 1),
            ("1600 tokens or more", 1, 0),
        ];
        assert_eq!(found, expected.map(|(name, a, b)| (name.to_string(), a, b)));
    }

    #[test]
    fn coverage_is_the_share_of_known_tokens() {
        let evaluation = evaluation(&[(0, 0, false), (9, 9, true), (10, 9, true)]);
        let found: Vec<_> = Group::by_coverage(&evaluation)
            .into_iter()
            .map(|group| (group.name, group.texts))
            .collect();
        let expected = [
            ("0 to 79% known", 1),
            ("90 to 94% known", 1),
            ("all known", 1),
        ];
        assert_eq!(
            found,
            expected.map(|(name, texts)| (name.to_string(), texts))
        );
    }
}
