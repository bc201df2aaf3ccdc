//! Sums and maxima over the tokens of each text, with candle's operations.

use candle_core::{DType, Result, Tensor};

use crate::batch::PackedLayout;

/// Returns the lengths of the rows that have tokens.
pub(super) fn lengths(layout: &PackedLayout) -> &[usize] {
    &layout.lengths()[..layout.rows_with_tokens()]
}

/// Sums over each text's tokens: `[tokens, n]` to `[rows with tokens, n]`.
pub(super) fn sum(tokens: &Tensor, row_of_token: &Tensor, layout: &PackedLayout) -> Result<Tensor> {
    let shape = (layout.rows_with_tokens(), tokens.dim(1)?);
    Tensor::zeros(shape, tokens.dtype(), tokens.device())?.index_add(row_of_token, tokens, 0)
}

/// Returns the maximum over each text's tokens: `[tokens, n]` to `[rows with tokens, n]`.
///
/// Only the first of equal values receives the gradient, as in PyTorch.
pub(super) fn max(tokens: &Tensor, layout: &PackedLayout) -> Result<Tensor> {
    tokens.gather(&arg_max(&tokens.detach(), layout)?, 0)
}

/// Appends zeros for the rows without tokens: `[rows with tokens, n]` to `[rows, n]`.
pub(super) fn with_empty_rows(pooled: Tensor, layout: &PackedLayout) -> Result<Tensor> {
    let empty = layout.rows() - layout.rows_with_tokens();
    if empty == 0 {
        return Ok(pooled);
    }
    let zeros = Tensor::zeros((empty, pooled.dim(1)?), pooled.dtype(), pooled.device())?;
    Tensor::cat(&[pooled, zeros], 0)
}

/// Returns the token with each feature's maximum over a text: `[tokens, n]` to `[rows with tokens, n]`, as u32.
///
/// The tokens are padded to `[rows, steps, n]` by repeating a text's first token.
fn arg_max(tokens: &Tensor, layout: &PackedLayout) -> Result<Tensor> {
    let (rows, steps) = (layout.rows_with_tokens(), layout.steps());
    let padded: Vec<u32> = lengths(layout)
        .iter()
        .enumerate()
        .flat_map(|(row, &length)| {
            let offsets = layout.offsets();
            (0..steps).map(move |step| {
                let step = if step < length { step } else { 0 };
                (offsets[step] + row) as u32
            })
        })
        .collect();
    let padded = Tensor::new(padded, tokens.device())?;
    let features = tokens.dim(1)?;
    let values = tokens
        .index_select(&padded, 0)?
        .reshape((rows, steps, features))?;
    let best_step = values.transpose(1, 2)?.contiguous()?.argmax(2)?;
    padded
        .reshape((rows, steps))?
        .gather(&best_step.to_dtype(DType::U32)?, 1)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn max_returns_the_first_of_equal_values() {
        // Two texts of lengths 3 and 1, and an empty one; two features.
        let layout = PackedLayout::new(vec![3, 1, 0]);
        let hidden = [[1f32, -1.0], [-5.0, 7.0], [4.0, -2.0], [4.0, -3.0]];
        let hidden = Tensor::new(&hidden, &Device::Cpu).unwrap();
        let largest = arg_max(&hidden, &layout).unwrap();
        assert_eq!(largest.to_vec2::<u32>().unwrap(), [[2, 0], [1, 1]]);
    }
}
