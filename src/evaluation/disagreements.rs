//! Texts that only one of two classifiers gets right.

use super::{Evaluation, Mistake, Mistakes, ScoredText};

/// The most confident mistakes of each of two classifiers on texts that the other gets right.
#[derive(Clone, Debug)]
pub struct Disagreements<'a> {
    first: &'a Evaluation,
    seen: usize,
    only_first: Mistakes,
    only_second: Mistakes,
}

impl<'a> Disagreements<'a> {
    /// Compares another classifier with the one of `first`; keeps at most `capacity` texts for each.
    pub fn new(first: &'a Evaluation, capacity: usize) -> Self {
        Self {
            first,
            seen: 0,
            only_first: Mistakes::new(capacity),
            only_second: Mistakes::new(capacity),
        }
    }

    /// Records the other classifier's prediction for the next text of the evaluation.
    pub fn record(&mut self, text: &str, second: &ScoredText) {
        if let Some(first) = self.first.rows.get(self.seen) {
            match (first.is_correct(), second.is_correct()) {
                (true, false) => self.only_first.record(text, second),
                (false, true) => self.only_second.record(text, first),
                _ => {}
            }
        }
        self.seen += 1;
    }

    /// The second classifier's mistakes on texts that only the first gets right, most confident first.
    pub fn only_first_correct(&self) -> &[Mistake] {
        self.only_first.most_confident()
    }

    /// The first classifier's mistakes on texts that only the second gets right, most confident first.
    pub fn only_second_correct(&self) -> &[Mistake] {
        self.only_second.most_confident()
    }
}
