//! The backward pass of a group of rows, over all steps: from the gradient of the hidden states to the gradient of the
//! gates before activation.

use pulp::{Simd, WithSimd};

use super::{GradHidden, Layer};
use crate::model::kernel::{
    Buffer, PANEL_VECTORS, PanelRow, Panels, RowBlock, RowGroup, accumulate, compute_in_blocks,
    load, prefetch, store, tanh,
};
use crate::model::pooling::Reduction;

/// The backward pass of a group.
pub(super) struct Backward<'a> {
    pub(super) layer: Layer<'a>,
    pub(super) group: &'a RowGroup<'a>,
    /// `[tokens, directions * hidden]`
    pub(super) cells: &'a [f32],
    pub(super) grad_hidden: GradHidden<'a>,
    /// The recurrent weights of the group's direction, arranged by [`Panels::of_rows`].
    pub(super) weights: &'a Panels,
    /// The activated gates of each of the group's tokens, `[4 * hidden]`. Their gradients replace them.
    pub(super) gates: Vec<&'a mut [f32]>,
}

/// The gradients that a step passes to the previous one, `[rows, padded]` each.
struct RecurrentGrad {
    hidden: Buffer,
    cell: Buffer,
    padded: usize,
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let padded = self
            .layer
            .hidden_size
            .next_multiple_of(PANEL_VECTORS * S::F32_LANES);
        let zeros = || Buffer::zeros(self.group.len() * padded);
        let mut recurrent = RecurrentGrad {
            hidden: zeros(),
            cell: zeros(),
            padded,
        };
        let mut pooled_from = self.pooled_from();
        for step in self.group.ordered_steps().rev() {
            for row in 0..self.group.active(step) {
                self.add_pooled_grad(&mut pooled_from, &mut recurrent, step, row);
                self.differentiate_gates(simd, &mut recurrent, step, row);
            }
            let Some((previous, active)) = self.group.previous(step) else {
                continue;
            };
            self.prefetch_step(previous);
            for (panel, weights) in self.weights.iter::<S>().enumerate() {
                let product = RecurrentProduct {
                    simd,
                    backward: &self,
                    recurrent: &mut recurrent.hidden,
                    padded,
                    local: self.group.local_tokens(step).start,
                    panel,
                    weights,
                };
                compute_in_blocks::<S>(active, product);
            }
        }
    }
}

impl<'a> Backward<'a> {
    /// Returns, for each row, the token and hidden unit of each pooled value. Those that the backward pass reaches first
    /// are last. Returns nothing unless the hidden states were reduced to the last or the maximum.
    fn pooled_from(&self) -> Vec<Vec<(u32, usize)>> {
        let GradHidden::OfReduced(reduced, _) = self.grad_hidden else {
            return Vec::new();
        };
        if reduced.reduction() == Reduction::Mean {
            return Vec::new();
        }
        let rows = (0..self.group.len()).map(|row| {
            let tokens = reduced.tokens(self.group.first_row() + row, self.layer.states());
            let tokens = &tokens[self.group.direction * self.layer.hidden_size..];
            let units = tokens[..self.layer.hidden_size].iter().copied().zip(0..);
            let mut pooled_from: Vec<(u32, usize)> = units.collect();
            pooled_from.sort_unstable();
            if self.group.direction == 1 {
                pooled_from.reverse();
            }
            pooled_from
        });
        rows.collect()
    }

    /// Adds the gradient of the pooled values that come from this token.
    #[inline(always)]
    fn add_pooled_grad(
        &self,
        pooled_from: &mut [Vec<(u32, usize)>],
        recurrent: &mut RecurrentGrad,
        step: usize,
        row: usize,
    ) {
        let (Some(pooled_from), GradHidden::OfReduced(_, grad)) =
            (pooled_from.get_mut(row), self.grad_hidden)
        else {
            return;
        };
        let token = (self.group.first_token(step) + row) as u32;
        let grad = self.of_token(grad, self.group.first_row() + row);
        let recurrent = &mut recurrent.hidden[row * recurrent.padded..];
        while let Some((_, unit)) = pooled_from.pop_if(|(from, _)| *from == token) {
            recurrent[unit] += grad[unit];
        }
    }

    /// Returns the gradient of a token's hidden state, `[hidden]`, and the factor to multiply it by.
    #[inline(always)]
    fn grad_hidden(&self, token: usize, row: usize) -> (Option<&'a [f32]>, f32) {
        match self.grad_hidden {
            GradHidden::OfTokens(grad) => (Some(self.of_token(grad, token)), 1.0),
            GradHidden::OfReduced(reduced, grad) if reduced.reduction() == Reduction::Mean => {
                let row = self.group.first_row() + row;
                let length = self.layer.layout.lengths()[row];
                (Some(self.of_token(grad, row)), 1.0 / length as f32)
            }
            GradHidden::OfReduced(..) => (None, 0.0),
        }
    }

