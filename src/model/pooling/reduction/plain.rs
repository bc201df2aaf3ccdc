//! The plain implementation of reductions, with candle's operations. CUDA runs it, and it is the reference for the kernel.

use candle_core::{Result, Tensor};

use super::Reduction;
use crate::batch::PackedLayout;
use crate::model::pooling::segments::{lengths, max, sum, with_empty_rows};

/// Reduces hidden states: `[tokens, features]` to `[rows, features]`. A text without tokens gives zeros.
pub(in crate::model) fn reduce(
    reduction: Reduction,
    hidden: &Tensor,
    layout: &PackedLayout,
    directions: usize,
) -> Result<Tensor> {
    let reduced = match reduction {
        Reduction::Last => last(hidden, layout, directions)?,
        Reduction::Mean => mean(hidden, layout)?,
        Reduction::Max => max(hidden, layout)?,
    };
    with_empty_rows(reduced, layout)
}

/// Concatenates the forward direction's state at each text's last token and the backward direction's at its first.
fn last(hidden: &Tensor, layout: &PackedLayout, directions: usize) -> Result<Tensor> {
    let last_tokens: Vec<u32> = lengths(layout)
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

/// Returns the mean over each text's tokens.
fn mean(hidden: &Tensor, layout: &PackedLayout) -> Result<Tensor> {
    let row_of_token = Tensor::new(layout.row_of_token(), hidden.device())?;
    let lengths: Vec<f32> = lengths(layout).iter().map(|&n| n as f32).collect();
    let lengths = Tensor::new(lengths, hidden.device())?.unsqueeze(1)?;
    sum(hidden, &row_of_token, layout)?.broadcast_div(&lengths)
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

    fn reduced(reduction: Reduction) -> Vec<Vec<f32>> {
        let (hidden, layout) = packed();
        reduce(reduction, &hidden, &layout, 1)
            .unwrap()
            .to_vec2()
            .unwrap()
    }

    #[test]
    fn pools_each_text_over_its_own_tokens() {
        assert_eq!(
            reduced(Reduction::Last),
            [[4.0, -3.0], [-5.0, 7.0], [0.0, 0.0]]
        );
        assert_eq!(
            reduced(Reduction::Mean),
            [[3.0, -2.0], [-5.0, 7.0], [0.0, 0.0]]
        );
        assert_eq!(
            reduced(Reduction::Max),
            [[4.0, -1.0], [-5.0, 7.0], [0.0, 0.0]]
        );
    }

    #[test]
    fn last_reads_the_backward_direction_at_the_first_token() {
        let (hidden, layout) = packed();
        let pooled = last(&hidden, &layout, 2).unwrap().to_vec2::<f32>().unwrap();
        assert_eq!(pooled, [[4.0, -1.0], [-5.0, 7.0]]);
    }
}
