//! The card of a model: what it was trained on, when, and how accurate it is.

mod architecture;
mod facts;
mod markdown;

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::Serialize;

pub use self::facts::CardFacts;
use super::run::record::Run;
use crate::evaluation::wilson;
use crate::files::file_names;
use crate::model::folder::NamedFile;
use crate::model::{BaseRecord, BuiltIn, ModelConfig, ModelLocation, files_in};

/// 1 December 2026.
const GENERAL_SAVED_AT: u64 = 1_796_083_200;
/// 1 December 2026.
const CHINESE_SAVED_AT: u64 = 1_796_083_200;

/// The facts about a model that a user of its predictions should know. What is not known is left out.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ModelCard {
    /// What kind of texts the model learned from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trained_on: Option<String>,
    /// The number of texts of the training set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_texts: Option<u64>,
    /// The model that training started from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// The model whose probabilities were a part of the training targets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teacher: Option<String>,
    /// When it was saved, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saved_at: Option<u64>,
    /// Its accuracy on texts that it was not trained on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accuracy: Vec<Accuracy>,
}

/// An accuracy with its 95% interval.
#[derive(Clone, Debug, Serialize)]
pub struct Accuracy {
    /// The texts.
    pub of: String,
    /// The share of texts with the right label.
    pub value: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

impl ModelCard {
    /// Returns the card of the model in a place as Markdown. `name` is that of the model, by default that of its folder.
    pub fn markdown_of(
        location: &ModelLocation,
        config: &ModelConfig,
        name: Option<&str>,
    ) -> String {
        let run = run_of(location);
        let name = name_of(location, name);
        Self::with_run(location, config, run.as_ref()).to_markdown(&name, config, run.as_ref())
    }

    /// Returns the card of the model in a place.
    pub fn of(location: &ModelLocation, config: &ModelConfig) -> Self {
        Self::with_run(location, config, run_of(location).as_ref())
    }

    /// Returns the card of the model in a place with its training run, if it is known.
    fn with_run(location: &ModelLocation, config: &ModelConfig, run: Option<&Run>) -> Self {
        match location {
            ModelLocation::BuiltIn(BuiltIn::Chinese) => Self::of_chinese(),
            ModelLocation::BuiltIn(_) => Self::of_general(),
            ModelLocation::Folder(folder) => Self {
                saved_at: saved_at(folder),
                ..Self::of_run(run, config)
            },
            ModelLocation::Archive(_) => Self::of_run(run, config),
        }
    }

    /// Returns the card of the built-in English model. models/README.md has these figures and their sources.
    fn of_general() -> Self {
        let accuracy = |of: &str, correct| {
            Accuracy::new(
                format!("1,000 sentences on {of}, 2 classes"),
                correct,
                1_000,
            )
        };
        Self {
            trained_on: Some(
                "reviews of products, places, apps, books and films, tweets, comments, news, and probabilities of classes and emotions by MiniLM-L6"
                    .into(),
            ),
            train_texts: Some(472_071),
            base: None,
            teacher: None,
            saved_at: Some(GENERAL_SAVED_AT),
            accuracy: vec![
                accuracy("products", 934),
                accuracy("food", 945),
                accuracy("films", 953),
                Accuracy::new("2,000 tweets, 3 classes".into(), 1_431, 2_000),
            ],
        }
    }

    /// Returns the card of the built-in Chinese model. docs/languages.md has these figures.
    fn of_chinese() -> Self {
        Self {
            trained_on: Some("reviews of hotels, books and other goods, and posts of Weibo".into()),
            train_texts: Some(67_205),
            base: None,
            teacher: None,
            saved_at: Some(CHINESE_SAVED_AT),
            accuracy: vec![
                Accuracy::new("1,985 reviews of Amazon, 2 classes".into(), 1_781, 1_985),
                Accuracy::new("266 reviews of EPRSTMT, 2 classes".into(), 232, 266),
            ],
        }
    }

    /// Returns the card of a saved model with its training run, if it is known.
    fn of_run(run: Option<&Run>, config: &ModelConfig) -> Self {
        let accuracy = run.map(|run| {
            let texts = run.validation_texts;
            let correct = (run.best.validation_accuracy * texts as f64).round() as u64;
            let has_fixed_encoder = config.training["freeze-encoder"] == true;
            let of = match has_fixed_encoder && texts == run.train_texts {
                true => "the training texts in cross-validation, which also chose the penalty",
                false => "the validation set, which also chose the epoch",
            };
            Accuracy::new(of.into(), correct, texts)
        });
        Self {
            trained_on: run.map(|run| file_names(&run.corpus)),
            train_texts: run.map(|run| run.train_texts),
            base: config.base.as_ref().map(BaseRecord::shared_name),
            teacher: run
                .and_then(|run| run.teacher.as_ref())
                .map(BaseRecord::shared_name),
            saved_at: None,
            accuracy: accuracy.into_iter().collect(),
        }
    }
}

/// Returns the name of a model, by default that of its folder.
fn name_of(location: &ModelLocation, name: Option<&str>) -> String {
    match (name, location) {
        (Some(name), _) => name.into(),
        (None, ModelLocation::BuiltIn(model)) => model.name().into(),
        (None, ModelLocation::Folder(path) | ModelLocation::Archive(path)) => folder_name(path),
    }
}

/// Returns the training run of a model, if it has one that can be read.
fn run_of(location: &ModelLocation) -> Option<Run> {
    Run::of(location).ok().flatten()
}

/// Returns when a model was saved, in seconds since 1970, if the system says it.
fn saved_at(folder: &Path) -> Option<u64> {
    let [config_file, ..] = files_in(folder);
    let modified = fs::metadata(config_file).and_then(|file| file.modified());
    let since = modified.ok()?.duration_since(UNIX_EPOCH);
    Some(since.ok()?.as_secs())
}

/// The name of the card's file in a model's folder.
pub(crate) const README: &str = "README.md";

/// Returns README.md of a model in `folder` with its training run, if it has one.
pub(crate) fn card_file(folder: &Path, config: &ModelConfig, run: Option<&Run>) -> NamedFile {
    let card = ModelCard::of_run(run, config);
    let markdown = card.to_markdown(&folder_name(folder), config, run);
    (README, markdown.into_bytes())
}

/// Returns the name of a folder, also of `.`.
fn folder_name(folder: &Path) -> String {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.into());
    let name = folder.file_name().or(whole.file_name());
    name.unwrap_or(folder.as_os_str())
        .to_string_lossy()
        .into_owned()
}

impl Accuracy {
    fn new(of: String, correct: u64, texts: u64) -> Self {
        let interval = wilson(correct, texts);
        Self {
            of,
            value: correct as f64 / texts.max(1) as f64,
            low: interval.low,
            high: interval.high,
        }
    }
}
