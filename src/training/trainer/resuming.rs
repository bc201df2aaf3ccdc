//! Resumes an interrupted run.

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use super::Trainer;
use crate::device::Device;
use crate::model::{BaseRecord, ModelError, SavedModel};
use crate::training::data::base::Base;
use crate::training::data::dataset::Dataset;
use crate::training::error::TrainingError;
use crate::training::recipe::Recipe;
use crate::training::run::checkpoint::{self, Checkpoint};

impl Trainer {
    /// Returns whether `folder` has an unfinished run to resume.
    pub fn is_unfinished(folder: &Path) -> bool {
        checkpoint::exists(folder)
    }

    /// Returns the recipe of the unfinished run in `folder`.
    pub fn unfinished_recipe(folder: &Path) -> Result<Recipe, TrainingError> {
        let Checkpoint { model, path, .. } = checkpoint::read(folder, &Device::Cpu)?;
        saved_recipe(&model, &path)
    }

    /// Returns the name of the model that the unfinished run in `folder` started from.
    pub fn unfinished_base(folder: &Path) -> Result<Option<String>, TrainingError> {
        let Checkpoint { model, .. } = checkpoint::read(folder, &Device::Cpu)?;
        Ok(model.config.base.map(|base| base.name))
    }

    /// Resumes the run in `folder` from its checkpoint, with the recipe of the checkpoint. `base` is the model that the run
    /// started from, which must not have changed; by default it is read again by its name.
    pub fn resume(
        dataset: &Dataset,
        base: Option<&Arc<Base>>,
        folder: &Path,
        device: &Device,
    ) -> Result<Self, TrainingError> {
        let lock = match Self::is_unfinished(folder) {
            true => Some(checkpoint::lock(folder)?),
            false => None,
        };
        let checkpoint = checkpoint::read(folder, device)?;
        let recipe = saved_recipe(&checkpoint.model, &checkpoint.path)?;
        check_dataset(&checkpoint, dataset)?;
        recipe.check()?;
        let base = match &checkpoint.model.config.base {
            None => None,
            Some(record) => {
                let base = match base {
                    Some(base) => Arc::clone(base),
                    None => Arc::new(Base::read(&record.name, device)?),
                };
                check_base(&base, record, &checkpoint.path)?;
                Some(base.for_labels(&dataset.labels, recipe.output)?)
            }
        };
        check_progress(&checkpoint, &recipe, dataset)?;
        let Checkpoint {
            run,
            model,
            training_tensors,
            pseudo_labels,
            path,
        } = checkpoint;
        let mut trainer =
            Self::from_model(model, dataset, recipe, folder, device, run, pseudo_labels)?;
        trainer.lock = lock;
        trainer.set_base(base);
        let steps = trainer.run.steps;
        match &mut trainer.pretraining {
            Some(model) => model.restore(steps, &training_tensors, &path)?,
            None => trainer.model.restore(steps, &training_tensors, &path)?,
        }
        Ok(trainer)
    }
}

fn saved_recipe(model: &SavedModel, path: &Path) -> Result<Recipe, TrainingError> {
    let recipe = Recipe::deserialize(&model.config.training);
    Ok(recipe.map_err(|source| ModelError::Config {
        path: path.into(),
        source,
    })?)
}

/// Returns the error of a checkpoint that does not belong to the run, for a reason.
fn mismatch(checkpoint: &Path, reason: impl Into<String>) -> TrainingError {
    TrainingError::CheckpointMismatch {
        path: checkpoint.into(),
        reason: reason.into(),
    }
}

/// Checks that the run began with a dataset.
fn check_dataset(checkpoint: &Checkpoint, dataset: &Dataset) -> Result<(), TrainingError> {
    let labels = &checkpoint.model.config.labels;
    match checkpoint.run.dataset_digest == dataset.digest() && **labels == *dataset.labels {
        true => Ok(()),
        false => Err(mismatch(
            &checkpoint.path,
            "the run began with another training or validation set",
        )),
    }
}

/// Checks that the base of a run to resume has not changed.
fn check_base(base: &Base, record: &BaseRecord, checkpoint: &Path) -> Result<(), TrainingError> {
    match base.record().digest == record.digest {
        true => Ok(()),
        false => Err(mismatch(
            checkpoint,
            format!(
                "the run began from other weights of the model {}",
                record.name
            ),
        )),
    }
}

/// Checks that the recipe allows the progress of the run, and that it has pseudo-labels for all unlabelled texts or none.
fn check_progress(
    checkpoint: &Checkpoint,
    recipe: &Recipe,
    dataset: &Dataset,
) -> Result<(), TrainingError> {
    if !checkpoint.run.is_reachable(recipe) {
        return Err(mismatch(
            &checkpoint.path,
            "its progress exceeds what its recipe allows",
        ));
    }
    let expected = match checkpoint.run.round {
        0 => 0,
        _ => dataset.unlabelled.len() * dataset.labels.len(),
    };
    match checkpoint.pseudo_labels.len() == expected {
        true => Ok(()),
        false => Err(mismatch(
            &checkpoint.path,
            "the number of pseudo-labels differs from that of the unlabelled texts",
        )),
    }
}
