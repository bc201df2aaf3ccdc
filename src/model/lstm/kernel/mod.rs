//! An LSTM layer on the CPU, forward and backward, for a whole packed batch in one call. It computes
//! what the plain form computes.
//!
//! What makes it fast: nothing is computed for padding; an input's part of the gates is computed once,
//! however many tokens have that input; the weights are arranged once a call, in the order in which a
//! step reads them; a step is one pass, in which the gates never leave the registers before they are
//! activated; threads take rows and directions through all steps and meet only at the end; and the
//! weights' gradient is one product over all inputs and one over all tokens.
//!
//! Results are the same bytes for any number of threads. They may differ in the last places between
//! instruction sets, of which the best is chosen at run time.

mod activation;
mod backward;
mod buffer;
mod forward;
mod input_gradient;
mod panels;
mod product;
mod projection;
mod rows;
#[cfg(test)]
mod tests;
mod weight_gradient;

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use self::backward::Backward;
use self::buffer::Buffer;
use self::forward::{Forward, Results, SavedResults};
use self::input_gradient::{InputGradients, differentiate_inputs};
use self::panels::Panels;
use self::projection::project;
use self::rows::RowGroup;
use self::weight_gradient::differentiate_weights;
use crate::batch::PackedLayout;

/// Inputs that are one piece of work.
const INPUT_CHUNK: usize = 64;

/// What one layer computes on, forward and backward.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// 1, or 2 for one that also reads from the last token to the first.
    pub directions: usize,
    /// How many numbers an input has.
    pub input_size: usize,
    /// How many hidden units a direction has.
    pub hidden_size: usize,
    /// `[directions * 4 * hidden_size, input_size + 1 + hidden_size]`: a row for each gate, in the
    /// order i, f, g, o, with its weights of the input, its bias and its weights of the hidden state.
    pub weights: &'a [f32],
    /// The distinct inputs, `[inputs, input_size]`.
    pub inputs: &'a [f32],
    /// Which input each token is: `[tokens]`.
    pub input_of_token: &'a [u32],
    /// Where the tokens lie.
    pub layout: &'a PackedLayout,
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
    /// `[inputs, input_size]`: for each input the sum over its tokens.
    pub inputs: Vec<f32>,
    /// In the shape of [`Layer::weights`].
    pub weights: Vec<f32>,
}

/// The hidden states, `[tokens, directions * hidden_size]`; and what a way back needs, if it is to
/// `save`.
///
/// # Panics
/// If a slice is not of the shape stated, or a token's input is not among the inputs.
pub fn forward(layer: Layer, save: bool) -> (Vec<f32>, Option<Saved>) {
    forward_on(Arch::new(), layer, save)
}

/// The gradients of the inputs and of the weights from that of the hidden states,
/// `[tokens, directions * hidden_size]`. `hidden` is what [`forward`] gave with `saved`.
///
/// # Panics
/// If a slice is not of the shape stated, or a token's input is not among the inputs.
pub fn backward(layer: Layer, hidden: &[f32], saved: Saved, grad_hidden: &[f32]) -> Gradients {
    backward_on(Arch::new(), layer, hidden, saved, grad_hidden)
}

impl Layer<'_> {
    /// Values of a token in a packed tensor of states.
    fn states(&self) -> usize {
        self.directions * self.hidden_size
    }

    /// How many inputs there are.
    fn inputs(&self) -> usize {
        self.inputs.len() / self.input_size
    }

    /// Values of a gate's row of weights.
    fn columns(&self) -> usize {
        self.input_size + 1 + self.hidden_size
    }

    /// Some columns of the gates' rows of weights, direction 0's before direction 1's.
    fn gates(&self, columns: Range<usize>) -> Vec<&[f32]> {
        let rows = self.weights.chunks_exact(self.columns());
        rows.map(|row| &row[columns.clone()]).collect()
    }

    /// Some columns of each direction's weights as panels, which `arrange` makes of `4 * hidden_size`
    /// rows.
    fn panels(
        &self,
        columns: Range<usize>,
        arrange: impl Fn(&[&[f32]]) -> Panels + Sync + Send,
    ) -> Vec<Panels> {
        let gates = self.gates(columns);
        let of_direction = gates.par_chunks_exact(4 * self.hidden_size);
        of_direction.map(arrange).collect()
    }

    /// The columns of the weights of the hidden state.
    fn recurrent_columns(&self) -> Range<usize> {
        self.input_size + 1..self.columns()
    }

    /// Checks the shapes once, so that no step has to.
    fn check(&self) {
        assert!(
            matches!(self.directions, 1 | 2) && self.input_size > 0 && self.hidden_size > 0,
            "an LSTM has directions, inputs and units"
        );
        let gates = self.directions * 4 * self.hidden_size;
        assert_eq!(self.weights.len(), gates * self.columns(), "weights");
        assert!(self.inputs.len().is_multiple_of(self.input_size), "inputs");
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
}

fn forward_on(arch: Arch, layer: Layer, save: bool) -> (Vec<f32>, Option<Saved>) {
    layer.check();
    let tokens = layer.layout.tokens();
    let mut hidden = Vec::with_capacity(tokens * layer.states());
    let mut saved = save.then(|| Saved {
        gates: Buffer::stale(4 * tokens * layer.states()),
        cells: Buffer::stale(tokens * layer.states()),
    });

    let groups = layer.groups();
    let lanes = arch.dispatch(Lanes);
    let projected = project(arch, layer);
    let weights = layer.panels(layer.recurrent_columns(), |gates| {
        Panels::of_gates(gates, lanes)
    });
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
                projected: &projected,
                weights: &weights[group.direction],
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
) -> Gradients {
    layer.check();
    if layer.layout.tokens() == 0 {
        return Gradients {
            inputs: vec![0.0; layer.inputs.len()],
            weights: vec![0.0; layer.weights.len()],
        };
    }
    let groups = layer.groups();
    let weights = layer.panels(layer.recurrent_columns(), |gates| {
        let lanes = arch.dispatch(Lanes);
        Panels::of_rows(gates.len(), layer.hidden_size, lanes, |gate| gates[gate])
    });
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
                weights: &weights[group.direction],
                gates,
            });
        });
    let InputGradients { projected, inputs } = differentiate_inputs(arch, layer, &saved.gates);
    let weights = differentiate_weights(arch, layer, hidden, &projected, &saved.gates);
    Gradients { inputs, weights }
}

/// How many `f32`s a vector has.
struct Lanes;

impl WithSimd for Lanes {
    type Output = usize;
    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F32_LANES
    }
}
