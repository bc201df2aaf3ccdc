//! The options that select a model and a device.

use std::path::{Path, PathBuf};

use anyhow::Context;
use sentiment::classifier::Classifier;
use sentiment::model::OutputKind;

use super::console::Console;
use super::device::DeviceChoice;
use super::threshold_args::{LabelThreshold, set_thresholds};

/// The options that select a model, its decision thresholds and the device.
#[derive(Debug, clap::Args)]
pub struct ModelArgs {
    /// Model folder [default: the built-in model]
    #[arg(
        long,
        value_name = "DIR",
        env = "SENTIMENT_MODEL",
        hide_env_values = true
    )]
    model: Option<PathBuf>,

    /// Minimum probability of a label [default: the model's]
    #[arg(long, value_name = "LABEL=P")]
    threshold: Vec<LabelThreshold>,

    /// Leave out the label neutral of a three-class model
    #[arg(long)]
    two_classes: bool,

    /// Predict texts in other languages than the model's
    #[arg(long)]
    any_language: bool,

    /// Device: auto, cpu, cuda or cuda:N
    #[arg(
        long,
        default_value = "auto",
        env = "SENTIMENT_DEVICE",
        hide_env_values = true
    )]
    device: DeviceChoice,
}

impl ModelArgs {
    /// Loads the model.
    pub fn load(&self, console: &Console) -> anyhow::Result<Classifier> {
        let device = self.device.open(console)?;
        let classifier = match &self.model {
            Some(folder) => Classifier::load(folder, &device)?,
            None => Classifier::general(&device)?,
        };
        let classifier = self.for_languages(classifier);
        self.with_threshold(match self.two_classes {
            true => classifier.two_classes().with_context(|| self.name())?,
            false => classifier,
        })
    }

    /// Applies `--any-language`, if given.
    fn for_languages(&self, classifier: Classifier) -> Classifier {
        match self.any_language {
            true => classifier.any_language(),
            false => classifier,
        }
    }

    /// Applies `--threshold`, if given.
    fn with_threshold(&self, classifier: Classifier) -> anyhow::Result<Classifier> {
        let mut decision = classifier.config().decision.clone();
        set_thresholds(
            &self.threshold,
            classifier.labels(),
            &mut decision.thresholds,
        )?;
        Ok(classifier.with_decision(decision)?)
    }

    /// Loads another model for comparison, with the same options. If it has more labels than `labels`, it is restricted
    /// to them.
    pub fn load_other(
        &self,
        folder: &Path,
        labels: &[String],
        console: &Console,
    ) -> anyhow::Result<Classifier> {
        let other = Classifier::load(folder, &self.device.open(console)?)?;
        let other = self.for_languages(other);
        let has_more = other.labels().len() > labels.len()
            && labels.iter().all(|label| other.labels().contains(label));
        if !has_more || other.config().decision.output == OutputKind::MultiLabel {
            return self.with_threshold(other);
        }
        console.note(format!(
            "comparing {} by the labels {} only",
            folder.display(),
            labels.join(", ")
        ));
        self.with_threshold(other.restricted_to(labels)?)
    }

    /// Returns the model's folder, or `None` for the built-in model.
    pub fn folder(&self) -> Option<&Path> {
        self.model.as_deref()
    }

    /// Returns the model's name for messages.
    pub fn name(&self) -> String {
        let folder = self.model.as_ref();
        folder.map_or("the built-in model".into(), |folder| {
            folder.display().to_string()
        })
    }
}

/// Parses a probability on the command line.
pub fn probability(text: &str) -> Result<f64, String> {
    let number = text
        .parse()
        .ok()
        .filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "expected a probability from 0 to 1".into())
}
