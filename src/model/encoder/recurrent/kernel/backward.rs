//! The backward pass of a group of rows, over all steps: from the gradient of the hidden states to the gradient of the
//! sums.

use pulp::{Simd, WithSimd};

use super::{Cell, Differentiated, GradHidden, Layer, Recurrence, SUMS};
use crate::model::kernel::{
    Buffer, PANEL_VECTORS, PanelRow, Panels, RowBlock, RowGroup, accumulate, compute_in_blocks,
    load, prefetch, store,
};
use crate::model::pooling::Reduction;

/// The backward pass of a group.
pub(super) struct Backward<'a, C> {
    pub(super) layer: Layer<'a, C>,
    pub(super) group: &'a RowGroup<'a>,
    /// `[tokens, directions * hidden]`
    pub(super) memory: &'a [f32],
    pub(super) grad_hidden: GradHidden<'a>,
    /// The recurrent weights of the group's direction, arranged by [`Panels::of_rows`], or by [`Panels::of_sums`] for an
    /// elementwise recurrence.
    pub(super) weights: &'a Panels,
    /// [`Differentiated::gates`] of each of the group's tokens, `[4 * hidden]`. The gradients of the sums replace them.
    pub(super) gates: Vec<&'a mut [f32]>,
}

/// The gradients that a step passes to the previous one, `[rows, padded]` each.
struct RecurrentGrad {
    hidden: Buffer,
    memory: Buffer,
    padded: usize,
}

impl<C: Cell> WithSimd for Backward<'_, C> {
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
            memory: zeros(),
            padded,
        };
        let mut pooled_from = self.pooled_from();
        for step in self.group.ordered_steps().rev() {
            for row in 0..self.group.active(step) {
                self.add_pooled_grad(&mut pooled_from, &mut recurrent, step, row);
                self.differentiate_sums(simd, &mut recurrent, step, row);
            }
            let Some((previous, active)) = self.group.previous(step) else {
                continue;
            };
            self.prefetch_step(previous);
            if C::RECURRENCE == Recurrence::Elementwise {
                continue;
            }
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

impl<'a, C: Cell> Backward<'a, C> {
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

    /// Computes the gradients of a row's sums at one step, and of the previous memory.
    #[inline(always)]
    fn differentiate_sums<S: Simd>(
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

        let memory = self.of_token(self.memory, token);
        let previous_memory = previous.map(|previous| self.of_token(self.memory, previous));
        let (grad_hidden, scale) = self.grad_hidden(token, row);
        let scale = simd.splat_f32s(scale);
        let recurrent_hidden = &mut recurrent.hidden[row * recurrent.padded..][..size];
        let recurrent_memory = &mut recurrent.memory[row * recurrent.padded..][..size];
        let weights = self.weights;
        let mut gates = split_sums(self.gates[self.group.local_tokens(step).start + row], size);

        let mut elementwise = weights.iter::<S>();
        for start in (0..size).step_by(S::F32_LANES) {
            let zero = simd.splat_f32s(0.0);
            let mut at = [zero; SUMS];
            for (at, gate) in at.iter_mut().zip(&gates) {
                *at = load(simd, gate, start);
            }
            let previous_memory = match previous_memory {
                Some(memory) => load(simd, memory, start),
                None => zero,
            };
            let carried = load(simd, recurrent_hidden, start);
            let grad_hidden = match grad_hidden {
                Some(grad) => simd.mul_add_e_f32s(load(simd, grad, start), scale, carried),
                None => carried,
            };
            let step = Differentiated {
                gates: at,
                memory: load(simd, memory, start),
                previous_memory,
                grad_hidden,
                grad_memory: load(simd, recurrent_memory, start),
            };
            let (grad_sums, mut grad_memory) = C::differentiate(simd, step);
            if C::RECURRENCE == Recurrence::Elementwise
                && let Some(weights) = elementwise.next()
            {
                for sum in C::RECURRENT_SUMS {
                    grad_memory = simd.mul_add_e_f32s(weights[0][sum], grad_sums[sum], grad_memory);
                }
                // No product replaces it.
                store(simd, recurrent_hidden, start, zero);
            }
            store(simd, recurrent_memory, start, grad_memory);
            for (gate, grad) in gates.iter_mut().zip(grad_sums) {
                store(simd, gate, start, grad);
            }
        }
    }

    /// Prefetches the values that the backward pass reads at a step.
    #[inline(always)]
    fn prefetch_step(&self, step: usize) {
        let token = self.group.first_token(step);
        for (row, local) in self.group.local_tokens(step).enumerate() {
            prefetch(self.gates[local]);
            prefetch(self.of_token(self.memory, token + row));
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

/// Splits the values of a token's sums, `[4 * hidden]`, into those of each sum.
#[inline(always)]
fn split_sums(values: &mut [f32], size: usize) -> [&mut [f32]; SUMS] {
    let (first, values) = values.split_at_mut(size);
    let (second, values) = values.split_at_mut(size);
    let (third, fourth) = values.split_at_mut(size);
    [first, second, third, fourth]
}

/// The gradient of the previous hidden state, for the hidden units of one panel: `∂h_{t-1} = Wᵀ ∂sums`.
struct RecurrentProduct<'f, 'a, S: Simd, C> {
    simd: S,
    backward: &'f Backward<'a, C>,
    /// `[rows, padded]`
    recurrent: &'f mut [f32],
    padded: usize,
    /// The index of the step's first token among the group's tokens.
    local: usize,
    panel: usize,
    weights: &'f [PanelRow<S>],
}

impl<S: Simd, C: Cell> RowBlock for RecurrentProduct<'_, '_, S, C> {
    #[inline(always)]
    fn compute<const ROWS: usize>(&mut self, first: usize) {
        let simd = self.simd;
        let rows = self.backward.layer.rows_of(C::RECURRENT_SUMS);
        let mut grad_sums: [&[f32]; ROWS] = [&[]; ROWS];
        for (grad_sums, of_token) in grad_sums
            .iter_mut()
            .zip(&self.backward.gates[self.local + first..])
        {
            *grad_sums = &of_token[rows.clone()];
        }
        let zeros = [[simd.splat_f32s(0.0); PANEL_VECTORS]; ROWS];
        let sums = accumulate(simd, zeros, grad_sums, 1, self.weights, 0..PANEL_VECTORS);
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
