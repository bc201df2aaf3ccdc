//! Multi-label metrics against scikit-learn.

use super::*;

/// The texts of the fixture: four labels, the sets and the predicted sets.
fn evaluation() -> MultiLabelEvaluation {
    let labels: Arc<[String]> = ["a", "b", "c", "d"].map(String::from).into();
    let sets: [&[u32]; 7] = [&[0, 1], &[1], &[], &[0, 2], &[2], &[], &[0, 1, 2]];
    let predicted: [&[usize]; 7] = [&[0, 1], &[0], &[], &[0], &[2, 1], &[3], &[0, 2]];
    let predictions = predicted.iter().map(|classes| Prediction {
        labels: labels.clone(),
        class: 0,
        classes: Some(classes.to_vec()),
        probabilities: (0..4)
            .map(|label| if classes.contains(&label) { 0.75 } else { 0.2 })
            .collect(),
        tokens: 1,
        known_tokens: 1,
        words: 1,
        known_words: 1,
        unread_tokens: 0,
        foreign: None,
    });
    let sets = sets.map(<[u32]>::to_vec);
    MultiLabelEvaluation::new(&labels, &sets, predictions.collect())
}

fn assert_close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12, "{found} {expected}");
}

/// scikit-learn 1.9 on the indicator matrices `y` and `p` of these sets, with `zero_division=0`:
/// `accuracy_score(y, p)`, `f1_score(y, p, average="micro")`, `"macro"` and `"samples"`, `hamming_loss(y, p)`, and
/// `log_loss(y.ravel(), q.ravel())` for probabilities `q = np.where(p, 0.75, 0.2)`.
#[test]
fn metrics_agree_with_scikit_learn() {
    let expected = [
        0.2857142857142857,
        0.6666666666666666,
        0.5142857142857142,
        0.4476190476190475,
        0.21428571428571427,
        0.5101280741571433,
    ];
    for (found, expected) in evaluation().metrics().into_iter().zip(expected) {
        assert_close(found, expected);
    }
    assert_close(evaluation().subset_accuracy(), expected[0]);
    assert_close(evaluation().log_loss(), expected[5]);
}

/// `classification_report(y, p, output_dict=True, zero_division=0)`: precision, recall, F1 and support of each label,
/// then of the micro, macro, weighted and samples average.
#[test]
fn report_agrees_with_scikit_learn() {
    let evaluation = evaluation();
    let found = (0..4).map(|label| evaluation.class(label));
    let averages = MultiLabelAverage::ALL.map(|average| evaluation.average(average));
    let expected = [
        [0.75, 1.0, 0.8571428571428571, 3.0],
        [0.5, 0.3333333333333333, 0.4, 3.0],
        [1.0, 0.6666666666666666, 0.8, 3.0],
        [0.0, 0.0, 0.0, 0.0],
        [
            0.6666666666666666,
            0.6666666666666666,
            0.6666666666666666,
            9.0,
        ],
        [0.5625, 0.5, 0.5142857142857142, 9.0],
        [0.75, 0.6666666666666666, 0.6857142857142857, 9.0],
        [0.5, 0.4523809523809524, 0.4476190476190475, 9.0],
    ];
    for (found, expected) in found.chain(averages).zip(expected) {
        let values = [
            found.precision,
            found.recall,
            found.f1_score,
            found.support as f64,
        ];
        values
            .into_iter()
            .zip(expected)
            .for_each(|(a, b)| assert_close(a, b));
    }
}

#[test]
fn intervals_contain_the_metrics() {
    let evaluation = evaluation();
    let intervals = evaluation.intervals(1);
    for (value, interval) in evaluation.metrics().into_iter().zip(intervals) {
        assert!(
            (interval.low..=interval.high).contains(&value),
            "{value} {interval:?}"
        );
    }
}
