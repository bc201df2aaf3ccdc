//! The training loop.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use candle_core::Device;
use serde::Deserialize;

use super::checkpoint::{self, Checkpoint, RunState};
use super::feed::{Feed, TrainingIds};
use super::initial_model::initial_model;
use super::language_model::LanguageModel;
use super::learner::Learner;
use super::ngrams::fit;
use super::pretraining::pretrain;
use super::record::{Metrics, history_file, metrics_file, peak_memory_bytes};
use super::targets::Targets;
use super::validation::{Validated, Validation};
use super::{Dataset, Epoch, Outcome, Progress, Recipe, Schedule, Stage, TrainingError, Vectors};
use crate::classifier::Classifier;
use crate::model::folder::{self, FolderLock};
use crate::model::{ModelError, Ngrams, Precision, SavedModel, model_files};

/// A training run.
pub struct Trainer {
    learner: Learner,
    folder: PathBuf,
    /// Taken before the folder is read or written first.
    lock: Option<FolderLock>,
    train: TrainingIds,
    validation: Validation,
    ngrams: Option<Ngrams>,
    run: RunState,
    /// What the corpus is called.
    corpus: String,
    corpus_digest: String,
}

impl Trainer {
    /// Sets up a run that will save its model in `folder`. Nothing is written yet.
    pub fn new(
        dataset: &Dataset,
        vectors: &Vectors,
        recipe: Recipe,
        folder: &Path,
        device: &Device,
    ) -> Result<Self, TrainingError> {
        recipe.check()?;
        let (model, vectors_found) = initial_model(dataset, vectors, &recipe, device)?;
        let run = RunState {
            dataset_digest: dataset.digest(),
            vectors_found,
            is_pretrained: recipe.pretraining_epochs == 0,
            ..RunState::default()
        };
        Self::of_model(model, dataset, recipe, folder, run, Vec::new())
    }

    /// Sets up the run in `folder` to go on from where it stopped, by its own recipe.
    pub fn resume(
        dataset: &Dataset,
        folder: &Path,
        device: &Device,
    ) -> Result<Self, TrainingError> {
        let lock = match checkpoint::exists(folder) {
            true => Some(lock(folder)?),
            false => None,
        };
        let Checkpoint {
            run,
            model,
            moments,
            taught,
            path,
        } = checkpoint::read(folder, device)?;
        if run.dataset_digest != dataset.digest() || model.config.labels != dataset.labels {
            return Err(TrainingError::OtherRun {
                path,
                reason: "it began with other texts, or another part of them held back".into(),
            });
        }
        let recipe =
            Recipe::deserialize(&model.config.training).map_err(|source| ModelError::Config {
                path: path.clone(),
                source,
            })?;
        recipe.check()?;
        let wanted = match run.round {
            0 => 0,
            _ => dataset.unlabelled.len() * dataset.labels.len(),
        };
        if taught.len() != wanted {
            return Err(TrainingError::OtherRun {
                path,
                reason:
                    "what a model said of the texts without labels is not there for each of them"
                        .into(),
            });
        }
        let mut trainer = Self::of_model(model, dataset, recipe, folder, run, taught)?;
        trainer.lock = lock;
        let optimizer = &mut trainer.learner.trainable.optimizer;
        moments.check(&path, &optimizer.state_shapes())?;
        optimizer.restore(trainer.run.steps, &moments.tensors);
        Ok(trainer)
    }

    fn of_model(
        model: SavedModel,
        dataset: &Dataset,
        recipe: Recipe,
        folder: &Path,
        run: RunState,
        taught: Vec<f32>,
    ) -> Result<Self, TrainingError> {
        let labels = &dataset.labels;
        let counts = dataset.train.label_counts(labels.len());
        let class_weights = recipe.class_weights.resolve(labels, &counts)?;
        let learner = Learner::new(model, recipe, class_weights)?;
        let classifier = &learner.classifier;
        let mut texts = classifier.encode(&dataset.train.texts);
        texts.append(&classifier.encode(&dataset.unlabelled));
        let targets = Targets::new(labels.len(), dataset.train.labels.clone(), taught);
        let train = TrainingIds { texts, targets };
        let ngrams = fit(&train, learner.recipe.ngrams)?;
        let validation = Validation::new(classifier, &dataset.validation, ngrams.as_ref());
        Ok(Self {
            ngrams,
            train,
            validation,
            folder: folder.into(),
            lock: None,
            run,
            learner,
            corpus: dataset.name.clone(),
            corpus_digest: dataset.corpus_digest.clone(),
        })
    }

