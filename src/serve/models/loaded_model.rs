//! A loaded model version, ready for requests.

use std::path::Path;
use std::sync::Arc;

use super::version_folders::ONLY_VERSION;
use crate::classifier::Classifier;
use crate::device::Device;
use crate::model::{ModelConfig, ModelError};
use crate::serve::error::ServeError;
use crate::serve::model_card::ModelCard;
use crate::serve::prometheus::Metrics;
use crate::serve::scorer::Scorer;
use crate::serve::settings::Limits;

/// Warm-up texts, so that the first request is not slow.
const WARM_UP: [&str; 2] = ["A good film, and not a long one.", "The soup was cold."];

/// A model version in memory, with its scoring thread.
///
/// Each request holds an `Arc` of it, so it finishes on the version it started with, even after a reload.
#[derive(Debug)]
pub struct LoadedModel {
    pub name: String,
    pub version: u64,
    pub card: ModelCard,
    pub classifier: Classifier,
    pub scorer: Scorer,
}

/// The configuration for loading versions.
#[derive(Clone, Debug)]
pub struct Loading {
    pub two_classes: bool,
    pub any_language: bool,
    pub device: Device,
    pub limits: Limits,
    pub metrics: Arc<Metrics>,
}

impl Loading {
    /// Loads the model in a folder.
    pub fn version(
        &self,
        name: &str,
        version: u64,
        folder: &Path,
    ) -> Result<LoadedModel, ServeError> {
        let classifier = Classifier::load(folder, &self.device);
        let card = |config: &ModelConfig| ModelCard::of_folder(folder, config);
        self.ready(name, version, classifier, card)
    }

    /// Loads the built-in model.
    pub fn shipped(&self, name: &str) -> Result<LoadedModel, ServeError> {
        let classifier = Classifier::general(&self.device);
        self.ready(name, ONLY_VERSION, classifier, |_| ModelCard::of_built_in())
    }

    fn ready(
        &self,
        name: &str,
        version: u64,
        classifier: Result<Classifier, ModelError>,
        card: impl FnOnce(&ModelConfig) -> ModelCard,
    ) -> Result<LoadedModel, ServeError> {
        let of_model = |source| ServeError::Model {
            name: name.into(),
            version,
            source,
        };
        let classifier = classifier.and_then(|classifier| match self.two_classes {
            true => classifier.two_classes(),
            false => Ok(classifier),
        });
        let classifier = match (self.any_language, classifier.map_err(of_model)?) {
            (true, classifier) => classifier.any_language(),
            (false, classifier) => classifier,
        };
        classifier.predict(&WARM_UP).map_err(of_model)?;
        let metrics = self.metrics.of_model(name);
        let scorer = Scorer::start(classifier.clone(), &self.limits, metrics)?;
        Ok(LoadedModel {
            name: name.into(),
            version,
            card: card(classifier.config()),
            classifier,
            scorer,
        })
    }
}
