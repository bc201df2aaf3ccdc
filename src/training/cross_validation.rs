//! K-fold cross-validation: trains one model per fold and evaluates it on the held-out fold.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use super::data::base::Base;
use super::data::dataset::Dataset;
use super::data::folds::Folds;
use super::data::initial_vectors::InitialVectors;
use super::error::TrainingError;
use super::recipe::Recipe;
use super::run::progress::{Outcome, PlannedEpoch, Progress};
use super::trainer::Trainer;
use crate::classifier::Classifier;
use crate::device::Device;
use crate::embeddings::VectorNote;
use crate::evaluation::AnyEvaluation;
use crate::files::{FileError, write_whole};
use crate::model::folder::FolderLock;
use crate::model::{BaseRecord, ScoringPrecision};

/// The file with the metrics of the finished folds.
const METRICS: &str = "folds.json";

/// A cross-validation.
pub struct CrossValidation<'a> {
    /// The folds.
    pub folds: &'a Folds,
    /// The initial word vectors.
    pub vectors: &'a InitialVectors,
    /// The trained model that each fold starts from, if any.
    pub base: Option<&'a Arc<Base>>,
    /// The recipe, the same for each fold.
    pub recipe: &'a Recipe,
    /// The folder for the metrics and one model folder per fold.
    pub folder: &'a Path,
    /// Whether to keep the finished folds and to resume the interrupted one.
    pub resume: bool,
    /// The device to train on.
    pub device: &'a Device,
}

/// The progress of a cross-validation.
#[derive(Clone, Debug)]
pub enum FoldProgress<'a> {
    /// A fold begins.
    Begin {
        /// The number of the fold, from 1.
        fold: usize,
        /// Every epoch of the fold, as in [`Trainer::planned_epochs`].
        planned: Vec<PlannedEpoch>,
        /// The notes about the vector file, the same for each fold.
        vector_notes: &'a [VectorNote],
    },
    /// The progress of the current fold's training run.
    Training(Progress<'a>),
    /// A fold is finished, or was before the run resumed.
    End {
        /// The number of the fold, from 1.
        fold: usize,
        /// The evaluation of its texts, in the order of [`Folds::indices`].
        evaluation: &'a AnyEvaluation,
    },
}

/// The metrics of one fold's model on the held-out texts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FoldMetrics {
    /// The number of held-out texts.
    pub texts: u64,
    /// The accuracy; of a multi-label model, the fraction of texts whose labels are all correct.
    pub accuracy: f64,
    /// The macro-averaged F1 score.
    pub macro_f1: f64,
}

impl FoldMetrics {
    fn of(evaluation: &AnyEvaluation) -> Self {
        Self {
            texts: evaluation.texts() as u64,
            accuracy: evaluation.accuracy(),
            macro_f1: evaluation.macro_f1(),
        }
    }
}

/// The content of [`METRICS`].
#[derive(Clone, Debug, Serialize, Deserialize)]
struct SavedMetrics {
    recipe: Recipe,
    /// The model that each fold started from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base: Option<BaseRecord>,
    /// The finished folds.
    folds: Vec<FoldMetrics>,
}

impl CrossValidation<'_> {
    /// Trains and evaluates the remaining folds, and evaluates the finished ones again. Returns the metrics of every fold,
    /// or `None` if `interrupted` was set.
    pub fn run(
        &self,
        interrupted: &AtomicBool,
        progress: &mut dyn FnMut(FoldProgress),
    ) -> Result<Option<Vec<FoldMetrics>>, TrainingError> {
        let _lock = FolderLock::create(self.folder)?;
        let mut metrics = self.read()?;
        for fold in 0..self.folds.len() {
            if interrupted.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let (dataset, held_out) = self.folds.get(fold)?;
            let folder = self.folder.join(format!("fold-{}", fold + 1));
            let is_finished = fold < metrics.folds.len();
            if !is_finished && !self.train(fold, &dataset, &folder, interrupted, progress)? {
                return Ok(None);
            }
            let classifier = Classifier::load_with(&folder, self.device, ScoringPrecision::F32)?;
            let (texts, labels) = (&held_out.texts, &held_out.labels);
            let evaluation =
                AnyEvaluation::of_texts(&classifier, texts, labels, &held_out.label_sets)?;
            if !is_finished {
                metrics.folds.push(FoldMetrics::of(&evaluation));
                self.write(&metrics)?;
            }
            progress(FoldProgress::End {
                fold: fold + 1,
                evaluation: &evaluation,
            });
        }
        Ok(Some(metrics.folds))
    }

    /// Trains the model of a fold, counted from 0. Returns whether it is finished.
    fn train(
        &self,
        fold: usize,
        dataset: &Dataset,
        folder: &Path,
        interrupted: &AtomicBool,
        progress: &mut dyn FnMut(FoldProgress),
    ) -> Result<bool, TrainingError> {
        let mut trainer = self.trainer(dataset, folder)?;
        progress(FoldProgress::Begin {
            fold: fold + 1,
            planned: trainer.planned_epochs(),
            vector_notes: trainer.vector_notes(),
        });
        let mut train_progress = |step: Progress| progress(FoldProgress::Training(step));
        Ok(trainer.run(interrupted, &mut train_progress)? != Outcome::Interrupted)
    }

    /// Reads the metrics of the finished folds when resuming; otherwise starts a new file.
    fn read(&self) -> Result<SavedMetrics, TrainingError> {
        let path = self.folder.join(METRICS);
        if self.resume {
            match std::fs::read_to_string(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                content => {
                    let content = content.map_err(FileError::context("read", &path))?;
                    let saved: SavedMetrics =
                        serde_json::from_str(&content).map_err(TrainingError::unreadable(&path))?;
                    if saved.recipe != *self.recipe || saved.base != self.base_record() {
                        return Err(TrainingError::RecipeMismatch { path });
                    }
                    return Ok(saved);
                }
            }
        }
        let metrics = SavedMetrics {
            recipe: self.recipe.clone(),
            base: self.base_record(),
            folds: Vec::new(),
        };
        self.write(&metrics)?;
        Ok(metrics)
    }

    fn base_record(&self) -> Option<BaseRecord> {
        self.base.map(|base| base.record())
    }

    /// Resumes the fold's interrupted run, or sets up a new one.
    fn trainer(&self, dataset: &Dataset, folder: &Path) -> Result<Trainer, TrainingError> {
        if self.resume && Trainer::is_unfinished(folder) {
            let interrupted = Trainer::resume(dataset, self.base, folder, self.device)?;
            if interrupted.recipe() == self.recipe {
                return Ok(interrupted);
            }
        }
        let recipe = self.recipe.clone();
        Trainer::from_base(
            dataset,
            self.base,
            self.vectors,
            recipe,
            folder,
            self.device,
        )
    }

    fn write(&self, metrics: &SavedMetrics) -> Result<(), TrainingError> {
        // Numbers, strings and maps with string keys always have a JSON form.
        let content = serde_json::to_string_pretty(metrics).expect("metrics are JSON");
        let path = self.folder.join(METRICS);
        Ok(write_whole(&path, |out| writeln!(out, "{content}"))?)
    }
}

/// Returns the mean and the sample standard deviation of two or more values.
pub fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (count - 1.0)).sqrt())
}
