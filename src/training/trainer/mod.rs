//! The training loop.

mod setup;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::data::training_set::TrainingSet;
use super::error::TrainingError;
use super::ngrams::fit::fit;
use super::pretraining::epoch::pretrain_epoch;
use super::pretraining::language_model::LanguageModel;
use super::recipe::Recipe;
use super::run::checkpoint;
use super::run::progress::{Outcome, Progress};
use super::run::record::{Epoch, Metrics, history_file, metrics_file, peak_memory_bytes};
use super::run::state::RunState;
use super::supervised::epoch::train_epoch;
use super::supervised::step::SupervisedModel;
use super::supervised::validation::{Validated, Validation};
use crate::classifier::Classifier;
use crate::device::Device;
use crate::model::folder::{self, FolderLock};
use crate::model::{ModelError, Network, Ngrams, Precision, SavedModel, model_files};

/// A training run.
pub struct Trainer {
    model: SupervisedModel,
    /// What learns until pre-training is over, and has the weights till then.
    pretraining: Option<LanguageModel>,
    folder: PathBuf,
    device: Device,
    /// Taken before the folder is read or written first.
    lock: Option<FolderLock>,
    train: TrainingSet,
    validation: Validation,
    ngrams: Option<Ngrams>,
    run: RunState,
    /// What the corpus is called.
    corpus: String,
    corpus_digest: String,
}

impl Trainer {
    /// Returns a classifier with a copy of the current weights, without n-grams and calibration. Until pre-training is
    /// over, the weights are the initial ones.
    pub fn classifier(&self) -> Result<Classifier, ModelError> {
        self.model.classifier()
    }

    /// Returns the network in training.
    #[doc(hidden)]
    pub fn network(&self) -> &Network {
        &self.model.network
    }

    /// The settings of the run.
    pub fn recipe(&self) -> &Recipe {
        &self.model.recipe
    }

    /// How many of the vocabulary's tokens have vectors from the file; None without a file.
    pub fn vectors_found(&self) -> Option<usize> {
        self.run.vectors_found
    }

    /// The epochs of pre-training that are over.
    pub fn pretrained_epochs(&self) -> usize {
        self.run.pretrained_epochs
    }

    /// The steps so far: in pre-training, and then over all rounds of learning labels.
    pub fn steps(&self) -> u64 {
        self.run.all_steps()
    }

    /// The epochs of learning labels that are over.
    pub fn history(&self) -> &[Epoch] {
        &self.run.history
    }

    /// The epoch whose model is the saved one.
    pub fn best(&self) -> Option<&Epoch> {
        self.run.best()
    }

    /// How many epochs there are at most, over all rounds of self-training.
    pub fn epochs(&self) -> usize {
        self.recipe().epochs * (1 + self.rounds())
    }

    /// How often texts without labels are labelled.
    fn rounds(&self) -> usize {
        match self.train.unlabelled() {
            0 => 0,
            _ => self.recipe().self_training,
        }
    }

