//! What word vectors are trained by.

use super::VectorTrainingError;
use crate::embeddings::MAX_DIMENSION;

/// What counting needs at least, in millions of bytes.
const LEAST_MEGABYTES: usize = 16;

/// How word vectors are trained.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorSettings {
    /// What is learned from words that stand near each other.
    pub method: Method,
    /// Numbers in a vector.
    pub dimension: usize,
    /// How many words to each side are near.
    pub window: usize,
    /// Words that occur less often have no vector.
    pub min_count: u64,
    /// How often the corpus, or its counts, are gone through.
    pub epochs: usize,
    /// The size of the first steps.
    pub learning_rate: f64,
    /// Where all random draws come from.
    pub seed: u64,
}

/// A way to learn vectors.
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
    /// Words that are drawn against each that was seen.
    pub negative: usize,
    /// Words with a larger share of the corpus are often passed over; 0 for none.
    pub subsample: f64,
}

impl VectorSettings {
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