    /// Computes the gradients of a row's gates at one step, and of the previous cell state:
    ///
    /// ```text
    /// ∂o = ∂h ⊙ tanh(c_t)                 ∂c_t += ∂h ⊙ o ⊙ (1 - tanh²(c_t))
    /// ∂i = ∂c_t ⊙ g    ∂f = ∂c_t ⊙ c_{t-1}    ∂g = ∂c_t ⊙ i    ∂c_{t-1} = ∂c_t ⊙ f
    /// ```
    ///
    /// The gradient before activation is that after it times `s (1 - s)` for a sigmoid `s`, and times `1 - t²` for a
    /// tanh `t`.
    #[inline(always)]
    fn differentiate_gates<S: Simd>(
        &mut self,
        simd: S,
        recurrent: &mut RecurrentGrad,
        step: usize,
        row: usize,
    ) {
        let size = self.layer.hidden_size;
        let token = self.group.first_token(step) + row;
        let previous = self
            .group
            .previous(step)
            .filter(|&(_, active)| row < active);
        let previous = previous.map(|(step, _)| self.group.first_token(step) + row);

        let cells = self.of_token(self.cells, token);
        let previous_cells = previous.map(|previous| self.of_token(self.cells, previous));
        let (grad_hidden, scale) = self.grad_hidden(token, row);
        let scale = simd.splat_f32s(scale);
        let recurrent_hidden = &recurrent.hidden[row * recurrent.padded..][..size];
        let recurrent_cell = &mut recurrent.cell[row * recurrent.padded..][..size];
        let gates = &mut *self.gates[self.group.local_tokens(step).start + row];
        let (gate_i, gates) = gates.split_at_mut(size);
        let (gate_f, gates) = gates.split_at_mut(size);
        let (gate_g, gate_o) = gates.split_at_mut(size);

        for start in (0..size).step_by(S::F32_LANES) {
            let i = load(simd, gate_i, start);
            let f = load(simd, gate_f, start);
            let g = load(simd, gate_g, start);
            let o = load(simd, gate_o, start);
            let tanh_cell = tanh(simd, load(simd, cells, start));
            let previous_cell = match previous_cells {
                Some(cells) => load(simd, cells, start),
                None => simd.splat_f32s(0.0),
            };
            let recurrent_hidden = load(simd, recurrent_hidden, start);
            let grad_hidden = match grad_hidden {
                Some(grad) => simd.mul_add_e_f32s(load(simd, grad, start), scale, recurrent_hidden),
                None => recurrent_hidden,
            };

            let grad_o = simd.mul_f32s(grad_hidden, tanh_cell);
            let grad_cell = simd.mul_add_e_f32s(
                simd.mul_f32s(grad_hidden, o),
                tanh_slope(simd, tanh_cell),
                load(simd, recurrent_cell, start),
            );
            let grad_i = simd.mul_f32s(grad_cell, g);
            let grad_f = simd.mul_f32s(grad_cell, previous_cell);
            let grad_g = simd.mul_f32s(grad_cell, i);

            store(simd, recurrent_cell, start, simd.mul_f32s(grad_cell, f));
            store(
                simd,
                gate_i,
                start,
                simd.mul_f32s(grad_i, sigmoid_slope(simd, i)),
            );
            store(
                simd,
                gate_f,
                start,
                simd.mul_f32s(grad_f, sigmoid_slope(simd, f)),
            );
            store(
                simd,
                gate_g,
                start,
                simd.mul_f32s(grad_g, tanh_slope(simd, g)),
            );
            store(
                simd,
                gate_o,
                start,
                simd.mul_f32s(grad_o, sigmoid_slope(simd, o)),
            );
        }
    }

    /// Prefetches the values that the backward pass reads at a step.
    #[inline(always)]
    fn prefetch_step(&self, step: usize) {
        let token = self.group.first_token(step);
        for (row, local) in self.group.local_tokens(step).enumerate() {
            prefetch(self.gates[local]);
            prefetch(self.of_token(self.cells, token + row));
            if let GradHidden::OfTokens(grad) = self.grad_hidden {
                prefetch(self.of_token(grad, token + row));
            }
        }
    }

    /// Returns the part of the group's direction of one token of `[tokens, directions * hidden]`, or of one row.
    #[inline(always)]
    fn of_token<'v>(&self, values: &'v [f32], token: usize) -> &'v [f32] {
        let size = self.layer.hidden_size;
        &values[(token * self.layer.directions + self.group.direction) * size..][..size]
    }
}

/// The gradient of the previous hidden state, for the hidden units of one panel: `∂h_{t-1} = W_hhᵀ ∂gates`.
struct RecurrentProduct<'f, 'a, S: Simd> {
    simd: S,
    backward: &'f Backward<'a>,
    /// `[rows, padded]`
    recurrent: &'f mut [f32],
    padded: usize,
    /// The index of the step's first token among the group's tokens.
    local: usize,
    panel: usize,
    weights: &'f [PanelRow<S>],
}

impl<S: Simd> RowBlock for RecurrentProduct<'_, '_, S> {
    #[inline(always)]
    fn compute<const ROWS: usize>(&mut self, first: usize) {
        let simd = self.simd;
        let mut gates: [&[f32]; ROWS] = [&[]; ROWS];
        for (gates, saved) in gates
            .iter_mut()
            .zip(&self.backward.gates[self.local + first..])
        {
            *gates = saved;
        }
        let zeros = [[simd.splat_f32s(0.0); PANEL_VECTORS]; ROWS];
        let sums = accumulate(simd, zeros, gates, 1, self.weights);
        for (row, sums) in sums.into_iter().enumerate() {
            for (vector, sum) in sums.into_iter().enumerate() {
                let column = (self.panel * PANEL_VECTORS + vector) * S::F32_LANES;
                store(
                    simd,
                    self.recurrent,
                    (first + row) * self.padded + column,
                    sum,
                );
            }
        }
    }
}

/// Returns the derivative of a sigmoid with the value `s`: `s - s²`.
#[inline(always)]
fn sigmoid_slope<S: Simd>(simd: S, s: S::f32s) -> S::f32s {
    simd.mul_add_e_f32s(simd.neg_f32s(s), s, s)
}

/// Returns the derivative of a tanh with the value `t`: `1 - t²`.
#[inline(always)]
fn tanh_slope<S: Simd>(simd: S, t: S::f32s) -> S::f32s {
    simd.mul_add_e_f32s(simd.neg_f32s(t), t, simd.splat_f32s(1.0))
}
