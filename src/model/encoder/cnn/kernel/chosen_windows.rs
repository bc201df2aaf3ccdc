//! The backward pass through the windows that the maximum or the last state chose. A text has at most one for each
//! feature, so no product over all tokens is needed.

use pulp::Arch;
use rayon::prelude::*;

use super::arranged::{COLUMNS_TOGETHER, gradient_of_weights};
use super::{Gradients, Layer};
use crate::model::kernel::Buffer;
use crate::model::pooling::Reduced;

/// Returns the gradients from those of the chosen states, `[rows, features]`.
pub(super) fn backward(
    arch: Arch,
    layer: Layer,
    inputs: &[f32],
    reduced: &Reduced,
    grad: &[f32],
) -> Gradients {
    let chosen = ChosenWindows::new(layer, reduced, grad);
    let (grad_inputs, columns) = rayon::join(
        || arch.dispatch(|| chosen.grad_inputs(inputs.len())),
        || chosen.grad_columns(arch, inputs),
    );
    Gradients {
        inputs: grad_inputs,
        weights: gradient_of_weights(layer.windows, &columns, &chosen.grad_bias()),
    }
}

/// The windows with a gradient.
struct ChosenWindows<'a> {
    layer: Layer<'a>,
    /// `[rows, features]`
    windows: Vec<Option<Window>>,
}

/// A window and the gradient of its value before the ReLU.
#[derive(Clone, Copy)]
struct Window {
    step: u32,
    grad: f32,
}

impl<'a> ChosenWindows<'a> {
    fn new(layer: Layer<'a>, reduced: &Reduced, grad: &[f32]) -> Self {
        let features = layer.windows.features();
        let of_row = |row: usize| {
            let tokens = reduced.tokens(row, features);
            let values = reduced.values()[row * features..].iter().zip(tokens);
            let windows = values.zip(&grad[row * features..][..features]);
            windows.map(|((value, &token), &grad)| {
                (*value > 0.0).then(|| Window {
                    step: layer.layout.row_and_step(token as usize).1 as u32,
                    grad,
                })
            })
        };
        Self {
            windows: (0..layer.layout.rows_with_tokens())
                .flat_map(of_row)
                .collect(),
            layer,
        }
    }

    /// Returns the window of a feature of a row.
    #[inline(always)]
    fn window(&self, row: usize, feature: usize) -> Option<Window> {
        self.windows[row * self.layer.windows.features() + feature]
    }

    /// Iterates over the rows with tokens.
    fn rows(&self) -> std::ops::Range<usize> {
        0..self.layer.layout.rows_with_tokens()
    }

    /// Returns the gradient of the inputs, `[inputs, input size]`, which has `len` values.
    #[inline(always)]
    fn grad_inputs(&self, len: usize) -> Vec<f32> {
        let Layer {
            windows, weights, ..
        } = self.layer;
        let size = windows.input_size();
        let mut grad = vec![0.0; len];
        for row in self.rows() {
            for segment in windows.segments() {
                for (feature, column) in (segment.first_feature..).zip(segment.columns.clone()) {
                    let Some(window) = self.window(row, feature) else {
                        continue;
                    };
                    let input = self
                        .layer
                        .input_at(row, window.step as usize, segment.offset);
                    if let Some(input) = input {
                        add_scaled(
                            &mut grad[input * size..][..size],
                            window.grad,
                            &weights.columns[column * size..][..size],
                        );
                    }
                }
            }
        }
        grad
    }

    /// Returns the gradient of the weights of each column of the projection: `[columns, input size]`.
    fn grad_columns(&self, arch: Arch, inputs: &[f32]) -> Buffer {
        let windows = self.layer.windows;
        let size = windows.input_size();
        let mut grad = Buffer::zeros(windows.columns() * size);
        for segment in windows.segments() {
            let of_segment = segment.columns.start * size..segment.columns.end * size;
            grad[of_segment]
                .par_chunks_exact_mut(size)
                .with_min_len(COLUMNS_TOGETHER)
                .zip(segment.first_feature..windows.features())
                .for_each(|(grad, feature)| {
                    arch.dispatch(
                        #[inline(always)]
                        || self.add_column(grad, inputs, feature, segment.offset),
                    );
                });
        }
        grad
    }

    /// Adds the gradient of the weights of a feature at one offset.
    #[inline(always)]
    fn add_column(&self, grad: &mut [f32], inputs: &[f32], feature: usize, offset: isize) {
        let size = grad.len();
        for row in self.rows() {
            let Some(window) = self.window(row, feature) else {
                continue;
            };
            if let Some(input) = self.layer.input_at(row, window.step as usize, offset) {
                add_scaled(grad, window.grad, &inputs[input * size..][..size]);
            }
        }
    }

    /// Returns the gradient of the bias of each feature: `[features]`.
    fn grad_bias(&self) -> Vec<f32> {
        let mut bias = vec![0.0; self.layer.windows.features()];
        for of_row in self.windows.chunks_exact(bias.len()) {
            for (sum, window) in bias.iter_mut().zip(of_row) {
                *sum += window.map_or(0.0, |window| window.grad);
            }
        }
        bias
    }
}

/// Adds `factor * values` to `sums`.
#[inline(always)]
fn add_scaled(sums: &mut [f32], factor: f32, values: &[f32]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += factor * value;
    }
}
