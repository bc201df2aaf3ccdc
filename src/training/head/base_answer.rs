//! The logits of the base as a function of the new network's features.

use candle_core::{Result, Tensor};

use crate::batch::EncodedTexts;
use crate::model::{FURTHER_BIAS, FURTHER_WEIGHT, Ngrams, OutputKind};
use crate::training::data::base::Base;

/// The linear layer and the n-grams of the base.
///
/// The new network has the encoder of the base, so its features begin with those of the base.
pub(super) struct BaseAnswer {
    /// `[labels of the base][features of the base]`, divided by the temperature. If the labels of the new model are others, the
    /// further labels of the base follow.
    weights: Vec<Vec<f32>>,
    /// `[labels of the base]`, divided by the temperature.
    biases: Vec<f32>,
    /// The n-grams, divided by the temperature; only if the labels are the same, since they take much memory.
    ngrams: Option<Ngrams>,
    has_labels: bool,
}

impl BaseAnswer {
    /// Returns the answer of a base for a model with `labels` and this kind of output.
    pub(super) fn new(base: &Base, labels: &[String], output: OutputKind) -> Result<Self> {
        let dense = &base.model.weights.dense;
        let factor = 1.0 / base.config().decision.temperature;
        let has_labels = base.has_labels(labels, output);
        let ngrams = base.ngrams().filter(|_| has_labels);
        let further = (!has_labels).then_some(&base.model.further);
        let rows = |name: &str, further_name: &str| {
            let further = further.and_then(|further| further.get(further_name));
            let rows = std::iter::once(&dense[name]).chain(further);
            Tensor::cat(&rows.collect::<Vec<_>>(), 0)? * factor
        };
        Ok(Self {
            weights: rows("linear.weight", FURTHER_WEIGHT)?.to_vec2()?,
            biases: rows("linear.bias", FURTHER_BIAS)?.to_vec1()?,
            ngrams: ngrams.map(|ngrams| ngrams.scaled(factor as f32)),
            has_labels,
        })
    }

    /// Returns whether the base has the labels of the new model.
    pub(super) fn has_labels(&self) -> bool {
        self.has_labels
    }

    /// Returns the n-grams, if their weights are part of the answer.
    pub(super) fn ngrams(&self) -> Option<&Ngrams> {
        self.ngrams.as_ref()
    }

    /// Returns the number of the base's labels.
    pub(super) fn labels(&self) -> usize {
        self.biases.len()
    }

    /// Returns the logits of each text, which sum to 0, from its features.
    pub(super) fn logits(&self, features: &[Vec<f32>], texts: &EncodedTexts) -> Vec<Vec<f32>> {
        let mut places = Vec::new();
        let logits = features
            .iter()
            .zip(texts.ngram_texts())
            .map(|(features, text)| {
                let mut logits = self.biases.clone();
                for (logit, weights) in logits.iter_mut().zip(&self.weights) {
                    *logit += weights
                        .iter()
                        .zip(features)
                        .map(|(w, f)| w * f)
                        .sum::<f32>();
                }
                if let Some(ngrams) = &self.ngrams {
                    ngrams.add_logits(text, &mut logits, &mut places);
                }
                let mean = logits.iter().sum::<f32>() / logits.len() as f32;
                logits.iter_mut().for_each(|logit| *logit -= mean);
                logits
            });
        logits.collect()
    }

    /// Adds the answer, multiplied by `factors`, `[labels of the base]`, to the weights of one label of the new model.
    pub(super) fn add_to(&self, factors: &[f32], weights: &mut [f32], bias: &mut f32) {
        for (factor, (of_label, of_bias)) in self
            .centred(factors)
            .zip(self.weights.iter().zip(&self.biases))
        {
            weights
                .iter_mut()
                .zip(of_label)
                .for_each(|(sum, weight)| *sum += factor * weight);
            *bias += factor * of_bias;
        }
    }

    /// Returns the weight of an n-gram of the base, `weights`, for a label of the new model with these factors.
    pub(super) fn ngram_weight(&self, factors: &[f32], weights: &[f32]) -> f32 {
        self.centred(factors)
            .zip(weights)
            .map(|(factor, weight)| factor * weight)
            .sum()
    }

    /// Returns the factors of logits that are not yet centred: the sum of centred logits times `factors` is the sum of
    /// logits times centred factors.
    fn centred<'a>(&self, factors: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        let mean = factors.iter().sum::<f32>() / factors.len().max(1) as f32;
        factors.iter().map(move |factor| factor - mean)
    }
}
