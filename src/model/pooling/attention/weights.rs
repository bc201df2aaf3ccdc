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
    /// Selects the weights. Their names and shapes have been checked.
    pub(super) fn new(weights: &DenseWeights) -> Self {
        let of = |name: &str| weights[&format!("attention.{name}")].clone();
        Self {
            weight: of("weight"),
            bias: of("bias"),
            context: of("context"),
        }
    }

    /// Returns the products of hidden states with the weight. Both are `[tokens, features]`.
    pub(super) fn keys(&self, hidden: &Tensor) -> Result<Tensor> {
        hidden.matmul(&self.weight.t()?)
    }
}

/// Returns the specification of the weights, for hidden states with this number of features.
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
