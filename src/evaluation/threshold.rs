//! Choosing the decision threshold of a label.

use std::str::FromStr;

use super::Evaluation;
use super::ranking::{PrecisionRecallPoint, precision_recall_curve};

/// What a decision threshold optimises. The label is the positive class, the other labels are the negative class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ThresholdGoal {
    /// Maximum F1.
    F1,
    /// Maximum accuracy.
    Accuracy,
    /// Maximum recall with at least this precision.
    Precision(f64),
    /// Maximum precision with at least this recall.
    Recall(f64),
}

/// A threshold with its precision and recall.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OperatingPoint {
    /// The minimum probability at which the label is predicted.
    pub threshold: f64,
    /// The precision of the label.
    pub precision: f64,
    /// The recall of the label.
    pub recall: f64,
}

impl ThresholdGoal {
    /// Returns the best operating point of a label against the others: the highest one of equals, midway between two
    /// scores. `None` if no threshold reaches the goal or no text has the label.
    pub fn best(self, evaluation: &Evaluation, label: usize) -> Option<OperatingPoint> {
        let (scores, has_label) = evaluation.label_scores(label);
        self.best_of(&scores, &has_label)
    }

    /// Like [`ThresholdGoal::best`], given the probability of the label for each text and whether the text has it.
    pub fn best_of(self, scores: &[f64], has_label: &[bool]) -> Option<OperatingPoint> {
        let positives = has_label.iter().filter(|&&has| has).count() as f64;
        let texts = has_label.len() as f64;
        let worth = |point: &PrecisionRecallPoint| {
            let &PrecisionRecallPoint {
                precision, recall, ..
            } = point;
            match self {
                Self::F1 => {
                    Some(2.0 * precision * recall / (precision + recall).max(f64::MIN_POSITIVE))
                }
                Self::Accuracy => {
                    let right = recall * positives;
                    // With no true positive, precision and recall do not determine the positive predictions.
                    let given = if right > 0.0 {
                        right / precision
                    } else {
                        f64::INFINITY
                    };
                    Some((texts - positives - given + 2.0 * right) / texts)
                }
                Self::Precision(least) => (precision >= least).then_some(recall),
                Self::Recall(least) => (recall >= least).then_some(precision),
            }
        };
        let points = precision_recall_curve(scores, has_label);
        let worths = points.iter().enumerate();
        let worths = worths.filter_map(|(place, point)| Some((worth(point)?, place)));
        let (_, best) = worths.reduce(|best, other| if other.0 > best.0 { other } else { best })?;
        // Midway to the next score, so that rounding does not exclude the last text.
        let next = points.get(best + 1).map_or(0.0, |point| point.threshold);
        let best = &points[best];
        (positives > 0.0).then_some(OperatingPoint {
            threshold: (best.threshold + next) / 2.0,
            precision: best.precision,
            recall: best.recall,
        })
    }
}

/// Returns the highest precision of a label that a threshold reaches. `None` if no text has the label.
pub fn highest_precision(evaluation: &Evaluation, label: usize) -> Option<f64> {
    let (scores, has_label) = evaluation.label_scores(label);
    let points = precision_recall_curve(&scores, &has_label);
    points.iter().map(|point| point.precision).reduce(f64::max)
}

impl FromStr for ThresholdGoal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let share = |text: &str| {
            let share = text.parse().ok();
            share.filter(|share| (0.0..=1.0).contains(share))
        };
        let goal = match text.split_once('=') {
            None if text == "f1" => Some(Self::F1),
            None if text == "accuracy" => Some(Self::Accuracy),
            Some(("precision", least)) => share(least).map(Self::Precision),
            Some(("recall", least)) => share(least).map(Self::Recall),
            _ => None,
        };
        goal.ok_or_else(|| {
            format!(
                "{text:?} is not f1, accuracy, precision=MIN or recall=MIN with MIN from 0 to 1"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::Prediction;

    /// Texts with the probability of the second label, and their label.
    fn evaluation(rows: &[(f64, u32)]) -> Evaluation {
        let labels: std::sync::Arc<[String]> = ["no".into(), "yes".into()].into();
        let actual: Vec<u32> = rows.iter().map(|row| row.1).collect();
        let predictions = rows.iter().map(|&(score, _)| Prediction {
            labels: labels.clone(),
            class: usize::from(score > 0.5),
            classes: None,
            probabilities: vec![1.0 - score, score],
            tokens: 1,
            known_tokens: 1,
            words: 1,
            known_words: 1,
            unread_tokens: 0,
            foreign: None,
        });
        Evaluation::new(&labels, &actual, predictions.collect())
    }

    #[test]
    fn serves_each_goal() {
        let rows = [(0.9, 1), (0.8, 0), (0.7, 1), (0.4, 1), (0.3, 0), (0.2, 0)];
        let best = |goal: &str| {
            let goal: ThresholdGoal = goal.parse().unwrap();
            goal.best(&evaluation(&rows), 1).map(|best| best.threshold)
        };
        // Midway between the last score that is predicted positive and the next one.
        let (after_first, after_fourth) = (Some((0.9 + 0.8) / 2.0), Some((0.4 + 0.3) / 2.0));
        assert_eq!(best("f1"), after_fourth);
        assert_eq!(best("accuracy"), after_fourth);
        assert_eq!(best("precision=0.9"), after_first);
        assert_eq!(best("precision=0.7"), after_fourth);
        assert_eq!(best("recall=0.3"), after_first);
        assert_eq!(best("recall=1"), after_fourth);
        assert_eq!(ThresholdGoal::F1.best(&evaluation(&[(0.3, 0)]), 1), None);
        assert!("precision=2".parse::<ThresholdGoal>().is_err());
    }

    #[test]
    fn what_no_threshold_reaches_is_none() {
        let rows = [(0.9, 0), (0.8, 1)];
        assert_eq!(
            ThresholdGoal::Precision(0.9).best(&evaluation(&rows), 1),
            None
        );
        assert_eq!(highest_precision(&evaluation(&rows), 1), Some(0.5));
    }

    #[test]
    fn the_highest_precision_is_the_strictest_goal_that_is_reached() {
        let evaluation = evaluation(&[(0.9, 0), (0.8, 1), (0.7, 1), (0.6, 0)]);
        let highest = highest_precision(&evaluation, 1).unwrap();
        assert_eq!(highest, 2.0 / 3.0);
        assert!(
            ThresholdGoal::Precision(highest)
                .best(&evaluation, 1)
                .is_some()
        );
        let stricter = ThresholdGoal::Precision(highest + 1e-9);
        assert_eq!(stricter.best(&evaluation, 1), None);
    }

    #[test]
    fn without_the_second_label_there_is_no_precision() {
        assert_eq!(highest_precision(&evaluation(&[(0.3, 0)]), 1), None);
    }
}
