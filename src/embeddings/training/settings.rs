//! The settings of word vector training.

use super::error::VectorTrainingError;
use crate::embeddings::limits::MAX_DIMENSION;

/// The least memory for counting, in millions of bytes.
const LEAST_MEGABYTES: usize = 16;

/// How word vectors are trained.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorSettings {
    /// The training method.
    pub method: Method,
    /// The embedding dimension.
    pub dimension: usize,
    /// The context window: words to each side.
    pub window: usize,
    /// Words that occur less often have no vector.
    pub min_count: u64,
    /// Epochs over the corpus, or over its counts.
    pub epochs: usize,
    /// The initial learning rate.
    pub learning_rate: f64,
    /// The random seed.
    pub seed: u64,
}

/// A training method.
#[derive(Clone, Debug, PartialEq)]
pub enum Method {
    /// Pennington et al. (2014).
    Glove {
        /// About how many bytes counting may use.
        memory: usize,
    },
    /// Mikolov et al. (2013), with negative sampling.
    Word2Vec(Word2Vec),
}

/// The settings of word2vec alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Word2Vec {
    /// Whether a word is learned from the mean of those around it (CBOW), rather than each of those from
    /// the word (skip-gram).
    pub cbow: bool,
    /// Whether a word's vector is the mean of its own and its n-grams'.
    pub subwords: bool,
    /// Negative samples for each positive pair.
    pub negative: usize,
    /// Words with a larger share of the corpus are subsampled; 0 for none.
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
    /// Words that occur less often have no vector, unless another number is set.
    pub const MIN_COUNT: u64 = 5;

    /// The random seed, unless another is set.
    pub const SEED: u64 = 42;

    /// The default settings of a method.
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
        let range = |name, value: usize, least: usize, most: usize| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(VectorTrainingError::Setting {
                name,
                value: value.to_string(),
                range: format!("{least} to {most}"),
            })
        };
        range("dimension", self.dimension, 1, MAX_DIMENSION)?;
        range("window", self.window, 1, 1000)?;
        range("epochs", self.epochs, 1, 100_000)?;
        let real = |name, value: f64, fits: bool, range: &str| {
            if fits {
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
            "above 0 to 1",
        )?;
        match &self.method {
            Method::Glove { memory } => {
                let megabytes = memory / 1_000_000;
                let fits = megabytes >= LEAST_MEGABYTES;
                let range = format!("{LEAST_MEGABYTES} on");
                real("memory in MB", megabytes as f64, fits, &range)
            }
            Method::Word2Vec(word2vec) => {
                let share = word2vec.subsample;
                real(
                    "subsample",
                    share,
                    (0.0..1.0).contains(&share),
                    "0 to below 1",
                )?;
                range("negative", word2vec.negative, 1, 100)
            }
        }
    }
}
