//! The weights of attention.

use candle_core::{Result, Tensor};

use crate::model::dense_weights::{DenseWeights, WeightSpec};
use crate::model::initializer::Initializer;

/// The weights of attention; see [`Pooling::Attention`](crate::model::Pooling::Attention).
#[derive(Clone, Debug)]
pub(super) struct AttentionWeights {
    /// `[features, features]`.
    pub(super) weight: Tensor,
    /// `[features]`.
    pub(super) bias: Tensor,
    /// `[features]`.
    pub(super) context: Tensor,
}

impl AttentionWeights {
    /// Takes the weights, which are known to be there and of the right shape.
    pub(super) fn new(weights: &DenseWeights) -> Self {
        let of = |name: &str| weights[&format!("attention.{name}")].clone();
        Self {
            weight: of("weight"),
            bias: of("bias"),
            context: of("context"),
        }
    }

    /// The products of hidden states with the weight: `[tokens, features]` both.
    pub(super) fn keys(&self, hidden: &Tensor) -> Result<Tensor> {
        hidden.matmul(&self.weight.t()?)
    }
}

/// What the weights are, over hidden states of `features` numbers.
pub(in crate::model::pooling) fn weight_specs(features: usize) -> Vec<WeightSpec> {
    let glorot = |inputs, outputs| Initializer::GlorotUniform { inputs, outputs };
    vec![
        WeightSpec::new(
            "attention.weight",
            [features, features],
            glorot(features, features),
        ),
        WeightSpec::new("attention.bias", [features], Initializer::Zeros),
        WeightSpec::new("attention.context", [features], glorot(features, 1)),
    ]
}
