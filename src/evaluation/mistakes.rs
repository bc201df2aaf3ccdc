//! The wrong answers that a classifier was surest of.

use super::ScoredText;

/// A wrong answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    /// Which of the texts, from 1.
    pub example: usize,
    /// The text.
    pub text: String,
    /// Its label's place among the labels.
    pub actual: usize,
    /// The answer's.
    pub predicted: usize,
    /// How probable the answer was.
    pub score: f64,
}

/// The surest of the wrong answers so far, without the texts of all others.
#[derive(Clone, Debug)]
pub struct Mistakes {
    most: usize,
    seen: usize,
    /// The surest first; of equals the earlier.
    mistakes: Vec<Mistake>,
}

impl Mistakes {
    /// Will keep `most` of them.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            seen: 0,
            mistakes: Vec::new(),
        }
    }

    /// Sees the next text and what was said of it.
    pub fn record(&mut self, text: &str, row: &ScoredText) {
        self.seen += 1;
        let score = row.prediction.score();
        let place = self
            .mistakes
            .partition_point(|mistake| mistake.score >= score);
        if row.is_correct() || place >= self.most {
            return;
        }
        self.mistakes.truncate(self.most - 1);
        let mistake = Mistake {
            example: self.seen,
            text: text.into(),
            actual: row.actual,
            predicted: row.prediction.label,
            score,
        };
        self.mistakes.insert(place, mistake);
    }

    /// The surest first.
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
                label: 0,
                probabilities: vec![score, 1.0 - score],
                tokens: 1,
                known_tokens: 1,
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
