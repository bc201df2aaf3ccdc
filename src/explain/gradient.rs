//! Integrated gradients (Sundararajan, Taly and Yan, 2017, "Axiomatic Attribution for Deep Networks", equation 1): the
//! contribution of each part of a text to a label's probability, along the straight path from a baseline to the text.
//! In the baseline, every word is unknown and no n-gram is present. A network trained with word dropout has seen
//! unknown words, and its prediction for a text of them favours no label strongly. Zero vectors occur in no text: the
//! prediction for them is arbitrary, and can vary too often along the path for any quadrature.
//!
//! The contributions sum to the difference in probability between text and baseline (completeness, their proposition
//! 1). The same holds for every part of the path, so the error of the quadrature in each part is known, and the path is
//! halved where that error is largest: the prediction for a long text can change abruptly in a small part of the path.

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
    let (start, end) = (End::new(&path, 0.0)?, End::new(&path, 1.0)?);
    let parts = match steps {
        Some(steps) => vec![Part::new(&path, labels, [&start, &end], steps)?],
        None => refined(&path, labels, [&start, &end])?,
    };
    let steps = parts.iter().map(|part| part.points).sum();
    let weighed = weigh(features, labels, &start.probabilities, &parts);
    Ok((Basis::Gradient { steps }, weighed))
}

/// An end of a part of the path: the point and the labels' probabilities there.
#[derive(Clone)]
struct End {
    at: f64,
    probabilities: Vec<f64>,
}

impl End {
    fn new(path: &Path, at: f64) -> Result<Self, ExplainError> {
        let probabilities = path.probabilities(at)?;
        Ok(Self { at, probabilities })
    }
}

/// Returns each label's change in probability between two ends.
fn changes(labels: &[usize], [start, end]: [&End; 2]) -> Vec<f64> {
    let change = |&label: &usize| end.probabilities[label] - start.probabilities[label];
    labels.iter().map(change).collect()
}

/// A part of the path.
struct Part {
    ends: [End; 2],
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
        ends: [&End; 2],
        points: usize,
    ) -> Result<Self, ExplainError> {
        let quadrature = gauss_legendre(&(ends[0].at..ends[1].at), points);
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
        let changes = changes(labels, ends).into_iter();
        let missed = changes.zip(sums).map(|(change, sum)| change - sum);
        Ok(Self {
            missed: missed.collect(),
            ends: ends.map(End::clone),
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
fn refined(path: &Path, labels: &[usize], whole: [&End; 2]) -> Result<Vec<Part>, ExplainError> {
    let changes = changes(labels, whole);
    let mut ends = vec![whole[0].clone()];
    for index in 1..FIRST_PARTS {
        ends.push(End::new(path, index as f64 / FIRST_PARTS as f64)?);
    }
    ends.push(whole[1].clone());
    let mut parts = ends
        .windows(2)
        .map(|ends| Part::new(path, labels, [&ends[0], &ends[1]], POINTS_A_PART))
        .collect::<Result<Vec<_>, _>>()?;
    while parts.len() * POINTS_A_PART < MOST_POINTS && !is_complete(&parts, &changes) {
        let error = |&index: &usize| parts[index].error(&changes);
        let by_error = |a: &usize, b: &usize| error(a).total_cmp(&error(b));
        let worst = (0..parts.len()).max_by(by_error).unwrap_or_default();
        let [start, end] = parts.swap_remove(worst).ends;
        let middle = End::new(path, f64::midpoint(start.at, end.at))?;
        for half in [[&start, &middle], [&middle, &end]] {
            parts.push(Part::new(path, labels, half, POINTS_A_PART)?);
        }
    }
    Ok(parts)
}

/// Returns each feature's contribution to the probability of each label.
fn weigh(
    features: &Features,
    labels: &[usize],
    baseline: &[f64],
    parts: &[Part],
) -> Vec<LabelWeights> {
    let weighed = labels.iter().enumerate().map(|(index, &label)| {
        let mut of_tokens = vec![0.0; features.ids().len()];
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
    weighed.collect()
}
