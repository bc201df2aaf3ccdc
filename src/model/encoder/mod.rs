//! Encoders, which compute a hidden state for each token of a text from the word vectors.
//!
//! An encoder is a folder here, and a variant of [`EncoderConfig`] and `Encoder`. The saved form of older models
//! (`architecture.rs`) and the recipe's settings also name the encoders. The folder has:
//!
//! - the configuration, with the specification of the weights and the number of features;
//! - the plain implementation, with candle's operations;
//! - the fused implementation, a kernel for the CPU, if the plain one is slow.
//!
//! An encoder need not be recurrent. A convolution reads its windows from the packed layout, which has no padding. The
//! states of `mean` are the word vectors themselves.

mod cnn;
mod gru;
mod inputs;
mod lstm;
mod mean;
// Public for benches/recurrent_kernel.rs, which measures the kernel without the network.
#[doc(hidden)]
pub mod recurrent;
mod sru;

use std::fmt;

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use self::cnn::Cnn;
pub use self::cnn::CnnConfig;
#[doc(hidden)]
pub use self::gru::GruCell;
pub use self::inputs::{Inputs, Projected};
#[doc(hidden)]
pub use self::lstm::LstmCell;
pub(super) use self::lstm::QuantizedLstm;
use self::mean::Mean;
pub use self::mean::MeanConfig;
use self::recurrent::Recurrent;
pub use self::recurrent::RecurrentConfig;
#[doc(hidden)]
pub use self::sru::{SCALE as SRU_SCALE, SruCell};
use super::dense_weights::{DenseWeights, WeightSpec};
use super::dropout::Dropout;
use super::kernel::Int8Arch;
use super::pooling::Reduction;
use super::{Embedding, Implementation, ModelError, Pooling};
use crate::batch::Batch;

/// The maximum memory for the projected vocabulary.
const MAX_PROJECTION_BYTES: usize = 256 << 20;

/// The kind of an encoder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EncoderKind {
    /// A long short-term memory.
    #[default]
    Lstm,
    /// A gated recurrent unit.
    Gru,
    /// A simple recurrent unit, without a matrix product a step.
    Sru,
    /// A convolution over windows of words.
    Cnn,
    /// The word vectors themselves.
    Mean,
}

/// The settings of a recipe that only some encoders have, with these encoders.
const SETTINGS: [(&str, &[EncoderKind]); 6] = [
    ("hidden-size", &RECURRENT),
    ("layers", &RECURRENT),
    ("bidirectional", &RECURRENT),
    ("pretraining-epochs", &RECURRENT),
    ("filters", &[EncoderKind::Cnn]),
    ("widths", &[EncoderKind::Cnn]),
];

const RECURRENT: [EncoderKind; 3] = [EncoderKind::Lstm, EncoderKind::Gru, EncoderKind::Sru];

impl EncoderKind {
    /// Returns whether a setting of a recipe has an effect with the encoder.
    pub(crate) fn has_setting(self, name: &str) -> bool {
        let mut limited = SETTINGS.iter().filter(|(limited, _)| *limited == name);
        limited.all(|(_, kinds)| kinds.contains(&self))
    }

    /// Returns whether the encoder is recurrent: each of its directions has read only the tokens before, so it can learn to
    /// predict the next one.
    pub fn is_recurrent(self) -> bool {
        RECURRENT.contains(&self)
    }

    /// Returns the pooling of the publications that introduced the encoder, if they agree on one.
    pub fn usual_pooling(self) -> Option<Pooling> {
        match self {
            Self::Lstm | Self::Gru | Self::Sru => None,
            Self::Cnn => Some(Pooling::Max),
            Self::Mean => Some(Pooling::Mean),
        }
    }
}

impl fmt::Display for EncoderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lstm => "lstm",
            Self::Gru => "gru",
            Self::Sru => "sru",
            Self::Cnn => "cnn",
            Self::Mean => "mean",
        })
    }
}

/// The encoder of a network and its sizes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum EncoderConfig {
    /// A long short-term memory.
    Lstm(RecurrentConfig),
    /// A gated recurrent unit.
    Gru(RecurrentConfig),
    /// A simple recurrent unit.
    Sru(RecurrentConfig),
    /// A convolution over windows of words.
    Cnn(CnnConfig),
    /// The word vectors themselves.
    Mean(MeanConfig),
}

