//! Integrated gradients (Sundararajan, Taly and Yan, 2017, "Axiomatic Attribution for Deep Networks", equation 1): the
//! contribution of each part of a text to a label's probability, along the straight path from a baseline to the text.
//! In the baseline, every word is unknown and no n-gram is present. A network trained with word dropout has seen
//! unknown words, and its prediction for a text of them favours no label strongly. Zero vectors occur in no text: the prediction
//! for them is arbitrary, and can vary too often along the path for any quadrature.
//!
//! The contributions sum to the difference in probability between text and baseline (completeness, their proposition
//! 1). The same holds for every part of the path, so the error of the quadrature in each part is known, and the path is
//! halved where that error is largest: the prediction for a long text can change abruptly in a small part of the path.

use std::ops::Range;

use super::IsWanted;
use super::error::ExplainError;
use super::explanation::{Basis, Fit, LARGEST_ROUNDING_ERROR};
use super::features::{Features, LabelWeights};
use super::path::{Path, add};
use super::quadrature::gauss_legendre;
use crate::classifier::Classifier;

/// Defaults without a number of steps: the initial number of parts of the path, the points per part, the maximum number
/// of points, and the target completeness error.
const FIRST_PARTS: usize = 4;
const POINTS_A_PART: usize = 16;
const MOST_POINTS: usize = 512;
const ENOUGH: f64 = 0.01;

/// Attributes each label's probability to the features of a text, with `steps` points, or until the completeness error
/// is small enough.
pub fn integrated_gradients(
    classifier: &Classifier,
    features: &Features,
    labels: &[usize],
    steps: Option<usize>,
    is_wanted: IsWanted,
) -> Result<(Basis, Vec<LabelWeights>), ExplainError> {
    let path = Path::new(classifier, features, is_wanted)?;
    let parts = match steps {
        Some(steps) => vec![Part::new(&path, labels, 0.0..1.0, steps)?],
        None => refined(&path, labels)?,
    };
    let steps = parts.iter().map(|part| part.points).sum();
    Ok((
        Basis::Gradient { steps },
        weigh(&path, features, labels, &parts)?,
    ))
}

/// A part of the path.
struct Part {
    interval: Range<f64>,
    /// The number of quadrature points.
    points: usize,
    /// Each token's contribution to each label: `[labels][tokens]`.
    contributions: Vec<Vec<f64>>,
    /// Each label's change in probability minus the sum of its contributions: `[labels]`.
    missed: Vec<f64>,
}

impl Part {
    /// Integrates one part of the path with the given number of points.
    fn new(
        path: &Path,
        labels: &[usize],
        interval: Range<f64>,
        points: usize,
    ) -> Result<Self, ExplainError> {
        let quadrature = gauss_legendre(&interval, points);
        let changes = path.changes(labels, &interval)?;
        let mut contributions: Vec<Vec<f64>> = Vec::new();
        for &label in labels {
            contributions.push(match contributions.first() {
                Some(other) if path.has_complementary_labels() => {
                    other.iter().map(|contribution| -contribution).collect()
                }
                _ => path.integrate(label, &quadrature)?,
            });
        }
        let sums = contributions
            .iter()
            .map(|of_label| of_label.iter().sum::<f64>());
        let missed = changes.iter().zip(sums).map(|(change, sum)| change - sum);
        Ok(Self {
            missed: missed.collect(),
            interval,
            points,
            contributions,
        })
    }

    /// Returns the largest error of any label, relative to the labels' changes along the path.
    fn error(&self, changes: &[f64]) -> f64 {
        let errors = self.missed.iter().zip(changes);
        errors.fold(0.0, |most, (missed, change)| {
            (missed.abs() / size(*change)).max(most)
        })
    }
}

/// Returns the size of a change in probability, at least that of a rounding error: more points cannot find a smaller one.
fn size(change: f64) -> f64 {
    change.abs().max(LARGEST_ROUNDING_ERROR)
}

/// Returns whether the contributions in all parts make up the labels' changes.
fn is_complete(parts: &[Part], changes: &[f64]) -> bool {
    changes.iter().enumerate().all(|(label, change)| {
        let missed: f64 = parts.iter().map(|part| part.missed[label]).sum();
        missed.abs() <= ENOUGH * size(*change)
    })
}

/// Returns parts that make up the path, short ones where the labels' probabilities change abruptly.
fn refined(path: &Path, labels: &[usize]) -> Result<Vec<Part>, ExplainError> {
    let changes = path.changes(labels, &(0.0..1.0))?;
    let end = |index| index as f64 / FIRST_PARTS as f64;
    let first = (0..FIRST_PARTS).map(|index| end(index)..end(index + 1));
    let mut parts = first
        .map(|interval| Part::new(path, labels, interval, POINTS_A_PART))
        .collect::<Result<Vec<_>, _>>()?;
    while parts.len() * POINTS_A_PART < MOST_POINTS && !is_complete(&parts, &changes) {
        let error = |&index: &usize| parts[index].error(&changes);
        let by_error = |a: &usize, b: &usize| error(a).total_cmp(&error(b));
        let worst = (0..parts.len()).max_by(by_error).unwrap_or_default();
        let Range { start, end } = parts.swap_remove(worst).interval;
        let middle = f64::midpoint(start, end);
        for half in [start..middle, middle..end] {
            parts.push(Part::new(path, labels, half, POINTS_A_PART)?);
        }
    }
    Ok(parts)
}

/// Returns each feature's contribution to the probability of each label.
fn weigh(
    path: &Path,
    features: &Features,
    labels: &[usize],
    parts: &[Part],
) -> Result<Vec<LabelWeights>, ExplainError> {
    let baseline = path.probabilities(0.0)?;
    let weighed = labels.iter().enumerate().map(|(index, &label)| {
        let mut of_tokens = vec![0.0; path.tokens()];
        for part in parts {
            add(&mut of_tokens, &part.contributions[index]);
        }
        let weights = features.sum(&of_tokens);
        LabelWeights {
            fit: Some(Fit {
                intercept: baseline[label],
                local_prediction: baseline[label] + weights.iter().sum::<f64>(),
                r2: None,
            }),
            weights: weights.into_iter().enumerate().collect(),
        }
    });
    Ok(weighed.collect())
}
