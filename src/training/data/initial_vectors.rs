//! The word vectors that a run starts from.

use std::path::PathBuf;

use rand::Rng;

use crate::embeddings::{self, EmbeddingsError, WordFilter, WordVectors};
use crate::model::Embedding;
use crate::text::TokenCounts;
use crate::vocabulary::Vocabulary;

/// The standard deviation of random vectors where no file sets the scale.
const RANDOM_DEVIATION: f32 = 0.1;

/// The largest number that is drawn for a vector, whatever is in a file.
const MAX_RANDOM_BOUND: f32 = 1e6;

/// Where a run's word vectors come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum InitialVectors {
    /// Drawn at random.
    #[default]
    Random,
    /// The GloVe sample in the binary.
    Sample,
    /// A file in GloVe's or word2vec's format.
    File(PathBuf),
}

impl InitialVectors {
    /// The first words that there are vectors of, `count` at most: in most files the most frequent ones.
    pub(crate) fn first_words(&self, count: usize) -> Result<Vec<String>, EmbeddingsError> {
        let vectors = match self {
            _ if count == 0 => return Ok(Vec::new()),
            Self::Random => return Ok(Vec::new()),
            Self::Sample => embeddings::sample(None)?,
            Self::File(path) => embeddings::read_first(path, count)?,
        };
        let words = vectors.iter().take(count).map(|(word, _)| word.into());
        Ok(words.collect())
    }

    /// The vectors that there are of the words of a vocabulary; None where all are to be random.
    pub(crate) fn read(
        &self,
        counts: &TokenCounts,
        vocabulary: &Vocabulary,
    ) -> Result<Option<WordVectors>, EmbeddingsError> {
        let words = vocabulary.tokens().flat_map(|token| counts.words(token));
        let filter: WordFilter = words.collect();
        match self {
            Self::Random => Ok(None),
            Self::Sample => embeddings::sample(Some(&filter)).map(Some),
            Self::File(path) => embeddings::read(path, Some(&filter)).map(Some),
        }
    }
}

/// A table with a row for each token: the mean of its words' vectors, or drawn at random with the
/// deviation of those that are known (Kim, 2014, section 3.1), so that they are of one scale. Also
/// the number of tokens that have vectors.
pub(crate) fn initial_embedding(
    counts: &TokenCounts,
    vocabulary: &Vocabulary,
    vectors: Option<&WordVectors>,
    size: usize,
    rng: &mut impl Rng,
) -> (Embedding, usize) {
    let deviation = vectors
        .and_then(WordVectors::deviation)
        .unwrap_or(RANDOM_DEVIATION);
    // A uniform distribution on ±a has the deviation a / √3.
    let bound = (deviation * 3f32.sqrt()).clamp(f32::MIN_POSITIVE, MAX_RANDOM_BOUND);
    let mut table = Vec::with_capacity(vocabulary.len() * size);
    let mut known = 0;
    for token in vocabulary.tokens() {
        let found: Vec<&[f32]> = vectors
            .into_iter()
            .flat_map(|vectors| counts.words(token).filter_map(|word| vectors.get(word)))
            .collect();
        if found.is_empty() {
            table.extend((0..size).map(|_| rng.random_range(-bound..bound)));
        } else {
            known += 1;
            let sum = |index| found.iter().map(|vector| vector[index]).sum::<f32>();
            table.extend((0..size).map(|index| sum(index) / found.len() as f32));
        }
    }
    (Embedding::new(table, size), known)
}
