//! Sets up a new run or resumes an interrupted one.

use std::path::Path;

use serde::Deserialize;

use super::Trainer;
use crate::device::Device;
use crate::model::{ModelError, OutputKind, SavedModel};
use crate::training::data::dataset::Dataset;
use crate::training::data::initial_model::{InitialModel, initial_model};
use crate::training::data::initial_vectors::InitialVectors;
use crate::training::data::targets::Targets;
use crate::training::data::training_set::TrainingSet;
use crate::training::error::TrainingError;
use crate::training::ngrams::fit::fit_ngrams;
use crate::training::pretraining::language_model::LanguageModel;
use crate::training::recipe::Recipe;
use crate::training::run::checkpoint::{self, Checkpoint};
use crate::training::run::state::RunState;
use crate::training::supervised::step::SupervisedModel;
use crate::training::supervised::validation::Validation;

impl Trainer {
    /// Sets up a run that will save its model in `folder`. Writes nothing yet.
    pub fn new(
        dataset: &Dataset,
        vectors: &InitialVectors,
        recipe: Recipe,
        folder: &Path,
        device: &Device,
    ) -> Result<Self, TrainingError> {
        recipe.check()?;
        let InitialModel {
            model,
            vectors_found,
            vector_notes,
        } = initial_model(dataset, vectors, &recipe, device)?;
        let run = RunState {
            dataset_digest: dataset.digest(),
            vectors_found,
            ..RunState::default()
        };
        let trainer = Self::from_model(model, dataset, recipe, folder, device, run, Vec::new())?;
        Ok(Self {
            vector_notes,
            ..trainer
        })
    }

    /// Returns whether `folder` has an unfinished run to resume.
    pub fn is_unfinished(folder: &Path) -> bool {
        checkpoint::exists(folder)
    }

    /// Resumes the run in `folder` from its checkpoint, with the recipe of the checkpoint.
    pub fn resume(
        dataset: &Dataset,
        folder: &Path,
        device: &Device,
    ) -> Result<Self, TrainingError> {
        let lock = match Self::is_unfinished(folder) {
            true => Some(checkpoint::lock(folder)?),
            false => None,
        };
        let Checkpoint {
            run,
            model,
            training_tensors,
            pseudo_labels,
            path,
        } = checkpoint::read(folder, device)?;
        if run.dataset_digest != dataset.digest() || *model.config.labels != *dataset.labels {
            return Err(TrainingError::CheckpointMismatch {
                path,
                reason: "the run began with another training or validation set".into(),
            });
        }
        let recipe =
            Recipe::deserialize(&model.config.training).map_err(|source| ModelError::Config {
                path: path.clone(),
                source,
            })?;
        recipe.check()?;
        if !run.is_reachable(&recipe) {
            return Err(TrainingError::CheckpointMismatch {
                path,
                reason: "its progress exceeds what its recipe allows".into(),
            });
        }
        let expected = match run.round {
            0 => 0,
            _ => dataset.unlabelled.len() * dataset.labels.len(),
        };
        if pseudo_labels.len() != expected {
            return Err(TrainingError::CheckpointMismatch {
                path,
                reason: "the number of pseudo-labels differs from that of the unlabelled texts"
                    .into(),
            });
        }
        let mut trainer =
            Self::from_model(model, dataset, recipe, folder, device, run, pseudo_labels)?;
        trainer.lock = lock;
        let steps = trainer.run.steps;
        match &mut trainer.pretraining {
            Some(model) => model.restore(steps, &training_tensors, &path)?,
            None => trainer.model.restore(steps, &training_tensors, &path)?,
        }
        Ok(trainer)
    }

    fn from_model(
        model: SavedModel,
        dataset: &Dataset,
        recipe: Recipe,
        folder: &Path,
        device: &Device,
        run: RunState,
        pseudo_labels: Vec<f32>,
    ) -> Result<Self, TrainingError> {
        checkpoint::check_vocabulary(&model.vocabulary)?;
        let labels = &dataset.labels;
        let counts = dataset.train.label_counts(labels.len());
        let class_weights = match recipe.output {
            OutputKind::MultiLabel => {
                let texts = dataset.train.texts.len();
                recipe.class_weights.of_positives(labels, &counts, texts)?
            }
            OutputKind::Single | OutputKind::Ordinal => {
                recipe.class_weights.resolve(labels, &counts)?
            }
        };
        let model = SupervisedModel::new(model, recipe, class_weights)?;
        let indexer = &model.indexer;
        let mut texts = indexer.encode(&dataset.train.texts);
        texts.append(&indexer.encode(&dataset.unlabelled));
        let targets = Targets::of(
            model.recipe.output,
            labels.len(),
            &dataset.train,
            pseudo_labels,
        );
        let train = TrainingSet { texts, targets };
        let ngrams = fit_ngrams(&train, model.recipe.ngrams)?;
        let validation = Validation::new(
            indexer,
            &dataset.validation,
            model.recipe.output,
            ngrams.as_ref(),
        );
        // Created after fitting the n-gram model, to lower the peak memory.
        let pretraining = match run.is_pretrained(&model.recipe) {
            true => None,
            false => Some(LanguageModel::new(
                model.network.architecture(),
                model.weights(),
                &model.recipe,
            )?),
        };
        Ok(Self {
            ngrams,
            train,
            validation,
            folder: folder.into(),
            device: device.clone(),
            lock: None,
            vector_notes: Vec::new(),
            run,
            model,
            pretraining,
            corpus: dataset.name.clone(),
            corpus_digest: dataset.corpus_digest.clone(),
        })
    }
}
