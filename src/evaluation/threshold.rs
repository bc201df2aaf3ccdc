//! The threshold of two labels that serves a goal best.

use std::str::FromStr;

use super::Evaluation;
use super::ranking::{PrecisionRecallPoint, precision_recall_curve};

/// What a threshold is to reach, of the second label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ThresholdGoal {
    /// The highest F1.
    F1,
    /// The highest accuracy.
    Accuracy,
    /// At least this precision, and the highest recall with it.
    Precision(f64),
    /// At least this recall, and the highest precision with it.
    Recall(f64),
}

/// A threshold and what it reaches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OperatingPoint {
    /// The second label is the answer where it is at least this probable.
    pub threshold: f64,
    /// Of the texts that get the second label, the share that have it.
    pub precision: f64,
    /// Of the texts that have the second label, the share that get it.
    pub recall: f64,
}

impl ThresholdGoal {
    /// The threshold that serves the goal best on an evaluation of two labels; None where no threshold
    /// reaches it, or where no text has the second label. Of thresholds that serve as well it is the highest, midway
    /// between two scores.
    pub fn best(self, evaluation: &Evaluation) -> Option<OperatingPoint> {
        let (scores, has_label) = evaluation.label_scores(1);
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
                    // Where nothing is right, how many answers were given is not in the two shares.
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
        let points = precision_recall_curve(&scores, &has_label);
        let worths = points.iter().enumerate();
        let worths = worths.filter_map(|(place, point)| Some((worth(point)?, place)));
        let (_, best) = worths.reduce(|best, other| if other.0 > best.0 { other } else { best })?;
        // Midway to the next score, so that rounding on the way does not take away the last text.
        let next = points.get(best + 1).map_or(0.0, |point| point.threshold);
        let best = &points[best];
        (positives > 0.0).then_some(OperatingPoint {
            threshold: (best.threshold + next) / 2.0,
            precision: best.precision,
            recall: best.recall,
        })
    }
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
            format!("{text:?} is not f1, accuracy, precision=SHARE or recall=SHARE with a share from 0 to 1")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::Prediction;

    /// Texts whose second label is so probable, and which have it or not.
    fn evaluation(rows: &[(f64, u32)]) -> Evaluation {
        let labels = ["no".to_string(), "yes".into()];
        let actual: Vec<u32> = rows.iter().map(|row| row.1).collect();
        let predictions = rows.iter().map(|&(score, _)| Prediction {
            label: usize::from(score > 0.5),
            probabilities: vec![1.0 - score, score],
            tokens: 1,
            known_tokens: 1,
        });
        Evaluation::new(&labels, &actual, predictions.collect())
    }

    #[test]
    fn serves_each_goal() {
        let rows = [(0.9, 1), (0.8, 0), (0.7, 1), (0.4, 1), (0.3, 0), (0.2, 0)];
        let best = |goal: &str| {
            let goal: ThresholdGoal = goal.parse().unwrap();
            goal.best(&evaluation(&rows)).map(|best| best.threshold)
        };
        // Between the score that is the last to get the second label and the next one.
        let (after_first, after_fourth) = (Some((0.9 + 0.8) / 2.0), Some((0.4 + 0.3) / 2.0));
        assert_eq!(best("f1"), after_fourth);
        assert_eq!(best("accuracy"), after_fourth);
        assert_eq!(best("precision=0.9"), after_first);
        assert_eq!(best("precision=0.7"), after_fourth);
        assert_eq!(best("recall=0.3"), after_first);
        assert_eq!(best("recall=1"), after_fourth);
        assert_eq!(ThresholdGoal::F1.best(&evaluation(&[(0.3, 0)])), None);
        assert!("precision=2".parse::<ThresholdGoal>().is_err());
    }

    #[test]
    fn what_no_threshold_reaches_is_none() {
        let rows = [(0.9, 0), (0.8, 1)];
        assert_eq!(ThresholdGoal::Precision(0.9).best(&evaluation(&rows)), None);
    }
}
