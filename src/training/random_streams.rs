//! Draws random numbers from a stream of its own for each purpose, epoch and batch, so that a resumed run draws
//! the same numbers.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What random numbers are drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RandomStream {
    /// Weights and vectors that no file gives.
    InitialWeights,
    /// The output weights that only pre-training has.
    Projections,
    /// The batches of an epoch of pre-training.
    PretrainingBatches { epoch: usize },
    /// A recipe to try.
    Candidate { number: usize },
    /// The batches of an epoch.
    Batches { epoch: usize },
    /// The words of a batch that are replaced by the unknown token.
    Words { epoch: usize, batch: usize },
    /// The features and vectors that are dropped in a batch.
    Dropout { epoch: usize, batch: usize },
}

impl RandomStream {
    /// The generator of these draws: each has its own stream of one ChaCha key.
    pub(super) fn rng(self, seed: u64) -> ChaCha8Rng {
        let (purpose, epoch, batch) = match self {
            Self::InitialWeights => (0, 0, 0),
            Self::Projections => (0, 0, 1),
            Self::PretrainingBatches { epoch } => (0, epoch, 0),
            Self::Candidate { number } => (0, number + 1, 1),
            Self::Batches { epoch } => (1, epoch, 0),
            Self::Words { epoch, batch } => (2, epoch, batch),
            Self::Dropout { epoch, batch } => (3, epoch, batch),
        };
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(purpose << 62 | (epoch as u64) << 36 | batch as u64);
        rng
    }
}
