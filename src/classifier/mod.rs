//! The one door from a text to a prediction: training, `eval`, `predict` and all that follows go
//! through [`Classifier`], so they cannot disagree about preprocessing or weights.

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use crate::batch::{Batch, EncodedTexts};
use crate::device::Device;
use crate::model::{
    Decision, Implementation, Inputs, ModelConfig, ModelError, Network, Ngrams, SavedModel,
};
use crate::text::{Preprocessor, Token, Tokens};
use crate::vocabulary::{UNKNOWN_ID, Vocabulary};

/// Texts a batch and tokens a batch when scoring: enough rows for the recurrent product to run at
/// speed, few enough tokens that a batch's states stay in the cache.
const SCORING_ROWS: usize = 128;
const SCORING_TOKENS: usize = 16_384;

/// From this many tokens for each word of the vocabulary on, computing the input's part of the gates
/// for all words at once is less work than for the distinct words of each batch, a fifth of its tokens.
const TOKENS_A_WORD: usize = 8;

/// Texts that one thread encodes in a piece.
const ENCODING_CHUNK: usize = 256;

/// A model's answer for one text.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    pub(crate) labels: Arc<[String]>,
    /// The index of the predicted label in [`Classifier::labels`].
    pub class: usize,
    /// The probability of each label, in the order of [`Classifier::labels`]. They sum to 1.
    pub probabilities: Vec<f64>,
    /// The number of tokens read.
    pub tokens: usize,
    /// The number of those that are in the vocabulary.
    pub known_tokens: usize,
}

/// Why a prediction is not reliable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The model reads no token of the text.
    Empty,
    /// Every token is out of the vocabulary.
    NoKnownToken,
    /// No label reaches the required probability.
    Uncertain,
}

impl Prediction {
    /// Returns the prediction for a text with these ids, from its logits `[labels]`.
    pub(crate) fn new(
        labels: &Arc<[String]>,
        decision: &Decision,
        logits: &[f32],
        ids: &[u32],
    ) -> Self {
        let probabilities = decision.probabilities(logits);
        Self {
            labels: Arc::clone(labels),
            class: decision.label(&probabilities),
            probabilities,
            tokens: ids.len(),
            known_tokens: ids.iter().filter(|&&id| id != UNKNOWN_ID).count(),
        }
    }

    /// The predicted label.
    pub fn label(&self) -> &str {
        &self.labels[self.class]
    }

    /// All labels of the model, in the order of the probabilities.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Returns why the prediction is not reliable, if it is not. A reliable one rests on a known token and has a label
    /// with at least the probability `least`.
    pub fn doubt(&self, least: f64) -> Option<Doubt> {
        if self.tokens == 0 {
            Some(Doubt::Empty)
        } else if self.known_tokens == 0 {
            Some(Doubt::NoKnownToken)
        } else if self.confidence() < least {
            Some(Doubt::Uncertain)
        } else {
            None
        }
    }

    /// The probability of the predicted label.
    pub fn score(&self) -> f64 {
        self.probabilities[self.class]
    }

    /// The highest probability. With a decision threshold it may belong to a label that is not predicted.
    pub fn confidence(&self) -> f64 {
        self.probabilities.iter().copied().fold(0.0, f64::max)
    }
}

/// A trained model that classifies texts. Cloning copies a pointer; threads can share one classifier.
#[derive(Clone, Debug)]
pub struct Classifier(Arc<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    config: ModelConfig,
    preprocessor: Preprocessor,
    vocabulary: Vocabulary,
    network: Network,
    ngrams: Option<Ngrams>,
}

impl Classifier {
    /// Loads a saved model from its folder.
    pub fn load(folder: &Path, device: &Device) -> Result<Self, ModelError> {
        let implementation = Implementation::on(&device.to_candle());
        Self::new(SavedModel::read(folder, device)?, implementation)
    }

    /// Loads the built-in English model. models/README.md is its card.
    pub fn general(device: &Device) -> Result<Self, ModelError> {
        let implementation = Implementation::on(&device.to_candle());
        Self::new(SavedModel::general(device)?, implementation)
    }

    /// Builds a classifier from a model that has been read.
    pub fn new(model: SavedModel, implementation: Implementation) -> Result<Self, ModelError> {
        let SavedModel {
            config,
            vocabulary,
            weights,
            ngrams,
        } = model;
        let architecture = config.architecture.clone();
        Ok(Self(Arc::new(Parts {
            preprocessor: Preprocessor::new(config.preprocessing.clone())?,
            network: Network::new(architecture, config.labels.len(), weights, implementation)?,
            config,
            vocabulary,
            ngrams,
        })))
    }

    /// The classes, in the order of a prediction's probabilities.
    pub fn labels(&self) -> &Arc<[String]> {
        &self.0.config.labels
    }

