//! The settings of word vector training.

use super::error::VectorTrainingError;
use crate::embeddings::limits::MAX_DIMENSION;

/// The minimum memory for counting, in megabytes.
const MIN_MEGABYTES: usize = 16;

/// The settings of word vector training.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorSettings {
    /// The training method.
    pub method: Method,
    /// The embedding dimension.
    pub dimension: usize,
    /// The number of context words on each side.
    pub window: usize,
    /// The minimum frequency of words with a vector.
    pub min_count: u64,
    /// The number of epochs: over the corpus for word2vec, over the co-occurrence counts for GloVe.
    pub epochs: usize,
    /// The initial learning rate.
    pub learning_rate: f64,
    /// The random seed.
    pub seed: u64,
}

/// A training method.
#[derive(Clone, Debug, PartialEq)]
pub enum Method {
    /// GloVe: Pennington et al. (2014).
    Glove {
        /// The approximate memory for counting, in bytes.
        memory: usize,
    },
    /// word2vec with negative sampling: Mikolov et al. (2013).
    Word2Vec(Word2Vec),
}

/// The settings specific to word2vec.
#[derive(Clone, Debug, PartialEq)]
pub struct Word2Vec {
    /// Whether to predict a word from the mean of its context (CBOW) instead of the context from the word
    /// (skip-gram).
    pub cbow: bool,
    /// Whether a word's vector is the mean of its own vector and those of its character n-grams.
    pub subwords: bool,
    /// The number of negative samples per positive pair.
    pub negative: usize,
    /// The share of the corpus above which a word is subsampled; 0 disables subsampling.
    pub subsample: f64,
}

impl Default for Word2Vec {
    fn default() -> Self {
        Self {
            cbow: false,
            subwords: false,
            negative: 5,
            subsample: 1e-3,
        }
    }
}

impl VectorSettings {
    /// The default minimum word frequency.
    pub const MIN_COUNT: u64 = 5;

    /// The default random seed.
    pub const SEED: u64 = 42;

    /// Returns the default settings of a method.
    pub fn new(method: Method) -> Self {
        let (window, epochs, learning_rate) = match &method {
            Method::Glove { .. } => (10, 25, 0.05),
            Method::Word2Vec(Word2Vec { cbow: true, .. }) => (5, 5, 0.05),
            Method::Word2Vec(_) => (5, 5, 0.025),
        };
        Self {
            method,
            dimension: 100,
            window,
            min_count: Self::MIN_COUNT,
            epochs,
            learning_rate,
            seed: Self::SEED,
        }
    }

    pub(super) fn check(&self) -> Result<(), VectorTrainingError> {
        let integer = |name, value: usize, min: usize, max: usize| {
            if (min..=max).contains(&value) {
                return Ok(());
            }
            Err(VectorTrainingError::Setting {
                name,
                value: value.to_string(),
                range: format!("from {min} to {max}"),
            })
        };
        integer("dimension", self.dimension, 1, MAX_DIMENSION)?;
        integer("window", self.window, 1, 1000)?;
        integer("epochs", self.epochs, 1, 100_000)?;
        let real = |name, value: f64, is_valid: bool, range: &str| {
            if is_valid {
                return Ok(());
            }
            Err(VectorTrainingError::Setting {
                name,
                value: value.to_string(),
                range: range.into(),
            })
        };
        let rate = self.learning_rate;
        real(
            "learning rate",
            rate,
            rate > 0.0 && rate <= 1.0,
            "above 0 and at most 1",
        )?;
        match &self.method {
            Method::Glove { memory } => {
                let megabytes = memory / 1_000_000;
                let is_valid = megabytes >= MIN_MEGABYTES;
                let range = format!("at least {MIN_MEGABYTES}");
                real("memory in MB", megabytes as f64, is_valid, &range)
            }
            Method::Word2Vec(word2vec) => {
                let share = word2vec.subsample;
                real(
                    "subsampling threshold",
                    share,
                    (0.0..1.0).contains(&share),
                    "at least 0 and below 1",
                )?;
                integer("number of negative samples", word2vec.negative, 1, 100)
            }
        }
    }
}
