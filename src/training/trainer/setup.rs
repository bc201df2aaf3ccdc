//! Setting up a run: anew, or from where it stopped.

use std::path::Path;

use serde::Deserialize;

use super::Trainer;
use crate::device::Device;
use crate::model::{ModelError, SavedModel};
use crate::training::data::dataset::Dataset;
use crate::training::data::initial_model::initial_model;
use crate::training::data::initial_vectors::InitialVectors;
use crate::training::data::targets::Targets;
use crate::training::data::training_set::TrainingSet;
use crate::training::error::TrainingError;
use crate::training::ngrams::fit::fit;
use crate::training::pretraining::language_model::LanguageModel;
use crate::training::recipe::Recipe;
use crate::training::run::checkpoint::{self, Checkpoint};
use crate::training::run::state::RunState;
use crate::training::supervised::step::SupervisedModel;
use crate::training::supervised::validation::Validation;

impl Trainer {
    /// Sets up a run that will save its model in `folder`. Nothing is written yet.
    pub fn new(
        dataset: &Dataset,
        vectors: &InitialVectors,
        recipe: Recipe,
        folder: &Path,
        device: &Device,
    ) -> Result<Self, TrainingError> {
        recipe.check()?;
        let (model, vectors_found) = initial_model(dataset, vectors, &recipe, device)?;
        let run = RunState {
            dataset_digest: dataset.digest(),
            vectors_found,
            ..RunState::default()
        };
        Self::of_model(model, dataset, recipe, folder, device, run, Vec::new())
    }

    /// Whether there is a run in `folder` that can be gone on with.
    pub fn is_unfinished(folder: &Path) -> bool {
        checkpoint::exists(folder)
    }

    /// Sets up the run in `folder` to go on from where it stopped, by its own recipe.
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
            rest,
            pseudo_labels,
            path,
        } = checkpoint::read(folder, device)?;
        if run.dataset_digest != dataset.digest() || *model.config.labels != *dataset.labels {
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
        if !run.fits(&recipe) {
            return Err(TrainingError::OtherRun {
                path,
                reason: "no run by its recipe can have come as far as it says".into(),
            });
        }
        let wanted = match run.round {
            0 => 0,
            _ => dataset.unlabelled.len() * dataset.labels.len(),
        };
        if pseudo_labels.len() != wanted {
            return Err(TrainingError::OtherRun {
                path,
                reason:
                    "what a model said of the texts without labels is not there for each of them"
                        .into(),
            });
        }
        let mut trainer =
            Self::of_model(model, dataset, recipe, folder, device, run, pseudo_labels)?;
        trainer.lock = lock;
        let steps = trainer.run.steps;
        match &mut trainer.pretraining {
            Some(model) => model.restore(steps, &rest, &path)?,
            None => trainer.model.restore(steps, &rest, &path)?,
        }
        Ok(trainer)
    }

    fn of_model(
        model: SavedModel,
        dataset: &Dataset,
        recipe: Recipe,
        folder: &Path,
        device: &Device,
        run: RunState,
        pseudo_labels: Vec<f32>,
    ) -> Result<Self, TrainingError> {
        checkpoint::check(&model.vocabulary)?;
        let labels = &dataset.labels;
        let counts = dataset.train.label_counts(labels.len());
        let class_weights = recipe.class_weights.resolve(labels, &counts)?;
        let model = SupervisedModel::new(model, recipe, class_weights)?;
        let indexer = &model.indexer;
        let mut texts = indexer.encode(&dataset.train.texts);
        texts.append(&indexer.encode(&dataset.unlabelled));
        let targets = Targets::new(labels.len(), dataset.train.labels.clone(), pseudo_labels);
        let train = TrainingSet { texts, targets };
        let ngrams = fit(&train, model.recipe.ngrams)?;
        let validation = Validation::new(indexer, &dataset.validation, ngrams.as_ref());
        // After the n-grams, whose fitting takes memory of its own.
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
            run,
            model,
            pretraining,
            corpus: dataset.name.clone(),
            corpus_digest: dataset.corpus_digest.clone(),
        })
    }
}
