//! Random streams: each purpose, epoch and batch has its own, so that a resumed run draws the same numbers.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The purpose of random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RandomStream {
    /// Initial weights, and word vectors that are not in the vector file.
    InitialWeights,
    /// Initial weights of the output projections of pre-training.
    InitialProjections,
    /// The order of the mini-batches in an epoch of pre-training.
    PretrainingBatches { epoch: usize },
    /// The recipe of a candidate of hyperparameter search.
    Candidate { number: usize },
    /// The order of the mini-batches in an epoch of supervised training.
    Batches { epoch: usize },
    /// Word dropout in a mini-batch.
    WordDropout { epoch: usize, batch: usize },
    /// Dropout of features and embeddings in a mini-batch.
    Dropout { epoch: usize, batch: usize },
}

impl RandomStream {
    /// Returns the generator of this stream. All streams of a seed share one ChaCha key.
    pub(super) fn rng(self, seed: u64) -> ChaCha8Rng {
        let (purpose, epoch, batch) = match self {
            Self::InitialWeights => (0, 0, 0),
            Self::InitialProjections => (0, 0, 1),
            Self::PretrainingBatches { epoch } => (0, epoch, 0),
            Self::Candidate { number } => (0, number + 1, 1),
            Self::Batches { epoch } => (1, epoch, 0),
            Self::WordDropout { epoch, batch } => (2, epoch, batch),
            Self::Dropout { epoch, batch } => (3, epoch, batch),
        };
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(purpose << 62 | (epoch as u64) << 36 | batch as u64);
        rng
    }
}
