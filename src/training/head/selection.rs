//! Selects the strength of the regularization by cross-validation.

use std::sync::atomic::{AtomicBool, Ordering};

use candle_core::Result;
use rayon::prelude::*;

use super::features::{TextFeatures, Variant};
use super::regression::{Regression, Rows};
use crate::training::cross_entropy::mean_cross_entropy;

/// The candidates: the inverse of the penalty, C in scikit-learn. Warm starts go from the strongest penalty to the
/// weakest.
const STRENGTHS: [f64; 10] = [0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0];

/// The candidates for many labels, whose fits take longer.
const COARSE_STRENGTHS: [f64; 4] = [0.1, 1.0, 10.0, 100.0];

/// Above this number of labels, the coarse candidates are tried, and one variant.
const MANY_LABELS: usize = 10;

/// The candidates without a base that has the same labels.
pub(super) const VARIANTS: [Variant; 2] = [
    Variant {
        network_scale: 1.0,
        base_share: 0.0,
    },
    Variant {
        network_scale: 0.3,
        base_share: 0.0,
    },
];

/// The candidates with such a base.
pub(super) const VARIANTS_OF_BASE: [Variant; 2] = [
    Variant {
        network_scale: 1.0,
        base_share: 1.0,
    },
    Variant {
        network_scale: 1.0,
        base_share: 0.0,
    },
];

/// The temperatures at which the loss of a candidate is measured. A weak penalty gives logits that are too large, which
/// calibration corrects, so it is no reason to reject a candidate.
const TEMPERATURES: [f64; 9] = [0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6];

/// The number of worse candidates after which weaker penalties are not tried.
const PATIENCE: usize = 2;

/// The labelled texts of a regression.
pub(super) struct Labelled<'a> {
    pub(super) features: &'a TextFeatures,
    /// `[texts, labels]`
    pub(super) targets: &'a [f32],
    pub(super) labels: usize,
}

/// The selected setting.
pub(super) struct Selected {
    pub(super) strength: f64,
    pub(super) variant: Variant,
    /// The mean loss of the texts at the best temperature, each scored by a model that was not fitted to it.
    pub(super) loss: f64,
    /// The logits of these models, `[texts, labels]`.
    pub(super) logits: Vec<Vec<f32>>,
}

/// A fold: the regression on the texts to fit to, and the texts held out, with the current weights.
struct Fold<'a> {
    regression: Regression<'a>,
    held_out: &'a [usize],
    held_out_rows: Rows<'a>,
    weights: Vec<f32>,
}

impl<'a> Labelled<'a> {
    /// Returns the regression on some texts.
    pub(super) fn regression(&self, texts: &[usize], variant: Variant) -> Result<Regression<'a>> {
        let labels = self.labels;
        let of_text = |&text: &usize| &self.targets[text * labels..][..labels];
        let targets = texts.iter().flat_map(of_text).copied().collect();
        let rows = self.features.rows(texts, variant)?;
        let ngrams = self.features.index.len();
        Ok(Regression::new(rows, targets, labels, ngrams))
    }

    /// Tries all candidates on the folds, the indices of the held-out texts of each. `progress` is told the number of
    /// the candidate, the number of candidates and the lowest loss so far. Returns `None` if `interrupted` was set.
    pub(super) fn select(
        &self,
        folds: &[Vec<usize>],
        interrupted: &AtomicBool,
        progress: &mut dyn FnMut(usize, usize, f64),
    ) -> Result<Option<Selected>> {
        let mut best: Option<Selected> = None;
        let variants = match self.features.adds_to_base() {
            true => &VARIANTS_OF_BASE,
            false => &VARIANTS,
        };
        let (variants, strengths) = match self.labels > MANY_LABELS {
            true => (&variants[..1], COARSE_STRENGTHS.as_slice()),
            false => (variants.as_slice(), STRENGTHS.as_slice()),
        };
        let candidates = variants.len() * strengths.len();
        for (row, &variant) in variants.iter().enumerate() {
            let mut states = self.folds(folds, variant)?;
            let (mut lowest, mut worse) = (f64::INFINITY, 0);
            for (column, &strength) in strengths.iter().enumerate() {
                let logits = self.held_out_logits(&mut states, strength, interrupted)?;
                let Some(logits) = logits else {
                    return Ok(None);
                };
                let losses = TEMPERATURES.map(|temperature| self.mean_loss(&logits, temperature));
                let loss = losses.into_iter().fold(f64::INFINITY, f64::min);
                if best.as_ref().is_none_or(|best| loss < best.loss) {
                    best = Some(Selected {
                        strength,
                        variant,
                        loss,
                        logits,
                    });
                }
                let lowest_of_all = best.as_ref().map_or(loss, |best| best.loss);
                progress(
                    row * strengths.len() + column + 1,
                    candidates,
                    lowest_of_all,
                );
                worse = if loss < lowest { 0 } else { worse + 1 };
                lowest = lowest.min(loss);
                if worse >= PATIENCE {
                    break;
                }
            }
        }
        Ok(best)
    }

    /// Sets up the regressions of the folds, before their first fit.
    fn folds<'b>(&'b self, folds: &'b [Vec<usize>], variant: Variant) -> Result<Vec<Fold<'b>>> {
        let mut fold_of = vec![0; self.features.texts()];
        for (fold, texts) in folds.iter().enumerate() {
            texts.iter().for_each(|&text| fold_of[text] = fold);
        }
        let folds = folds.iter().enumerate().map(|(fold, held_out)| {
            let fitted: Vec<usize> = (0..fold_of.len())
                .filter(|&text| fold_of[text] != fold)
                .collect();
            let regression = self.regression(&fitted, variant)?;
            Ok(Fold {
                weights: regression.zeros(),
                regression,
                held_out,
                held_out_rows: self.features.rows(held_out, variant)?,
            })
        });
        folds.collect()
    }

    /// Fits each fold from its current weights. Returns the logits of every text, scored by the model of its fold, or `None`
    /// if `interrupted` was set.
    fn held_out_logits(
        &self,
        folds: &mut [Fold],
        strength: f64,
        interrupted: &AtomicBool,
    ) -> Result<Option<Vec<Vec<f32>>>> {
        let is_interrupted = || interrupted.load(Ordering::Relaxed);
        let scored: Vec<Vec<Vec<f32>>> = folds
            .par_iter_mut()
            .map(|fold| {
                if is_interrupted() {
                    return Ok(Vec::new());
                }
                fold.regression
                    .fit(&mut fold.weights, strength, interrupted)?;
                fold.held_out_rows.scores(&fold.weights, self.labels)
            })
            .collect::<Result<_>>()?;
        if is_interrupted() {
            return Ok(None);
        }
        let mut logits = vec![Vec::new(); self.features.texts()];
        for (fold, scored) in folds.iter().zip(scored) {
            for (&text, of_text) in fold.held_out.iter().zip(scored) {
                logits[text] = of_text;
            }
        }
        Ok(Some(logits))
    }

    /// Returns the mean cross-entropy of logits divided by a temperature.
    pub(super) fn mean_loss(&self, logits: &[Vec<f32>], temperature: f64) -> f64 {
        let targets = self.targets.chunks_exact(self.labels);
        mean_cross_entropy(logits, targets, temperature)
    }
}
