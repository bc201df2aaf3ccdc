//! The plain implementation of the recurrence, with candle's operations. CUDA runs it, and it is the reference for the
//! kernel.

use candle_core::{D, Result, Tensor};
use candle_nn::ops::sigmoid;

use crate::batch::PackedLayout;

/// Returns the hidden state of each token, `[tokens, directions * hidden]`, from the projected inputs,
/// `[inputs, directions * 4 * hidden]`, and the recurrent weights, `[directions, 4 * hidden, hidden]`. There must be at
/// least one token.
pub(super) fn recur(
    projected: &Tensor,
    input_of_token: &[u32],
    layout: &PackedLayout,
    weight_hh: &Tensor,
) -> Result<Tensor> {
    let (directions, gates, _) = weight_hh.dims3()?;
    let input_of_token = Tensor::new(input_of_token, projected.device())?;
    let hidden: Vec<Tensor> = (0..directions)
        .map(|direction| {
            let inputs = projected
                .narrow(1, direction * gates, gates)?
                .contiguous()?;
            let inputs = split_steps(&inputs.index_select(&input_of_token, 0)?, layout)?;
            recur_one_way(&inputs, &weight_hh.get(direction)?.t()?, direction == 1)
        })
        .collect::<Result<_>>()?;
    Tensor::cat(&hidden, 1)
}

/// Runs one direction. Returns the hidden states, `[tokens, hidden]`, from the projected inputs of each step,
/// `[active rows, 4 * hidden]`, and the transposed recurrent weights, `[hidden, 4 * hidden]`.
fn recur_one_way(inputs: &[Tensor], weight_hh_t: &Tensor, backwards: bool) -> Result<Tensor> {
    let hidden_size = weight_hh_t.dim(0)?;
    let (dtype, device) = (weight_hh_t.dtype(), weight_hh_t.device());
    let mut hidden = Tensor::zeros((0, hidden_size), dtype, device)?;
    let mut cell = hidden.clone();
    let mut outputs = Vec::with_capacity(inputs.len());

    let mut step = |input: &Tensor| -> Result<()> {
        let active = input.dim(0)?;
        hidden = resize_rows(&hidden, active)?;
        cell = resize_rows(&cell, active)?;
        (hidden, cell) = advance(input, &hidden, &cell, weight_hh_t)?;
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

/// Computes one step. Returns `h_t` and `c_t`, both `[rows, hidden]`.
fn advance(
    input: &Tensor,
    hidden: &Tensor,
    cell: &Tensor,
    weight_hh_t: &Tensor,
) -> Result<(Tensor, Tensor)> {
    let size = cell.dim(1)?;
    let gates = (input + hidden.matmul(weight_hh_t)?)?;
    let input_forget = sigmoid(&gates.narrow(D::Minus1, 0, 2 * size)?.contiguous()?)?;
    let candidate = gates.narrow(D::Minus1, 2 * size, size)?.tanh()?;
    let output = sigmoid(&gates.narrow(D::Minus1, 3 * size, size)?.contiguous()?)?;

    let input = input_forget.narrow(D::Minus1, 0, size)?;
    let forget = input_forget.narrow(D::Minus1, size, size)?;
    let cell = ((forget * cell)? + (input * candidate)?)?;
    let hidden = (output * cell.tanh()?)?;
    Ok((hidden, cell))
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
