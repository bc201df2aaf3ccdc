//! The gradient of the weights: a product over all inputs and one over all tokens.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::Layer;
use crate::model::kernel::{Buffer, Lanes, Lhs, Panels, Product, previous_tokens};

/// The number of gates in a parallel task.
const GATE_CHUNK: usize = 64;

/// Returns the gradient of the weights, `[directions * 4 * hidden, input_size + 1 + hidden]`, from the gradients of the
/// input projections, `[inputs, directions * 4 * hidden]`, and of the gates, `[tokens, directions * 4 * hidden]`:
///
/// ```text
/// ∂W_ih = Σ ∂projected xᵀ    ∂b = Σ ∂projected    ∂W_hh = Σ ∂gates h_{t-1}ᵀ
/// ```
pub(super) fn differentiate_weights(
    arch: Arch,
    layer: Layer,
    hidden: &[f32],
    grad_projected: &[f32],
    grad_gates: &[f32],
) -> Vec<f32> {
    let lanes = arch.dispatch(Lanes);
    let inputs = Panels::of_rows(layer.inputs(), layer.input_size, lanes, |input| {
        &layer.inputs[input * layer.input_size..][..layer.input_size]
    });
    let columns = layer.columns();
    let mut grad = vec![0.0; layer.weights.len()];
    let directions = grad.par_chunks_exact_mut(4 * layer.hidden_size * columns);
    directions.enumerate().for_each(|(direction, grad)| {
        let previous_hidden = previous_hidden(layer, direction, hidden, lanes);
        let chunks = grad.par_chunks_mut(GATE_CHUNK * columns).enumerate();
        chunks.for_each(|(chunk, grad)| {
            arch.dispatch(WeightGradient {
                layer,
                first_gate: 4 * direction * layer.hidden_size + chunk * GATE_CHUNK,
                inputs: &inputs,
                grad_projected,
                previous_hidden: &previous_hidden,
                grad_gates,
                grad,
            });
        });
    });
    grad
}

/// Returns the previous hidden state of each token in one direction, `[tokens, hidden]`, from `hidden`,
/// `[tokens, directions * hidden]`.
fn previous_hidden(layer: Layer, direction: usize, hidden: &[f32], lanes: usize) -> Panels {
    let size = layer.hidden_size;
    let previous_tokens = previous_tokens(layer.layout, direction);
    let zeros = Buffer::zeros(size);
    Panels::of_rows(previous_tokens.len(), size, lanes, |token| {
        previous_tokens[token].map_or(&zeros[..], |previous| {
            &hidden[(previous * layer.directions + direction) * size..][..size]
        })
    })
}

/// The gradient of the weights of a chunk of gates.
struct WeightGradient<'a> {
    layer: Layer<'a>,
    /// The index of the first gate, among those of both directions.
    first_gate: usize,
    /// `[inputs, input_size]`
    inputs: &'a Panels,
    /// `[inputs, directions * 4 * hidden]`
    grad_projected: &'a [f32],
    /// `[tokens, hidden]`
    previous_hidden: &'a Panels,
    /// `[tokens, directions * 4 * hidden]`
    grad_gates: &'a [f32],
    /// `[gates, input_size + 1 + hidden]`, initially zero.
    grad: &'a mut [f32],
}

impl WithSimd for WeightGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let layer = self.layer;
        let width = 4 * layer.states();
        let columns = layer.columns();
        let bias = layer.input_size;
        let input_product = Product {
            lhs: Lhs::Columns(&self.grad_projected[self.first_gate..], width),
            rhs: self.inputs,
            depth: layer.inputs(),
            result: &mut *self.grad,
            result_stride: columns,
            columns: layer.input_size,
        };
        input_product.with_simd(simd);
        let mut grad_biases = vec![0.0; self.grad.len() / columns];
        for grad_projected in self.grad_projected.chunks_exact(width) {
            for (sum, value) in grad_biases
                .iter_mut()
                .zip(&grad_projected[self.first_gate..])
            {
                *sum += value;
            }
        }
        for (gate, sum) in self.grad.chunks_exact_mut(columns).zip(grad_biases) {
            gate[bias] = sum;
        }
        let hidden_product = Product {
            lhs: Lhs::Columns(&self.grad_gates[self.first_gate..], width),
            rhs: self.previous_hidden,
            depth: layer.layout.tokens(),
            result: &mut self.grad[bias + 1..],
            result_stride: columns,
            columns: layer.hidden_size,
        };
        hidden_product.with_simd(simd);
    }
}
