//! The recurrence of a group of rows, over all steps, as the kernel for `f32` computes it.

use pulp::Simd;
use pulp::bytemuck::cast_slice;

use crate::model::kernel::{
    Buffer, Int8, Int8Panel, Int8Panels, PANEL_VECTORS, PanelRow, RowBlock, RowGroup, WithInt8,
    accumulate_int8, compute_in_blocks_of, half_tanh_fraction, load, prefetch, quantize, store,
    tanh_fraction, zero_word,
};

/// The recurrence of a group.
pub(super) struct Forward<'a> {
    pub(super) group: &'a RowGroup<'a>,
    pub(super) hidden_size: usize,
    pub(super) directions: usize,
    pub(super) projections: Projections<'a>,
    /// The recurrent weights of the group's direction.
    pub(super) weights: &'a Int8Panels,
    /// Memory for the hidden state of each of the group's tokens, `[hidden_size]` each.
    pub(super) hidden: Vec<&'a mut [f32]>,
}

/// The projected inputs of a layer's tokens.
#[derive(Clone, Copy)]
pub(super) struct Projections<'a> {
    /// The inputs with the lowest indices, and the others: `[inputs, directions, panels, PANEL_VECTORS * lanes]`.
    pub(super) tables: [&'a [f32]; 2],
    /// The number of inputs in the first table.
    pub(super) first: usize,
    /// The index of each token's input; `None` if each token has its own.
    pub(super) input_of_token: Option<&'a [u32]>,
}

impl<'a> Projections<'a> {
    /// Returns the projections of the inputs that each token has for itself.
    pub(super) fn of_tokens(projected: &'a [f32]) -> Self {
        Self {
            tables: [&[], projected],
            first: 0,
            input_of_token: None,
        }
    }

    /// Returns one panel of a token's input. An input has `panels` panels, of all directions.
    #[inline(always)]
    fn panel<S: Simd>(&self, token: usize, panels: usize, panel: usize) -> &'a PanelRow<S> {
        let input = match self.input_of_token {
            Some(inputs) => inputs[token] as usize,
            None => token,
        };
        let (table, row) = match input.checked_sub(self.first) {
            Some(row) => (self.tables[1], row),
            None => (self.tables[0], input),
        };
        &cast_slice(table)[row * panels + panel]
    }
}

/// The rows' states.
struct States {
    /// The quantized hidden states: `[rows, words]`.
    hidden: Vec<i32>,
    next_hidden: Vec<i32>,
    words: usize,
    /// `[rows, padded]`. `padded` is the hidden size rounded up to whole SIMD vectors.
    cell: Buffer,
    padded: usize,
}

impl WithInt8 for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_int8<K: Int8>(mut self, kernel: K) {
        let padded = self.hidden_size.next_multiple_of(K::Simd::F32_LANES);
        let words = padded / K::VALUES_PER_WORD;
        let hidden = vec![zero_word::<K>(); self.group.len() * words];
        let mut states = States {
            next_hidden: hidden.clone(),
            hidden,
            words,
            cell: Buffer::zeros(self.group.len() * padded),
            padded,
        };
        for step in self.group.ordered_steps() {
            for (panel, weights) in self.weights.iter::<K>().enumerate() {
                let advance = Advance {
                    kernel,
                    forward: &mut self,
                    states: &mut states,
                    step,
                    panel,
                    weights,
                };
                compute_in_blocks_of(K::MAX_ROWS, advance.forward.group.active(step), advance);
            }
            std::mem::swap(&mut states.hidden, &mut states.next_hidden);
        }
    }
}

/// One step for the hidden units of one panel.
struct Advance<'f, 'a, K: Int8> {
    kernel: K,
    forward: &'f mut Forward<'a>,
    states: &'f mut States,
    step: usize,
    panel: usize,
    weights: Int8Panel<'f, K>,
}