    /// The classifier as it is now.
    pub fn classifier(&self) -> &Classifier {
        &self.learner.classifier
    }

    /// The settings of the run.
    pub fn recipe(&self) -> &Recipe {
        &self.learner.recipe
    }

    /// How many of the vocabulary's tokens have vectors from the file; None without a file.
    pub fn vectors_found(&self) -> Option<usize> {
        self.run.vectors_found
    }

    /// The epochs that are over.
    pub fn history(&self) -> &[Epoch] {
        &self.run.history
    }

    /// The epoch whose model is the saved one.
    pub fn best(&self) -> Option<&Epoch> {
        self.run.history.iter().reduce(|best, epoch| {
            if epoch.is_better_than(best) {
                epoch
            } else {
                best
            }
        })
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
            self.lock = Some(lock(&self.folder)?);
        }
        if !self.run.is_pretrained {
            self.pretrain(interrupted, progress)?;
            self.write_checkpoint()?;
        }
        if interrupted.load(Ordering::Relaxed) {
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
            if self.epochs_without_gain() >= self.recipe().patience {
                return Ok(Outcome::StoppedEarly);
            }
            let learning_rate = self.learn(interrupted, progress)?;
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
        let device = self.classifier().network().device().clone();
        let teacher = Classifier::load(&self.folder, &device)?;
        self.train.teach(&teacher)?;
        self.ngrams = fit(&self.train, self.recipe().ngrams)?;
        self.validation.set_ngrams(self.ngrams.as_ref());
        let student = SavedModel::read(&self.folder, &device)?;
        self.learner = self.learner.restarted(student)?;
        self.run.begin_round();
        Ok(())
    }

    /// Learns to say the next word. A run that is stopped meanwhile begins this again.
    fn pretrain(
        &mut self,
        interrupted: &AtomicBool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), TrainingError> {
        let begin = Instant::now();
        let (texts, weights) = (&self.train.texts, self.learner.weights());
        let architecture = self.classifier().network().architecture();
        let mut model = LanguageModel::new(architecture, weights, self.recipe())?;
        let is_done = pretrain(&mut model, texts, self.recipe(), interrupted, progress)?;
        if is_done {
            self.learner.set_weights(model.into_weights())?;
            self.run.is_pretrained = true;
            self.run.pretraining_seconds = begin.elapsed().as_secs_f64();
        }
        Ok(())
    }

