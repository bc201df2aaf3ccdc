//! Pooling: from a hidden state for each token to one vector for each text.

use candle_core::{DType, Result, Tensor};

use super::Pooling;
use super::attention::Attention;
use crate::batch::PackedLayout;

/// Pools the states of a packed batch, `[tokens, features]`, to `[rows, features]`; a text without
/// tokens gives zeros.
pub(super) fn pool(
    pooling: Pooling,
    attention: Option<&Attention>,
    hidden: &Tensor,
    layout: &PackedLayout,
    directions: usize,
) -> Result<Tensor> {
    let pooled = match (pooling, attention) {
        (Pooling::Last, _) => last(hidden, layout, directions)?,
        (Pooling::Max, _) => max(hidden, layout)?,
        (Pooling::Attention, Some(attention)) => {
            let row_of_token = Tensor::new(layout.row_of_token(), hidden.device())?;
            let weights = attention.weigh(hidden, &row_of_token, layout)?;
            let weighed = hidden.broadcast_mul(&weights)?;
            sum(&weighed, &row_of_token, layout)?
        }
        (Pooling::Mean | Pooling::Attention, _) => {
            let row_of_token = Tensor::new(layout.row_of_token(), hidden.device())?;
            let lengths: Vec<f32> = with_tokens(layout).iter().map(|&n| n as f32).collect();
            let lengths = Tensor::new(lengths, hidden.device())?.unsqueeze(1)?;
            sum(hidden, &row_of_token, layout)?.broadcast_div(&lengths)?
        }
    };
    let empty = layout.rows() - layout.rows_with_tokens();
    if empty == 0 {
        return Ok(pooled);
    }
    let zeros = Tensor::zeros((empty, pooled.dim(1)?), pooled.dtype(), pooled.device())?;
    Tensor::cat(&[pooled, zeros], 0)
}

/// The lengths of the rows that have tokens.
fn with_tokens(layout: &PackedLayout) -> &[usize] {
    &layout.lengths()[..layout.rows_with_tokens()]
}

/// The forward direction's state at each text's last token beside the backward one's at its first.
fn last(hidden: &Tensor, layout: &PackedLayout, directions: usize) -> Result<Tensor> {
    let last_tokens: Vec<u32> = with_tokens(layout)
        .iter()
        .enumerate()
        .map(|(row, length)| (layout.offsets()[length - 1] + row) as u32)
        .collect();
    let last_tokens = Tensor::new(last_tokens, hidden.device())?;
    let ends = hidden.index_select(&last_tokens, 0)?;
    if directions == 1 {
        return Ok(ends);
    }
    let size = hidden.dim(1)? / directions;
    let begins = hidden.narrow(0, 0, layout.rows_with_tokens())?;
    Tensor::cat(
        &[ends.narrow(1, 0, size)?, begins.narrow(1, size, size)?],
        1,
    )
}

/// The sum over each text's tokens: `[tokens, n]` to `[rows with tokens, n]`.
pub(super) fn sum(tokens: &Tensor, row_of_token: &Tensor, layout: &PackedLayout) -> Result<Tensor> {
    let shape = (layout.rows_with_tokens(), tokens.dim(1)?);
    Tensor::zeros(shape, tokens.dtype(), tokens.device())?.index_add(row_of_token, tokens, 0)
}

/// The largest value over each text's tokens: `[tokens, n]` to `[rows with tokens, n]`.
///
/// The gradient goes to the first of equal values alone, as in PyTorch.
pub(super) fn max(tokens: &Tensor, layout: &PackedLayout) -> Result<Tensor> {
    tokens.gather(&arg_max(&tokens.detach(), layout)?, 0)
}

/// Which token has each feature's largest value over a text: `[tokens, n]` to `[rows with tokens, n]`,
/// of u32. The tokens are laid out as `[rows, steps, n]`, where a text that has ended repeats its first
/// token.
fn arg_max(tokens: &Tensor, layout: &PackedLayout) -> Result<Tensor> {
    let (rows, steps) = (layout.rows_with_tokens(), layout.steps());
    let padded: Vec<u32> = with_tokens(layout)
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

    /// Two texts of lengths 3 and 1, and an empty one; two features.
    fn packed() -> (Tensor, PackedLayout) {
        let values = [[1f32, -1.0], [-5.0, 7.0], [4.0, -2.0], [4.0, -3.0]];
        let layout = PackedLayout::new(vec![3, 1, 0]);
        (Tensor::new(&values, &Device::Cpu).unwrap(), layout)
    }

    fn pooled(pooling: Pooling) -> Vec<Vec<f32>> {
        let (hidden, layout) = packed();
        pool(pooling, None, &hidden, &layout, 1)
            .unwrap()
            .to_vec2()
            .unwrap()
    }

    #[test]
    fn pools_each_text_over_its_own_tokens() {
        assert_eq!(
            pooled(Pooling::Last),
            [[4.0, -3.0], [-5.0, 7.0], [0.0, 0.0]]
        );
        assert_eq!(
            pooled(Pooling::Mean),
            [[3.0, -2.0], [-5.0, 7.0], [0.0, 0.0]]
        );
        assert_eq!(pooled(Pooling::Max), [[4.0, -1.0], [-5.0, 7.0], [0.0, 0.0]]);
    }

    #[test]
    fn last_reads_the_backward_direction_at_the_first_token() {
        let (hidden, layout) = packed();
        let pooled = last(&hidden, &layout, 2).unwrap().to_vec2::<f32>().unwrap();
        assert_eq!(pooled, [[4.0, -1.0], [-5.0, 7.0]]);
    }

    #[test]
    fn max_takes_the_first_of_equals() {
        let (hidden, layout) = packed();
        let largest = arg_max(&hidden, &layout).unwrap();
        assert_eq!(largest.to_vec2::<u32>().unwrap(), [[2, 0], [1, 1]]);
    }
}