    /// Goes through the epochs that are left. The model of the best one is saved in the folder, and
    /// after each epoch the state to go on from. Setting `interrupted` ends the run after the step,
    /// with its state saved.
    pub fn run(
        &mut self,
        interrupted: &AtomicBool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, TrainingError> {
        if self.lock.is_none() {
            self.lock = Some(checkpoint::lock(&self.folder)?);
            // An older run's, which a resumption would take for this one's until there is one of it.
            checkpoint::remove(&self.folder)?;
        }
        self.pretrain(interrupted, progress)?;
        if self.pretraining.is_some() {
            return Ok(Outcome::Interrupted);
        }
        loop {
            let outcome = self.run_epochs(interrupted, progress)?;
            if outcome == Outcome::Interrupted {
                return Ok(outcome);
            }
            if self.run.round >= self.rounds() {
                checkpoint::remove(&self.folder)?;
                return Ok(outcome);
            }
            self.begin_round()?;
            self.write_checkpoint()?;
        }
    }

    /// Goes through the epochs that are left of the round.
    fn run_epochs(
        &mut self,
        interrupted: &AtomicBool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, TrainingError> {
        while self.run.epochs_of_round().len() < self.recipe().epochs {
            if self.run.epochs_without_gain() >= self.recipe().patience {
                return Ok(Outcome::StoppedEarly);
            }
            let epochs = self.epochs();
            let learning_rate = train_epoch(
                &mut self.model,
                &self.train,
                epochs,
                &mut self.run,
                interrupted,
                progress,
            )?;
            if interrupted.load(Ordering::Relaxed) {
                self.write_checkpoint()?;
                return Ok(Outcome::Interrupted);
            }
            self.end_epoch(learning_rate, progress)?;
        }
        Ok(Outcome::Finished)
    }

    /// Lets the best model so far label the texts without labels, and goes on from it with what they say:
    /// self-training with soft labels (Xie et al., 2020, algorithm 1).
    fn begin_round(&mut self) -> Result<(), TrainingError> {
        let teacher = Classifier::load(&self.folder, &self.device)?;
        self.train.pseudo_label(&teacher)?;
        self.ngrams = fit(&self.train, self.recipe().ngrams)?;
        self.validation.set_ngrams(self.ngrams.as_ref());
        let student = SavedModel::read(&self.folder, &self.device)?;
        self.model = self.model.restarted(student)?;
        self.run.begin_round();
        Ok(())
    }

    /// Learns to say the next word, as often as is left of it.
    fn pretrain(
        &mut self,
        interrupted: &AtomicBool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), TrainingError> {
        while let Some(model) = &mut self.pretraining {
            let (texts, recipe) = (&self.train.texts, &self.model.recipe);
            let is_done =
                pretrain_epoch(model, texts, recipe, &mut self.run, interrupted, progress)?;
            let is_over = self.run.is_pretrained(recipe);
            if let Some(model) = self.pretraining.take_if(|_| is_over) {
                self.model.set_weights(model.into_weights())?;
            }
            self.write_checkpoint()?;
            if !is_done {
                break;
            }
        }
        Ok(())
    }

    /// Measures the epoch that was learned and saves what is to be saved.
    fn end_epoch(
        &mut self,
        learning_rate: f64,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), TrainingError> {
        let begin = Instant::now();
        let validated = self
            .validation
            .measure(&self.model.network, &self.model.config.labels)?;
        let done = std::mem::take(&mut self.run.epoch);
        self.run.history.push(Epoch {
            epoch: self.run.history.len() + 1,
            train_loss: done.mean_loss(),
            validation_loss: validated.loss,
            validation_accuracy: validated.accuracy(),
            learning_rate,
            seconds: done.seconds,
            tokens_per_second: done.tokens_per_second(),
        });
        self.run.validation_seconds += begin.elapsed().as_secs_f64();
        let is_best = self.best() == self.run.history.last();
        if is_best {
            self.save(validated)?;
        } else {
            folder::replace(&self.folder, &history_file(&self.run.history))?;
        }
        self.write_checkpoint()?;
        if let Some(epoch) = self.run.history.last() {
            progress(Progress::Epoch {
                epoch,
                step: self.steps(),
                is_best,
            });
        }
        Ok(())
    }

    /// Saves the model as it is now, the best so far, with its figures.
    fn save(&self, validated: Validated) -> Result<(), TrainingError> {
        let vocabulary = self.model.indexer.vocabulary();
        let (calibration, evaluation) = self
            .validation
            .calibrate(&validated, self.recipe().no_calibration);
        let metrics = Metrics {
            corpus: &self.corpus,
            best: self.run.history.last(),
            validation: evaluation.summary(None),
            calibration,
            train_texts: self.train.targets.given(),
            validation_texts: self.validation.len(),
            vocabulary: vocabulary.len(),
            vectors_found: self.run.vectors_found,
            seconds: self.seconds(),
            peak_memory_bytes: peak_memory_bytes(),
            device: format!("{:?}", self.model.network.device().location()),
            corpus_digest: &self.corpus_digest,
        };
        let mut weights = self.model.weights();
        let mut ngrams = None;
        if let (Some(stacking), Some(fitted)) = (validated.stacking, &self.ngrams) {
            weights.scale_logits(stacking.network)?;
            ngrams = Some(fitted.scaled(stacking.ngrams as f32));
        }
        let mut config = self.model.config.clone();
        config.decision.temperature = calibration.temperature;
        let mut files = vec![history_file(&self.run.history), metrics_file(&metrics)];
        files.extend(model_files(
            &config,
            vocabulary,
            &weights,
            ngrams.as_ref(),
            Precision::Full,
        )?);
        Ok(folder::replace_together(&self.folder, &files)?)
    }

    fn write_checkpoint(&self) -> Result<(), TrainingError> {
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

    /// How long the run has taken: pre-training, learning and validation.
    pub fn seconds(&self) -> f64 {
        self.run.seconds()
    }
}
