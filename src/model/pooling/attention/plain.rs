//! The plain implementation of attention, with candle's operations. CUDA runs it, and it is the reference for the kernel.

use candle_core::{Result, Tensor};

use super::weights::AttentionWeights;
use crate::batch::PackedLayout;
use crate::model::pooling::segments::{max, sum, with_empty_rows};

/// See [`Attention::pool`](super::Attention::pool).
pub(super) fn pool(
    attention: &AttentionWeights,
    hidden: &Tensor,
    layout: &PackedLayout,
) -> Result<Tensor> {
    let weighted = hidden.broadcast_mul(&token_weights(attention, hidden, layout)?)?;
    let row_of_token = Tensor::new(layout.row_of_token(), hidden.device())?;
    with_empty_rows(sum(&weighted, &row_of_token, layout)?, layout)
}

/// Returns the weight of each token, `[tokens, 1]`, which sum to 1 over each text.
pub(super) fn token_weights(
    attention: &AttentionWeights,
    hidden: &Tensor,
    layout: &PackedLayout,
) -> Result<Tensor> {
    let row_of_token = Tensor::new(layout.row_of_token(), hidden.device())?;
    let keys = attention.keys(hidden)?;
    let keys = keys.broadcast_add(&attention.bias)?.tanh()?;
    let scores = keys.matmul(&attention.context.unsqueeze(1)?)?;
    // Subtracting the text's largest score keeps the exponentials finite and does not change the result.
    let largest = max(&scores, layout)?
        .detach()
        .index_select(&row_of_token, 0)?;
    let exponentials = (scores - largest)?.exp()?;
    let sums = sum(&exponentials, &row_of_token, layout)?.index_select(&row_of_token, 0)?;
    exponentials / sums
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
        let attention = AttentionWeights {
            weight: Tensor::new(&[[0.3f32, -0.2], [0.1, 0.9]], &Device::Cpu).unwrap(),
            bias: Tensor::new(&[0.1f32, 0.2], &Device::Cpu).unwrap(),
            context: Tensor::new(&[1f32, -2.0], &Device::Cpu).unwrap(),
        };
        let weights = token_weights(&attention, &hidden, &layout).unwrap();
        let weights = weights.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert!((weights[0] + weights[2] + weights[3] - 1.0).abs() < 1e-6);
        assert!((weights[1] - 1.0).abs() < 1e-6);
    }
}
