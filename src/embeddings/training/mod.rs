//! Training of word vectors: GloVe and word2vec (skip-gram and CBOW).
//!
//! The corpus is tokenized once and stored in temporary files. Memory use depends on the vocabulary
//! and, for GloVe, on the memory limit for counting. Work is partitioned into blocks of words (see
//! `partition`), so the result does not depend on the number of threads.

mod encoded_corpus;
mod error;
mod glove;
mod initial_table;
mod partition;
mod progress;
mod settings;
mod word2vec;

use std::error::Error;
use std::path::Path;

use self::encoded_corpus::EncodedCorpus;
use self::progress::ProgressReporter;
use super::vectors::WordVectors;
use crate::text::Preprocessor;

pub use error::VectorTrainingError;
pub use progress::{OnProgress, VectorProgress};
pub use settings::{Method, VectorSettings, Word2Vec};

/// Trains word vectors on texts, which `preprocessor` tokenizes.
///
/// Words that have a vector in `start` are initialised with it. Temporary files are in `folder`.
///
/// # Errors
///
/// Fails if a setting is out of range, a text cannot be read, `start` has another dimension, fewer
/// than two words have the minimum frequency, or a temporary file cannot be written or read.
pub fn train<E: Into<Box<dyn Error + Send + Sync>>>(
    texts: impl Iterator<Item = Result<String, E>>,
    preprocessor: &Preprocessor,
    settings: &VectorSettings,
    start: Option<&WordVectors>,
    folder: &Path,
    on_progress: OnProgress,
) -> Result<WordVectors, VectorTrainingError> {
    settings.check()?;
    if let Some(start) = start.filter(|start| start.dimension() != settings.dimension) {
        return Err(VectorTrainingError::StartDimension {
            found: start.dimension(),
            expected: settings.dimension,
        });
    }
    let mut progress = ProgressReporter::new("reading", None, on_progress);
    let min_count = settings.min_count;
    let corpus = EncodedCorpus::new(texts, preprocessor, min_count, folder, &mut progress)?;
    let on_progress = progress.on_progress;
    if corpus.words.len() < 2 {
        return Err(VectorTrainingError::NoWords { min_count });
    }
    match &settings.method {
        Method::Glove { memory } => glove::train(&corpus, settings, *memory, start, on_progress),
        Method::Word2Vec(word2vec) => {
            word2vec::train(&corpus, settings, word2vec, start, on_progress)
        }
    }
}
