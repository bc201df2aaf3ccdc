//! The word vectors at the start of a run.

use rand::Rng;

use crate::embeddings::{self, EmbeddingsError, VectorFile, WordFilter, WordVectors};
use crate::model::Embedding;
use crate::text::{TokenCounts, name_words};
use crate::vocabulary::Vocabulary;

/// The standard deviation of random vectors without a vector file.
const RANDOM_DEVIATION: f32 = 0.1;

/// The bound of random values, whatever the scale of the vector file.
const MAX_RANDOM_BOUND: f32 = 1e6;

/// The source of the initial word vectors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum InitialVectors {
    /// Random vectors.
    #[default]
    Random,
    /// The built-in GloVe sample.
    Sample,
    /// A vector file in a format that [`embeddings::read`] supports.
    File(VectorFile),
}

impl InitialVectors {
    /// Returns the first `count` words of the vector file, which in most files are the most frequent.
    pub(crate) fn first_words(&self, count: usize) -> Result<Vec<String>, EmbeddingsError> {
        let vectors = match self {
            _ if count == 0 => return Ok(Vec::new()),
            Self::Random => return Ok(Vec::new()),
            Self::Sample => embeddings::sample(None)?,
            Self::File(file) => file.read_first(count)?,
        };
        let words = vectors.iter().take(count).map(|(word, _)| word.into());
        Ok(words.collect())
    }

    /// Reads the vectors of the words in a vocabulary. Returns `None` for [`InitialVectors::Random`].
    pub(crate) fn read(
        &self,
        counts: &TokenCounts,
        vocabulary: &Vocabulary,
    ) -> Result<Option<WordVectors>, EmbeddingsError> {
        let names: Vec<String> = vocabulary.tokens().flat_map(name_words).collect();
        let words = vocabulary.tokens().flat_map(|token| counts.words(token));
        let filter: WordFilter = words.chain(names.iter().map(String::as_str)).collect();
        match self {
            Self::Random => Ok(None),
            Self::Sample => embeddings::sample(Some(&filter)).map(Some),
            Self::File(file) => file.read(Some(&filter)).map(Some),
        }
    }
}

/// Returns the initial vector of a token: the mean of its words' vectors or, for an emoji without a vector, the mean of the
/// vectors of the words in its name.
pub(super) fn initial_vector(
    counts: &TokenCounts,
    token: &str,
    vectors: &WordVectors,
) -> Option<Vec<f32>> {
    let words = counts.words(token).filter_map(|word| vectors.get(word));
    let mut found: Vec<&[f32]> = words.collect();
    if found.is_empty() {
        found.extend(name_words(token).filter_map(|word| vectors.get(&word)));
    }
    let sum = |index| found.iter().map(|vector| vector[index]).sum::<f32>();
    let mean = |index| sum(index) / found.len() as f32;
    (!found.is_empty()).then(|| (0..vectors.dimension()).map(mean).collect())
}

/// Returns the initial embedding and the number of tokens with a pre-trained vector. Without one, a token's row is random,
/// with the standard deviation of the pre-trained vectors (Kim, 2014, section 3.1), so that both have the same scale.
pub(crate) fn initial_embedding(
    counts: &TokenCounts,
    vocabulary: &Vocabulary,
    vectors: Option<&WordVectors>,
    size: usize,
    rng: &mut impl Rng,
) -> (Embedding, usize) {
    let deviation = vectors
        .and_then(WordVectors::standard_deviation)
        .unwrap_or(RANDOM_DEVIATION);
    // A uniform distribution on ±a has the deviation a / √3.
    let bound = (deviation * 3f32.sqrt()).clamp(f32::MIN_POSITIVE, MAX_RANDOM_BOUND);
    let mut table = Vec::with_capacity(vocabulary.len() * size);
    let mut known = 0;
    for token in vocabulary.tokens() {
        match vectors.and_then(|vectors| initial_vector(counts, token, vectors)) {
            None => table.extend((0..size).map(|_| rng.random_range(-bound..bound))),
            Some(vector) => {
                known += 1;
                table.extend(vector);
            }
        }
    }
    (Embedding::new(table, size), known)
}
