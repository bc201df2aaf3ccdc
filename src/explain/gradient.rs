//! Integrated gradients (Sundararajan, Taly and Yan, 2017, "Axiomatic Attribution for Deep Networks", equation 1): the
//! contribution of each part of a text to a label's probability, along the straight path from a baseline to the text.
//! In the baseline, every word is unknown and no n-gram is present. A network trained with word dropout has seen
//! unknown words, and its prediction for a text of them favours no label. Zero vectors occur in no text: the prediction
//! for them is arbitrary, and can vary too often along the path for any quadrature.
//!
//! The contributions sum to the difference in probability between text and baseline (completeness, their proposition
//! 1). Gauss-Legendre quadrature approximates the integral over the path (Abramowitz and Stegun, 1964, 25.4.29 and
//! 25.4.30). It needs few points where the path is smooth; some texts need more, for example where max pooling puts
//! kinks into the path.

use candle_core::{D, Tensor, Var};
use candle_nn::ops::softmax;

use super::error::ExplainError;
use super::explanation::{Basis, Fit};
use super::features::{Features, LabelWeights};
use super::{IsWanted, check};
use crate::batch::{Batch, PackedLayout};
use crate::classifier::{Classifier, Prediction};
use crate::model::OutputKind;
use crate::vocabulary::UNKNOWN_ID;

/// The number of tokens per batch: the same as in a training batch.
const TOKENS_A_BATCH: usize = 8_192;

/// Defaults without a number of steps: the first number of steps, the maximum, and the target completeness error.
const FIRST_STEPS: usize = 64;
const MOST_STEPS: usize = 512;
const ENOUGH: f64 = 0.01;

/// Attributes each label's probability to the features of a text, with `steps` points, or doubling until the
/// completeness error is small enough.
pub fn integrated_gradients(
    classifier: &Classifier,
    features: &Features,
    labels: &[usize],
    prediction: &Prediction,
    steps: Option<usize>,
    is_wanted: IsWanted,
) -> Result<(Basis, Vec<LabelWeights>), ExplainError> {
    let path = Path::new(classifier, features)?;
    let mut taken = steps.unwrap_or(FIRST_STEPS);
    loop {
        let weighed = path.attribute(features, labels, taken, is_wanted)?;
        let missed = labels.iter().zip(&weighed).filter_map(|(&label, weighed)| {
            weighed
                .fit?
                .completeness_error(prediction.probabilities[label])
        });
        if steps.is_some() || taken >= MOST_STEPS || missed.fold(0.0, f64::max) < ENOUGH {
            return Ok((Basis::Gradient { steps: taken }, weighed));
        }
        taken *= 2;
    }
}

/// The path from the baseline to a text.
struct Path<'a> {
    classifier: &'a Classifier,
    /// The vector of the unknown token: `[1, embedding size]`.
    unknown: Tensor,
    /// The tokens' vectors minus the unknown token's vector: `[tokens, embedding size]`.
    differences: Tensor,
    /// Each token's share of the n-grams' part of the logits: `[tokens, labels]`.
    ngram_shares: Vec<f64>,
    /// The labels' probabilities at the baseline.
    baseline: Vec<f64>,
}

impl<'a> Path<'a> {
    fn new(classifier: &'a Classifier, features: &Features) -> Result<Self, ExplainError> {
        let ids = features.ids();
        let network = classifier.network();
        let gather = |ids: &[u32]| network.embedding().gather(ids, network.device());
        let unknown = gather(&[UNKNOWN_ID])?;
        let baseline = gather(&vec![UNKNOWN_ID; ids.len()])?;
        let logits = network.forward(&batch(ids.len(), 1), &baseline)?;
        let logits: Vec<f32> = logits.squeeze(0)?.to_vec1()?;
        let ngrams = classifier.ngrams();
        let shares = ngrams.map(|ngrams| ngrams.shares(features.ngram_text()));
        Ok(Self {
            baseline: classifier.config().decision.probabilities(&logits),
            ngram_shares: shares.unwrap_or_else(|| vec![0.0; ids.len() * logits.len()]),
            differences: gather(ids)?.broadcast_sub(&unknown)?,
            unknown,
            classifier,
        })
    }

