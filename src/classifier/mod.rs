//! The classifier: from a text to a prediction.
//!
//! Evaluation, explanations, the program and the server all predict through [`Classifier`], so they cannot disagree about
//! preprocessing or weights. Training uses the same parts: `TokenIndexer` and `network_logits`.

mod neutral;
mod prediction;
mod record;
mod scoring;
mod token_indexer;

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use crate::batch::EncodedTexts;
use crate::device::Device;
use crate::model::{
    BuiltIn, Decision, Implementation, LabelSubset, ModelConfig, ModelError, ModelLocation,
    Network, Ngrams, SavedModel, ScoringPrecision,
};
use crate::text::{Token, Tokens};
use crate::vocabulary::Vocabulary;

pub use prediction::{Abstention, Prediction};
pub use record::{LABEL_SEPARATOR, PredictionRecord, Probabilities, UNCERTAIN, join_labels};
pub(crate) use scoring::{network_features, network_logits};
pub(crate) use token_indexer::TokenIndexer;

/// A trained model that classifies texts. Cloning copies a pointer; threads can share one classifier.
///
/// A classifier never changes: training owns the network that it trains.
#[derive(Clone, Debug)]
pub struct Classifier(Arc<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    config: ModelConfig,
    /// Shared by classifiers that differ in their decision rule.
    model: Arc<Model>,
    /// Whether to predict texts in languages that the model did not learn from.
    any_language: bool,
}

#[derive(Debug)]
struct Model {
    /// Shared by classifiers that differ in their labels.
    indexer: Arc<TokenIndexer>,
    network: Network,
    /// Shared by classifiers that differ in their precision.
    ngrams: Option<Arc<Ngrams>>,
}

impl Classifier {
    /// Loads a saved model from its folder or from an archive `NAME.sentiment`.
    pub fn load(path: &Path, device: &Device) -> Result<Self, ModelError> {
        Self::open(&ModelLocation::at(path), device)
    }

    /// Loads a saved model, as [`Classifier::load`] does, that scores texts in this precision.
    pub fn load_with(
        path: &Path,
        device: &Device,
        precision: ScoringPrecision,
    ) -> Result<Self, ModelError> {
        let model = SavedModel::open(&ModelLocation::at(path), device)?;
        Self::scoring_in(precision, model, Implementation::on(&device.to_candle()))
    }

    /// Loads the built-in English model.
    pub fn general(device: &Device) -> Result<Self, ModelError> {
        Self::open(&ModelLocation::BuiltIn(BuiltIn::General), device)
    }

    /// Loads the built-in Chinese model.
    pub fn chinese(device: &Device) -> Result<Self, ModelError> {
        Self::open(&ModelLocation::BuiltIn(BuiltIn::Chinese), device)
    }

    /// Loads a model from its place. It scores texts in the default precision: see [`Classifier::with_precision`].
    pub fn open(location: &ModelLocation, device: &Device) -> Result<Self, ModelError> {
        let implementation = Implementation::on(&device.to_candle());
        Self::new(SavedModel::open(location, device)?, implementation)
    }

    /// Builds a classifier from a saved model, which scores texts in the default precision.
    #[doc(hidden)]
    pub fn new(model: SavedModel, implementation: Implementation) -> Result<Self, ModelError> {
        let precision = match model.config.is_imported() {
            // It gives the probabilities of the program that trained it.
            true => ScoringPrecision::F32,
            false => ScoringPrecision::default(),
        };
        Self::scoring_in(precision, model, implementation)
    }

    /// Builds a classifier from a saved model, which scores texts in this precision.
    pub(crate) fn scoring_in(
        precision: ScoringPrecision,
        model: SavedModel,
        implementation: Implementation,
    ) -> Result<Self, ModelError> {
        let SavedModel {
            config,
            vocabulary,
            weights,
            ngrams,
            ..
        } = model;
        let architecture = config.architecture.clone();
        let network = Network::new(architecture, config.labels.len(), weights, implementation)?;
        let indexer = TokenIndexer::new(&config, vocabulary)?
            .detecting_others_than(config.known_languages.clone());
        let model = Model {
            indexer: Arc::new(indexer),
            network: network.scoring_in(precision)?,
            ngrams: ngrams.map(Arc::new),
        };
        Ok(Self(Arc::new(Parts {
            config,
            model: Arc::new(model),
            any_language: false,
        })))
    }

    /// Returns a classifier of the same model that also predicts texts in languages that it did not learn from.
    pub fn any_language(mut self) -> Self {
        Arc::make_mut(&mut self.0).any_language = true;
        self
    }

    /// Returns the labels, in the order of a prediction's probabilities.
    pub fn labels(&self) -> &Arc<[String]> {
        &self.0.config.labels
    }

    /// Returns the configuration of the model.
    pub fn config(&self) -> &ModelConfig {
        &self.0.config
    }

