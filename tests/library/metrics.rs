//! The figures of an evaluation against scikit-learn's, scipy's and numpy's.

use std::collections::BTreeMap;

use sentiment::evaluation::{
    ConfusionMatrix, average_precision, brier_score, expected_calibration_error, log_loss, mcnemar,
    precision_recall_curve, roc_auc, roc_curve, wilson,
};
use serde::Deserialize;

/// Made by benches/peers/metrics.py.
const FIXTURE: &str = include_str!("../fixtures/metrics.json");

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
    /// Right, of all, and the interval.
    wilson: Vec<(u64, u64, f64, f64)>,
    /// Rows that only the first got right, that only the second did, and the p-value.
    mcnemar: Vec<(usize, usize, f64)>,
}

#[derive(Deserialize)]
struct Case {
    probabilities: Vec<Vec<f64>>,
    labels: Vec<usize>,
    /// Of each label against the rest.
    roc_auc: Vec<f64>,
    average_precision: Vec<f64>,
    /// Of label 1 against the rest: the false and the true positive rate.
    roc_curve: Vec<[f64; 2]>,
    /// Of label 1 against the rest: threshold, precision and recall.
    precision_recall_curve: Vec<[f64; 3]>,
    log_loss: f64,
    brier_score: f64,
    matthews_correlation: f64,
    cohens_kappa: f64,
    /// By the number of bins.
    calibration_error: BTreeMap<usize, f64>,
}

impl Case {
    /// Each row's score for a label, and whether it has the label.
    fn against_rest(&self, label: usize) -> (Vec<f64>, Vec<bool>) {
        let scores = self.probabilities.iter().map(|row| row[label]).collect();
        let positives = self.labels.iter().map(|&actual| actual == label).collect();
        (scores, positives)
    }

    /// The first of the most probable labels, as numpy's `argmax` takes it.
    fn predictions(&self) -> Vec<usize> {
        let most = |row: &Vec<f64>| {
            let largest = row.iter().copied().fold(0.0, f64::max);
            row.iter().position(|&value| value == largest).unwrap()
        };
        self.probabilities.iter().map(most).collect()
    }
}

fn fixture() -> Fixture {
    serde_json::from_str(FIXTURE).unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} {expected}");
}

#[test]
fn ranking_is_scikit_learns() {
    for case in fixture().cases {
        assert_eq!(case.roc_auc.len(), case.probabilities[0].len());
        for label in 0..case.roc_auc.len() {
            let (scores, positives) = case.against_rest(label);
            close(roc_auc(&scores, &positives).unwrap(), case.roc_auc[label]);
            close(
                average_precision(&scores, &positives).unwrap(),
                case.average_precision[label],
            );
        }
    }
}

#[test]
fn curves_are_scikit_learns() {
    for case in fixture().cases {
        let (scores, positives) = case.against_rest(1);
        let curve = roc_curve(&scores, &positives);
        assert_eq!(curve.len(), case.roc_curve.len());
        for (point, expected) in curve.iter().zip(&case.roc_curve) {
            close(point.false_positive_rate, expected[0]);
            close(point.true_positive_rate, expected[1]);
        }
        let curve = precision_recall_curve(&scores, &positives);
        assert_eq!(curve.len(), case.precision_recall_curve.len());
        for (point, expected) in curve.iter().zip(&case.precision_recall_curve) {
            close(point.threshold, expected[0]);
            close(point.precision, expected[1]);
            close(point.recall, expected[2]);
        }
    }
}

#[test]
fn losses_are_scikit_learns() {
    for case in fixture().cases {
        close(log_loss(&case.probabilities, &case.labels), case.log_loss);
        close(
            brier_score(&case.probabilities, &case.labels),
            case.brier_score,
        );
    }
}

#[test]
fn agreement_is_scikit_learns() {
    for case in fixture().cases {
        let pairs = case.labels.iter().copied().zip(case.predictions());
        let matrix = ConfusionMatrix::new(case.probabilities[0].len(), pairs);
        close(matrix.matthews_correlation(), case.matthews_correlation);
        close(matrix.cohens_kappa(), case.cohens_kappa);
    }
}

#[test]
fn calibration_error_is_the_papers() {
    for case in fixture().cases {
        let predictions = case.predictions();
        let rows = predictions.iter().zip(&case.probabilities);
        let confidences: Vec<f64> = rows.map(|(&label, row)| row[label]).collect();
        let rows = predictions.iter().zip(&case.labels);
        let correct: Vec<bool> = rows
            .map(|(predicted, actual)| predicted == actual)
            .collect();
        for (bins, expected) in case.calibration_error {
            close(
                expected_calibration_error(&confidences, &correct, bins),
                expected,
            );
        }
    }
}

#[test]
fn wilsons_interval_solves_its_equation() {
    for (correct, total, low, high) in fixture().wilson {
        let interval = wilson(correct, total);
        close(interval.low, low);
        close(interval.high, high);
    }
}

#[test]
fn mcnemars_test_is_scipys_binomial_test() {
    for (only_first, only_second, p_value) in fixture().mcnemar {
        let first = [vec![true; only_first], vec![false; only_second]].concat();
        let second: Vec<bool> = first.iter().map(|correct| !correct).collect();
        let found = mcnemar(&first, &second);
        assert_eq!(found.only_first, only_first as u64);
        assert_eq!(found.only_second, only_second as u64);
        close(found.p_value, p_value);
    }
}
