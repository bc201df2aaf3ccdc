//! The training loop.

mod head;
mod resuming;
mod saving;
mod setup;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::averaging::Averaging;
use super::data::base::Base;
use super::data::training_set::TrainingSet;
use super::error::TrainingError;
use super::ngrams::fit::fit_ngrams;
use super::pretraining::epoch::pretrain_epoch;
use super::pretraining::language_model::LanguageModel;
use super::recipe::Recipe;
use super::run::checkpoint;
use super::run::progress::{Outcome, PlannedEpoch, Progress, Stage};
use super::run::record::{Epoch, history_file};
use super::run::state::RunState;
use super::supervised::epoch::train_epoch;
use super::supervised::step::SupervisedModel;
use super::supervised::validation::Validation;
use crate::classifier::Classifier;
use crate::device::Device;
use crate::embeddings::VectorNote;
use crate::evaluation::Evaluation;
use crate::model::folder::{self, FolderLock};
use crate::model::{BaseRecord, ModelError, Network, Ngrams, SavedModel, ScoringPrecision};

/// A training run.
pub struct Trainer {
    model: SupervisedModel,
    /// The model in pre-training, which holds the current weights until pre-training is finished.
    pretraining: Option<LanguageModel>,
    folder: PathBuf,
    device: Device,
    /// The lock of the folder, taken before the first read or write.
    lock: Option<FolderLock>,
    /// The notes about the vector file, if this run has read it.
    vector_notes: Vec<VectorNote>,
    train: TrainingSet,
    validation: Validation,
    ngrams: Option<Ngrams>,
    /// The trained model that the run starts from.
    base: Option<Arc<Base>>,
    /// The folds of the cross-validation that selects the linear layer; none if the whole network is trained.
    folds: Vec<Vec<usize>>,
    /// The evaluation by this cross-validation, once it is finished.
    cross_validated: Option<Evaluation>,
    run: RunState,
    averaging: Averaging,
    /// The name of the corpus.
    corpus: String,
    corpus_digest: String,
    validation_digest: String,
    /// The model whose probabilities are a part of the training targets.
    teacher: Option<BaseRecord>,
}

impl Trainer {
    /// Returns a classifier with a copy of the current weights, without n-grams and calibration. Until pre-training is
    /// finished, it has the initial weights.
    pub fn classifier(&self) -> Result<Classifier, ModelError> {
        self.model.classifier()
    }

    /// Returns the network in training.
    #[doc(hidden)]
    pub fn network(&self) -> &Network {
        &self.model.network
    }

    /// Returns the recipe of the run.
    pub fn recipe(&self) -> &Recipe {
        &self.model.recipe
    }

    /// Returns the number of vocabulary tokens with a pre-trained vector, or `None` without a vector file.
    pub fn vectors_found(&self) -> Option<usize> {
        self.run.vectors_found
    }

    /// Returns the notes about the vector file. A resumed run does not read it.
    pub fn vector_notes(&self) -> &[VectorNote] {
        &self.vector_notes
    }

    /// Returns the trained model that the run starts from.
    pub fn base(&self) -> Option<&Arc<Base>> {
        self.base.as_ref()
    }

    /// Returns the number of folds of the cross-validation that selects the linear layer; 0 if the whole network is
    /// trained.
    pub fn folds(&self) -> usize {
        self.folds.len()
    }

    /// Returns the evaluation of the training texts by a finished run with a fixed encoder: each text is scored by a model
    /// that was not fitted to it.
    pub fn cross_validated(&self) -> Option<&Evaluation> {
        self.cross_validated.as_ref()
    }

    /// Makes this run that of one worker of several. The others must have the same dataset, recipe and vectors.
    ///
    /// Fails if the encoder is fixed: then the fit of the linear layer cannot be divided.
    pub fn set_averaging(&mut self, averaging: Averaging) -> Result<(), TrainingError> {
        averaging.check()?;
        if self.recipe().freeze_encoder {
            return Err(TrainingError::Setting {
                name: "freeze-encoder".into(),
                allowed: "false for several workers".into(),
            });
        }
        self.averaging = averaging;
        Ok(())
    }

    /// Returns the number of finished pre-training epochs.
    pub fn pretrained_epochs(&self) -> usize {
        self.run.pretrained_epochs
    }

    /// Returns the number of steps of the current stage, over all self-training rounds.
    pub fn steps(&self) -> u64 {
        self.run.all_steps()
    }

    /// Returns the finished epochs of supervised training.
    pub fn history(&self) -> &[Epoch] {
        &self.run.history
    }

    /// Returns the best epoch, whose model is saved.
    pub fn best(&self) -> Option<&Epoch> {
        self.run.best()
    }

    /// Returns the maximum number of epochs, over all self-training rounds.
    pub fn epochs(&self) -> usize {
        self.recipe().epochs * (1 + self.rounds())
    }

