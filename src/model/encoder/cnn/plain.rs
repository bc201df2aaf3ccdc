//! The plain implementation of the convolution, with candle's operations. CUDA runs it, and it is the reference for the
//! kernel.

use candle_core::{Result, Tensor};

use super::left_of;
use crate::batch::PackedLayout;

/// Returns the state of each token for filters of one width, `[tokens, filters]`, from the distinct inputs, `[inputs, input
/// size]`. `weight` is `[filters, input size, width]` and `bias` `[filters]`.
pub(super) fn convolve(
    inputs: &Tensor,
    input_of_token: &[u32],
    layout: &PackedLayout,
    [weight, bias]: &[Tensor; 2],
) -> Result<Tensor> {
    let (filters, size, width) = weight.dims3()?;
    let padding = Tensor::zeros((1, size), inputs.dtype(), inputs.device())?;
    let window_inputs = window_inputs(input_of_token, layout, width, inputs.dim(0)? as u32);
    let window_inputs = Tensor::new(window_inputs, inputs.device())?;
    let windows = Tensor::cat(&[inputs, &padding], 0)?
        .index_select(&window_inputs, 0)?
        .reshape((layout.tokens(), width * size))?;
    let weight = weight
        .transpose(1, 2)?
        .contiguous()?
        .reshape((filters, width * size))?;
    relu(&windows.matmul(&weight.t()?)?.broadcast_add(bias)?)
}

/// Returns the input of each position of each token's window, `[tokens * width]`; `padding` for positions outside the text.
fn window_inputs(
    input_of_token: &[u32],
    layout: &PackedLayout,
    width: usize,
    padding: u32,
) -> Vec<u32> {
    let mut inputs = Vec::with_capacity(layout.tokens() * width);
    for step in 0..layout.steps() {
        for row in 0..layout.step(step).len() {
            inputs.extend((0..width).map(|position| {
                let at = (step + position).checked_sub(left_of(width));
                let at = at.filter(|&at| at < layout.lengths()[row]);
                at.map_or(padding, |at| input_of_token[layout.offsets()[at] + row])
            }));
        }
    }
    inputs
}

/// Returns the positive part of each value. As in PyTorch and unlike candle's function, the derivative at zero is zero.
fn relu(values: &Tensor) -> Result<Tensor> {
    let is_positive = values.detach().gt(0f32)?.to_dtype(values.dtype())?;
    values * is_positive
}
