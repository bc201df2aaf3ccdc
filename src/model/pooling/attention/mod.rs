//! Attention pooling: the mean of a text's hidden states, weighted by trained scores.

mod fused;
mod kernel;
mod plain;
mod quantized;
mod weights;

use candle_core::{D, Result, Tensor};

use self::fused::FusedAttention;
pub(in crate::model) use self::quantized::QuantizedAttention;
use self::weights::AttentionWeights;
pub(super) use self::weights::weight_specs;
use crate::batch::PackedLayout;
use crate::model::Implementation;
use crate::model::dense_weights::DenseWeights;

/// Attention pooling with its weights.
#[derive(Clone, Debug)]
pub(in crate::model) struct Attention {
    weights: AttentionWeights,
    /// The fused implementation, if it is chosen.
    fused: Option<FusedAttention>,
}

impl Attention {
    /// Builds the pooling from its weights. Their names and shapes have been checked.
    pub(in crate::model) fn new(weights: &DenseWeights, implementation: Implementation) -> Self {
        Self {
            weights: AttentionWeights::new(weights),
            fused: match implementation {
                Implementation::Fused => Some(FusedAttention::default()),
                Implementation::Plain => None,
            },
        }
    }

    /// Pools hidden states: `[tokens, features]` to `[rows, features]`. A text without tokens gives zeros.
    pub(in crate::model) fn pool(&self, hidden: &Tensor, layout: &PackedLayout) -> Result<Tensor> {
        match &self.fused {
            Some(fused) => fused.pool(&self.weights, hidden, layout),
            None => plain::pool(&self.weights, hidden, layout),
        }
    }

    /// Returns the weight of each token, `[tokens]`, which sum to 1 over each text.
    pub(in crate::model) fn token_weights(
        &self,
        hidden: &Tensor,
        layout: &PackedLayout,
    ) -> Result<Tensor> {
        plain::token_weights(&self.weights, hidden, layout)?.squeeze(D::Minus1)
    }
}
