//! The forward pass of a group of rows, over all steps.
//!
//! The sums stay in registers, where the cell computes the next state from them. Only results are written to memory.

use pulp::bytemuck::cast_slice;
use pulp::{Simd, WithSimd};

use super::{Cell, Layer, Recurrence};
use crate::model::kernel::{
    Buffer, PANEL_VECTORS, PanelRow, Panels, RowBlock, RowGroup, accumulate, compute_in_blocks,
    load, prefetch, store,
};

/// The forward pass of a group.
pub(super) struct Forward<'a, C> {
    pub(super) layer: Layer<'a, C>,
    pub(super) group: &'a RowGroup<'a>,
    /// The result of [`super::projection::project`].
    pub(super) projected: &'a [f32],
    /// The recurrent weights of the group's direction, arranged by [`Panels::of_sums`].
    pub(super) weights: &'a Panels,
    pub(super) results: Results<'a>,
}

/// Memory for the results of each of the group's tokens.
pub(super) struct Results<'a> {
    /// `[hidden]` each.
    pub(super) hidden: Vec<&'a mut [f32]>,
    /// For the backward pass, if there is one.
    pub(super) saved: Option<SavedResults<'a>>,
}

/// Memory for the intermediate results of each of the group's tokens.
pub(super) struct SavedResults<'a> {
    /// [`Activated::gates`](super::Activated::gates), `[4 * hidden]` each.
    pub(super) gates: Vec<&'a mut [f32]>,
    /// `[hidden]` each.
    pub(super) memory: Vec<&'a mut [f32]>,
}

/// The rows' states, `[rows, padded]` each. `padded` is the hidden size rounded up to whole SIMD vectors.
struct States {
    hidden: Buffer,
    next_hidden: Buffer,
    memory: Buffer,
    padded: usize,
}

impl<C: Cell> WithSimd for Forward<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let padded = self.layer.hidden_size.next_multiple_of(S::F32_LANES);
        let zeros = || Buffer::zeros(self.group.len() * padded);
        let mut states = States {
            hidden: zeros(),
            next_hidden: zeros(),
            memory: zeros(),
            padded,
        };
        for step in self.group.ordered_steps() {
            for (panel, weights) in self.weights.iter::<S>().enumerate() {
                let advance = Advance {
                    simd,
                    forward: &mut self,
                    states: &mut states,
                    step,
                    panel,
                    weights,
                };
                compute_in_blocks::<S>(advance.forward.group.active(step), advance);
            }
            std::mem::swap(&mut states.hidden, &mut states.next_hidden);
        }
    }
}

impl<C: Cell> Forward<'_, C> {
    /// Returns one panel of an input's projection.
    #[inline(always)]
    fn projected<S: Simd>(&self, input: u32, panel: usize) -> &PanelRow<S> {
        let panels = self.layer.hidden_size.div_ceil(S::F32_LANES);
        let row = input as usize * self.layer.directions + self.group.direction;
        &cast_slice(self.projected)[row * panels + panel]
    }
}

/// One step for the hidden units of one panel: the sums are the projected inputs plus `W h_{t-1}` or `v ⊙ c_{t-1}`.
struct Advance<'f, 'a, S: Simd, C> {
    simd: S,
    forward: &'f mut Forward<'a, C>,
    states: &'f mut States,
    step: usize,
    panel: usize,
    weights: &'f [PanelRow<S>],
}

impl<S: Simd, C: Cell> RowBlock for Advance<'_, '_, S, C> {
    #[inline(always)]
    fn compute<const ROWS: usize>(&mut self, first: usize) {
        let Forward { layer, group, .. } = *self.forward;
        let (simd, size, padded) = (self.simd, layer.hidden_size, self.states.padded);

        let token = group.first_token(self.step) + first;
        let inputs = &layer.input_of_token[token..token + ROWS];
        let mut sums = [[simd.splat_f32s(0.0); PANEL_VECTORS]; ROWS];
        for row in 0..ROWS {
            sums[row] = *self.forward.projected::<S>(inputs[row], self.panel);
        }
        self.prefetch_inputs::<ROWS>(first);
        if C::RECURRENCE == Recurrence::Matrix {
            let mut hidden: [&[f32]; ROWS] = [&[]; ROWS];
            for (hidden, state) in hidden
                .iter_mut()
                .zip(self.states.hidden[first * padded..].chunks_exact(padded))
            {
                *hidden = &state[..size];
            }
            sums = accumulate(simd, sums, hidden, 1, self.weights, C::RECURRENT_SUMS);
        }

        let local = group.local_tokens(self.step).start + first;
        let start = self.panel * S::F32_LANES;
        let states = &mut *self.states;
        let results = &mut self.forward.results;
        for (row, mut sums) in sums.into_iter().enumerate() {
            let state = (first + row) * padded + start;
            let memory = load(simd, &states.memory, state);
            if C::RECURRENCE == Recurrence::Elementwise {
                for sum in C::RECURRENT_SUMS {
                    sums[sum] = simd.mul_add_e_f32s(self.weights[0][sum], memory, sums[sum]);
                }
            }
            let activated = C::activate(simd, sums, memory);

            store(simd, &mut states.memory, state, activated.memory);
            store(simd, &mut states.next_hidden, state, activated.hidden);
            store(simd, results.hidden[local + row], start, activated.hidden);
            if let Some(saved) = &mut results.saved {
                store(simd, saved.memory[local + row], start, activated.memory);
                for (saved, gate) in saved.gates[local + row]
                    .chunks_exact_mut(size)
                    .zip(activated.gates)
                {
                    store(simd, saved, start, gate);
                }
            }
        }
    }
}

impl<S: Simd, C: Cell> Advance<'_, '_, S, C> {
    /// Prefetches the projections that the next step reads.
    #[inline(always)]
    fn prefetch_inputs<const ROWS: usize>(&self, first: usize) {
        let Forward { layer, group, .. } = *self.forward;
        let Some(next) = group.next(self.step) else {
            return;
        };
        let token = group.first_token(next);
        for row in first..(first + ROWS).min(group.active(next)) {
            let projected = self
                .forward
                .projected::<S>(layer.input_of_token[token + row], self.panel);
            prefetch(cast_slice(projected));
        }
    }
}
