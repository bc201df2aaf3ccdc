//! Pooling: from the hidden states of a text's tokens to one vector for the text.
//!
//! A pooling without weights is a [`Reduction`], which an encoder's kernel may compute while it has the states at hand;
//! [`Attention`] has weights and comes after the encoder.

mod attention;
mod reduction;
mod segments;

use serde::{Deserialize, Serialize};

pub(super) use self::attention::Attention;
pub(super) use self::reduction::{HiddenStates, Reduced, Reduction, reduce};
use super::dense_weights::WeightSpec;

/// How the hidden states of a text become one vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// Each direction's state after its last token, at the text's true length.
    Last,
    /// The mean over the tokens.
    Mean,
    /// Each feature's largest value over the tokens.
    Max,
    /// A weighted mean whose weights are learned: Yang et al. (2016), Hierarchical Attention
    /// Networks, equations 5 to 7.
    Attention,
}

impl Pooling {
    /// The reduction that computes it; `None` for a pooling with weights of its own.
    pub(super) fn reduction(self) -> Option<Reduction> {
        match self {
            Self::Last => Some(Reduction::Last),
            Self::Mean => Some(Reduction::Mean),
            Self::Max => Some(Reduction::Max),
            Self::Attention => None,
        }
    }

    /// What its weights are, over hidden states of `features` numbers.
    pub(super) fn weight_specs(self, features: usize) -> Vec<WeightSpec> {
        match self {
            Self::Last | Self::Mean | Self::Max => Vec::new(),
            Self::Attention => attention::weight_specs(features),
        }
    }
}
