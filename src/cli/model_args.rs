//! The options that select a model and a device.

use std::path::{Path, PathBuf};

use anyhow::Context;
use sentiment::classifier::Classifier;
use sentiment::model::{BuiltIn, ModelLocation, OutputKind, ScoringPrecision};

use super::console::Console;
use super::device::DeviceChoice;
use super::model_by_text::note_chinese;
use super::model_location::{MODEL_VARIABLE, is_download, model_location};
use super::threshold_args::{LabelThreshold, set_thresholds};

/// The value of --model that lets the language of the texts decide.
const AUTO: &str = "auto";

/// The options that select a model, its decision thresholds and the device.
#[derive(Debug, clap::Args)]
pub struct ModelArgs {
    /// Model: general, chinese, a folder, an archive, hf:NAME or auto [default: auto, by the language]
    #[arg(
        long,
        value_name = "MODEL",
        env = MODEL_VARIABLE,
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

    /// Precision of scoring: f32 or int8 [default: int8 with AVX2]
    #[arg(long, value_name = "PRECISION")]
    precision: Option<ScoringPrecision>,

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
    /// Returns the name of the given model; `None` if the language of the texts decides.
    fn name(&self) -> Option<&Path> {
        let given = self.model.as_deref();
        given.filter(|&name| name != Path::new(AUTO))
    }

    /// Returns whether a model is given. Otherwise the language of the texts decides.
    pub fn is_given(&self) -> bool {
        self.name().is_some()
    }

    /// Returns whether texts in other languages than the model's are predicted.
    pub fn predicts_any_language(&self) -> bool {
        self.any_language
    }

    /// Returns whether the given model is a download, which other programs may share.
    pub fn is_downloaded(&self) -> bool {
        self.name().is_some_and(is_download)
    }

    /// Returns the place of the given model, which is downloaded if it is elsewhere.
    pub fn given(&self, console: &Console) -> anyhow::Result<Option<ModelLocation>> {
        let name = self.name();
        name.map(|name| model_location(name, console)).transpose()
    }

    /// Returns the place of the given model, or else of the built-in model for the language of `texts`, which it notes if that is
    /// not English.
    pub fn given_or_for<'a>(
        &self,
        texts: impl IntoIterator<Item = &'a str>,
        console: &Console,
    ) -> anyhow::Result<ModelLocation> {
        if let Some(given) = self.given(console)? {
            return Ok(given);
        }
        let model = BuiltIn::for_texts(texts);
        if model == BuiltIn::Chinese {
            note_chinese(console);
        }
        Ok(ModelLocation::BuiltIn(model))
    }

    /// Loads a model with the other options.
    pub fn load(&self, location: &ModelLocation, console: &Console) -> anyhow::Result<Classifier> {
        let classifier = self.open(location, console)?;
        self.with_threshold(match self.two_classes {
            true => {
                let two_classes = classifier.two_classes();
                two_classes.with_context(|| location.to_string())?
            }
            false => classifier,
        })
    }

    /// Loads a model on the device, with `--precision` and `--any-language`.
    fn open(&self, location: &ModelLocation, console: &Console) -> anyhow::Result<Classifier> {
        let classifier = Classifier::open(location, &self.device.open(console)?)?;
        let classifier = match self.precision {
            Some(precision) => classifier.with_precision(precision)?,
            None => classifier,
        };
        if self
            .precision
            .is_some_and(|precision| precision != classifier.precision())
        {
            console.note(format!(
                "note: {location} is scored in f32: its encoder, or this device, has no 8-bit form"
            ));
        }
        Ok(match self.any_language {
            true => classifier.any_language(),
            false => classifier,
        })
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
        location: &ModelLocation,
        labels: &[String],
        console: &Console,
    ) -> anyhow::Result<Classifier> {
        let other = self.open(location, console)?;
        let has_more = other.labels().len() > labels.len()
            && labels.iter().all(|label| other.labels().contains(label));
        if !has_more || other.config().decision.output == OutputKind::MultiLabel {
            return self.with_threshold(other);
        }
        console.note(format!(
            "comparing {location} by the labels {} only",
            labels.join(", ")
        ));
        self.with_threshold(other.restricted_to(labels)?)
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
