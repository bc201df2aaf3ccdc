//! The recurrence of an LSTM layer on the CPU, forward and backward, for a whole packed batch in one
//! call. It computes what the plain form computes.
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
mod input_gradient;
mod product;
mod rows;
#[cfg(test)]
mod tests;
mod weight_gradient;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use self::backward::Backward;
use self::buffer::Buffer;
use self::forward::{Forward, Results, SavedResults};
use self::input_gradient::{InputGradient, TokensByInput};
use self::product::Panels;
use self::rows::RowGroup;
use self::weight_gradient::{PreviousHidden, WeightGradient};
use crate::batch::PackedLayout;

/// Rows of the recurrent weights whose gradient is one piece of work.
const WEIGHT_CHUNK: usize = 64;

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
        assert!(
            matches!(self.directions, 1 | 2) && size > 0,
            "an LSTM has directions and units"
        );
        assert_eq!(
            self.weight_hh.len(),
            self.directions * 4 * size * size,
            "recurrent weights"
        );
        assert_eq!(
            self.input_of_token.len(),
            self.layout.tokens(),
            "inputs of the tokens"
        );
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

fn forward_on(
    arch: Arch,
    layer: Layer,
    projected: &[f32],
    save: bool,
) -> (Vec<f32>, Option<Saved>) {
    layer.check();
    let tokens = layer.layout.tokens();
    let mut hidden = Vec::with_capacity(tokens * layer.states());
    let mut saved = save.then(|| Saved {
        gates: Buffer::stale(4 * tokens * layer.states()),
        cells: Buffer::stale(tokens * layer.states()),
    });

    let groups = layer.groups();
    let panels = layer.panels(arch.dispatch(Lanes), Panels::of_gates);
    let hidden_of_group = RowGroup::deal(
        &groups,
        &mut hidden.spare_capacity_mut()[..tokens * layer.states()],
        layer.hidden_size,
    );
    let saved_of_group: Vec<_> = match &mut saved {
        Some(saved) => {
            let gates = RowGroup::deal(&groups, &mut saved.gates, 4 * layer.hidden_size);
            let cells = RowGroup::deal(&groups, &mut saved.cells, layer.hidden_size);
            let saved = gates.into_iter().zip(cells);
            saved
                .map(|(gates, cells)| Some(SavedResults { gates, cells }))
                .collect()
        }
        None => groups.iter().map(|_| None).collect(),
    };
    groups
        .par_iter()
        .zip(hidden_of_group)
        .zip(saved_of_group)
        .for_each(|((group, hidden), saved)| {
            arch.dispatch(Forward {
                layer,
                group,
                projected,
                weights: &panels[group.direction],
                results: Results { hidden, saved },
            });
        });
    // SAFETY: the groups have every row in every direction, and each wrote the states of all its
    // tokens.
    unsafe { hidden.set_len(tokens * layer.states()) };
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
    groups
        .par_iter()
        .zip(gates_of_group)
        .for_each(|(group, gates)| {
            arch.dispatch(Backward {
                layer,
                group,
                cells: &saved.cells,
                grad_hidden,
                weights: &panels[group.direction],
                gates,
            });
        });
    // One waits for memory, the other computes.
    let (projected, weight_hh) = rayon::join(
        || sum_by_input(arch, layer, &saved.gates, inputs),
        || grad_weight_hh(arch, layer, hidden, &saved.gates),
    );
    Gradients {
        projected,
        weight_hh,
    }
}

/// `[directions, 4 * hidden_size, hidden_size]`
fn grad_weight_hh(arch: Arch, layer: Layer, hidden: &[f32], grad_gates: &[f32]) -> Vec<f32> {
    let size = layer.hidden_size;
    let mut grad = vec![0.0; layer.weight_hh.len()];
    let of_direction = grad.par_chunks_exact_mut(4 * size * size).enumerate();
    of_direction.for_each(|(direction, grad)| {
        let hidden = PreviousHidden::gather(layer, direction, hidden, arch.dispatch(Lanes));
        let chunks = grad.par_chunks_mut(WEIGHT_CHUNK * size).enumerate();
        chunks.for_each(|(chunk, grad)| {
            arch.dispatch(WeightGradient {
                layer,
                direction,
                first_gate: chunk * WEIGHT_CHUNK,
                previous_hidden: &hidden,
                grad_gates,
                grad,
            })
        });
    });
    grad
}

/// The gates' gradients added up by input, in the tokens' order:
/// `[inputs, directions * 4 * hidden_size]`.
fn sum_by_input(arch: Arch, layer: Layer, grad_gates: &[f32], inputs: usize) -> Vec<f32> {
    let width = 4 * layer.states();
    let tokens = TokensByInput::new(layer.input_of_token, inputs);
    let mut sums = Vec::with_capacity(inputs * width);
    let chunks = sums.spare_capacity_mut()[..inputs * width].par_chunks_mut(INPUT_CHUNK * width);
    chunks.enumerate().for_each(|(chunk, sums)| {
        arch.dispatch(InputGradient {
            tokens: &tokens,
            first: chunk * INPUT_CHUNK,
            width,
            grad_gates,
            sums,
        });
    });
    // SAFETY: the chunks have every input, and each wrote the sums of all its inputs.
    unsafe { sums.set_len(inputs * width) };
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
