//! How a model does on the validation texts, by which the best epoch is chosen.

use std::sync::Arc;

use crate::batch::EncodedTexts;
use crate::classifier::{Prediction, TokenIndexer, network_logits};
use crate::evaluation::{Evaluation, ScoredText, fit_temperature};
use crate::model::{Decision, Network, Ngrams};
use crate::training::data::dataset::LabelledTexts;
use crate::training::error::TrainingError;
use crate::training::ngrams::stacking::Stacking;
use crate::training::run::record::Calibration;

/// The validation texts of a run.
pub(crate) struct Validation {
    texts: EncodedTexts,
    labels: Vec<u32>,
    /// The logits of the n-grams, which do not change over the epochs; None without n-grams.
    of_ngrams: Option<Vec<Vec<f32>>>,
}

/// How a model does on them.
pub(crate) struct Validated {
    /// Of each text, the network's and the n-grams' together.
    logits: Vec<Vec<f32>>,
    /// What they say before calibration.
    evaluation: Evaluation,
    /// The mean of minus the log-probability of the right label, before calibration.
    pub(crate) loss: f64,
    /// With n-grams, how much they and the network count.
    pub(crate) stacking: Option<Stacking>,
}

impl Validated {
    /// The share of texts that are right.
    pub(crate) fn accuracy(&self) -> f64 {
        self.evaluation.confusion_matrix().accuracy()
    }
}

impl Validation {
    /// Texts to measure a network on, and the weights of n-grams that it has beside its network.
    pub(crate) fn new(
        indexer: &TokenIndexer,
        data: &LabelledTexts,
        ngrams: Option<&Ngrams>,
    ) -> Self {
        let mut validation = Self {
            texts: indexer.encode(&data.texts),
            labels: data.labels.clone(),
            of_ngrams: None,
        };
        validation.set_ngrams(ngrams);
        validation
    }

    /// Goes on with other weights of n-grams.
    pub(crate) fn set_ngrams(&mut self, ngrams: Option<&Ngrams>) {
        self.of_ngrams = ngrams.map(|ngrams| {
            let mut places = Vec::new();
            let logits = self.texts.iter().map(|ids| {
                let mut logits = vec![0.0; ngrams.labels()];
                ngrams.add_logits(ids, &mut logits, &mut places);
                logits
            });
            logits.collect()
        });
    }

    /// How many texts there are.
    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }

    /// Measures the network as it is now, with the n-grams as they go with it best.
    pub(crate) fn measure(
        &self,
        network: &Network,
        labels: &Arc<[String]>,
    ) -> Result<Validated, TrainingError> {
        let mut logits = network_logits(network, &self.texts)?;
        let stacking = self.of_ngrams.as_ref().map(|of_ngrams| {
            let stacking = Stacking::fit(&logits, of_ngrams, &self.labels);
            for (network, ngrams) in logits.iter_mut().zip(of_ngrams) {
                *network = stacking.logits(network, ngrams);
            }
            stacking
        });
        let evaluation = self.evaluation(labels, &logits, &Decision::default());
        let loss = |row: &ScoredText| {
            let probability = row.prediction.probabilities[row.actual];
            -probability.max(f64::MIN_POSITIVE).ln()
        };
        let losses: f64 = evaluation.rows.iter().map(loss).sum();
        Ok(Validated {
            evaluation,
            loss: losses / self.labels.len() as f64,
            logits,
            stacking,
        })
    }

    /// Fits the temperature that makes probabilities say most of what was so, unless that is not wanted, and
    /// evaluates the texts with it.
    pub(crate) fn calibrate(
        &self,
        validated: &Validated,
        no_calibration: bool,
    ) -> (Calibration, Evaluation) {
        let before = &validated.evaluation;
        let temperature = match no_calibration {
            true => 1.0,
            false => {
                let actual: Vec<usize> = before.rows.iter().map(|row| row.actual).collect();
                fit_temperature(&validated.logits, &actual)
            }
        };
        let decision = Decision {
            temperature,
            ..Decision::default()
        };
        let after = self.evaluation(&before.labels, &validated.logits, &decision);
        let calibration = Calibration {
            temperature,
            error_before: before.calibration_error(),
            error_after: after.calibration_error(),
        };
        (calibration, after)
    }

    fn evaluation(
        &self,
        labels: &Arc<[String]>,
        logits: &[Vec<f32>],
        decision: &Decision,
    ) -> Evaluation {
        let predictions = logits.iter().zip(self.texts.iter());
        let predictions =
            predictions.map(|(logits, ids)| Prediction::new(labels, decision, logits, ids));
        Evaluation::new(labels, &self.labels, predictions.collect())
    }
}
