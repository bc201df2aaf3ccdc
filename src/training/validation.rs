//! How a model does on the validation texts, by which the best epoch is chosen.

use super::mixture::Mixture;
use super::{LabelledTexts, TrainingError};
use crate::batch::EncodedTexts;
use crate::classifier::{Classifier, Prediction};
use crate::evaluation::ConfusionMatrix;
use crate::model::Ngrams;

/// The validation texts of a run.
pub(super) struct Validation {
    texts: EncodedTexts,
    labels: Vec<u32>,
    /// The logits of the n-grams, which do not change over the epochs; None without n-grams.
    of_ngrams: Option<Vec<Vec<f32>>>,
}

/// How a model does on them.
pub(super) struct Validated {
    pub(super) confusion_matrix: ConfusionMatrix,
    /// The mean of minus the log-probability of the right label.
    pub(super) loss: f64,
    /// With n-grams, how much they and the network count.
    pub(super) mixture: Option<Mixture>,
}

impl Validation {
    /// Texts to measure a classifier on, and the weights of n-grams that it has beside its network.
    pub(super) fn new(
        classifier: &Classifier,
        data: &LabelledTexts,
        ngrams: Option<&Ngrams>,
    ) -> Self {
        let mut validation = Self {
            texts: classifier.encode(&data.texts),
            labels: data.labels.clone(),
            of_ngrams: None,
        };
        validation.set_ngrams(ngrams);
        validation
    }

    /// Goes on with other weights of n-grams.
    pub(super) fn set_ngrams(&mut self, ngrams: Option<&Ngrams>) {
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
    pub(super) fn len(&self) -> usize {
        self.labels.len()
    }

    /// Measures the network as it is now, with the n-grams as they go with it best.
    pub(super) fn measure(&self, classifier: &Classifier) -> Result<Validated, TrainingError> {
        let mut logits = classifier.network_logits(&self.texts)?;
        let mixture = self.of_ngrams.as_ref().map(|of_ngrams| {
            let mixture = Mixture::fit(&logits, of_ngrams, &self.labels);
            for (network, ngrams) in logits.iter_mut().zip(of_ngrams) {
                *network = mixture.logits(network, ngrams);
            }
            mixture
        });
        let predictions: Vec<Prediction> = logits
            .iter()
            .zip(self.texts.iter())
            .map(|(logits, ids)| Prediction::from_logits(logits, ids))
            .collect();
        let labels = self.labels.iter().map(|&label| label as usize);
        let pairs = || labels.clone().zip(&predictions);
        let loss: f64 = pairs()
            .map(|(label, prediction)| -prediction.probabilities[label].max(f64::MIN_POSITIVE).ln())
            .sum();
        let counted = pairs().map(|(label, prediction)| (label, prediction.label()));
        Ok(Validated {
            confusion_matrix: ConfusionMatrix::new(classifier.labels().len(), counted),
            loss: loss / self.labels.len() as f64,
            mixture,
        })
    }
}
