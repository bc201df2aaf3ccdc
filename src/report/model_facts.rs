//! Facts about the model: its training run, decision rule and settings.

use std::path::Path;

use super::contents::{EpochPoint, Report};
use super::formatting::cut;
use crate::classifier::Classifier;
use crate::files::file_names;
use crate::model::ModelError;
use crate::training::{Run, read_history};

/// The maximum length of a setting's value in characters: some are lists of words.
const LONGEST_VALUE: usize = 200;

impl Report {
    /// Adds the model's labels and settings. If `folder` is given, adds the training run and its epochs. The built-in
    /// model has no folder.
    pub fn add_model(
        &mut self,
        classifier: &Classifier,
        folder: Option<&Path>,
    ) -> Result<(), ModelError> {
        self.facts.extend(facts(classifier, folder));
        if let Some(folder) = folder {
            let epochs = read_history(folder)?.into_iter();
            let points = epochs.map(|epoch| EpochPoint {
                epoch: epoch.epoch,
                train_loss: epoch.train_loss,
                validation_loss: epoch.validation_loss,
                validation_accuracy: epoch.validation_accuracy,
            });
            self.history = points.collect();
        }
        Ok(())
    }
}

fn facts(classifier: &Classifier, folder: Option<&Path>) -> Vec<(String, String)> {
    let config = classifier.config();
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: String| facts.push((name.to_string(), value));
    if let Some(run) = folder.and_then(|folder| Run::read(folder).ok()) {
        fact("trained on", file_names(&run.corpus));
        fact("training texts", run.train_texts.to_string());
        fact("validation texts", run.validation_texts.to_string());
        fact("training time (seconds)", format!("{:.1}", run.seconds));
    }
    fact("labels", config.labels.join(", "));
    fact("temperature", format!("{:.3}", config.decision.temperature));
    let thresholds = config.decision.thresholds.iter();
    let thresholds = thresholds.map(|(label, threshold)| format!("{label} {threshold:.4}"));
    let thresholds: Vec<String> = thresholds.collect();
    if !thresholds.is_empty() {
        fact("thresholds", thresholds.join(", "));
    }
    for (name, value) in config.training.as_object().into_iter().flatten() {
        let text = value.as_str().map_or(value.to_string(), String::from);
        fact(name, cut(&text, LONGEST_VALUE));
    }
    facts
}