    fn tokens(&self) -> usize {
        self.differences.dims()[0]
    }

    /// Returns each feature's contribution to the probability of each label.
    fn attribute(
        &self,
        features: &Features,
        labels: &[usize],
        steps: usize,
        is_wanted: IsWanted,
    ) -> Result<Vec<LabelWeights>, ExplainError> {
        let points = gauss_legendre(steps);
        let mut weighed: Vec<LabelWeights> = Vec::new();
        for &label in labels {
            let weights = match weighed.first() {
                // With two labels, the contributions to one are the negated contributions to the other.
                Some(other) if self.baseline.len() == 2 => {
                    other.weights.iter().map(|(_, weight)| -weight).collect()
                }
                _ => features.sum(&self.integrate(label, &points, is_wanted)?),
            };
            let baseline = self.baseline[label];
            weighed.push(LabelWeights {
                fit: Some(Fit {
                    intercept: baseline,
                    local_prediction: baseline + weights.iter().sum::<f64>(),
                    r2: None,
                }),
                weights: weights.into_iter().enumerate().collect(),
            });
        }
        Ok(weighed)
    }

    /// Returns each token's contribution to the label's probability.
    fn integrate(
        &self,
        label: usize,
        points: &[Point],
        is_wanted: IsWanted,
    ) -> Result<Vec<f64>, ExplainError> {
        let labels = self.classifier.labels().len();
        let mut of_vectors = vec![0.0; self.tokens()];
        let mut of_logits = vec![0.0; labels];
        for points in points.chunks((TOKENS_A_BATCH / self.tokens()).max(1)) {
            check(is_wanted)?;
            let (vectors, logits) = self.gradients(label, points)?;
            of_vectors
                .iter_mut()
                .zip(vectors)
                .for_each(|(sum, part)| *sum += f64::from(part));
            of_logits
                .iter_mut()
                .zip(logits)
                .for_each(|(sum, part)| *sum += f64::from(part));
        }
        let shares = self.ngram_shares.chunks(labels);
        let of_ngrams = shares.map(|shares| {
            let products = shares.iter().zip(&of_logits);
            products
                .map(|(share, gradient)| share * gradient)
                .sum::<f64>()
        });
        Ok(of_vectors
            .iter()
            .zip(of_ngrams)
            .map(|(vector, ngrams)| vector + ngrams)
            .collect())
    }

    /// Returns sums over some points of the path: each token's difference times the sum of its gradients, `[tokens]`,
    /// and the summed gradients of the n-grams' part of the logits, `[labels]`.
    fn gradients(
        &self,
        label: usize,
        points: &[Point],
    ) -> Result<(Vec<f32>, Vec<f32>), ExplainError> {
        let network = self.classifier.network();
        let device = network.device();
        let (tokens, size) = self.differences.dims2()?;
        let of_points = |number: fn(&Point) -> f64| {
            let numbers: Vec<f32> = points.iter().map(|point| number(point) as f32).collect();
            Tensor::from_vec(numbers, (points.len(), 1), device)
        };
        let at = of_points(|point| point.at)?;
        let rows = self
            .differences
            .unsqueeze(1)?
            .broadcast_mul(&at.unsqueeze(0)?)?
            .reshape((tokens * points.len(), size))?
            .broadcast_add(&self.unknown)?;
        let vectors = Var::from_tensor(&rows)?;
        let ngram_logits = Tensor::from_vec(self.ngram_logits(), (1, ()), device)?;
        let ngram_logits = Var::from_tensor(&at.matmul(&ngram_logits)?)?;

        let logits = network.forward(&batch(tokens, points.len()), vectors.as_tensor())?;
        let logits =
            ((logits + ngram_logits.as_tensor())? / self.classifier.config().decision.temperature)?;
        let probabilities = match self.classifier.config().decision.output {
            OutputKind::MultiLabel => candle_nn::ops::sigmoid(&logits)?,
            OutputKind::Single | OutputKind::Ordinal => softmax(&logits, D::Minus1)?,
        };
        let probabilities = probabilities.narrow(1, label, 1)?;
        let weighed = (probabilities * of_points(|point| point.weight)?)?.sum_all()?;
        let gradients = weighed.backward()?;

        let of_vectors = match gradients.get(&vectors) {
            Some(gradient) => {
                let gradient = gradient.reshape((tokens, points.len(), size))?.sum(1)?;
                (gradient * &self.differences)?.sum(D::Minus1)?.to_vec1()?
            }
            None => vec![0.0; tokens],
        };
        let of_logits = match gradients.get(&ngram_logits) {
            Some(gradient) => gradient.sum(0)?.to_vec1()?,
            None => vec![0.0; self.classifier.labels().len()],
        };
        Ok((of_vectors, of_logits))
    }

