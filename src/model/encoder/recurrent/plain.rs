//! The plain implementation of the recurrence, with candle's operations. CUDA runs it, and it is the reference for the
//! kernel.

use candle_core::{Result, Tensor};

use super::kernel::Recurrence;
use super::{RecurrentCell, SumWeights};
use crate::batch::PackedLayout;

/// Returns the hidden state of each token, `[tokens, directions * hidden]`, from the inputs, `[inputs, input size]`, and
/// the weights of each direction. There must be at least one token.
pub(super) fn recur<C: RecurrentCell>(
    inputs: &Tensor,
    input_of_token: &[u32],
    layout: &PackedLayout,
    weights: &[SumWeights],
) -> Result<Tensor> {
    let input_of_token = Tensor::new(input_of_token, inputs.device())?;
    let hidden: Vec<Tensor> = (0..)
        .zip(weights)
        .map(|(direction, weights)| {
            let projected = inputs
                .matmul(&weights.input.t()?)?
                .broadcast_add(&weights.bias)?;
            let inputs = split_steps(&projected.index_select(&input_of_token, 0)?, layout)?;
            recur_one_way::<C>(&inputs, &weights.recurrent.t()?, direction == 1)
        })
        .collect::<Result<_>>()?;
    Tensor::cat(&hidden, 1)
}

/// Runs one direction. Returns the hidden states, `[tokens, hidden]`, from the projected inputs of each step,
/// `[active rows, 4 * hidden]`, and the transposed recurrent weights, `[hidden or 1, 4 * hidden]`.
fn recur_one_way<C: RecurrentCell>(
    inputs: &[Tensor],
    weights_t: &Tensor,
    backwards: bool,
) -> Result<Tensor> {
    let hidden_size = weights_t.dim(1)? / 4;
    let (dtype, device) = (weights_t.dtype(), weights_t.device());
    let mut hidden = Tensor::zeros((0, hidden_size), dtype, device)?;
    let mut memory = hidden.clone();
    let mut outputs = Vec::with_capacity(inputs.len());

    let mut step = |input: &Tensor| -> Result<()> {
        let active = input.dim(0)?;
        hidden = resize_rows(&hidden, active)?;
        memory = resize_rows(&memory, active)?;
        let recurrent = match C::RECURRENCE {
            Recurrence::Matrix => hidden.matmul(weights_t)?,
            Recurrence::Elementwise => Tensor::cat(&[&memory; 4], 1)?.broadcast_mul(weights_t)?,
        };
        (hidden, memory) = C::advance(&(input + recurrent)?, &memory)?;
        outputs.push(hidden.clone());
        Ok(())
    };
    if backwards {
        inputs.iter().rev().try_for_each(&mut step)?;
        outputs.reverse();
    } else {
        inputs.iter().try_for_each(&mut step)?;
    }
    Tensor::cat(&outputs, 0)
}

/// Returns the first `rows` rows of a state. Rows that start at this step are zero.
fn resize_rows(state: &Tensor, rows: usize) -> Result<Tensor> {
    let (before, size) = state.dims2()?;
    if rows <= before {
        return state.narrow(0, 0, rows);
    }
    let begin = Tensor::zeros((rows - before, size), state.dtype(), state.device())?;
    if before == 0 {
        return Ok(begin);
    }
    Tensor::cat(&[state, &begin], 0)
}

/// Splits `[tokens, n]` into its steps, by repeated halving.
///
/// The gradient of a slice is as large as its source. So halving costs O(tokens log steps), while slicing each step
/// directly would cost O(tokens steps).
fn split_steps(tokens: &Tensor, layout: &PackedLayout) -> Result<Vec<Tensor>> {
    fn split(tokens: &Tensor, offsets: &[usize], steps: &mut Vec<Tensor>) -> Result<()> {
        let [first, .., last] = *offsets else {
            return Ok(());
        };
        if offsets.len() == 2 {
            steps.push(tokens.clone());
            return Ok(());
        }
        let middle = offsets.len() / 2;
        let cut = offsets[middle] - first;
        split(&tokens.narrow(0, 0, cut)?, &offsets[..=middle], steps)?;
        split(
            &tokens.narrow(0, cut, last - offsets[middle])?,
            &offsets[middle..],
            steps,
        )
    }
    let mut steps = Vec::with_capacity(layout.steps());
    split(tokens, layout.offsets(), &mut steps)?;
    Ok(steps)
}
