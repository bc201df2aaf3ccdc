//! Fits the linear layer and the n-gram weights beside a fixed encoder, for corpora with few labels.
//!
//! One regularized logistic regression reads the logits of the base, the pooled hidden states, the mean word vector and
//! the n-grams of a text. If the base has the same labels, the regression begins at its answer, and the penalty holds it
//! there: with few labels the model stays what it was. The strength of the penalty is selected by cross-validation, so no
//! text is held out from the final fit.

mod base_answer;
mod features;
mod lbfgs;
mod regression;
mod selection;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};

use candle_core::Tensor;

use self::base_answer::BaseAnswer;
use self::features::{TextFeatures, Variant};
use self::selection::{Labelled, Selected};
use super::data::base::Base;
use super::data::training_set::TrainingSet;
use super::error::TrainingError;
use crate::model::{Network, Ngrams, OutputKind, Weights};

/// What is fitted: the network with its encoder, the texts and the settings.
pub(crate) struct HeadProblem<'a> {
    pub(crate) network: &'a Network,
    pub(crate) labels: &'a [String],
    pub(crate) output: OutputKind,
    pub(crate) base: Option<&'a Base>,
    pub(crate) train: &'a TrainingSet,
    /// The maximum number of tokens in an n-gram; `None` without n-grams.
    pub(crate) longest_ngram: Option<usize>,
    /// The held-out texts of each fold.
    pub(crate) folds: &'a [Vec<usize>],
}

/// The result of the fit.
pub(crate) struct FittedHead {
    pub(crate) layer: LinearLayer,
    pub(crate) ngrams: Option<Ngrams>,
    /// The mean loss of the texts in the final fit.
    pub(crate) train_loss: f64,
    /// The logits of each text by a model that was not fitted to it, `[texts][labels]`.
    pub(crate) held_out_logits: Vec<Vec<f32>>,
}

impl HeadProblem<'_> {
    /// Fits the linear layer. `progress` is told the number of the candidate, the number of candidates and the lowest
    /// loss so far. Returns `None` if `interrupted` was set.
    pub(crate) fn fit(
        &self,
        interrupted: &AtomicBool,
        progress: &mut dyn FnMut(usize, usize, f64),
    ) -> Result<Option<FittedHead>, TrainingError> {
        let answer = match self.base {
            Some(base) => Some(BaseAnswer::new(base, self.labels, self.output)?),
            None => None,
        };
        let features = TextFeatures::new(
            self.network,
            &self.train.texts,
            answer.as_ref(),
            self.longest_ngram,
            self.labels.len(),
            interrupted,
        )?;
        let Some(features) = features else {
            return Ok(None);
        };
        let texts: Vec<usize> = (0..features.texts()).collect();
        let targets = self.train.targets.select(texts.iter().copied());
        let labelled = Labelled {
            features: &features,
            targets: &targets,
            labels: self.labels.len(),
        };
        let Some(selected) = labelled.select(self.folds, interrupted, progress)? else {
            return Ok(None);
        };
        let Selected {
            strength,
            variant,
            logits,
            ..
        } = selected;
        let regression = labelled.regression(&texts, variant)?;
        let mut weights = regression.zeros();
        regression.fit(&mut weights, strength, interrupted)?;
        // The solver stopped early.
        if interrupted.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let fitted = Solution {
            weights: &weights,
            features: &features,
            variant,
            labels: self.labels.len(),
            answer: answer.as_ref(),
        };
        let scored = regression.scores(&weights)?;
        Ok(Some(FittedHead {
            layer: fitted.linear_layer(),
            ngrams: fitted.ngrams(self.longest_ngram)?,
            train_loss: labelled.mean_loss(&scored, 1.0),
            held_out_logits: logits,
        }))
    }
}

impl FittedHead {
    /// Weights the classes: adds the logarithm of each class's weight to its logit after calibration, `[labels]`.
    ///
    /// A fit with weighted texts converges to the same odds (Elkan, 2001, theorem 2), but it counts the few texts of a rare
    /// class so often that it ranks texts worse.
    pub(crate) fn weight_classes(&mut self, weights: &[f32], temperature: f64) {
        let shifts: Vec<f32> = weights
            .iter()
            .map(|weight| temperature as f32 * weight.ln())
            .collect();
        let add = |logits: &mut [f32]| {
            let pairs = logits.iter_mut().zip(&shifts);
            pairs.for_each(|(logit, shift)| *logit += shift);
        };
        add(&mut self.layer.bias);
        self.held_out_logits
            .iter_mut()
            .for_each(|logits| add(logits));
    }
}

