//! The trained model that a run starts from.

use std::path::Path;
use std::sync::Arc;

use crate::classifier::Classifier;
use crate::device::Device;
use crate::model::{
    BaseRecord, Implementation, ModelConfig, ModelError, ModelLocation, Ngrams, OutputKind,
    SavedModel, ScoringPrecision,
};

/// The name of the file whose digest identifies a model.
const WEIGHTS: &str = "model.safetensors";

/// A trained model that a run starts from.
#[derive(Clone, Debug)]
pub struct Base {
    name: String,
    pub(crate) model: SavedModel,
}

impl Base {
    /// Reads a model by its name: that of a built-in model, a folder or an archive.
    pub fn read(name: &str, device: &Device) -> Result<Self, ModelError> {
        Self::open(name, &ModelLocation::named(Path::new(name)), device)
    }

    /// Reads the model in a place. A run records `name`, such as the address that the model was downloaded from.
    pub fn open(name: &str, location: &ModelLocation, device: &Device) -> Result<Self, ModelError> {
        Ok(Self {
            name: name.into(),
            model: SavedModel::open(location, device)?,
        })
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the configuration of the model.
    pub fn config(&self) -> &ModelConfig {
        &self.model.config
    }

    /// Returns whether the model has these labels, and answers as a model with this kind of output does: with one label a
    /// text, or with any number.
    pub fn has_labels(&self, labels: &[String], output: OutputKind) -> bool {
        *self.config().labels == *labels && self.is_multi_label() == is_multi_label(output)
    }

    /// Returns the model for a run with these labels and this kind of output: if they are some of the model's, restricted
    /// to them, so that [`Base::has_labels`]; else the model as it is.
    pub fn for_labels(
        self: &Arc<Self>,
        labels: &[String],
        output: OutputKind,
    ) -> Result<Arc<Self>, ModelError> {
        let known = &self.config().labels;
        let is_subset = labels.len() > 1 && labels.iter().all(|label| known.contains(label));
        let has_one_label = !self.is_multi_label() && !is_multi_label(output);
        if !is_subset || !has_one_label || self.has_labels(labels, output) {
            return Ok(Arc::clone(self));
        }
        Ok(Arc::new(Self {
            name: self.name.clone(),
            model: self.model.clone().restricted_to(labels)?,
        }))
    }

    fn is_multi_label(&self) -> bool {
        is_multi_label(self.config().decision.output)
    }

    /// Returns a classifier of the model, which scores texts in `f32`, as training does.
    pub fn classifier(&self, device: &Device) -> Result<Classifier, ModelError> {
        let implementation = Implementation::on(&device.to_candle());
        Classifier::scoring_in(ScoringPrecision::F32, self.model.clone(), implementation)
    }

    /// Returns what a model that starts from this one records.
    pub(crate) fn record(&self) -> BaseRecord {
        let digest = self.model.config.digests.get(WEIGHTS);
        BaseRecord {
            name: self.name.clone(),
            digest: digest.cloned().unwrap_or_default(),
        }
    }

    /// Returns the n-grams of the model, if it has any.
    pub(crate) fn ngrams(&self) -> Option<&Ngrams> {
        self.model.ngrams.as_ref()
    }
}

fn is_multi_label(output: OutputKind) -> bool {
    output == OutputKind::MultiLabel
}
