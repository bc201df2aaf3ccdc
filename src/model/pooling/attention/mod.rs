//! Attention: a vector for each text, to which its tokens add by weights that are learned.

mod fused;
mod kernel;

use candle_core::{D, Result, Tensor};

use self::fused::Fused;
use super::segments::{max, sum, with_empty_rows};
use crate::batch::PackedLayout;
use crate::model::Implementation;
use crate::model::dense_weights::{DenseWeights, WeightSpec};
use crate::model::initializer::Initializer;

/// The weights of attention; see [`Pooling::Attention`](super::Pooling::Attention).
#[derive(Clone, Debug)]
pub(in crate::model) struct Attention {
    /// `[features, features]`.
    weight: Tensor,
    /// `[features]`.
    bias: Tensor,
    /// `[features]`.
    context: Tensor,
    /// The kernel's form, where that is the implementation.
    fused: Option<Fused>,
}

/// The weights, over hidden states of `features` numbers.
pub(super) fn weights(features: usize) -> Vec<WeightSpec> {
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

impl Attention {
    /// Takes the weights, which are known to be there and of the right shape.
    pub(in crate::model) fn new(weights: &DenseWeights, implementation: Implementation) -> Self {
        let of = |name: &str| weights[&format!("attention.{name}")].clone();
        Self {
            weight: of("weight"),
            bias: of("bias"),
            context: of("context"),
            fused: match implementation {
                Implementation::Fused => Some(Fused::default()),
                Implementation::Plain => None,
            },
        }
    }

    /// The vectors of the texts, `[rows, features]`, from the states `[tokens, features]`; zeros for a text without
    /// tokens.
    pub(in crate::model) fn pool(&self, hidden: &Tensor, layout: &PackedLayout) -> Result<Tensor> {
        if let Some(fused) = &self.fused {
            return fused.pool(self, hidden, layout);
        }
        let row_of_token = Tensor::new(layout.row_of_token(), hidden.device())?;
        let weighed = hidden.broadcast_mul(&self.weigh(hidden, &row_of_token, layout)?)?;
        with_empty_rows(sum(&weighed, &row_of_token, layout)?, layout)
    }

    /// The weight of each token, `[tokens]`, summing to 1 over each text.
    pub(in crate::model) fn token_weights(
        &self,
        hidden: &Tensor,
        layout: &PackedLayout,
    ) -> Result<Tensor> {
        let row_of_token = Tensor::new(layout.row_of_token(), hidden.device())?;
        self.weigh(hidden, &row_of_token, layout)?
            .squeeze(D::Minus1)
    }

    /// The weight of each token, `[tokens, 1]`, summing to 1 over each text.
    fn weigh(
        &self,
        hidden: &Tensor,
        row_of_token: &Tensor,
        layout: &PackedLayout,
    ) -> Result<Tensor> {
        let keys = self.keys(hidden)?.broadcast_add(&self.bias)?.tanh()?;
        let scores = keys.matmul(&self.context.unsqueeze(1)?)?;
        // Exponentials are taken of the distance from the text's largest score, which changes
        // nothing but keeps them finite.
        let largest = max(&scores, layout)?
            .detach()
            .index_select(row_of_token, 0)?;
        let exponentials = (scores - largest)?.exp()?;
        let sums = sum(&exponentials, row_of_token, layout)?.index_select(row_of_token, 0)?;
        exponentials / sums
    }

    /// `[tokens, features]`
    fn keys(&self, hidden: &Tensor) -> Result<Tensor> {
        hidden.matmul(&self.weight.t()?)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn attention_weights_sum_to_one_over_each_text() {
        // Two texts of lengths 3 and 1, and an empty one; two features.
        let layout = PackedLayout::new(vec![3, 1, 0]);
        let hidden = [[1f32, -1.0], [-5.0, 7.0], [4.0, -2.0], [4.0, -3.0]];
        let hidden = Tensor::new(&hidden, &Device::Cpu).unwrap();
        let attention = Attention {
            weight: Tensor::new(&[[0.3f32, -0.2], [0.1, 0.9]], &Device::Cpu).unwrap(),
            bias: Tensor::new(&[0.1f32, 0.2], &Device::Cpu).unwrap(),
            context: Tensor::new(&[1f32, -2.0], &Device::Cpu).unwrap(),
            fused: None,
        };
        let weights = attention.token_weights(&hidden, &layout).unwrap();
        let weights = weights.to_vec1::<f32>().unwrap();
        assert!((weights[0] + weights[2] + weights[3] - 1.0).abs() < 1e-6);
        assert!((weights[1] - 1.0).abs() < 1e-6);
    }
}
