//! Multinomial logistic regression on dense and sparse features, by L-BFGS.
//!
//! The solver is written here because linfa-logistic takes neither sparse rows nor soft targets nor an offset.

use std::sync::atomic::{AtomicBool, Ordering};

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use super::lbfgs::Lbfgs;

/// The maximum number of L-BFGS iterations of a fit.
const MAX_ITERATIONS: usize = 200;

/// The solver stops when an iteration lowers the objective by less than this fraction of it.
const TOLERANCE: f64 = 1e-5;

/// The features of texts: dense ones, then sparse ones.
pub(super) struct Rows<'a> {
    /// The dense features, `[rows, dense]`.
    matrix: Tensor,
    /// For each row, the indices of its sparse features.
    sparse: Vec<&'a [u32]>,
    /// For each row, the values of its sparse features.
    values: Vec<&'a [f32]>,
    /// The logits to which the regression adds, `[rows, labels]`.
    offsets: Vec<f32>,
}

/// A regression problem: rows with target probabilities.
pub(super) struct Regression<'a> {
    rows: Rows<'a>,
    /// `[rows, labels]`
    targets: Vec<f32>,
    labels: usize,
    /// The number of sparse features.
    ngrams: usize,
}

impl<'a> Regression<'a> {
    /// Sets up a problem with `ngrams` sparse features. `targets` has the shape `[rows, labels]`.
    pub(super) fn new(rows: Rows<'a>, targets: Vec<f32>, labels: usize, ngrams: usize) -> Self {
        Self {
            rows,
            targets,
            labels,
            ngrams,
        }
    }

    /// Returns the logits of each row, `[rows][labels]`.
    pub(super) fn scores(&self, weights: &[f32]) -> candle_core::Result<Vec<Vec<f32>>> {
        self.rows.scores(weights, self.labels)
    }

    /// Returns the weights before the first fit, `[features, labels]`.
    pub(super) fn zeros(&self) -> Vec<f32> {
        vec![0.0; (self.rows.width() + self.ngrams) * self.labels]
    }

    /// Minimises the sum of the rows' cross-entropies plus the squared norm of the weights divided by `2 strength`,
    /// from the given weights, `[features, labels]`. Stops when `interrupted` is set.
    pub(super) fn fit(
        &self,
        weights: &mut Vec<f32>,
        strength: f64,
        interrupted: &AtomicBool,
    ) -> candle_core::Result<()> {
        let mut solver = Lbfgs::new();
        let (mut value, mut gradient) = self.evaluate(weights, strength)?;
        for _ in 0..MAX_ITERATIONS {
            if interrupted.load(Ordering::Relaxed) {
                break;
            }
            let direction = solver.direction(&gradient);
            let step = solver.search(weights, value, &gradient, &direction, |weights| {
                self.evaluate(weights, strength)
            })?;
            let Some(step) = step else {
                break;
            };
            let decrease = value - step.value;
            (*weights, value, gradient) = (step.point, step.value, step.gradient);
            if decrease <= TOLERANCE * value.abs().max(1e-3) {
                break;
            }
        }
        Ok(())
    }

    /// Returns the objective and its gradient.
    fn evaluate(&self, weights: &[f32], strength: f64) -> candle_core::Result<(f64, Vec<f32>)> {
        let mut residuals = self.rows.logits(weights, self.labels)?;
        let losses: Vec<f64> = residuals
            .par_chunks_exact_mut(self.labels)
            .zip(self.targets.par_chunks_exact(self.labels))
            .map(|(logits, target)| to_residual(logits, target))
            .collect();
        let squares: f64 = weights.iter().map(|&w| f64::from(w) * f64::from(w)).sum();
        let value = losses.iter().sum::<f64>() + squares / (2.0 * strength);

        let dense = self.rows.width() * self.labels;
        let shape = (self.rows.offsets.len() / self.labels, self.labels);
        let of_rows = Tensor::from_slice(&residuals, shape, &Device::Cpu)?;
        let mut gradient = self
            .rows
            .matrix
            .t()?
            .matmul(&of_rows)?
            .flatten_all()?
            .to_vec1::<f32>()?;
        gradient.resize(weights.len(), 0.0);
        let sparse = self.rows.sparse.iter().zip(&self.rows.values);
        for ((indices, values), residual) in sparse.zip(residuals.chunks_exact(self.labels)) {
            for (&index, value) in indices.iter().zip(*values) {
                let start = dense + index as usize * self.labels;
                for (sum, residual) in gradient[start..].iter_mut().zip(residual) {
                    *sum += value * residual;
                }
            }
        }
        let decay = (1.0 / strength) as f32;
        gradient
            .iter_mut()
            .zip(weights)
            .for_each(|(gradient, weight)| *gradient += decay * weight);
        Ok((value, gradient))
    }
}

impl<'a> Rows<'a> {
    /// Creates rows with `width` dense features, `[rows, width]`.
    pub(super) fn new(
        dense: Vec<f32>,
        width: usize,
        sparse: Vec<&'a [u32]>,
        values: Vec<&'a [f32]>,
        offsets: Vec<f32>,
    ) -> candle_core::Result<Self> {
        Ok(Self {
            matrix: Tensor::from_vec(dense, (sparse.len(), width), &Device::Cpu)?,
            sparse,
            values,
            offsets,
        })
    }

    /// Returns the number of dense features.
    fn width(&self) -> usize {
        self.matrix.dims()[1]
    }

    /// Returns the logits of each row, `[rows][labels]`, for weights of the shape `[features, labels]`.
    pub(super) fn scores(
        &self,
        weights: &[f32],
        labels: usize,
    ) -> candle_core::Result<Vec<Vec<f32>>> {
        let logits = self.logits(weights, labels)?;
        Ok(logits.chunks_exact(labels).map(<[f32]>::to_vec).collect())
    }

    fn logits(&self, weights: &[f32], labels: usize) -> candle_core::Result<Vec<f32>> {
        let (dense, sparse) = weights.split_at(self.width() * labels);
        let dense = Tensor::from_slice(dense, (self.width(), labels), &Device::Cpu)?;
        let mut logits = self
            .matrix
            .matmul(&dense)?
            .flatten_all()?
            .to_vec1::<f32>()?;
        logits
            .par_chunks_exact_mut(labels)
            .zip(self.offsets.par_chunks_exact(labels))
            .zip(self.sparse.par_iter().zip(&self.values))
            .for_each(|((logits, offsets), (indices, values))| {
                logits
                    .iter_mut()
                    .zip(offsets)
                    .for_each(|(logit, offset)| *logit += offset);
                for (&index, value) in indices.iter().zip(*values) {
                    let of_ngram = &sparse[index as usize * labels..];
                    for (logit, weight) in logits.iter_mut().zip(of_ngram) {
                        *logit += value * weight;
                    }
                }
            });
        Ok(logits)
    }
}

/// Replaces the logits of a row by the derivative of its loss, and returns the loss: the cross-entropy with `target`.
fn to_residual(logits: &mut [f32], target: &[f32]) -> f64 {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let below = |logit: f32| f64::from(logit - largest);
    let sum: f64 = logits.iter().map(|&logit| below(logit).exp()).sum();
    let mut loss = 0.0;
    for (logit, &target) in logits.iter_mut().zip(target) {
        let log_probability = below(*logit) - sum.ln();
        loss -= f64::from(target) * log_probability;
        *logit = log_probability.exp() as f32 - target;
    }
    loss
}
