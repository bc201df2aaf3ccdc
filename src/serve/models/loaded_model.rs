//! A loaded model version, ready for requests.

use std::sync::Arc;

use crate::classifier::Classifier;
use crate::device::Device;
use crate::model::{ModelLocation, ScoringPrecision};
use crate::serve::error::ServeError;
use crate::serve::prometheus::Metrics;
use crate::serve::scorer::Scorer;
use crate::serve::settings::Limits;
use crate::training::ModelCard;

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
    pub precision: Option<ScoringPrecision>,
    pub device: Device,
    pub limits: Limits,
    pub metrics: Arc<Metrics>,
}

impl Loading {
    /// Loads a version of a model.
    pub fn version(
        &self,
        name: &str,
        version: u64,
        location: &ModelLocation,
    ) -> Result<LoadedModel, ServeError> {
        let of_model = |source| ServeError::Model {
            name: name.into(),
            version,
            source,
        };
        let classifier = Classifier::open(location, &self.device);
        let classifier = classifier.and_then(|classifier| match self.precision {
            Some(precision) => classifier.with_precision(precision),
            None => Ok(classifier),
        });
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
            card: ModelCard::of(location, classifier.config()),
            classifier,
            scorer,
        })
    }
}