    /// How the model is made and came to be.
    pub fn config(&self) -> &ModelConfig {
        &self.0.config
    }

    /// Returns the classifier with another decision rule.
    pub fn with_decision(mut self, decision: Decision) -> Result<Self, ModelError> {
        let config = &mut Arc::make_mut(&mut self.0).config;
        config.decision = decision;
        config.check()?;
        Ok(self)
    }

    /// The tokens the model knows.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.0.vocabulary
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.0.network
    }

    /// The network, to be trained. Copies the model if another classifier shares it.
    pub(crate) fn network_mut(&mut self) -> &mut Network {
        &mut Arc::make_mut(&mut self.0).network
    }

    /// The weights of n-grams beside the network, if the model has them.
    pub fn ngrams(&self) -> Option<&Ngrams> {
        self.0.ngrams.as_ref()
    }

    /// Classifies texts, on all cores; the predictions are in the order of the texts.
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

    /// The tokens of a text that the model reads, each with its id, in the text's order: a text longer than the
    /// model reads keeps its end, where reviews say what they came to say, and tokens outside the vocabulary
    /// have the unknown token's id. `tokens` is a buffer.
    pub fn tokenize<'a>(
        &self,
        text: &str,
        tokens: &'a mut Tokens,
    ) -> impl ExactSizeIterator<Item = (u32, Token<'a>)> {
        self.0.preprocessor.tokenize(text, tokens);
        let unread = tokens.len().saturating_sub(self.0.config.max_length);
        let read = tokens.iter().skip(unread);
        read.map(|token| {
            (
                self.0.vocabulary.id(token.text).unwrap_or(UNKNOWN_ID),
                token,
            )
        })
    }

    /// Turns texts into the ids of the tokens that [`Classifier::tokenize`] gives.
    pub fn encode<T: AsRef<str> + Sync>(&self, texts: &[T]) -> EncodedTexts {
        let pieces: Vec<EncodedTexts> = texts
            .par_chunks(ENCODING_CHUNK)
            .map(|texts| {
                let mut tokens = Tokens::default();
                let mut encoded = EncodedTexts::default();
                for text in texts {
                    let read = self.tokenize(text.as_ref(), &mut tokens);
                    encoded.push(read.map(|(id, _)| id));
                }
                encoded
            })
            .collect();
        let mut encoded = EncodedTexts::default();
        pieces.iter().for_each(|piece| encoded.append(piece));
        encoded
    }

    /// As [`Classifier::predict`], of texts that are encoded already.
    pub fn predict_encoded(&self, texts: &EncodedTexts) -> Result<Vec<Prediction>, ModelError> {
        let mut logits = self.network_logits(texts)?;
        if let Some(ngrams) = &self.0.ngrams {
            logits
                .par_iter_mut()
                .enumerate()
                .for_each_init(Vec::new, |places, (text, logits)| {
                    ngrams.add_logits(texts.get(text), logits, places);
                });
        }
        let config = &self.0.config;
        let predictions = logits.iter().zip(texts.iter());
        Ok(predictions
            .map(|(logits, ids)| Prediction::new(&config.labels, &config.decision, logits, ids))
            .collect())
    }

    /// The network's part of each text's logits, one for each label.
    pub(crate) fn network_logits(&self, texts: &EncodedTexts) -> Result<Vec<Vec<f32>>, ModelError> {
        let batches = texts.by_length(SCORING_ROWS, SCORING_TOKENS);
        let words = match texts.tokens() > TOKENS_A_WORD * self.0.vocabulary.len() {
            true => self.0.network.project_vocabulary()?,
            false => None,
        };
        let scored = batches
            .par_iter()
            .map(|indices| self.score_batch(texts, indices, words.as_ref()))
            .collect::<Result<Vec<_>, _>>()?;
        let mut logits = vec![Vec::new(); texts.len()];
        for (index, of_text) in batches.concat().into_iter().zip(scored.concat()) {
            logits[index] = of_text;
        }
        Ok(logits)
    }

    /// The network's logits of some texts, in the order of `indices`, from what is kept of all words
    /// where it is.
    fn score_batch(
        &self,
        texts: &EncodedTexts,
        indices: &[usize],
        words: Option<&Inputs>,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        // `indices` go from long to short, so the batch's rows have their order.
        let rows: Vec<&[u32]> = indices.iter().map(|&index| texts.get(index)).collect();
        let logits = match words {
            Some(words) => self.0.network.score(&Batch::pack_ids(&rows), words)?,
            None => {
                let batch = Batch::pack(&rows);
                self.0
                    .network
                    .forward(&batch, &self.0.network.embed(&batch)?)?
            }
        };
        Ok(logits.to_vec2::<f32>()?)
    }
}
