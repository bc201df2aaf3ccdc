//! Validation: measures the model after each epoch and calibrates its probabilities.

use std::sync::Arc;

use crate::batch::EncodedTexts;
use crate::classifier::{Prediction, TokenIndexer, network_logits};
use crate::evaluation::{
    AnyEvaluation, fit_multi_label_temperature, fit_soft_temperature, fit_temperature,
};
use crate::model::{Decision, Network, Ngrams, OutputKind};
use crate::training::cross_entropy::mean_cross_entropy;
use crate::training::data::labelled_texts::LabelledTexts;
use crate::training::error::TrainingError;
use crate::training::ngrams::stacking::Stacking;
use crate::training::run::record::Calibration;

/// The validation set of a run.
pub(crate) struct Validation {
    texts: EncodedTexts,
    labels: Vec<u32>,
    /// The labels of each text of a multi-label model.
    label_sets: Vec<Vec<u32>>,
    /// The soft labels of each text; empty without them.
    distributions: Vec<Vec<f32>>,
    output: OutputKind,
    /// The weight of each label in the fit of the two models' weights.
    class_weights: Vec<f32>,
    /// The logits of the base's n-grams, which are added to those of the network; `None` without them.
    base_logits: Option<Vec<Vec<f32>>>,
    /// The logits of the n-gram model, which are the same in each epoch; `None` without n-grams.
    ngram_logits: Option<Vec<Vec<f32>>>,
}

/// The metrics of a model on the validation set.
pub(crate) struct ValidationResult {
    /// The combined logits of the network and the n-gram model, `[texts, labels]`.
    logits: Vec<Vec<f32>>,
    /// The evaluation before calibration.
    evaluation: AnyEvaluation,
    /// The log loss before calibration; with soft labels, the cross-entropy against them.
    pub(crate) loss: f64,
    /// The weights of the network and the n-gram model; `None` without n-grams.
    pub(crate) stacking: Option<Stacking>,
}

impl ValidationResult {
    /// Returns the accuracy.
    pub(crate) fn accuracy(&self) -> f64 {
        self.evaluation.accuracy()
    }
}

impl Validation {
    /// Encodes the validation set. `ngrams` is the n-gram model beside the network.
    pub(crate) fn new(
        indexer: &TokenIndexer,
        data: &LabelledTexts,
        output: OutputKind,
        ngrams: Option<&Ngrams>,
        class_weights: Vec<f32>,
    ) -> Self {
        let mut validation = Self::of_encoded(indexer.encode(&data.texts), data.labels.clone());
        validation.label_sets.clone_from(&data.label_sets);
        validation.distributions.clone_from(&data.distributions);
        validation.output = output;
        validation.class_weights = class_weights;
        validation.set_ngrams(ngrams);
        validation
    }

    /// Returns a validation set of encoded texts with one label each, for logits that are computed elsewhere.
    pub(crate) fn of_encoded(texts: EncodedTexts, labels: Vec<u32>) -> Self {
        Self {
            texts,
            labels,
            label_sets: Vec::new(),
            distributions: Vec::new(),
            output: OutputKind::Single,
            class_weights: Vec::new(),
            base_logits: None,
            ngram_logits: None,
        }
    }

    /// Sets the soft labels of the texts, `[texts, labels]`.
    pub(crate) fn with_distributions(self, distributions: Vec<Vec<f32>>) -> Self {
        Self {
            distributions,
            ..self
        }
    }

    /// Replaces the n-gram model.
    pub(crate) fn set_ngrams(&mut self, ngrams: Option<&Ngrams>) {
        self.ngram_logits = ngrams.map(|ngrams| self.logits_of(ngrams));
    }

    /// Sets the n-grams of the base, which are part of the network's answer.
    pub(crate) fn set_base_ngrams(&mut self, ngrams: Option<&Ngrams>) {
        self.base_logits = ngrams.map(|ngrams| self.logits_of(ngrams));
    }

