//! The one door from a text to a prediction: training, `eval`, `predict` and all that follows go
//! through [`Classifier`], so they cannot disagree about preprocessing or weights.

use std::path::Path;

use candle_core::Device;
use rayon::prelude::*;

use crate::batch::{Batch, EncodedTexts};
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

/// What a model says of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The answer: a label's place in [`Classifier::labels`].
    pub label: usize,
    /// The probability of each label, in the order of [`Classifier::labels`], summing to 1.
    pub probabilities: Vec<f64>,
    /// How many tokens of the text were read.
    pub tokens: usize,
    /// How many of them the model knows.
    pub known_tokens: usize,
}

/// Why a label is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The text has no token that the model would read.
    Empty,
    /// The model knows none of the text's tokens.
    NoKnownToken,
    /// No label is as probable as was asked for.
    Uncertain,
}

impl Prediction {
    /// What logits, one for each label, say of a text with these ids.
    pub(crate) fn new(decision: &Decision, logits: &[f32], ids: &[u32]) -> Self {
        let probabilities = decision.probabilities(logits);
        Self {
            label: decision.label(&probabilities),
            probabilities,
            tokens: ids.len(),
            known_tokens: ids.iter().filter(|&&id| id != UNKNOWN_ID).count(),
        }
    }

    /// Why the label is no answer, if it is none: some label has to be at least `least` probable, and to rest on a
    /// token that the model knows.
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

    /// The label's probability.
    pub fn score(&self) -> f64 {
        self.probabilities[self.label]
    }

    /// The most probable label's probability, which with a threshold may be another than the answer.
    pub fn confidence(&self) -> f64 {
        self.probabilities.iter().copied().fold(0.0, f64::max)
    }
}

/// A model ready to classify texts.
#[derive(Clone, Debug)]
pub struct Classifier {
    config: ModelConfig,
    preprocessor: Preprocessor,
    vocabulary: Vocabulary,
    network: Network,
    ngrams: Option<Ngrams>,
}

impl Classifier {
    /// Loads a saved model.
    pub fn load(folder: &Path, device: &Device) -> Result<Self, ModelError> {
        Self::new(
            SavedModel::read(folder, device)?,
            Implementation::on(device),
        )
    }

    /// The model in the program: see models/README.md.
    pub fn shipped(device: &Device) -> Result<Self, ModelError> {
        Self::new(SavedModel::shipped(device)?, Implementation::on(device))
    }

    /// Makes a classifier of a model's parts.
    pub fn new(model: SavedModel, implementation: Implementation) -> Result<Self, ModelError> {
        let SavedModel {
            config,
            vocabulary,
            weights,
            ngrams,
        } = model;
        let architecture = config.architecture.clone();
        Ok(Self {
            preprocessor: Preprocessor::new(config.preprocessing.clone())?,
            network: Network::new(architecture, config.labels.len(), weights, implementation)?,
            config,
            vocabulary,
            ngrams,
        })
    }

    /// The classes, in the order of a prediction's probabilities.
    pub fn labels(&self) -> &[String] {
        &self.config.labels
    }

    /// How the model is made and came to be.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// The same classifier with another way to make answers of logits.
    pub fn with_decision(mut self, decision: Decision) -> Result<Self, ModelError> {
        self.config.decision = decision;
        self.config.check()?;
        Ok(self)
    }

    /// The tokens the model knows.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// As [`Classifier::network`], to train it.
    pub fn network_mut(&mut self) -> &mut Network {
        &mut self.network
    }

    /// The weights of n-grams beside the network, if the model has them.
    pub fn ngrams(&self) -> Option<&Ngrams> {
        self.ngrams.as_ref()
    }

    /// Classifies texts, on all cores; the predictions are in the order of the texts.
    pub fn predict<T: AsRef<str> + Sync>(
        &self,
        texts: &[T],
    ) -> Result<Vec<Prediction>, ModelError> {
        self.predict_encoded(&self.encode(texts))
    }

    /// The tokens of a text that the model reads, each with its id, in the text's order: a text longer than the
    /// model reads keeps its end, where reviews say what they came to say, and tokens outside the vocabulary
    /// have the unknown token's id. `tokens` is a buffer.
    pub fn tokenize<'a>(
        &self,
        text: &str,
        tokens: &'a mut Tokens,
    ) -> impl ExactSizeIterator<Item = (u32, Token<'a>)> {
        self.preprocessor.tokenize(text, tokens);
        let unread = tokens.len().saturating_sub(self.config.max_length);
        let read = tokens.iter().skip(unread);
        read.map(|token| (self.vocabulary.id(token.text).unwrap_or(UNKNOWN_ID), token))
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
        if let Some(ngrams) = &self.ngrams {
            logits
                .par_iter_mut()
                .enumerate()
                .for_each_init(Vec::new, |places, (text, logits)| {
                    ngrams.add_logits(texts.get(text), logits, places);
                });
        }
        let predictions = logits.iter().zip(texts.iter());
        Ok(predictions
            .map(|(logits, ids)| Prediction::new(&self.config.decision, logits, ids))
            .collect())
    }

    /// The network's part of each text's logits, one for each label.
    pub(crate) fn network_logits(&self, texts: &EncodedTexts) -> Result<Vec<Vec<f32>>, ModelError> {
        let batches = texts.by_length(SCORING_ROWS, SCORING_TOKENS);
        let words = match texts.tokens() > TOKENS_A_WORD * self.vocabulary.len() {
            true => self.network.project_vocabulary()?,
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
            Some(words) => self.network.score(&Batch::pack_ids(&rows), words)?,
            None => {
                let batch = Batch::pack(&rows);
                self.network.forward(&batch, &self.network.embed(&batch)?)?
            }
        };
        Ok(logits.to_vec2::<f32>()?)
    }
}