/// The linear layer of a network.
pub(crate) struct LinearLayer {
    /// `[labels, features]`
    weight: Vec<f32>,
    /// `[labels]`
    bias: Vec<f32>,
}

impl LinearLayer {
    /// Replaces the linear layer of a model.
    pub(crate) fn install(&self, weights: &mut Weights) -> candle_core::Result<()> {
        let device = weights.dense["linear.bias"].device().clone();
        let labels = self.bias.len();
        let shape = (labels, self.weight.len() / labels);
        let weight = Tensor::from_slice(&self.weight, shape, &device)?;
        let bias = Tensor::from_slice(&self.bias, labels, &device)?;
        weights.dense.insert("linear.weight".into(), weight);
        weights.dense.insert("linear.bias".into(), bias);
        Ok(())
    }
}

/// The solution of the regression, to be rewritten as the weights of a model.
struct Solution<'a> {
    /// `[features, labels]`
    weights: &'a [f32],
    features: &'a TextFeatures,
    variant: Variant,
    labels: usize,
    answer: Option<&'a BaseAnswer>,
}

impl Solution<'_> {
    fn weight(&self, feature: usize, label: usize) -> f32 {
        self.weights[feature * self.labels + label]
    }

    /// Returns the factors of the base's logits in the logit of a label.
    fn answer_factors(&self, label: usize) -> Vec<f32> {
        let Some(answer) = self.answer else {
            return Vec::new();
        };
        let columns = &self.features.columns[1..];
        let factor = |(place, column): (usize, &features::Standardized)| {
            let fitted = self.weight(1 + place, label) * column.factor;
            // The regression adds to the answer of a base that has the same labels.
            match answer.has_labels() && place == label {
                true => self.variant.base_share + fitted,
                false => fitted,
            }
        };
        columns
            .iter()
            .take(answer.labels())
            .enumerate()
            .map(factor)
            .collect()
    }

    /// Returns the linear layer.
    fn linear_layer(&self) -> LinearLayer {
        let columns = &self.features.columns;
        let leading = self.features.leading;
        let (mut weight, mut bias) = (Vec::new(), Vec::new());
        for label in 0..self.labels {
            let of_network = columns.iter().enumerate().skip(leading);
            let mut of_label: Vec<f32> = of_network
                .clone()
                .map(|(place, column)| {
                    self.weight(place, label) * column.factor * self.variant.network_scale
                })
                .collect();
            let mut of_bias = self.weight(0, label);
            for (weight, (_, column)) in of_label.iter().zip(of_network) {
                of_bias -= weight * column.mean;
            }
            for (place, column) in columns.iter().enumerate().take(leading).skip(1) {
                of_bias -= self.weight(place, label) * column.factor * column.mean;
            }
            if let Some(answer) = self.answer {
                answer.add_to(&self.answer_factors(label), &mut of_label, &mut of_bias);
            }
            weight.extend(of_label);
            bias.push(of_bias);
        }
        LinearLayer { weight, bias }
    }

    /// Returns the n-grams of the regression and of the base, or `None` without n-grams.
    fn ngrams(&self, longest: Option<usize>) -> Result<Option<Ngrams>, TrainingError> {
        let own = self.own_ngrams(longest.unwrap_or(0))?;
        let Some((answer, of_base)) = self
            .answer
            .and_then(|answer| Some((answer, answer.ngrams()?)))
        else {
            return Ok(longest.map(|_| own));
        };
        let factors: Vec<Vec<f32>> = (0..self.labels)
            .map(|label| self.answer_factors(label))
            .collect();
        let of_base = of_base.map_weights(|weights| {
            let of_label = factors
                .iter()
                .map(|factors| answer.ngram_weight(factors, weights));
            of_label.collect()
        });
        // A normalized base has the n-grams of the regression.
        Ok(Some(match own.idf() {
            Some(idf) => of_base.plus(&own).normalized(idf.to_vec())?,
            None => of_base.plus(&own),
        }))
    }

    /// Returns the n-grams of the regression.
    fn own_ngrams(&self, longest: usize) -> Result<Ngrams, TrainingError> {
        let dense = self.features.columns.len();
        let (_, weights) = self.weights.split_at(dense * self.labels);
        let of_ngrams = weights
            .chunks_exact(self.labels)
            .zip(&self.features.ngram_factors);
        let weights =
            of_ngrams.flat_map(|(weights, factor)| weights.iter().map(move |w| w * factor));
        let ngrams = Ngrams::new(
            self.features.index.clone(),
            weights.collect(),
            longest,
            self.labels,
        )?;
        Ok(match &self.features.idf {
            Some(idf) => ngrams.normalized(idf.clone())?,
            None => ngrams,
        })
    }
}
