//! Temperature scaling: its effect on the log loss of new rows.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sentiment::evaluation::{fit_temperature, log_loss};
use sentiment::model::Decision;

/// Random rows whose labels are drawn from the softmax of the logits, which are then multiplied by `factor`.
fn rows(
    count: usize,
    classes: usize,
    factor: f32,
    random: &mut ChaCha8Rng,
) -> (Vec<Vec<f32>>, Vec<usize>) {
    let row = |_| {
        let mut logits: Vec<f32> = (0..classes)
            .map(|_| random.random_range(-1.7..1.7))
            .collect();
        let favourite = random.random_range(0..classes);
        logits[favourite] += (classes as f32).ln() * random.random_range(0.5..2.5);
        let mut left: f64 = random.random_range(0.0..1.0);
        let probabilities = Decision::default().probabilities(&logits);
        let label = probabilities.iter().position(|probability| {
            left -= probability;
            left < 0.0
        });
        let logits = logits.iter().map(|logit| factor * logit).collect();
        (logits, label.unwrap_or(favourite))
    };
    (0..count).map(row).unzip()
}

/// Returns the log loss at a temperature.
fn loss(logits: &[Vec<f32>], labels: &[usize], temperature: f64) -> f64 {
    let decision = Decision {
        temperature,
        ..Decision::default()
    };
    let probabilities: Vec<Vec<f64>> = logits
        .iter()
        .map(|logits| decision.probabilities(logits))
        .collect();
    log_loss(&probabilities, labels)
}

/// The mean change of the log loss of new rows by a temperature fitted to `count` rows.
fn change(count: usize, classes: usize, factor: f32) -> f64 {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let (logits, labels) = rows(1000, classes, factor, &mut random);
    let before = loss(&logits, &labels, 1.0);
    let changes = (0..20).map(|_| {
        let (fitted, fitted_labels) = rows(count, classes, factor, &mut random);
        let temperature = fit_temperature(&fitted, &fitted_labels);
        loss(&logits, &labels, temperature) - before
    });
    changes.sum::<f64>() / 20.0
}

#[test]
fn calibration_does_not_harm_new_rows() {
    for classes in [2, 3, 77, 300] {
        for count in [23, 77, 300] {
            let calibrated = change(count, classes, 1.0);
            assert!(
                calibrated < 0.4 / count as f64,
                "{classes} {count}: {calibrated}"
            );
            for factor in [0.4, 2.5] {
                let changed = change(count, classes, factor);
                assert!(changed < 0.01, "{classes} {count} {factor}: {changed}");
            }
        }
        for factor in [0.4, 2.5] {
            let gain = -change(300, classes, factor);
            assert!(gain > 0.02, "{classes} {factor}: {gain}");
        }
    }
}
