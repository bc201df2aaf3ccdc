//! The way forward of a group of rows, all steps. A step is one pass: the gates' sums are made in
//! registers, become activations there, and update the cell; only results go to memory.

use std::mem::MaybeUninit;
use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::Layer;
use super::activation::{sigmoid, tanh};
use super::buffer::{Buffer, prefetch};
use super::product::{
    PANEL_VECTORS, PanelRow, Panels, accumulate, blocks, load, store, store_first,
};
use super::rows::RowGroup;

/// The work of one thread.
pub(super) struct Forward<'a> {
    pub(super) layer: Layer<'a>,
    pub(super) group: &'a RowGroup<'a>,
    /// `[inputs, directions * 4 * hidden]`
    pub(super) projected: &'a [f32],
    /// Of the group's direction, by [`Panels::of_gates`].
    pub(super) weights: &'a Panels,
    pub(super) results: Results<'a>,
}

/// Where the results go, for each of the group's tokens.
pub(super) struct Results<'a> {
    /// `[hidden]` each; every value is written.
    pub(super) hidden: Vec<&'a mut [MaybeUninit<f32>]>,
    /// Where there is a way back.
    pub(super) saved: Option<SavedResults<'a>>,
}

/// Where the results go that the way back needs, for each of the group's tokens.
pub(super) struct SavedResults<'a> {
    /// Activated, `[4 * hidden]` each.
    pub(super) gates: Vec<&'a mut [f32]>,
    /// `[hidden]` each
    pub(super) cells: Vec<&'a mut [f32]>,
}

/// The rows' states, `[rows, padded]` each, `padded` being the hidden size in whole vectors.
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
        for step in self.group.walk() {
            let alive = self.group.alive(step);
            for (panel, weights) in self.weights.iter::<S>().enumerate() {
                let start = panel * S::F32_LANES;
                for block in blocks::<S>(alive) {
                    let first = block.start;
                    match block.len() {
                        1 => self.advance::<S, 1>(simd, &mut states, weights, step, first, start),
                        2 => self.advance::<S, 2>(simd, &mut states, weights, step, first, start),
                        3 => self.advance::<S, 3>(simd, &mut states, weights, step, first, start),
                        4 => self.advance::<S, 4>(simd, &mut states, weights, step, first, start),
                        5 => self.advance::<S, 5>(simd, &mut states, weights, step, first, start),
                        _ => self.advance::<S, 6>(simd, &mut states, weights, step, first, start),
                    }
                }
            }
            std::mem::swap(&mut states.hidden, &mut states.next_hidden);
        }
    }
}

impl Forward<'_> {
    /// What [`Forward::advance`] starts from at the next step.
    #[inline(always)]
    fn prefetch_inputs<S: Simd>(&self, step: usize, rows: Range<usize>, start: usize) {
        let Some(next) = self.group.next(step) else {
            return;
        };
        let token = self.group.first_token(next);
        let alive = rows.start..rows.end.min(self.group.alive(next));
        for row in alive {
            let projected = self.projected_of(self.layer.input_of_token[token + row]);
            for gate in projected.chunks_exact(self.layer.hidden_size) {
                prefetch(&gate[start..gate.len().min(start + S::F32_LANES)]);
            }
        }
    }

    /// The gates' part of one input, `[4 * hidden]`.
    #[inline(always)]
    fn projected_of(&self, input: u32) -> &[f32] {
        let width = 4 * self.layer.hidden_size;
        let row = input as usize * self.layer.directions + self.group.direction;
        &self.projected[row * width..][..width]
    }

    /// One step of `ROWS` rows from `first`, for the hidden units of one panel, `start` and on:
    ///
    /// ```text
    /// i, f, g, o = projected + W_hh h_{t-1}
    /// c_t = σ(f) ⊙ c_{t-1} + σ(i) ⊙ tanh(g)
    /// h_t = σ(o) ⊙ tanh(c_t)
    /// ```
    #[inline(always)]
    fn advance<S: Simd, const ROWS: usize>(
        &mut self,
        simd: S,
        states: &mut States,
        weights: &[PanelRow<S>],
        step: usize,
        first: usize,
        start: usize,
    ) {
        let size = self.layer.hidden_size;
        let padded = states.padded;

        let token = self.group.first_token(step) + first;
        let inputs = &self.layer.input_of_token[token..token + ROWS];
        let mut gates = [[simd.splat_f32s(0.0); PANEL_VECTORS]; ROWS];
        for row in 0..ROWS {
            let projected = self.projected_of(inputs[row]);
            for gate in 0..PANEL_VECTORS {
                gates[row][gate] = load(simd, &projected[gate * size..][..size], start);
            }
        }
        self.prefetch_inputs::<S>(step, first..first + ROWS, start);
        let mut hidden: [&[f32]; ROWS] = [&[]; ROWS];
        for (hidden, state) in hidden
            .iter_mut()
            .zip(states.hidden[first * padded..].chunks_exact(padded))
        {
            *hidden = &state[..size];
        }
        let gates = accumulate(simd, gates, hidden, 1, weights);

        let own = self.group.own_tokens(step).start + first;
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
            store_first::<S>(self.results.hidden[own + row], start, hidden);
            if let Some(saved) = &mut self.results.saved {
                store(simd, saved.cells[own + row], start, cell);
                for (saved, gate) in saved.gates[own + row]
                    .chunks_exact_mut(size)
                    .zip([i, f, g, o])
                {
                    store(simd, saved, start, gate);
                }
            }
        }
    }
}
