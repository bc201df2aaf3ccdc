//! Which model a command uses, and where it computes.

use std::path::{Path, PathBuf};

use sentiment::classifier::Classifier;
use sentiment::model::Decision;

use super::console::Console;
use super::device::DeviceChoice;

/// The arguments that say so.
#[derive(Debug, clap::Args)]
pub struct ModelArgs {
    /// The model's folder [default: the model in the program]
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,

    /// Of two labels, give the second one where it is at least this probable [default: what the model has, or
    /// else the more probable one]
    #[arg(long, value_name = "PROBABILITY", value_parser = probability)]
    threshold: Option<f64>,

    /// auto, cpu, cuda or cuda:N
    #[arg(long, default_value = "auto")]
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
        self.decide(classifier)
    }

    /// The classifier with the threshold that was given, if one was.
    fn decide(&self, classifier: Classifier) -> anyhow::Result<Classifier> {
        let decision = classifier.config().decision;
        let threshold = self.threshold.or(decision.threshold);
        Ok(classifier.with_decision(Decision {
            threshold,
            ..decision
        })?)
    }

    /// Loads another model to be compared with it.
    pub fn load_other(&self, folder: &Path, console: &Console) -> anyhow::Result<Classifier> {
        self.decide(Classifier::load(folder, &self.device.open(console)?)?)
    }

    /// The model's folder; None where it is the model in the program.
    pub fn folder(&self) -> Option<&Path> {
        self.model.as_deref()
    }

    /// What the model is called, for people.
    pub fn name(&self) -> String {
        let folder = self.model.as_ref();
        folder.map_or("the model in the program".into(), |folder| {
            folder.display().to_string()
        })
    }
}

/// A probability on the command line.
pub fn probability(text: &str) -> Result<f64, String> {
    let number = text
        .parse()
        .ok()
        .filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "a probability is a number from 0 to 1".into())
}
