//! Word vectors trained on a corpus: GloVe, and word2vec's skip-gram and CBOW.
//!
//! The corpus is read and tokenized once and kept in temporary files, so that memory follows the
//! vocabulary and, for GloVe, the memory that counting may use. Work is split by blocks of words
//! (see `partition`), and the result is the same for any number of threads.

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

/// Trains vectors on texts, which `preprocessor` splits into words. Words with a vector in `start`
/// begin from it. Temporary files are made in `folder`.
///
/// # Errors
/// If a setting is out of range, a text cannot be read, fewer than two words are frequent enough, or
/// there is no room for temporary files.
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