    /// Returns a classifier of the same model with another decision rule.
    pub fn with_decision(mut self, decision: Decision) -> Result<Self, ModelError> {
        let config = &mut Arc::make_mut(&mut self.0).config;
        config.decision = decision;
        config.check()?;
        Ok(self)
    }

    /// Returns a classifier of the same model that scores texts in another precision.
    pub fn with_precision(self, precision: ScoringPrecision) -> Result<Self, ModelError> {
        if precision == self.precision() {
            return Ok(self);
        }
        let Model {
            indexer,
            network,
            ngrams,
        } = &*self.0.model;
        let model = Model {
            indexer: Arc::clone(indexer),
            network: network.clone().scoring_in(precision)?,
            ngrams: ngrams.clone(),
        };
        Ok(Self(Arc::new(Parts {
            config: self.0.config.clone(),
            model: Arc::new(model),
            any_language: self.0.any_language,
        })))
    }

    /// Returns the precision in which texts are scored.
    pub fn precision(&self) -> ScoringPrecision {
        match self.0.model.network.quantized() {
            Some(_) => ScoringPrecision::Int8,
            None => ScoringPrecision::F32,
        }
    }

    /// Returns a classifier of the same model that knows only some of its labels, at least two, in this order.
    ///
    /// Probabilities are the softmax over these labels. The temperature stays; thresholds of other labels are dropped.
    ///
    /// # Errors
    /// If the model lacks one of the labels, or predicts several labels a text.
    pub fn restricted_to(&self, labels: &[String]) -> Result<Self, ModelError> {
        let subset = LabelSubset::new(&self.0.config, labels)?;
        let Model {
            indexer,
            network,
            ngrams,
        } = &*self.0.model;
        let ngrams = ngrams.as_ref();
        let model = Model {
            indexer: Arc::clone(indexer),
            network: network.restricted_to(&subset)?,
            ngrams: ngrams.map(|ngrams| Arc::new(ngrams.restricted_to(&subset))),
        };
        Ok(Self(Arc::new(Parts {
            config: subset.config,
            model: Arc::new(model),
            any_language: self.0.any_language,
        })))
    }

    /// Returns the vocabulary.
    pub fn vocabulary(&self) -> &Vocabulary {
        self.0.model.indexer.vocabulary()
    }

    /// Returns the network.
    #[doc(hidden)]
    pub fn network(&self) -> &Network {
        &self.0.model.network
    }

    /// Returns the n-grams and their weights, if the model has them.
    pub fn ngrams(&self) -> Option<&Ngrams> {
        self.0.model.ngrams.as_deref()
    }

    /// Classifies texts on all cores. Returns one prediction per text, in order.
    pub fn predict<T: AsRef<str> + Sync>(
        &self,
        texts: &[T],
    ) -> Result<Vec<Prediction>, ModelError> {
        self.predict_encoded(&self.encode(texts))
    }

    /// Classifies one text.
    pub fn predict_one(&self, text: &str) -> Result<Prediction, ModelError> {
        // One text in, one prediction out.
        Ok(self.predict(&[text])?.remove(0))
    }

    /// Returns the tokens of a text that the model reads, each with its id, in order.
    ///
    /// A text longer than the model's maximum length keeps its end, where reviews draw their conclusion. An
    /// out-of-vocabulary token becomes known words where possible, else it has the id of the unknown token. `tokens` is a buffer.
    pub fn tokenize<'a>(
        &self,
        text: &str,
        tokens: &'a mut Tokens,
    ) -> impl ExactSizeIterator<Item = (u32, Token<'a>)> {
        self.0.model.indexer.tokenize(text, tokens)
    }

    /// Returns the token ids of each text, as [`Classifier::tokenize`] does.
    pub fn encode<T: AsRef<str> + Sync>(&self, texts: &[T]) -> EncodedTexts {
        self.0.model.indexer.encode(texts)
    }

    /// Classifies encoded texts.
    pub fn predict_encoded(&self, texts: &EncodedTexts) -> Result<Vec<Prediction>, ModelError> {
        let Parts {
            config,
            model,
            any_language,
        } = &*self.0;
        let mut logits = network_logits(&model.network, texts)?;
        if let Some(ngrams) = &model.ngrams {
            logits
                .par_iter_mut()
                .enumerate()
                .for_each_init(Vec::new, |buffer, (text, logits)| {
                    ngrams.add_logits(texts.ngram_text(text), logits, buffer);
                });
        }
        let predictions = logits.iter().enumerate().map(|(text, logits)| {
            let (ids, unread) = (texts.get(text), texts.unread(text));
            let foreign = texts.foreign_language(text).filter(|_| !any_language);
            Prediction::new(&config.labels, &config.decision, logits, ids, unread)
                .with_words(ids, model.indexer.vocabulary(), texts.unknown_symbols(text))
                .with_foreign(foreign.map(|language| config.foreign_reason(language)))
        });
        Ok(predictions.collect())
    }
}