    fn logits_of(&self, ngrams: &Ngrams) -> Vec<Vec<f32>> {
        let mut places = Vec::new();
        let logits = self.texts.ngram_texts().map(|text| {
            let mut logits = vec![0.0; ngrams.labels()];
            ngrams.add_logits(text, &mut logits, &mut places);
            logits
        });
        logits.collect()
    }

    /// Evaluates the network, combined with the n-gram model.
    pub(crate) fn evaluate(
        &self,
        network: &Network,
        labels: &Arc<[String]>,
    ) -> Result<ValidationResult, TrainingError> {
        let mut logits = network_logits(network, &self.texts)?;
        for (network, base) in logits.iter_mut().zip(self.base_logits.iter().flatten()) {
            network
                .iter_mut()
                .zip(base)
                .for_each(|(network, base)| *network += base);
        }
        let stacking = self.ngram_logits.as_ref().map(|ngram_logits| {
            let weights = &self.class_weights;
            let stacking = match self.output {
                OutputKind::MultiLabel => {
                    Stacking::fit_sets(&logits, ngram_logits, &self.label_sets, weights)
                }
                _ if !self.distributions.is_empty() => {
                    Stacking::fit_soft(&logits, ngram_logits, &self.distributions)
                }
                OutputKind::Single | OutputKind::Ordinal => {
                    Stacking::fit(&logits, ngram_logits, &self.labels, weights)
                }
            };
            for (network, ngrams) in logits.iter_mut().zip(ngram_logits) {
                *network = stacking.logits(network, ngrams);
            }
            stacking
        });
        Ok(self.result(labels, logits, stacking))
    }

    /// Evaluates logits, `[texts, labels]`.
    pub(crate) fn result(
        &self,
        labels: &Arc<[String]>,
        logits: Vec<Vec<f32>>,
        stacking: Option<Stacking>,
    ) -> ValidationResult {
        let evaluation = self.evaluation(labels, &logits, 1.0);
        ValidationResult {
            loss: match self.distributions.is_empty() {
                true => evaluation.log_loss(),
                false => {
                    let targets = self.distributions.iter().map(Vec::as_slice);
                    mean_cross_entropy(&logits, targets, 1.0)
                }
            },
            evaluation,
            logits,
            stacking,
        }
    }

    /// Fits the temperature that minimises the log loss, unless `no_calibration` is set, and evaluates the texts
    /// with it.
    pub(crate) fn calibrate(
        &self,
        result: &ValidationResult,
        no_calibration: bool,
    ) -> (Calibration, AnyEvaluation) {
        let before = &result.evaluation;
        let temperature = match (no_calibration, self.output) {
            (true, _) => 1.0,
            (false, OutputKind::MultiLabel) => {
                fit_multi_label_temperature(&result.logits, &self.label_sets)
            }
            (false, _) if !self.distributions.is_empty() => {
                fit_soft_temperature(&result.logits, &self.distributions)
            }
            (false, OutputKind::Single | OutputKind::Ordinal) => {
                let labels = self.labels.iter();
                let actual: Vec<usize> = labels.map(|&label| label as usize).collect();
                fit_temperature(&result.logits, &actual)
            }
        };
        let after = self.evaluation(before.labels(), &result.logits, temperature);
        let calibration = Calibration {
            temperature,
            error_before: before.calibration_error(),
            error_after: after.calibration_error(),
        };
        (calibration, after)
    }

    /// Evaluates logits divided by a temperature, `[texts, labels]`.
    pub(crate) fn evaluation(
        &self,
        labels: &Arc<[String]>,
        logits: &[Vec<f32>],
        temperature: f64,
    ) -> AnyEvaluation {
        let decision = Decision {
            output: self.output,
            temperature,
            ..Decision::default()
        };
        let predictions = logits.iter().zip(self.texts.iter());
        let predictions =
            predictions.map(|(logits, ids)| Prediction::new(labels, &decision, logits, ids, 0));
        AnyEvaluation::new(
            self.output,
            labels,
            &self.labels,
            &self.label_sets,
            predictions.collect(),
        )
    }
}
