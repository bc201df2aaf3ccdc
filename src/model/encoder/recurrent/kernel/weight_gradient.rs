//! The gradient of the weights: a product over all inputs and one over all tokens.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::{Cell, Layer, Recurrence, SUMS};
use crate::model::kernel::{Buffer, Lanes, Lhs, Panels, Product, previous_tokens};

/// The number of rows of the weights in a parallel task.
const ROW_CHUNK: usize = 64;

/// Returns the gradient of the weights, `[directions * 4 * hidden, input_size + 1 + hidden]`, from the gradients of the
/// input projections, `[inputs, directions * 4 * hidden]`, and of the sums, `[tokens, directions * 4 * hidden]`:
///
/// ```text
/// ∂W_in = Σ ∂projected xᵀ    ∂b = Σ ∂projected    ∂W = Σ ∂sums h_{t-1}ᵀ    ∂v = Σ ∂sums ⊙ c_{t-1}
/// ```
///
/// `states` are the hidden states or, for an elementwise recurrence, the memory: `[tokens, directions * hidden]`.
pub(super) fn differentiate_weights<C: Cell>(
    arch: Arch,
    layer: Layer<C>,
    states: &[f32],
    grad_projected: &[f32],
    grad_sums: &[f32],
) -> Vec<f32> {
    let lanes = arch.dispatch(Lanes);
    let inputs = Panels::of_rows(layer.inputs(), layer.input_size, lanes, |input| {
        &layer.inputs[input * layer.input_size..][..layer.input_size]
    });
    let columns = layer.columns();
    let mut grad = vec![0.0; layer.weights.len()];
    let directions = grad.par_chunks_exact_mut(SUMS * layer.hidden_size * columns);
    directions.enumerate().for_each(|(direction, grad)| {
        let previous_states = match C::RECURRENCE {
            Recurrence::Matrix => Some(previous_states(layer, direction, states, lanes)),
            Recurrence::Elementwise => {
                arch.dispatch(|| {
                    differentiate_elementwise(layer, direction, states, grad_sums, grad);
                });
                None
            }
        };
        let chunks = grad.par_chunks_mut(ROW_CHUNK * columns).enumerate();
        chunks.for_each(|(chunk, grad)| {
            arch.dispatch(WeightGradient {
                layer,
                direction,
                first_row: chunk * ROW_CHUNK,
                inputs: &inputs,
                grad_projected,
                previous_states: previous_states.as_ref(),
                grad_sums,
                grad,
            });
        });
    });
    grad
}

/// Returns the previous state of each token in one direction, `[tokens, hidden]`, from `states`,
/// `[tokens, directions * hidden]`.
fn previous_states<C: Cell>(
    layer: Layer<C>,
    direction: usize,
    states: &[f32],
    lanes: usize,
) -> Panels {
    let size = layer.hidden_size;
    let previous_tokens = previous_tokens(layer.layout, direction);
    let zeros = Buffer::zeros(size);
    Panels::of_rows(previous_tokens.len(), size, lanes, |token| {
        previous_tokens[token].map_or(&zeros[..], |previous| {
            &states[(previous * layer.directions + direction) * size..][..size]
        })
    })
}

/// Computes the gradient of the weights of an elementwise recurrence, the last column of `grad`, for one direction.
#[inline(always)]
fn differentiate_elementwise<C: Cell>(
    layer: Layer<C>,
    direction: usize,
    states: &[f32],
    grad_sums: &[f32],
    grad: &mut [f32],
) {
    let size = layer.hidden_size;
    for sum in C::RECURRENT_SUMS {
        let mut of_units = vec![0.0; size];
        let tokens = previous_tokens(layer.layout, direction);
        for (token, previous) in tokens.into_iter().enumerate() {
            let Some(previous) = previous else {
                continue;
            };
            let token = token * layer.directions + direction;
            let grads = &grad_sums[(token * SUMS + sum) * size..][..size];
            let states = &states[(previous * layer.directions + direction) * size..][..size];
            for ((of_unit, grad), state) in of_units.iter_mut().zip(grads).zip(states) {
                *of_unit += grad * state;
            }
        }
        let rows = grad.chunks_exact_mut(layer.columns()).skip(sum * size);
        for (row, of_unit) in rows.zip(of_units) {
            row[layer.input_size + 1] = of_unit;
        }
    }
}

/// The gradient of a chunk of rows of the weights.
struct WeightGradient<'a, C> {
    layer: Layer<'a, C>,
    direction: usize,
    /// The index of the first row in the direction.
    first_row: usize,
    /// `[inputs, input_size]`
    inputs: &'a Panels,
    /// `[inputs, directions * 4 * hidden]`
    grad_projected: &'a [f32],
    /// `[tokens, hidden]`; `None` for an elementwise recurrence.
    previous_states: Option<&'a Panels>,
    /// `[tokens, directions * 4 * hidden]`
    grad_sums: &'a [f32],
    /// `[rows, columns]`. The columns of this gradient are initially zero.
    grad: &'a mut [f32],
}

impl<C: Cell> WithSimd for WeightGradient<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let layer = self.layer;
        let width = SUMS * layer.states();
        let columns = layer.columns();
        let bias = layer.input_size;
        let rows = self.first_row..self.first_row + self.grad.len() / columns;
        let has = |sums| {
            let of_sums = layer.rows_of(sums);
            rows.start < of_sums.end && of_sums.start < rows.end
        };
        let first = SUMS * self.direction * layer.hidden_size + self.first_row;
        let grad_projected = &self.grad_projected[first..];
        if has(C::INPUT_SUMS) {
            let product = Product {
                lhs: Lhs::Columns(grad_projected, width),
                rhs: self.inputs,
                depth: layer.inputs(),
                result: &mut *self.grad,
                result_stride: columns,
                columns: layer.input_size,
            };
            product.with_simd(simd);
        }
        let mut grad_biases = vec![0.0; rows.len()];
        for grad_projected in grad_projected.chunks(width) {
            for (sum, value) in grad_biases.iter_mut().zip(grad_projected) {
                *sum += value;
            }
        }
        for (row, sum) in self.grad.chunks_exact_mut(columns).zip(grad_biases) {
            row[bias] = sum;
        }
        if let (Some(previous_states), true) = (self.previous_states, has(C::RECURRENT_SUMS)) {
            let product = Product {
                lhs: Lhs::Columns(&self.grad_sums[first..], width),
                rhs: previous_states,
                depth: layer.layout.tokens(),
                result: &mut self.grad[bias + 1..],
                result_stride: columns,
                columns: layer.hidden_size,
            };
            product.with_simd(simd);
        }
    }
}
