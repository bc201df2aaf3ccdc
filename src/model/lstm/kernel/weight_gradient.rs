//! The gradient of the recurrent weights: one product over all tokens, `Σ ∂gates h_{t-1}ᵀ`.

use pulp::bytemuck::cast_slice;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::Layer;
use super::buffer::Buffer;
use super::product::{PANEL_VECTORS, PanelRow, accumulate, blocks, load, store};
use super::rows::previous_tokens;

/// How many tokens are summed up before they are added to the gradient: few enough that what they
/// need stays in a core's cache, and that rounding errors stay small.
const TOKEN_BLOCK: usize = 128;

/// The hidden states that one direction's steps began with, as panels of units:
/// `[panels, tokens, PANEL_VECTORS * lanes]`.
pub(super) struct PreviousHidden {
    values: Buffer,
    panel_size: usize,
}

impl PreviousHidden {
    /// Takes them from `hidden`, `[tokens, directions * hidden]`.
    pub(super) fn gather(layer: Layer, direction: usize, hidden: &[f32], lanes: usize) -> Self {
        let (size, width) = (layer.hidden_size, PANEL_VECTORS * lanes);
        let previous_tokens = previous_tokens(layer.layout, direction);
        let panel_size = previous_tokens.len() * width;
        let mut values = Buffer::stale(size.div_ceil(width) * panel_size);
        let panels = values.par_chunks_exact_mut(panel_size.max(1));
        panels.enumerate().for_each(|(panel, values)| {
            let start = panel * width;
            let units = width.min(size - start);
            for (previous, values) in previous_tokens.iter().zip(values.chunks_exact_mut(width)) {
                values.fill(0.0);
                if let Some(token) = previous {
                    let state = (token * layer.directions + direction) * size + start;
                    values[..units].copy_from_slice(&hidden[state..state + units]);
                }
            }
        });
        Self { values, panel_size }
    }
}

/// The gradient of some rows of one direction's weights.
pub(super) struct WeightGradient<'a> {
    pub(super) layer: Layer<'a>,
    pub(super) direction: usize,
    /// The first of the rows, among the direction's `4 * hidden`.
    pub(super) first_gate: usize,
    pub(super) previous_hidden: &'a PreviousHidden,
    /// `[tokens, directions * 4 * hidden]`
    pub(super) grad_gates: &'a [f32],
    /// Zeros, `[rows, hidden]`.
    pub(super) grad: &'a mut [f32],
}

impl WithSimd for WeightGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let size = self.layer.hidden_size;
        let width = PANEL_VECTORS * S::F32_LANES;
        let rows = self.grad.len() / size;
        let PreviousHidden { values, panel_size } = self.previous_hidden;
        for token in (0..self.layer.layout.tokens()).step_by(TOKEN_BLOCK) {
            for (panel, values) in values.chunks_exact(*panel_size).enumerate() {
                let start = panel * width;
                let values = &values[token * width..];
                let hidden: &[PanelRow<S>] =
                    cast_slice(&values[..values.len().min(TOKEN_BLOCK * width)]);
                for block in blocks::<S>(rows) {
                    let first = block.start;
                    match block.len() {
                        1 => self.add::<S, 1>(simd, hidden, token, first, start),
                        2 => self.add::<S, 2>(simd, hidden, token, first, start),
                        3 => self.add::<S, 3>(simd, hidden, token, first, start),
                        4 => self.add::<S, 4>(simd, hidden, token, first, start),
                        5 => self.add::<S, 5>(simd, hidden, token, first, start),
                        _ => self.add::<S, 6>(simd, hidden, token, first, start),
                    }
                }
            }
        }
    }
}

impl WeightGradient<'_> {
    /// Adds the part of the tokens from `token` on, whose states are `hidden`, to `ROWS` rows from
    /// `first` of the gradient, units `start` and on.
    #[inline(always)]
    fn add<S: Simd, const ROWS: usize>(
        &mut self,
        simd: S,
        hidden: &[PanelRow<S>],
        token: usize,
        first: usize,
        start: usize,
    ) {
        let size = self.layer.hidden_size;
        let stride = 4 * self.layer.states();
        let gate = 4 * self.direction * size + self.first_gate + first;
        let mut grad_gates: [&[f32]; ROWS] = [&[]; ROWS];
        for (row, grad_gates) in grad_gates.iter_mut().enumerate() {
            *grad_gates = &self.grad_gates[token * stride + gate + row..];
        }
        let zeros = [[simd.splat_f32s(0.0); PANEL_VECTORS]; ROWS];
        let sums = accumulate(simd, zeros, grad_gates, stride, hidden);
        for (sums, grad) in sums
            .into_iter()
            .zip(self.grad[first * size..].chunks_exact_mut(size))
        {
            for (vector, sum) in sums.into_iter().enumerate() {
                let start = start + vector * S::F32_LANES;
                if start < size {
                    let so_far = load(simd, grad, start);
                    store(simd, grad, start, simd.add_f32s(so_far, sum));
                }
            }
        }
    }
}
