//! The forward pass of a group of rows, over all steps.
//!
//! The gates are summed and activated in registers and update the cell from there. Only results are written to memory.

use pulp::bytemuck::cast_slice;
use pulp::{Simd, WithSimd};

use super::Layer;
use crate::model::kernel::{
    Buffer, PANEL_VECTORS, PanelRow, Panels, RowBlock, RowGroup, accumulate, compute_in_blocks,
    load, prefetch, sigmoid, store, tanh,
};

/// The forward pass of a group.
pub(super) struct Forward<'a> {
    pub(super) layer: Layer<'a>,
    pub(super) group: &'a RowGroup<'a>,
    /// The result of [`super::projection::project`].
    pub(super) projected: &'a [f32],
    /// The recurrent weights of the group's direction, arranged by [`Panels::of_lstm_gates`].
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
    /// The activated gates, `[4 * hidden]` each.
    pub(super) gates: Vec<&'a mut [f32]>,
    /// `[hidden]` each.
    pub(super) cells: Vec<&'a mut [f32]>,
}

/// The rows' states, `[rows, padded]` each. `padded` is the hidden size rounded up to whole SIMD vectors.
struct States {
    hidden: Buffer,
    next_hidden: Buffer,
    cell: Buffer,
    padded: usize,
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let padded = self.layer.hidden_size.next_multiple_of(S::F32_LANES);
        let zeros = || Buffer::zeros(self.group.len() * padded);
        let mut states = States {
            hidden: zeros(),
            next_hidden: zeros(),
            cell: zeros(),
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

impl Forward<'_> {
    /// Returns one panel of an input's projection.
    #[inline(always)]
    fn projected<S: Simd>(&self, input: u32, panel: usize) -> &PanelRow<S> {
        let panels = self.layer.hidden_size.div_ceil(S::F32_LANES);
        let row = input as usize * self.layer.directions + self.group.direction;
        &cast_slice(self.projected)[row * panels + panel]
    }
}

/// One step for the hidden units of one panel:
///
/// ```text
/// i, f, g, o = projected + W_hh h_{t-1}
/// c_t = σ(f) ⊙ c_{t-1} + σ(i) ⊙ tanh(g)
/// h_t = σ(o) ⊙ tanh(c_t)
/// ```
struct Advance<'f, 'a, S: Simd> {
    simd: S,
    forward: &'f mut Forward<'a>,
    states: &'f mut States,
    step: usize,
    panel: usize,
    weights: &'f [PanelRow<S>],
}

impl<S: Simd> RowBlock for Advance<'_, '_, S> {
    #[inline(always)]
    fn compute<const ROWS: usize>(&mut self, first: usize) {
        let Forward { layer, group, .. } = *self.forward;
        let (simd, size, padded) = (self.simd, layer.hidden_size, self.states.padded);

        let token = group.first_token(self.step) + first;
        let inputs = &layer.input_of_token[token..token + ROWS];
        let mut gates = [[simd.splat_f32s(0.0); PANEL_VECTORS]; ROWS];
        for row in 0..ROWS {
            gates[row] = *self.forward.projected::<S>(inputs[row], self.panel);
        }
        self.prefetch_inputs::<ROWS>(first);
        let mut hidden: [&[f32]; ROWS] = [&[]; ROWS];
        for (hidden, state) in hidden
            .iter_mut()
            .zip(self.states.hidden[first * padded..].chunks_exact(padded))
        {
            *hidden = &state[..size];
        }
        let gates = accumulate(simd, gates, hidden, 1, self.weights);

        let local = group.local_tokens(self.step).start + first;
        let start = self.panel * S::F32_LANES;
        let states = &mut *self.states;
        let results = &mut self.forward.results;
        for (row, [i, f, g, o]) in gates.into_iter().enumerate() {
            let state = (first + row) * padded + start;
            let (i, f, g, o) = (
                sigmoid(simd, i),
                sigmoid(simd, f),
                tanh(simd, g),
                sigmoid(simd, o),
            );
            let cell = load(simd, &states.cell, state);
            let cell = simd.mul_add_e_f32s(f, cell, simd.mul_f32s(i, g));
            let hidden = simd.mul_f32s(o, tanh(simd, cell));

            store(simd, &mut states.cell, state, cell);
            store(simd, &mut states.next_hidden, state, hidden);
            store(simd, results.hidden[local + row], start, hidden);
            if let Some(saved) = &mut results.saved {
                store(simd, saved.cells[local + row], start, cell);
                for (saved, gate) in saved.gates[local + row]
                    .chunks_exact_mut(size)
                    .zip([i, f, g, o])
                {
                    store(simd, saved, start, gate);
                }
            }
        }
    }
}

impl<S: Simd> Advance<'_, '_, S> {
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