    /// Returns every epoch of the run from its start, unless early stopping ends a round: pre-training, then supervised
    /// training, whose self-training rounds have the unlabelled texts too. Empty if the encoder is fixed.
    pub fn planned_epochs(&self) -> Vec<PlannedEpoch> {
        let recipe = self.recipe();
        if recipe.freeze_encoder {
            return Vec::new();
        }
        let all = self.train.texts.tokens();
        let labelled = self.train.labelled_tokens();
        let epochs = |stage, tokens: usize, count| {
            let tokens = tokens / self.averaging.workers;
            std::iter::repeat_n(PlannedEpoch { stage, tokens }, count)
        };
        let of_rounds = recipe.epochs * self.rounds();
        epochs(Stage::Pretraining, all, recipe.language_model_epochs())
            .chain(epochs(Stage::Supervised, labelled, recipe.epochs))
            .chain(epochs(Stage::Supervised, all, of_rounds))
            .collect()
    }

    /// Returns the number of self-training rounds.
    fn rounds(&self) -> usize {
        match self.train.unlabelled() {
            0 => 0,
            _ => self.recipe().self_training,
        }
    }

    /// Trains the remaining epochs. Saves the model of the best epoch in the folder, and a checkpoint after each
    /// epoch. Setting `interrupted` ends the run after the current step, with a checkpoint.
    pub fn run(
        &mut self,
        interrupted: &AtomicBool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, TrainingError> {
        if self.lock.is_none() {
            self.lock = Some(checkpoint::lock(&self.folder)?);
            // Otherwise resuming before the first checkpoint would continue an older run.
            checkpoint::remove(&self.folder)?;
        }
        if self.recipe().freeze_encoder {
            return self.fit_head(interrupted, progress);
        }
        self.pretrain(interrupted, progress)?;
        if self.pretraining.is_some() {
            return Ok(Outcome::Interrupted);
        }
        loop {
            let outcome = self.train_round(interrupted, progress)?;
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

    /// Trains the remaining epochs of the self-training round.
    fn train_round(
        &mut self,
        interrupted: &AtomicBool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, TrainingError> {
        while self.run.epochs_of_round().len() < self.recipe().epochs {
            if self.run.epochs_without_improvement() >= self.recipe().patience {
                return Ok(Outcome::StoppedEarly);
            }
            let epochs = self.epochs();
            let learning_rate = train_epoch(
                &mut self.model,
                &self.train,
                epochs,
                &mut self.run,
                &mut self.averaging,
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

    /// Begins a self-training round: pseudo-labels the unlabelled texts with the best model, and continues from
    /// that model on all texts (Xie et al., 2020, algorithm 1, with soft pseudo-labels).
    fn begin_round(&mut self) -> Result<(), TrainingError> {
        let teacher = Classifier::load_with(&self.folder, &self.device, ScoringPrecision::F32)?;
        self.train.pseudo_label(&teacher)?;
        self.ngrams = fit_ngrams(
            &self.train,
            self.model.config.longest_ngram(),
            self.model.class_weights(),
        )?;
        self.validation.set_ngrams(self.ngrams.as_ref());
        let student = SavedModel::read(&self.folder, &self.device)?;
        self.model = self.model.restarted(student)?;
        self.run.begin_round();
        Ok(())
    }

    /// Runs the remaining pre-training epochs.
    fn pretrain(
        &mut self,
        interrupted: &AtomicBool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), TrainingError> {
        while let Some(model) = &mut self.pretraining {
            let (texts, recipe) = (&self.train.texts, &self.model.recipe);
            let is_epoch_finished = pretrain_epoch(
                model,
                texts,
                recipe,
                &mut self.run,
                &mut self.averaging,
                interrupted,
                progress,
            )?;
            let is_pretrained = self.run.is_pretrained(recipe);
            if let Some(model) = self.pretraining.take_if(|_| is_pretrained) {
                self.model.set_weights(model.into_weights())?;
            }
            self.write_checkpoint()?;
            if !is_epoch_finished {
                break;
            }
        }
        Ok(())
    }

    /// Evaluates the model after an epoch, saves it if it is the best, and writes a checkpoint.
    fn end_epoch(
        &mut self,
        learning_rate: f64,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), TrainingError> {
        let begin = Instant::now();
        let result = self
            .validation
            .evaluate(&self.model.network, &self.model.config.labels)?;
        let epoch = std::mem::take(&mut self.run.epoch);
        self.run.history.push(Epoch {
            epoch: self.run.history.len() + 1,
            train_loss: epoch.mean_loss(),
            validation_loss: result.loss,
            validation_accuracy: result.accuracy(),
            learning_rate,
            seconds: epoch.seconds,
            tokens_per_second: epoch.tokens_per_second(),
        });
        self.run.validation_seconds += begin.elapsed().as_secs_f64();
        let is_best = self.best() == self.run.history.last();
        if is_best {
            self.save(&result)?;
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

    /// Returns the duration of the run in seconds: pre-training, supervised training and validation.
    pub fn seconds(&self) -> f64 {
        self.run.seconds()
    }
}
