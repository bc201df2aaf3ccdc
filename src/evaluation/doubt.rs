//! Whether a model has learned anything.

use super::{Evaluation, wilson};

/// The least share of texts with one predicted label at which a model seems to know only that label.
const NEARLY_ALL: f64 = 0.99;

/// A reason to doubt that a model has learned anything.
#[derive(Clone, Debug, PartialEq)]
pub enum Doubt {
    /// Nearly all texts have one predicted label.
    OneLabel {
        /// The label.
        label: String,
        /// The share of the texts with it.
        share: f64,
    },
    /// The 95% interval of the accuracy contains the share of the most frequent label, or is below it.
    NotBetterThanMajority {
        /// The most frequent label.
        label: String,
        /// Its share, which is the accuracy of always predicting it.
        share: f64,
    },
}

impl Evaluation {
    /// Returns the reason to doubt that the model has learned anything, if there is one.
    pub fn doubt(&self) -> Option<Doubt> {
        if self.rows.is_empty() {
            return None;
        }
        let most = |labels: &mut dyn Iterator<Item = usize>| {
            let mut counts = vec![0usize; self.labels.len()];
            labels.for_each(|label| counts[label] += 1);
            let (label, count) = counts
                .into_iter()
                .enumerate()
                .max_by_key(|(_, count)| *count)?;
            let share = count as f64 / self.rows.len() as f64;
            Some((self.labels[label].clone(), share))
        };
        let (label, share) = most(&mut self.rows.iter().map(|row| row.prediction.class))?;
        let (majority, majority_share) = most(&mut self.rows.iter().map(|row| row.actual))?;
        if share >= NEARLY_ALL && majority_share < NEARLY_ALL {
            return Some(Doubt::OneLabel { label, share });
        }
        let correct = self.rows.iter().filter(|row| row.is_correct()).count();
        let lowest = wilson(correct as u64, self.rows.len() as u64).low;
        (lowest <= majority_share && majority_share < 1.0).then_some(Doubt::NotBetterThanMajority {
            label: majority,
            share: majority_share,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::classifier::Prediction;

    /// Texts with their label and the predicted label, and how often each pair occurs.
    fn evaluation(pairs: &[(u32, usize, usize)]) -> Evaluation {
        let labels: Arc<[String]> = ["no".into(), "yes".into()].into();
        let (mut actual, mut predictions) = (Vec::new(), Vec::new());
        for &(label, class, times) in pairs {
            for _ in 0..times {
                actual.push(label);
                predictions.push(Prediction {
                    labels: labels.clone(),
                    class,
                    classes: None,
                    probabilities: vec![0.5, 0.5],
                    tokens: 1,
                    known_tokens: 1,
                    words: 1,
                    known_words: 1,
                    unread_tokens: 0,
                    foreign: None,
                });
            }
        }
        Evaluation::new(&labels, &actual, predictions)
    }

    #[test]
    fn one_label_for_all_texts_is_doubted() {
        let doubt = evaluation(&[(0, 1, 40), (1, 1, 60)]).doubt();
        let label = "yes".into();
        assert_eq!(doubt, Some(Doubt::OneLabel { label, share: 1.0 }));
    }

    #[test]
    fn an_accuracy_near_the_majority_share_is_doubted() {
        let doubt = evaluation(&[(0, 0, 10), (0, 1, 30), (1, 1, 50), (1, 0, 10)]).doubt();
        let label = "yes".into();
        assert_eq!(
            doubt,
            Some(Doubt::NotBetterThanMajority { label, share: 0.6 })
        );
    }

    #[test]
    fn a_good_model_is_not_doubted() {
        assert_eq!(
            evaluation(&[(0, 0, 45), (0, 1, 5), (1, 1, 45), (1, 0, 5)]).doubt(),
            None
        );
        assert_eq!(evaluation(&[]).doubt(), None);
    }
}
