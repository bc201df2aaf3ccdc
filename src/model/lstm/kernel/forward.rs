//! The way forward of a group of rows, all steps. A step is one pass: the gates' sums are made in
//! registers, become activations there, and update the cell; only results go to memory.

use pulp::{Simd, WithSimd};

use super::activation::{sigmoid, tanh};
use super::buffer::Buffer;
use super::product::{PanelRow, Panels, accumulate, block_rows, load, store};
use super::rows::RowGroup;
use super::Layer;

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
    /// `[hidden]` each
    pub(super) hidden: Vec<&'a mut [f32]>,
    /// Activated gates `[4 * hidden]` and cell states `[hidden]` each, where there is a way back.
    pub(super) saved: Option<(Vec<&'a mut [f32]>, Vec<&'a mut [f32]>)>,
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
        let mut states =
            States { hidden: zeros(), next_hidden: zeros(), cell: zeros(), padded };
        for step in self.group.walk() {
            let alive = self.group.alive(step);
            let blocks = alive.div_ceil(block_rows::<S>());
            for (panel, weights) in self.weights.iter::<S>().enumerate() {
                let start = panel * S::F32_LANES;
                for block in 0..blocks {
                    // Blocks of nearly the same size: a block of one row wastes the most.
                    let first = alive * block / blocks;
                    let rows = alive * (block + 1) / blocks - first;
                    match rows {
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
        let mut gates = [[simd.splat_f32s(0.0); 4]; ROWS];
        for (gates, &input) in gates.iter_mut().zip(inputs) {
            let row = input as usize * self.layer.directions + self.group.direction;
            let projected = &self.projected[row * 4 * size..][..4 * size];
            for (gate, projected) in gates.iter_mut().zip(projected.chunks_exact(size)) {
                *gate = load(simd, projected, start);
            }
        }

        let mut hidden: [&[f32]; ROWS] = [&[]; ROWS];
        for (hidden, state) in hidden.iter_mut().zip(states.hidden[first * padded..].chunks_exact(padded)) {
            *hidden = state;
        }
        accumulate(simd, &mut gates, hidden, weights);

        let own = self.group.own_tokens(step).start + first;
        for (row, [i, f, g, o]) in gates.into_iter().enumerate() {
            let state = (first + row) * padded + start;
            let (i, f, g, o) = (sigmoid(simd, i), sigmoid(simd, f), tanh(simd, g), sigmoid(simd, o));
            let cell = load(simd, &states.cell, state);
            let cell = simd.mul_add_e_f32s(f, cell, simd.mul_f32s(i, g));
            let hidden = simd.mul_f32s(o, tanh(simd, cell));

            store(simd, &mut states.cell, state, cell);
            store(simd, &mut states.next_hidden, state, hidden);
            store(simd, self.results.hidden[own + row], start, hidden);
            if let Some((gates, cells)) = &mut self.results.saved {
                for (saved, gate) in gates[own + row].chunks_exact_mut(size).zip([i, f, g, o]) {
                    store(simd, saved, start, gate);
                }
                store(simd, cells[own + row], start, cell);
            }
        }
    }
}
