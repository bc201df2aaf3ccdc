//! The backward pass from the gradient of all states: it is summed by input, and two products give the gradients of the
//! inputs and of the weights.

use pulp::Arch;
use rayon::prelude::*;

use super::arranged::{COLUMNS_TOGETHER, gradient_of_weights};
use super::{GradStates, Gradients, Layer, Output, chosen_windows};
use crate::model::kernel::{Buffer, Lanes, Lhs, Panels, Product, TokensByInput};

/// The number of inputs in a parallel task.
const INPUT_CHUNK: usize = 64;

/// See `backward`.
pub(super) fn backward(arch: Arch, layer: Layer, inputs: &[f32], grad: GradStates) -> Gradients {
    let GradStates { output, gradient } = grad;
    let grad_sums = match output {
        Output::Chosen(reduced) => {
            return chosen_windows::backward(arch, layer, inputs, reduced, gradient);
        }
        Output::Mean(_, states) => grad_sums(layer, states, |row, _| {
            (
                of_row(layer, gradient, row),
                1.0 / layer.layout.lengths()[row] as f32,
            )
        }),
        Output::States(states) => grad_sums(layer, states, |_, token| {
            (of_row(layer, gradient, token), 1.0)
        }),
    };
    let projected = grad_projected(arch, layer, inputs, &grad_sums);
    let bias = sum_rows(&grad_sums, layer.windows.features());
    let columns = grad_columns(arch, layer, inputs, &projected);
    Gradients {
        inputs: grad_inputs(arch, layer, inputs.len(), &projected),
        weights: gradient_of_weights(layer.windows, &columns, &bias),
    }
}

/// Returns the features of one token or row.
fn of_row<'v>(layer: Layer, values: &'v [f32], row: usize) -> &'v [f32] {
    let features = layer.windows.features();
    &values[row * features..][..features]
}

/// Returns the gradient of each token's sums before the ReLU, `[tokens, features]`, from the states. `grad_state` returns
/// the gradient of the state of a row and token, and the factor to multiply it by.
fn grad_sums<'v>(
    layer: Layer,
    states: &[f32],
    grad_state: impl Fn(usize, usize) -> (&'v [f32], f32) + Sync,
) -> Buffer {
    let features = layer.windows.features();
    let mut grad_sums = Buffer::stale(states.len());
    grad_sums
        .par_chunks_exact_mut(features)
        .zip(states.par_chunks_exact(features))
        .enumerate()
        .with_min_len(INPUT_CHUNK)
        .for_each(|(token, (grad_sums, states))| {
            let (row, _) = layer.layout.row_and_step(token);
            let (grad, factor) = grad_state(row, token);
            for ((sum, state), grad) in grad_sums.iter_mut().zip(states).zip(grad) {
                *sum = if *state > 0.0 { grad * factor } else { 0.0 };
            }
        });
    grad_sums
}

/// Returns the gradient of each input's projection, `[inputs, columns]`.
fn grad_projected(arch: Arch, layer: Layer, inputs: &[f32], grad_sums: &[f32]) -> Buffer {
    let windows = layer.windows;
    let inputs = inputs.len() / windows.input_size();
    let tokens = TokensByInput::new(layer.input_of_token, inputs);
    let mut projected = Buffer::stale(inputs * windows.columns());
    projected
        .par_chunks_exact_mut(windows.columns())
        .enumerate()
        .for_each(|(input, projected)| {
            arch.dispatch(
                #[inline(always)]
                || {
                    projected.fill(0.0);
                    for &token in tokens.of(input) {
                        add_windows_of(layer, token, grad_sums, projected);
                    }
                },
            );
        });
    projected
}

/// Adds the gradients of all windows that read a token to those of the projection of its input, `[columns]`.
#[inline(always)]
fn add_windows_of(layer: Layer, token: usize, grad_sums: &[f32], projected: &mut [f32]) {
    let layout = layer.layout;
    let (row, step) = layout.row_and_step(token);
    for segment in layer.windows.segments() {
        // The token at `offset` from this one's window is the one whose window is at `-offset` from here.
        let Some(window) = step.checked_add_signed(-segment.offset) else {
            continue;
        };
        if window < layout.lengths()[row] {
            let grad = of_row(layer, grad_sums, layout.offsets()[window] + row);
            let sums = projected[segment.columns.clone()].iter_mut();
            for (sum, grad) in sums.zip(&grad[segment.first_feature..]) {
                *sum += grad;
            }
        }
    }
}

/// Returns the sum of rows of `width` values.
fn sum_rows(values: &[f32], width: usize) -> Vec<f32> {
    let mut sums = vec![0.0; width];
    for row in values.chunks_exact(width) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += value;
        }
    }
    sums
}

/// Returns the gradient of the weights of each column: `[columns, input size]`.
fn grad_columns(arch: Arch, layer: Layer, inputs: &[f32], grad_projected: &[f32]) -> Buffer {
    let (size, columns) = (layer.windows.input_size(), layer.windows.columns());
    let depth = inputs.len() / size;
    let inputs = Panels::of_rows(depth, size, arch.dispatch(Lanes), |input| {
        &inputs[input * size..][..size]
    });
    let mut grad = Buffer::zeros(columns * size);
    grad.par_chunks_mut(COLUMNS_TOGETHER * size)
        .enumerate()
        .for_each(|(chunk, grad)| {
            arch.dispatch(Product {
                lhs: Lhs::Columns(&grad_projected[chunk * COLUMNS_TOGETHER..], columns),
                rhs: &inputs,
                depth,
                result: grad,
                result_stride: size,
                columns: size,
            });
        });
    grad
}

/// Returns the gradient of the inputs: `[inputs, input size]`, which has `len` values.
fn grad_inputs(arch: Arch, layer: Layer, len: usize, grad_projected: &[f32]) -> Vec<f32> {
    let (size, columns) = (layer.windows.input_size(), layer.windows.columns());
    let weights = Panels::of_rows(columns, size, arch.dispatch(Lanes), |column| {
        &layer.weights.columns[column * size..][..size]
    });
    let mut grad = vec![0.0; len];
    grad.par_chunks_mut(INPUT_CHUNK * size)
        .zip(grad_projected.par_chunks(INPUT_CHUNK * columns))
        .for_each(|(grad, projected)| {
            arch.dispatch(Product {
                lhs: Lhs::Rows(projected, columns),
                rhs: &weights,
                depth: columns,
                result: grad,
                result_stride: size,
                columns: size,
            });
        });
    grad
}
