//! The recurrence of an LSTM layer on the CPU, forward and backward, for a whole packed batch in one
//! call. It computes what [`super::plain`] computes.
//!
//! What makes it fast: nothing is computed for padding; the recurrent weights are arranged once a
//! call, in the order in which a step reads them; a step is one pass, in which the gates never leave
//! the registers before they are activated; threads take rows and directions through all steps and
//! meet only at the end; and the weights' gradient is one product over all tokens.
//!
//! Results are the same bytes for any number of threads. They may differ in the last places between
//! instruction sets, of which the best is chosen at run time.

mod activation;
mod backward;
mod buffer;
mod forward;
mod product;
mod rows;
#[cfg(test)]
mod tests;

use gemm::{Parallelism, gemm};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use self::backward::Backward;
use self::buffer::Buffer;
use self::forward::{Forward, Results};
use self::product::Panels;
use self::rows::RowGroup;
use crate::batch::PackedLayout;

/// Rows of the recurrent weights whose gradient is one product. Fixed, so that the split over
/// threads does not change what is computed.
const WEIGHT_CHUNK: usize = 128;

/// Inputs whose gradient is added up as one piece of work.
const INPUT_CHUNK: usize = 64;

/// What one layer computes on, forward and backward.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// 1, or 2 for one that also reads from the last token to the first.
    pub directions: usize,
    /// How many hidden units a direction has.
    pub hidden_size: usize,
    /// `[directions, 4 * hidden_size, hidden_size]`, gates in the order i, f, g, o.
    pub weight_hh: &'a [f32],
    /// Where the tokens lie.
    pub layout: &'a PackedLayout,
    /// Which input each token is: `[tokens]`.
    pub input_of_token: &'a [u32],
}

/// What [`forward`] keeps for [`backward`].
#[derive(Debug)]
pub struct Saved {
    /// Activated: `[tokens, directions * 4 * hidden_size]`.
    gates: Buffer,
    /// `[tokens, directions * hidden_size]`
    cells: Buffer,
}

/// What [`backward`] computes.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradients {
    /// `[inputs, directions * 4 * hidden_size]`: for each input the sum over its tokens.
    pub projected: Vec<f32>,
    /// `[directions, 4 * hidden_size, hidden_size]`
    pub weight_hh: Vec<f32>,
}

/// The hidden states `[tokens, directions * hidden_size]` from the inputs' part of the gates, biases
/// included, `[inputs, directions * 4 * hidden_size]`; and what a way back needs, if it is to `save`.
///
/// # Panics
/// If a slice is not of the shape stated, or a token's input is not below `inputs`.
pub fn forward(layer: Layer, projected: &[f32], save: bool) -> (Vec<f32>, Option<Saved>) {
    forward_on(Arch::new(), layer, projected, save)
}

/// The gradients of `projected` and of the recurrent weights from that of the hidden states,
/// `[tokens, directions * hidden_size]`. `hidden` is what [`forward`] gave with `saved`; `inputs` is
/// how many inputs there were.
///
/// # Panics
/// If a slice is not of the shape stated, or a token's input is not below `inputs`.
pub fn backward(
    layer: Layer,
    hidden: &[f32],
    saved: Saved,
    grad_hidden: &[f32],
    inputs: usize,
) -> Gradients {
    backward_on(Arch::new(), layer, hidden, saved, grad_hidden, inputs)
}

impl Layer<'_> {
    /// Values of a token in a packed tensor of states.
    fn states(&self) -> usize {
        self.directions * self.hidden_size
    }

    /// Checks the shapes once, so that no step has to.
    fn check(&self) {
        let size = self.hidden_size;
        assert!(matches!(self.directions, 1 | 2) && size > 0, "an LSTM has directions and units");
        assert_eq!(self.weight_hh.len(), self.directions * 4 * size * size, "recurrent weights");
        assert_eq!(self.input_of_token.len(), self.layout.tokens(), "inputs of the tokens");
    }

    /// The work in parts, one a thread.
    fn groups(&self) -> Vec<RowGroup<'_>> {
        RowGroup::cut(self.layout, self.directions, rayon::current_num_threads())
    }

    /// Each direction's weights as panels.
    fn panels(&self, lanes: usize, arrange: fn(&[f32], usize, usize) -> Panels) -> Vec<Panels> {
        self.weight_hh
            .par_chunks_exact(4 * self.hidden_size * self.hidden_size)
            .map(|weights| arrange(weights, self.hidden_size, lanes))
            .collect()
    }
}

fn forward_on(arch: Arch, layer: Layer, projected: &[f32], save: bool) -> (Vec<f32>, Option<Saved>) {
    layer.check();
    let tokens = layer.layout.tokens();
    let mut hidden = vec![0.0; tokens * layer.states()];
    let mut saved = save.then(|| Saved {
        gates: Buffer::stale(4 * tokens * layer.states()),
        cells: Buffer::stale(tokens * layer.states()),
    });

    let groups = layer.groups();
    let panels = layer.panels(arch.dispatch(Lanes), Panels::of_gates);
    let deal = |values, width| RowGroup::deal(&groups, values, width);
    let hidden_of_group = deal(&mut hidden, layer.hidden_size);
    let saved_of_group: Vec<_> = match &mut saved {
        Some(saved) => deal(&mut saved.gates, 4 * layer.hidden_size)
            .into_iter()
            .zip(deal(&mut saved.cells, layer.hidden_size))
            .map(Some)
            .collect(),
        None => groups.iter().map(|_| None).collect(),
    };
    groups.par_iter().zip(hidden_of_group).zip(saved_of_group).for_each(
        |((group, hidden), saved)| {
            arch.dispatch(Forward {
                layer,
                group,
                projected,
                weights: &panels[group.direction],
                results: Results { hidden, saved },
            });
        },
    );
    (hidden, saved)
}

