//! Encoders, which compute a hidden state for each token of a text from the word vectors.
//!
//! An encoder is a folder here, and a variant of [`EncoderConfig`] and `Encoder`. The saved form of older models
//! (`architecture.rs`) and the recipe's settings also name the encoders. The folder has:
//!
//! - the configuration, with the specification of the weights and the number of features;
//! - the plain implementation, with candle's operations;
//! - the fused implementation, a kernel for the CPU, if the plain one is slow.
//!
//! An encoder need not be recurrent. A convolution reads its windows from the packed layout, which has no padding. If
//! the first layer does not multiply word vectors by weights, `project_vocabulary` returns `None`.

mod inputs;
pub mod lstm;

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

pub use self::inputs::{Inputs, Projected};
use self::lstm::Lstm;
pub use self::lstm::LstmConfig;
pub(super) use self::lstm::QuantizedLstm;
use super::dense_weights::{DenseWeights, WeightSpec};
use super::dropout::Dropout;
use super::kernel::Int8Arch;
use super::pooling::Reduction;
use super::{Embedding, Implementation, ModelError};
use crate::batch::Batch;

/// The encoder of a network and its sizes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum EncoderConfig {
    /// A long short-term memory.
    Lstm(LstmConfig),
}

impl EncoderConfig {
    /// Returns the number of features of a hidden state.
    pub(super) fn features(&self) -> usize {
        match self {
            Self::Lstm(lstm) => lstm.features(),
        }
    }

    /// Returns the number of directions, 1 or 2. Each has the same number of features. The second direction reads from
    /// the last token to the first.
    pub(super) fn directions(&self) -> usize {
        match self {
            Self::Lstm(lstm) => lstm.directions(),
        }
    }

    /// Checks that all sizes are within bounds.
    pub(super) fn check(&self) -> Result<(), ModelError> {
        match self {
            Self::Lstm(lstm) => lstm.check(),
        }
    }

    /// Returns the specification of the weights for this embedding dimension.
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
    /// Builds the encoder from its weights. Their names and shapes have been checked.
    pub(super) fn new(
        config: &EncoderConfig,
        weights: &DenseWeights,
        implementation: Implementation,
    ) -> Self {
        match config {
            EncoderConfig::Lstm(config) => Self::Lstm(Lstm::new(config, weights, implementation)),
        }
    }

    /// Returns the hidden state of each token, `[tokens, features]`, from the batch's distinct words. With a `reduction`,
    /// returns the reduced states of each text, `[rows, features]`. There must be at least one token.
    ///
    /// `dropout` drops features between layers.
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

    /// Projects the whole vocabulary by the first layer, to score many batches. Returns `None` if that is not faster or
    /// takes too much memory.
    pub(super) fn project_vocabulary(
        &self,
        embedding: &Embedding,
    ) -> Result<Option<Inputs>, ModelError> {
        match self {
            Self::Lstm(lstm) => lstm.project_vocabulary(embedding),
        }
    }

    /// Quantizes the encoder for scoring on the CPU. Returns `None` if it has no such form.
    pub(super) fn quantized(&self, arch: Int8Arch) -> candle_core::Result<Option<QuantizedLstm>> {
        match self {
            Self::Lstm(lstm) => lstm.quantized(arch),
        }
    }
}
