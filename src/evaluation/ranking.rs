//! Ranking metrics: ROC and precision-recall curves of one label, and their areas.
//!
//! All of them use the counts at each distinct score, so the order of tied rows does not matter. A NaN counts as a
//! separate score.

use serde::Serialize;

/// A point of the ROC curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RocPoint {
    /// Rows with at least this score are predicted positive. Infinity in the first point (null in JSON).
    pub threshold: f64,
    /// The fraction of negatives predicted positive.
    pub false_positive_rate: f64,
    /// The fraction of positives predicted positive.
    pub true_positive_rate: f64,
}

/// A point of the precision-recall curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PrecisionRecallPoint {
    /// Rows with at least this score are predicted positive.
    pub threshold: f64,
    /// The fraction of positive predictions that are correct.
    pub precision: f64,
    /// The fraction of positives predicted positive.
    pub recall: f64,
}

/// Returns the ROC curve: (0, 0), then one point per distinct score in descending order, ending at (1, 1).
///
/// Collinear points are kept, as with scikit-learn's `drop_intermediate=False`. Empty with a single class, where a rate
/// is undefined.
pub fn roc_curve(scores: &[f64], positives: &[bool]) -> Vec<RocPoint> {
    let cuts = cuts(scores, positives);
    let Some((all_positives, all_negatives)) = both_classes(&cuts) else {
        return Vec::new();
    };
    let start = Cut {
        threshold: f64::INFINITY,
        true_positives: 0,
        false_positives: 0,
    };
    std::iter::once(&start)
        .chain(&cuts)
        .map(|cut| RocPoint {
            threshold: cut.threshold,
            false_positive_rate: cut.false_positives as f64 / all_negatives as f64,
            true_positive_rate: cut.true_positives as f64 / all_positives as f64,
        })
        .collect()
}

/// Returns the area under the ROC curve: the probability that a positive has a higher score than a negative, where
/// ties count half (Hanley and McNeil 1982). `None` with a single class.
pub fn roc_auc(scores: &[f64], positives: &[bool]) -> Option<f64> {
    Areas::under(&cuts(scores, positives)).roc_auc()
}

/// Returns the precision-recall curve: one point per distinct score in descending order. Empty without positives,
/// where recall is undefined.
///
/// scikit-learn's `precision_recall_curve` has the reverse order and an additional last point (1, 0).
pub fn precision_recall_curve(scores: &[f64], positives: &[bool]) -> Vec<PrecisionRecallPoint> {
    let cuts = cuts(scores, positives);
    let all_positives = cuts.last().map_or(0, |cut| cut.true_positives);
    if all_positives == 0 {
        return Vec::new();
    }
    cuts.iter()
        .map(|cut| PrecisionRecallPoint {
            threshold: cut.threshold,
            // Never 0: a cut contains at least the row with this score.
            precision: cut.true_positives as f64
                / (cut.true_positives + cut.false_positives) as f64,
            recall: cut.true_positives as f64 / all_positives as f64,
        })
        .collect()
}

/// Returns the average precision: the mean of the precisions at all thresholds, weighted by the increase in recall, as
/// in scikit-learn's `average_precision_score`. `None` without positives.
pub fn average_precision(scores: &[f64], positives: &[bool]) -> Option<f64> {
    Areas::under(&cuts(scores, positives)).average_precision()
}

/// The areas under both curves, summed up from the highest score down.
#[derive(Debug, Default)]
pub(super) struct Areas {
    positives: u64,
    negatives: u64,
    /// Twice the number of pairs won, as an integer: the sum of the trapezoids under the ROC curve.
    won_twice: u128,
    /// The sum over the positives of the precision at their score.
    precision: f64,
}

impl Areas {
    fn under(cuts: &[Cut]) -> Self {
        let mut areas = Self::default();
        for cut in cuts {
            let positives = cut.true_positives - areas.positives;
            areas.add(positives, cut.false_positives - areas.negatives);
        }
        areas
    }

    /// Adds the positives and negatives of the next lower score.
    pub(super) fn add(&mut self, positives: u64, negatives: u64) {
        self.won_twice += u128::from(negatives) * u128::from(2 * self.positives + positives);
        self.positives += positives;
        self.negatives += negatives;
        if positives > 0 {
            let precision = self.positives as f64 / (self.positives + self.negatives) as f64;
            self.precision += positives as f64 * precision;
        }
    }

    /// See [`roc_auc`].
    pub(super) fn roc_auc(&self) -> Option<f64> {
        let pairs = u128::from(self.positives) * u128::from(self.negatives);
        (pairs > 0).then(|| self.won_twice as f64 / 2.0 / pairs as f64)
    }

    /// See [`average_precision`].
    pub(super) fn average_precision(&self) -> Option<f64> {
        (self.positives > 0).then(|| self.precision / self.positives as f64)
    }
}

/// The number of rows predicted positive at a threshold.
struct Cut {
    threshold: f64,
    true_positives: u64,
    false_positives: u64,
}