fn backward_on(
    arch: Arch,
    layer: Layer,
    hidden: &[f32],
    mut saved: Saved,
    grad_hidden: &[f32],
    inputs: usize,
) -> Gradients {
    layer.check();
    let groups = layer.groups();
    let panels = layer.panels(arch.dispatch(Lanes), Panels::of_columns);
    let gates_of_group = RowGroup::deal(&groups, &mut saved.gates, 4 * layer.hidden_size);
    groups.par_iter().zip(gates_of_group).for_each(|(group, gates)| {
        arch.dispatch(Backward {
            layer,
            group,
            cells: &saved.cells,
            grad_hidden,
            weights: &panels[group.direction],
            gates,
        });
    });
    // The cell states have done their work, and are as large as what comes next.
    let grad_gates = &saved.gates;
    Gradients {
        projected: sum_by_input(layer, grad_gates, inputs),
        weight_hh: grad_weight_hh(layer, grad_gates, previous_hidden(layer, hidden, saved.cells)),
    }
}

/// The hidden states that each token's step began with, `[tokens, directions * hidden_size]`, written
/// over what is in `previous`.
fn previous_hidden(layer: Layer, hidden: &[f32], mut previous: Buffer) -> Buffer {
    let (size, states) = (layer.hidden_size, layer.states());
    let offsets = layer.layout.offsets();
    // Direction 0 comes from the step before, whose rows include this one's; direction 1 from the
    // step after, where fewer may be alive: the others begin at zero.
    for step in 0..layer.layout.steps() {
        let tokens = layer.layout.step(step);
        let before = step.checked_sub(1).map(|before| offsets[before] * states);
        let after = &hidden[tokens.end * states..layer.layout.step(step + 1).end * states];
        for (row, previous) in
            previous[tokens.start * states..tokens.end * states].chunks_exact_mut(states).enumerate()
        {
            let (forwards, backwards) = previous.split_at_mut(size);
            match before {
                Some(before) => forwards.copy_from_slice(&hidden[before + row * states..][..size]),
                None => forwards.fill(0.0),
            }
            match after.get(row * states + size..(row + 1) * states) {
                Some(after) => backwards.copy_from_slice(after),
                None => backwards.fill(0.0),
            }
        }
    }
    previous
}

/// `Σ ∂gates h_{t-1}ᵀ` over all tokens: `[directions, 4 * hidden_size, hidden_size]`.
fn grad_weight_hh(layer: Layer, grad_gates: &[f32], previous_hidden: Buffer) -> Vec<f32> {
    let (size, states, tokens) = (layer.hidden_size, layer.states(), layer.layout.tokens());
    let mut grad = vec![0.0; layer.weight_hh.len()];
    let of_direction = grad.par_chunks_exact_mut(4 * size * size).enumerate();
    of_direction.for_each(|(direction, grad)| {
        let chunks = grad.par_chunks_mut(WEIGHT_CHUNK * size).enumerate();
        chunks.for_each(|(chunk, grad)| {
            let grad_gates = &grad_gates[(4 * direction * size + chunk * WEIGHT_CHUNK).min(grad_gates.len())..];
            let previous_hidden = &previous_hidden[(direction * size).min(previous_hidden.len())..];
            // SAFETY: with `rows = grad.len() / size`, the product reads
            // `grad_gates[token * 4 * states + row]` and `previous_hidden[token * states + column]`
            // for tokens below `tokens`, rows below `rows`, columns below `size`, and writes
            // `grad[row * size + column]`. The first two are within `[tokens, 4 * states]` and
            // `[tokens, states]`, which begin at this direction's (and chunk's) first column; the
            // third is this chunk's alone. Without tokens nothing is read.
            unsafe {
                gemm(
                    grad.len() / size, size, tokens,
                    grad.as_mut_ptr(), 1, size as isize, false,
                    grad_gates.as_ptr(), 4 * states as isize, 1,
                    previous_hidden.as_ptr(), 1, states as isize,
                    0.0, 1.0, false, false, false, Parallelism::None,
                );
            }
        });
    });
    grad
}

/// The gates' gradients added up by input, in the tokens' order:
/// `[inputs, directions * 4 * hidden_size]`.
fn sum_by_input(layer: Layer, grad_gates: &[f32], inputs: usize) -> Vec<f32> {
    let width = 4 * layer.states();
    // The tokens sorted by input, and where each input's begin.
    let mut starts = vec![0; inputs + 1];
    for &input in layer.input_of_token {
        starts[input as usize + 1] += 1;
    }
    for input in 0..inputs {
        starts[input + 1] += starts[input];
    }
    let mut ends = starts.clone();
    let mut tokens = vec![0; layer.input_of_token.len()];
    for (token, &input) in layer.input_of_token.iter().enumerate() {
        tokens[ends[input as usize]] = token;
        ends[input as usize] += 1;
    }

    let mut sums = vec![0.0; inputs * width];
    sums.par_chunks_mut(INPUT_CHUNK * width).enumerate().for_each(|(chunk, sums)| {
        for (input, sum) in sums.chunks_exact_mut(width).enumerate() {
            let input = chunk * INPUT_CHUNK + input;
            for &token in &tokens[starts[input]..starts[input + 1]] {
                for (sum, &grad) in sum.iter_mut().zip(&grad_gates[token * width..][..width]) {
                    *sum += grad;
                }
            }
        }
    });
    sums
}

/// How many `f32`s a vector has.
struct Lanes;

impl WithSimd for Lanes {
    type Output = usize;
    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F32_LANES
    }
}