    /// Returns the n-grams' part of the text's logits: `[labels]`.
    fn ngram_logits(&self) -> Vec<f32> {
        let mut logits = vec![0.0; self.classifier.labels().len()];
        for shares in self.ngram_shares.chunks(logits.len()) {
            logits
                .iter_mut()
                .zip(shares)
                .for_each(|(logit, share)| *logit += share);
        }
        logits.into_iter().map(|logit| logit as f32).collect()
    }
}

/// Returns a batch of rows of equal length in which every token has its own input: token `t` of row `r` is input `t *
/// rows + r`.
fn batch(tokens: usize, rows: usize) -> Batch {
    Batch {
        order: (0..rows).collect(),
        layout: PackedLayout::new(vec![tokens; rows]),
        words: Vec::new(),
        word_of_token: (0..(tokens * rows) as u32).collect(),
    }
}

/// A quadrature point from 0 to 1 and its weight.
#[derive(Clone, Copy, Debug)]
struct Point {
    at: f64,
    weight: f64,
}

/// Returns the Gauss-Legendre points on the interval from 0 to 1: the roots of the Legendre polynomial of degree
/// `count`, found by Newton's method.
fn gauss_legendre(count: usize) -> Vec<Point> {
    let point = |index: usize| {
        let mut root = ((index as f64 + 0.75) / (count as f64 + 0.5) * std::f64::consts::PI).cos();
        // Newton's method converges in five steps; ten cost little.
        for _ in 0..10 {
            let (value, slope) = legendre(count, root);
            root -= value / slope;
        }
        let (_, slope) = legendre(count, root);
        Point {
            at: (1.0 - root) / 2.0,
            weight: 1.0 / ((1.0 - root * root) * slope * slope),
        }
    };
    (0..count).map(point).collect()
}

/// Returns the Legendre polynomial of the given degree (at least 1) and its derivative at `x`.
fn legendre(degree: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for n in 1..degree {
        let n = n as f64;
        let next = ((2.0 * n + 1.0) * x * value - n * before) / (n + 1.0);
        (before, value) = (value, next);
    }
    (value, degree as f64 * (x * value - before) / (x * x - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `numpy.polynomial.legendre.leggauss(3)`: roots ±sqrt(3/5) and 0, weights 5/9, 8/9 and 5/9 on (−1, 1).
    #[test]
    fn the_quadrature_is_gauss_and_legendres() {
        let points = gauss_legendre(3);
        let root = 0.6f64.sqrt();
        for (point, (at, weight)) in points.iter().zip([
            ((1.0 - root) / 2.0, 5.0 / 18.0),
            (0.5, 8.0 / 18.0),
            ((1.0 + root) / 2.0, 5.0 / 18.0),
        ]) {
            assert!((point.at - at).abs() < 1e-15 && (point.weight - weight).abs() < 1e-15);
        }
        // Exact for polynomials up to degree 2 n - 1: the integral of x⁹⁹ is 1/100.
        let sum: f64 = gauss_legendre(50)
            .iter()
            .map(|point| point.weight * point.at.powi(99))
            .sum();
        assert!((sum - 0.01).abs() < 1e-14);
        assert_eq!(gauss_legendre(1)[0].at, 0.5);
    }
}