    /// Learns from what is left of the current epoch and gives the last step's learning rate.
    fn learn(
        &mut self,
        interrupted: &AtomicBool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<f64, TrainingError> {
        let epoch = self.run.history.len() + 1;
        let feed = Feed::new(&self.train, self.recipe(), epoch);
        let schedule = self.schedule(feed.batches());
        let plateaus = self.plateaus();
        let (epochs, of) = (self.epochs(), self.train.tokens());
        let Self {
            learner,
            train,
            run,
            ..
        } = self;
        let before = run.epoch.seconds;
        let begin = Instant::now();
        std::thread::scope(|scope| {
            for batch in feed.start(train, run.epoch.batches, scope) {
                if interrupted.load(Ordering::Relaxed) {
                    break;
                }
                let rate = schedule.rate(run.steps, plateaus);
                let loss = learner.step(epoch, &batch, rate)?;
                if !loss.is_finite() {
                    return Err(TrainingError::Diverged {
                        loss,
                        epoch,
                        step: run.steps + 1,
                        rate,
                    });
                }
                run.steps += 1;
                run.epoch
                    .add(&batch, loss, before + begin.elapsed().as_secs_f64());
                progress(Progress::Step {
                    stage: Stage::Labels,
                    epoch,
                    epochs,
                    tokens: run.epoch.tokens,
                    of,
                    loss: run.epoch.mean_loss(),
                    step: run.all_steps(),
                    step_loss: loss,
                    learning_rate: rate,
                    tokens_per_second: run.epoch.tokens_per_second(),
                });
            }
            // Of the last step that was made, which may have been before the run was interrupted.
            Ok(schedule.rate(run.steps.saturating_sub(1), plateaus))
        })
    }

    /// Measures the epoch that was learned and saves what is to be saved.
    fn end_epoch(
        &mut self,
        learning_rate: f64,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), TrainingError> {
        let begin = Instant::now();
        let validated = self.validation.measure(&self.learner.classifier)?;
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
                step: self.run.all_steps(),
                is_best,
            });
        }
        Ok(())
    }

    /// Saves the model as it is now, the best so far, with its figures.
    fn save(&self, validated: Validated) -> Result<(), TrainingError> {
        let classifier = &self.learner.classifier;
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
            vocabulary: classifier.vocabulary().len(),
            vectors_found: self.run.vectors_found,
            seconds: self.seconds(),
            peak_memory_bytes: peak_memory_bytes(),
            device: format!("{:?}", classifier.network().device().location()),
            corpus_digest: &self.corpus_digest,
        };
        let mut weights = self.learner.weights();
        let mut ngrams = None;
        if let (Some(mixture), Some(fitted)) = (validated.mixture, &self.ngrams) {
            weights.scale_logits(mixture.network)?;
            ngrams = Some(fitted.scaled(mixture.ngrams as f32));
        }
        let mut config = classifier.config().clone();
        config.decision.temperature = calibration.temperature;
        let mut files = vec![history_file(&self.run.history), metrics_file(&metrics)];
        files.extend(model_files(
            &config,
            classifier.vocabulary(),
            &weights,
            ngrams.as_ref(),
            Precision::Full,
        )?);
        Ok(folder::replace_together(&self.folder, &files)?)
    }

    fn write_checkpoint(&self) -> Result<(), TrainingError> {
        let Learner {
            classifier,
            trainable,
            ..
        } = &self.learner;
        let weights = self.learner.weights();
        checkpoint::write(
            &self.folder,
            &self.run,
            classifier,
            &weights,
            &trainable.optimizer,
            self.train.targets.taught(),
        )
    }

    fn schedule(&self, batches_an_epoch: usize) -> Schedule {
        let total_steps = (batches_an_epoch * self.recipe().epochs) as u64;
        Schedule {
            kind: self.recipe().schedule,
            peak: self.recipe().learning_rate,
            warmup_steps: (total_steps as f64 * self.recipe().warmup).round() as u64,
            total_steps,
        }
    }

    /// How many epochs of the round there were since the best one.
    fn epochs_without_gain(&self) -> usize {
        let of_round = self.run.epochs_of_round().len();
        self.best()
            .map_or(0, |best| of_round.min(self.run.history.len() - best.epoch))
    }

    /// How many epochs of the round had no lower validation loss than all before.
    fn plateaus(&self) -> u32 {
        let mut lowest = f64::INFINITY;
        let mut plateaus = 0;
        for epoch in self.run.epochs_of_round() {
            plateaus += u32::from(epoch.validation_loss >= lowest);
            lowest = lowest.min(epoch.validation_loss);
        }
        plateaus
    }

    /// How long the run has taken: pre-training, learning and validation.
    pub fn seconds(&self) -> f64 {
        let learning: f64 = self.run.history.iter().map(|epoch| epoch.seconds).sum();
        self.run.pretraining_seconds
            + learning
            + self.run.epoch.seconds
            + self.run.validation_seconds
    }
}

/// Takes a folder for a run, without what a killed one left half written.
fn lock(folder: &Path) -> Result<FolderLock, TrainingError> {
    let lock = FolderLock::create(folder)?;
    checkpoint::clear(folder)?;
    Ok(lock)
}
