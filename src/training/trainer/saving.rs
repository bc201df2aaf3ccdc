//! Saves the model and the checkpoint of a run.

use super::Trainer;
use super::setup::base_ngrams;
use crate::evaluation::AnyEvaluation;
use crate::model::folder;
use crate::model::{Ngrams, Precision, Weights, model_files};
use crate::training::card::card_file;
use crate::training::error::TrainingError;
use crate::training::run::checkpoint;
use crate::training::run::record::{
    Calibration, Metrics, Run, history_file, metrics_file, peak_memory_bytes,
};
use crate::training::supervised::validation::ValidationResult;

impl Trainer {
    /// Saves the current model with its metrics.
    pub(super) fn save(&self, result: &ValidationResult) -> Result<(), TrainingError> {
        let (calibration, evaluation) = self
            .validation
            .calibrate(result, self.recipe().no_calibration);
        let mut weights = self.model.weights();
        let of_base = base_ngrams(self.base.as_deref(), &self.model.config);
        let mut ngrams = of_base.cloned();
        if let (Some(stacking), Some(fitted)) = (result.stacking, &self.ngrams) {
            weights.scale_logits(stacking.network)?;
            let fitted = fitted.scaled(stacking.ngrams as f32);
            let of_base = of_base.map(|ngrams| ngrams.scaled(stacking.network as f32));
            ngrams = Some(match of_base {
                Some(of_base) => of_base.plus(&fitted),
                None => fitted,
            });
        }
        self.write_model(&weights, ngrams.as_ref(), calibration, &evaluation)
    }

    /// Writes a model with the metrics of its evaluation.
    pub(super) fn write_model(
        &self,
        weights: &Weights,
        ngrams: Option<&Ngrams>,
        calibration: Calibration,
        evaluation: &AnyEvaluation,
    ) -> Result<(), TrainingError> {
        let vocabulary = self.model.indexer.vocabulary();
        let train_labels = self.train.targets.label_counts();
        let metrics = Metrics {
            corpus: &self.corpus,
            best: self.run.history.last(),
            validation: evaluation.summary(),
            calibration,
            train_texts: self.train.targets.labelled(),
            train_labels: &train_labels,
            validation_texts: evaluation.texts(),
            vocabulary: vocabulary.len(),
            vectors_found: self.run.vectors_found,
            seconds: self.seconds(),
            peak_memory_bytes: peak_memory_bytes(),
            device: format!("{:?}", self.model.network.device().location()),
            corpus_digest: &self.corpus_digest,
            validation_digest: &self.validation_digest,
            teacher: self.teacher.as_ref(),
        };
        let mut config = self.model.config.clone();
        config.decision.temperature = calibration.temperature;
        let metrics = metrics_file(&metrics);
        let run = Run::parse(&metrics.1, &self.folder)?;
        let card = card_file(&self.folder, &config, Some(&run));
        let mut files = vec![history_file(&self.run.history), metrics, card];
        files.extend(model_files(
            &config,
            vocabulary,
            weights,
            ngrams,
            Precision::Full,
        )?);
        Ok(folder::replace_together(&self.folder, &files)?)
    }

    pub(super) fn write_checkpoint(&self) -> Result<(), TrainingError> {
        let tensors = match &self.pretraining {
            Some(model) => model.state()?,
            None => self.model.state()?,
        };
        let pseudo_labels = self.train.targets.pseudo_labels();
        checkpoint::write(
            &self.folder,
            &self.run,
            &self.model.config,
            self.model.indexer.vocabulary(),
            tensors,
            pseudo_labels,
        )
    }
}