impl<K: Int8> RowBlock for Advance<'_, '_, K> {
    #[inline(always)]
    fn compute<const ROWS: usize>(&mut self, first: usize) {
        let (kernel, simd) = (self.kernel, self.kernel.simd());
        let group = self.forward.group;
        let states = &mut *self.states;
        let hidden = &states.hidden[first * states.words..];
        let sums = accumulate_int8::<K, ROWS>(kernel, hidden, states.words, &self.weights);

        let token = group.first_token(self.step) + first;
        let local = group.local_tokens(self.step).start + first;
        let start = self.panel * K::Simd::F32_LANES;
        for (row, sums) in sums.into_iter().enumerate() {
            let projected = self.forward.projected::<K>(token + row, self.panel);
            let mut gates = *projected;
            for vector in 0..PANEL_VECTORS {
                let sum = kernel.to_f32s(sums[vector]);
                let scale = self.weights.scales[vector];
                gates[vector] = simd.mul_add_f32s(sum, scale, gates[vector]);
            }
            let place = (first + row) * states.padded + start;
            let cell = load(simd, &states.cell, place);
            let (cell, hidden) = advance(simd, gates, cell);
            store(simd, &mut states.cell, place, cell);
            store(simd, self.forward.hidden[local + row], start, hidden);
            let words = K::Simd::F32_LANES / K::VALUES_PER_WORD;
            let place = (first + row) * states.words + self.panel * words;
            quantize(
                kernel,
                hidden,
                &mut states.next_hidden[place..place + words],
            );
        }
        self.prefetch_inputs::<ROWS>(first);
    }
}

impl Forward<'_> {
    /// Returns one panel of a token's projection.
    #[inline(always)]
    fn projected<K: Int8>(&self, token: usize, panel: usize) -> &PanelRow<K::Simd> {
        let panels = self.hidden_size.div_ceil(K::Simd::F32_LANES);
        let panel = self.group.direction * panels + panel;
        self.projections
            .panel::<K::Simd>(token, self.directions * panels, panel)
    }
}

impl<K: Int8> Advance<'_, '_, K> {
    /// Prefetches the projections that the next step reads.
    #[inline(always)]
    fn prefetch_inputs<const ROWS: usize>(&self, first: usize) {
        let group = self.forward.group;
        let Some(next) = group.next(self.step) else {
            return;
        };
        let token = group.first_token(next);
        for row in first..(first + ROWS).min(group.active(next)) {
            let projected = self.forward.projected::<K>(token + row, self.panel);
            prefetch(cast_slice(projected));
        }
    }
}

/// Returns the next cell and the hidden state:
///
/// ```text
/// c_t = σ(f) ⊙ c_{t-1} + σ(i) ⊙ tanh(g)
/// h_t = σ(o) ⊙ tanh(c_t)
/// ```
///
/// With `tanh(x / 2) = n / d`, so `σ(x) = (d + n) / 2d`, each equation has one division. Divisions take as long as ten
/// multiplications.
#[inline(always)]
fn advance<S: Simd>(simd: S, gates: PanelRow<S>, cell: S::f32s) -> (S::f32s, S::f32s) {
    let half = simd.splat_f32s(0.5);
    let [i, f, g, o] = gates;
    let [i_n, i_d] = half_tanh_fraction(simd, i);
    let [f_n, f_d] = half_tanh_fraction(simd, f);
    let [g_n, g_d] = tanh_fraction(simd, g);
    let (i_n, f_n) = (simd.add_f32s(i_d, i_n), simd.add_f32s(f_d, f_n));
    let input = simd.mul_f32s(i_d, g_d);
    let kept = simd.mul_f32s(simd.mul_f32s(f_n, cell), input);
    let numerator = simd.mul_add_e_f32s(simd.mul_f32s(i_n, g_n), f_d, kept);
    let denominator = simd.mul_f32s(f_d, input);
    let cell = simd.div_f32s(simd.mul_f32s(half, numerator), denominator);

    let [o_n, o_d] = half_tanh_fraction(simd, o);
    let [c_n, c_d] = tanh_fraction(simd, cell);
    let numerator = simd.mul_f32s(simd.mul_f32s(half, simd.add_f32s(o_d, o_n)), c_n);
    let hidden = simd.div_f32s(numerator, simd.mul_f32s(o_d, c_d));
    (cell, hidden)
}
