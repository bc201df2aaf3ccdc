//! Pooling, which combines the hidden states of a text's tokens into one vector.
//!
//! A pooling without weights is a [`Reduction`], which the encoder's kernel can compute itself. [`Attention`] has weights
//! and runs after the encoder.

mod attention;
mod reduction;
mod segments;

use serde::{Deserialize, Serialize};

pub(super) use self::attention::{Attention, QuantizedAttention};
pub(super) use self::reduction::{HiddenStates, Reduced, Reduction, TokenStates, reduce};
use super::dense_weights::WeightSpec;

/// The pooling of a text's hidden states into one vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// Each direction's state after the last token that it reads.
    Last,
    /// The mean over the tokens.
    Mean,
    /// The maximum of each feature over the tokens.
    Max,
    /// A weighted mean with trained weights (Yang et al., 2016, "Hierarchical Attention Networks", equations 5 to 7).
    Attention,
}

impl Pooling {
    /// Returns the equivalent reduction, or `None` for a pooling with weights.
    pub(super) fn reduction(self) -> Option<Reduction> {
        match self {
            Self::Last => Some(Reduction::Last),
            Self::Mean => Some(Reduction::Mean),
            Self::Max => Some(Reduction::Max),
            Self::Attention => None,
        }
    }

    /// Returns the specification of the weights, for hidden states with this number of features.
    pub(super) fn weight_specs(self, features: usize) -> Vec<WeightSpec> {
        match self {
            Self::Last | Self::Mean | Self::Max => Vec::new(),
            Self::Attention => attention::weight_specs(features),
        }
    }
}
