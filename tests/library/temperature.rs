//! Temperature scaling: its effect on the log loss of new rows.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sentiment::evaluation::fit_temperature;
use sentiment::model::Decision;

/// The number of temperatures of which the mean effect is measured.
const FITS: usize = 20;

/// Rows with labels drawn from known probabilities.
struct Rows {
    /// The logarithms of the probabilities, multiplied by a factor.
    logits: Vec<Vec<f32>>,
    probabilities: Vec<Vec<f64>>,
    labels: Vec<usize>,
}

fn rows(count: usize, classes: usize, factor: f32, random: &mut ChaCha8Rng) -> Rows {
    let mut rows = Rows {
        logits: Vec::new(),
        probabilities: Vec::new(),
        labels: Vec::new(),
    };
    for _ in 0..count {
        let mut logits: Vec<f32> = (0..classes)
            .map(|_| random.random_range(-1.7..1.7))
            .collect();
        let favourite = random.random_range(0..classes);
        logits[favourite] += (classes as f32).ln() * random.random_range(0.5..2.5);
        let probabilities = Decision::default().probabilities(&logits);
        let mut left: f64 = random.random_range(0.0..1.0);
        let label = probabilities.iter().position(|probability| {
            left -= probability;
            left < 0.0
        });
        rows.labels.push(label.unwrap_or(favourite));
        rows.probabilities.push(probabilities);
        let scaled = logits.iter().map(|logit| factor * logit);
        rows.logits.push(scaled.collect());
    }
    rows
}

/// Returns the expected log loss at a temperature.
fn loss(rows: &Rows, temperature: f64) -> f64 {
    let decision = Decision {
        temperature,
        ..Decision::default()
    };
    let losses = rows.logits.iter().zip(&rows.probabilities);
    let losses = losses.map(|(logits, expected)| {
        let found = decision.probabilities(logits);
        let terms = expected.iter().zip(found);
        terms
            .map(|(expected, found)| -expected * found.max(f64::MIN_POSITIVE).ln())
            .sum::<f64>()
    });
    losses.sum::<f64>() / rows.labels.len() as f64
}

/// Returns by how much temperatures fitted to `count` rows change the expected log loss of others on average.
fn mean_change(count: usize, classes: usize, factor: f32) -> f64 {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let others = rows(300, classes, factor, &mut random);
    let before = loss(&others, 1.0);
    let changes = (0..FITS).map(|_| {
        let fitted = rows(count, classes, factor, &mut random);
        let temperature = fit_temperature(&fitted.logits, &fitted.labels);
        loss(&others, temperature) - before
    });
    changes.sum::<f64>() / FITS as f64
}

/// Without a prior and cross-validation, the log loss of calibrated rows grows by 0.5 / count.
#[test]
fn calibrated_rows_are_left_alone() {
    for classes in [2, 3, 77, 300] {
        for count in [23, 77, 300] {
            let change = mean_change(count, classes, 1.0);
            assert!(change < 0.3 / count as f64, "{classes} {count}: {change}");
        }
    }
}

#[test]
fn too_high_and_too_low_confidence_is_corrected() {
    for classes in [2, 3, 77, 300] {
        for factor in [0.4, 2.5] {
            for (count, gain) in [(23, 0.0), (300, 0.04)] {
                let change = mean_change(count, classes, factor);
                assert!(change < -gain, "{classes} {count} {factor}: {change}");
            }
        }
    }
}
