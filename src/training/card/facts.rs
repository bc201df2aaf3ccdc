//! The facts of a card as JSON, for programs.

use candle_core::Tensor;
use serde::Serialize;
use serde_json::{Map, Value};

use super::markdown::METRICS;
use super::{ModelCard, name_of, run_of};
use crate::evaluation::wilson;
use crate::model::{
    EncoderConfig, ModelConfig, ModelLocation, OutputKind, Pooling, SavedModel, Weights,
};
use crate::text::CharNgrams;
use crate::training::run::record::{Calibration, Run};

/// What a card says, for programs. What is not known is left out.
#[derive(Clone, Debug, Serialize)]
pub struct CardFacts {
    name: String,
    /// The version of the saved form.
    format_version: u32,
    /// The SHA-256 of each file, which tells versions of a model apart.
    digests: Map<String, Value>,
    labels: Vec<String>,
    output: OutputKind,
    /// The language of tokenizer, stopwords and stemmer.
    language: String,
    /// The languages of the training texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    known_languages: Option<String>,
    encoder: EncoderConfig,
    pooling: Pooling,
    word_mean: bool,
    embedding_size: usize,
    /// The longest n-gram in words.
    ngrams: usize,
    /// The lengths of character n-grams, such as `2..5`.
    #[serde(skip_serializing_if = "CharNgrams::is_none")]
    char_ngrams: CharNgrams,
    vocabulary: usize,
    /// The number of weights of the network, with the word vectors.
    parameters: usize,
    max_length: usize,
    temperature: f64,
    /// Labels that the network learned beside those that it predicts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    further_labels: Vec<String>,
    #[serde(flatten)]
    card: ModelCard,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation: Option<ValidationFacts>,
}

/// The metrics on the validation set.
#[derive(Clone, Debug, Serialize)]
struct ValidationFacts {
    texts: u64,
    /// The metrics by the keys of `eval --json`.
    metrics: Map<String, Value>,
    /// Recall and the others of each label, with the 95% interval of the recall.
    labels: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    calibration: Option<Calibration>,
}

impl CardFacts {
    /// Returns the facts of the model in a place. `name` is that of the model, by default that of its folder.
    pub fn of(location: &ModelLocation, saved: &SavedModel, name: Option<&str>) -> Self {
        let SavedModel {
            config,
            vocabulary,
            further,
            ..
        } = saved;
        let run = run_of(location);
        let shapes = Weights::shapes(&config.architecture, vocabulary.len(), config.labels.len());
        let weights = shapes
            .iter()
            .map(|(_, shape)| shape.iter().product::<usize>())
            .chain(further.values().map(Tensor::elem_count));
        let digests = config.digests.iter();
        Self {
            name: name_of(location, name),
            format_version: config.format_version,
            digests: digests
                .map(|(name, digest)| (name.clone(), digest.clone().into()))
                .collect(),
            labels: config.labels.to_vec(),
            output: config.decision.output,
            language: config.preprocessing.language.clone(),
            known_languages: config.known_languages.as_ref().map(|known| known.names()),
            encoder: config.architecture.encoder.clone(),
            pooling: config.architecture.pooling,
            word_mean: config.architecture.word_mean,
            embedding_size: config.architecture.embedding_size,
            ngrams: config.ngrams,
            char_ngrams: config.char_ngrams.clone(),
            vocabulary: vocabulary.len(),
            parameters: weights.sum(),
            max_length: config.max_length,
            temperature: config.decision.temperature,
            further_labels: config.further_labels.clone(),
            card: ModelCard::with_run(location, config, run.as_ref()),
            validation: run.map(|run| ValidationFacts::of(&run, config)),
        }
    }
}

impl ValidationFacts {
    fn of(run: &Run, config: &ModelConfig) -> Self {
        let metrics = METRICS.iter().filter_map(|(key, _)| {
            let value = run.metric(key)?;
            Some((key.to_string(), value.into()))
        });
        let labels = config.labels.iter().filter_map(|label| {
            let mut metrics = run.validation.get(label)?.as_object()?.clone();
            let number = |key: &str| metrics.get(key)?.as_f64();
            if let (Some(recall), Some(support)) = (number("recall"), number("support")) {
                let interval = wilson((recall * support).round() as u64, support as u64);
                let interval = [interval.low, interval.high];
                metrics.insert("recall_interval".into(), interval.to_vec().into());
            }
            Some((label.clone(), metrics.into()))
        });
        Self {
            texts: run.validation_texts,
            metrics: metrics.collect(),
            labels: labels.collect(),
            calibration: run.calibration,
        }
    }
}