/// Returns a cut at each distinct score, in descending order.
fn cuts(scores: &[f64], positives: &[bool]) -> Vec<Cut> {
    let mut rows: Vec<(f64, bool)> = scores
        .iter()
        .copied()
        .zip(positives.iter().copied())
        .collect();
    rows.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let (mut true_positives, mut false_positives) = (0, 0);
    // By equality, because 0 and -0 differ in the total order.
    rows.chunk_by(|a, b| a.0 == b.0)
        .map(|tied| {
            let positives = tied.iter().filter(|(_, positive)| *positive).count();
            true_positives += positives as u64;
            false_positives += (tied.len() - positives) as u64;
            Cut {
                threshold: tied[0].0,
                true_positives,
                false_positives,
            }
        })
        .collect()
}

/// Returns the number of positives and negatives, or `None` with a single class.
fn both_classes(cuts: &[Cut]) -> Option<(u64, u64)> {
    let all = cuts.last()?;
    (all.true_positives > 0 && all.false_positives > 0)
        .then_some((all.true_positives, all.false_positives))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SCORES: [f64; 5] = [0.9, 0.5, 0.5, 0.5, 0.1];
    const POSITIVES: [bool; 5] = [true, true, false, false, false];

    #[test]
    fn tied_scores_are_one_point_of_the_roc_curve() {
        let points = roc_curve(&SCORES, &POSITIVES);
        let points = points
            .iter()
            .map(|point| {
                (
                    point.threshold,
                    point.false_positive_rate,
                    point.true_positive_rate,
                )
            })
            .collect::<Vec<_>>();
        let expected = [
            (f64::INFINITY, 0.0, 0.0),
            (0.9, 0.0, 0.5),
            (0.5, 2.0 / 3.0, 1.0),
            (0.1, 1.0, 1.0),
        ];
        assert_eq!(points, expected);
    }

    /// Of the six pairs of a positive and a negative, four are won and two are tied.
    #[test]
    fn a_tie_is_half_a_pair() {
        assert_eq!(roc_auc(&SCORES, &POSITIVES), Some(5.0 / 6.0));
        assert_eq!(roc_auc(&[0.0, -0.0], &[true, false]), Some(0.5));
    }

    #[test]
    fn precision_and_recall_go_from_the_highest_threshold_down() {
        let points = precision_recall_curve(&SCORES, &POSITIVES);
        let points = points
            .iter()
            .map(|point| (point.threshold, point.precision, point.recall))
            .collect::<Vec<_>>();
        assert_eq!(points, [(0.9, 1.0, 0.5), (0.5, 0.5, 1.0), (0.1, 0.4, 1.0)]);
        assert_eq!(average_precision(&SCORES, &POSITIVES), Some(0.75));
    }

    #[test]
    fn a_class_alone_has_no_curve() {
        for (scores, positives) in [(&[][..], &[][..]), (&[0.5, 0.1], &[false; 2])] {
            assert_eq!(roc_curve(scores, positives), []);
            assert_eq!(roc_auc(scores, positives), None);
            assert_eq!(precision_recall_curve(scores, positives), []);
            assert_eq!(average_precision(scores, positives), None);
        }
        assert_eq!(roc_auc(&[0.5, 0.1], &[true; 2]), None);
        assert_eq!(average_precision(&[0.5, 0.1], &[true; 2]), Some(1.0));
    }

    #[test]
    fn scores_that_are_not_numbers_do_no_harm() {
        let scores = [f64::NAN, 0.5, -f64::NAN, f64::INFINITY];
        let positives = [true, false, false, true];
        assert_eq!(roc_auc(&scores, &positives), Some(1.0));
        assert_eq!(roc_curve(&scores, &positives).len(), 5);
    }

    /// Rows with many tied scores.
    fn rows() -> impl Strategy<Value = (Vec<f64>, Vec<bool>)> {
        prop::collection::vec((-20i32..20, any::<bool>()), 0..60).prop_map(|rows| {
            rows.into_iter()
                .map(|(score, positive)| (f64::from(score) / 8.0, positive))
                .unzip()
        })
    }

    proptest! {
        #[test]
        fn only_the_order_of_scores_counts((scores, positives) in rows()) {
            let transformed: Vec<f64> = scores.iter().map(|score| score.exp() - 7.0).collect();
            prop_assert_eq!(roc_auc(&scores, &positives), roc_auc(&transformed, &positives));
            prop_assert_eq!(
                average_precision(&scores, &positives),
                average_precision(&transformed, &positives)
            );
        }

        #[test]
        fn negated_scores_lose_what_was_won((scores, positives) in rows()) {
            let negated: Vec<f64> = scores.iter().map(|score| -score).collect();
            match (roc_auc(&scores, &positives), roc_auc(&negated, &positives)) {
                (Some(area), Some(of_negated)) => prop_assert!((area + of_negated - 1.0).abs() < 1e-12),
                (area, of_negated) => prop_assert_eq!(area, of_negated),
            }
        }
    }
}