impl EncoderConfig {
    /// Returns the kind of the encoder.
    pub fn kind(&self) -> EncoderKind {
        match self {
            Self::Lstm(_) => EncoderKind::Lstm,
            Self::Gru(_) => EncoderKind::Gru,
            Self::Sru(_) => EncoderKind::Sru,
            Self::Cnn(_) => EncoderKind::Cnn,
            Self::Mean(_) => EncoderKind::Mean,
        }
    }

    /// Returns the number of features of a hidden state for this embedding dimension.
    pub(super) fn features(&self, embedding_size: usize) -> usize {
        match self {
            Self::Lstm(config) | Self::Gru(config) | Self::Sru(config) => config.features(),
            Self::Cnn(cnn) => cnn.features(),
            Self::Mean(_) => embedding_size,
        }
    }

    /// Returns the number of directions, 1 or 2. Each has the same number of features. The second direction reads from
    /// the last token to the first.
    pub(super) fn directions(&self) -> usize {
        match self {
            Self::Lstm(config) | Self::Gru(config) | Self::Sru(config) => config.directions(),
            Self::Cnn(_) | Self::Mean(_) => 1,
        }
    }

    /// Checks that all sizes are within bounds.
    pub(super) fn check(&self) -> Result<(), ModelError> {
        match self {
            Self::Lstm(config) | Self::Gru(config) | Self::Sru(config) => config.check(),
            Self::Cnn(cnn) => cnn.check(),
            Self::Mean(_) => Ok(()),
        }
    }

    /// Returns the specification of the weights for this embedding dimension.
    pub(super) fn weight_specs(&self, embedding_size: usize) -> Vec<WeightSpec> {
        match self {
            Self::Lstm(config) => recurrent::weight_specs::<LstmCell>(config, embedding_size),
            Self::Gru(config) => recurrent::weight_specs::<GruCell>(config, embedding_size),
            Self::Sru(config) => recurrent::weight_specs::<SruCell>(config, embedding_size),
            Self::Cnn(cnn) => cnn.weight_specs(embedding_size),
            Self::Mean(_) => Vec::new(),
        }
    }
}

/// An encoder with its weights.
#[derive(Clone, Debug)]
pub(super) enum Encoder {
    Lstm(Recurrent<LstmCell>),
    Gru(Recurrent<GruCell>),
    Sru(Recurrent<SruCell>),
    Cnn(Cnn),
    Mean(Mean),
}

impl Encoder {
    /// Builds the encoder from its weights. Their names and shapes have been checked.
    pub(super) fn new(
        config: &EncoderConfig,
        weights: &DenseWeights,
        implementation: Implementation,
    ) -> Self {
        match config {
            EncoderConfig::Lstm(config) => {
                Self::Lstm(Recurrent::new(config, weights, implementation))
            }
            EncoderConfig::Gru(config) => {
                Self::Gru(Recurrent::new(config, weights, implementation))
            }
            EncoderConfig::Sru(config) => {
                Self::Sru(Recurrent::new(config, weights, implementation))
            }
            EncoderConfig::Cnn(config) => Self::Cnn(Cnn::new(config, weights, implementation)),
            EncoderConfig::Mean(_) => Self::Mean(Mean::new(implementation)),
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
            Self::Gru(gru) => gru.forward(words, batch, dropout, reduction),
            Self::Sru(sru) => sru.forward(words, batch, dropout, reduction),
            Self::Cnn(cnn) => Ok(cnn.forward(words, batch, reduction)?),
            Self::Mean(mean) => Ok(mean.forward(words, batch, reduction)?),
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
            Self::Gru(gru) => gru.project_vocabulary(embedding),
            Self::Sru(sru) => sru.project_vocabulary(embedding),
            Self::Cnn(cnn) => Ok(cnn.project_vocabulary(embedding)?),
            Self::Mean(mean) => Ok(mean.project_vocabulary(embedding)?),
        }
    }

    /// Quantizes the encoder for scoring on the CPU. Returns `None` if it has no such form.
    pub(super) fn quantized(&self, arch: Int8Arch) -> candle_core::Result<Option<QuantizedLstm>> {
        match self {
            Self::Lstm(lstm) => {
                let weights = lstm.fused_weights()?;
                weights
                    .map(|weights| QuantizedLstm::new(&weights, lstm.hidden_size(), arch))
                    .transpose()
            }
            Self::Gru(_) | Self::Sru(_) | Self::Cnn(_) | Self::Mean(_) => Ok(None),
        }
    }
}
