//! The most confident mistakes of a classifier.

use super::ScoredText;

/// A text with a wrong prediction.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    /// The number of the example, from 1.
    pub example: usize,
    /// The text.
    pub text: String,
    /// The index of the actual label.
    pub actual: usize,
    /// The index of the predicted label.
    pub predicted: usize,
    /// The probability of the predicted label.
    pub score: f64,
}

/// Collects the most confident mistakes. Other texts are not kept in memory.
#[derive(Clone, Debug)]
pub struct Mistakes {
    capacity: usize,
    seen: usize,
    /// Most confident first; ties in the order of the texts.
    mistakes: Vec<Mistake>,
}

impl Mistakes {
    /// Creates a collector of at most `capacity` mistakes.
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            seen: 0,
            mistakes: Vec::new(),
        }
    }

    /// Records the next text and its prediction.
    pub fn record(&mut self, text: &str, row: &ScoredText) {
        self.seen += 1;
        let score = row.prediction.score();
        let place = self
            .mistakes
            .partition_point(|mistake| mistake.score >= score);
        if row.is_correct() || place >= self.capacity {
            return;
        }
        self.mistakes.truncate(self.capacity - 1);
        let mistake = Mistake {
            example: self.seen,
            text: text.into(),
            actual: row.actual,
            predicted: row.prediction.class,
            score,
        };
        self.mistakes.insert(place, mistake);
    }

    /// Returns the mistakes, most confident first.
    pub fn most_confident(&self) -> &[Mistake] {
        &self.mistakes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::Prediction;

    #[test]
    fn keeps_the_most_confident_of_the_wrong_answers() {
        let mut mistakes = Mistakes::new(2);
        for (actual, score) in [(1, 0.7), (0, 0.99), (1, 0.9), (1, 0.6), (1, 0.9)] {
            let prediction = Prediction {
                labels: ["a".into(), "b".into()].into(),
                class: 0,
                classes: None,
                probabilities: vec![score, 1.0 - score],
                tokens: 1,
                known_tokens: 1,
                words: 1,
                known_words: 1,
                unread_tokens: 0,
                foreign: None,
            };
            mistakes.record("text", &ScoredText { actual, prediction });
        }
        let found = mistakes.most_confident().iter();
        let found: Vec<_> = found
            .map(|mistake| (mistake.example, mistake.score))
            .collect();
        assert_eq!(found, [(3, 0.9), (5, 0.9)]);
    }
}
