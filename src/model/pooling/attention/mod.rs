//! Attention: a vector for each text, to which its tokens add by weights that are learned.

mod fused;
mod kernel;
mod plain;
mod weights;

use candle_core::{D, Result, Tensor};

use self::fused::FusedAttention;
use self::weights::AttentionWeights;
pub(super) use self::weights::weight_specs;
use crate::batch::PackedLayout;
use crate::model::Implementation;
use crate::model::dense_weights::DenseWeights;

/// Pooling by attention.
#[derive(Clone, Debug)]
pub(in crate::model) struct Attention {
    weights: AttentionWeights,
    /// For the fused implementation.
    fused: Option<FusedAttention>,
}

impl Attention {
    /// Takes the weights, which are known to be there and of the right shape.
    pub(in crate::model) fn new(weights: &DenseWeights, implementation: Implementation) -> Self {
        Self {
            weights: AttentionWeights::new(weights),
            fused: match implementation {
                Implementation::Fused => Some(FusedAttention::default()),
                Implementation::Plain => None,
            },
        }
    }

    /// The vectors of the texts, `[rows, features]`, from the states `[tokens, features]`; zeros for a text without
    /// tokens.
    pub(in crate::model) fn pool(&self, hidden: &Tensor, layout: &PackedLayout) -> Result<Tensor> {
        match &self.fused {
            Some(fused) => fused.pool(&self.weights, hidden, layout),
            None => plain::pool(&self.weights, hidden, layout),
        }
    }

    /// The weight of each token, `[tokens]`, summing to 1 over each text.
    pub(in crate::model) fn token_weights(
        &self,
        hidden: &Tensor,
        layout: &PackedLayout,
    ) -> Result<Tensor> {
        plain::token_weights(&self.weights, hidden, layout)?.squeeze(D::Minus1)
    }
}
