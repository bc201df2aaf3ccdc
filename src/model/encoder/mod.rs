//! Encoders: from the vectors of a text's tokens to a hidden state for each token.
//!
//! An encoder is a folder here and a variant of [`EncoderConfig`] and `Encoder`, whose match arms are all that
//! names it; the network knows no encoder by name. Its folder has:
//!
//! - its configuration, with the specification of its weights and the number of its features;
//! - the plain implementation, of candle's operations;
//! - the fused implementation, a kernel for the CPU, where the plain one is slow.
//!
//! An encoder need not be recurrent. One that computes on windows of tokens reads them from the packed layout, which
//! has no padding; one whose first layer needs no product with the words' vectors keeps no projection of them.

mod inputs;
pub mod lstm;

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

pub use self::inputs::{Inputs, Projected};
use self::lstm::Lstm;
pub use self::lstm::LstmConfig;
use super::dense_weights::{DenseWeights, WeightSpec};
use super::dropout::Dropout;
use super::pooling::Reduction;
use super::{Embedding, Implementation, ModelError};
use crate::batch::Batch;

/// Which encoder a network has, and its sizes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum EncoderConfig {
    /// A long short-term memory.
    Lstm(LstmConfig),
}

impl EncoderConfig {
    /// The number of features of a hidden state.
    pub(super) fn features(&self) -> usize {
        match self {
            Self::Lstm(lstm) => lstm.features(),
        }
    }

    /// The number of directions in which texts are read, 1 or 2. Each has the same share of the features; the second
    /// reads from the last token to the first.
    pub(super) fn directions(&self) -> usize {
        match self {
            Self::Lstm(lstm) => lstm.directions(),
        }
    }

    /// Checks that every size is one this crate can compute with.
    pub(super) fn check(&self) -> Result<(), ModelError> {
        match self {
            Self::Lstm(lstm) => lstm.check(),
        }
    }

    /// What the weights are, for word vectors of this size.
    pub(super) fn weight_specs(&self, embedding_size: usize) -> Vec<WeightSpec> {
        match self {
            Self::Lstm(lstm) => lstm.weight_specs(embedding_size),
        }
    }
}

/// An encoder with its weights.
#[derive(Clone, Debug)]
pub(super) enum Encoder {
    Lstm(Lstm),
}

impl Encoder {
    /// Takes the weights, which are known to be there and of the right shape.
    pub(super) fn new(
        config: &EncoderConfig,
        weights: &DenseWeights,
        implementation: Implementation,
    ) -> Self {
        match config {
            EncoderConfig::Lstm(config) => Self::Lstm(Lstm::new(config, weights, implementation)),
        }
    }

    /// The hidden state at every token, `[tokens, features]`, from the batch's distinct words; with `reduction`
    /// reduced to a vector for each text, `[rows, features]`. There is at least one token.
    ///
    /// With `dropout`, features are dropped between layers.
    pub(super) fn forward(
        &self,
        words: &Inputs,
        batch: &Batch,
        dropout: &mut Option<Dropout>,
        reduction: Option<Reduction>,
    ) -> Result<Tensor, ModelError> {
        match self {
            Self::Lstm(lstm) => lstm.forward(words, batch, dropout, reduction),
        }
    }

    /// The vectors of all words with what the first layer computes from each, for scoring many batches; `None` where
    /// that is not faster, or takes too much memory.
    pub(super) fn project_vocabulary(
        &self,
        embedding: &Embedding,
    ) -> Result<Option<Inputs>, ModelError> {
        match self {
            Self::Lstm(lstm) => lstm.project_vocabulary(embedding),
        }
    }
}
