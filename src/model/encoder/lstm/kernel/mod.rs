//! An LSTM layer on the CPU, forward and backward, for a whole packed batch in one call. It computes what the plain
//! form computes.
//!
//! What makes it fast: nothing is computed for padding; an input's part of the gates is computed once,
//! however many tokens have that input; the weights are arranged once a call, in the order in which a
//! step reads them; a step is one pass, in which the gates never leave the registers before they are
//! activated; threads take rows and directions through all steps and meet only at the end; and the
//! weights' gradient is one product over all inputs and one over all tokens.
//!
//! Results are the same bytes for any number of threads. They may differ in the last places between
//! instruction sets, of which the best is chosen at run time.

mod backward;
mod forward;
mod input_gradient;
mod projection;
#[cfg(test)]
mod tests;
mod weight_gradient;

use std::ops::Range;

use pulp::Arch;
use rayon::prelude::*;

use self::backward::Backward;
use self::forward::{Forward, Results, SavedResults};
use self::input_gradient::{InputGradients, differentiate_inputs};
use self::weight_gradient::differentiate_weights;
use crate::batch::PackedLayout;
use crate::model::encoder::Projected;
use crate::model::kernel::{Buffer, Lanes, Panels, RowGroup};
use crate::model::pooling::{HiddenStates, Reduced, Reduction};

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

/// A layer's weights in the order in which a step reads them: what `arrange` makes.
#[derive(Debug)]
pub struct Arranged {
    /// Of each direction, the bias last: `[input_size + 1, 4 * hidden]`.
    inputs: Vec<Panels>,
    /// Of each direction: `[hidden, 4 * hidden]`.
    recurrent: Vec<Panels>,
}

/// What `forward` computes.
#[derive(Debug)]
pub struct States {
    /// `[tokens, directions * hidden_size]`
    hidden: Buffer,
    /// What a way back needs.
    saved: Option<Saved>,
}

#[derive(Debug)]
struct Saved {
    /// Activated: `[tokens, directions * 4 * hidden_size]`.
    gates: Buffer,
    /// `[tokens, directions * hidden_size]`
    cells: Buffer,
}

impl States {
    /// The hidden states: `[tokens, directions * hidden_size]`.
    pub fn hidden(&self) -> &[f32] {
        &self.hidden
    }
}

/// The gradient that a layer receives.
#[derive(Clone, Copy, Debug)]
pub enum GradHidden<'a> {
    /// Of the hidden states: `[tokens, directions * hidden_size]`.
    OfTokens(&'a [f32]),
    /// Of the rows' reduced states: `[rows, directions * hidden_size]`.
    OfReduced(&'a Reduced, &'a [f32]),
}

/// What `backward` computes.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradients {
    /// `[inputs, input_size]`: for each input the sum over its tokens.
    pub inputs: Vec<f32>,
    /// In the shape of [`Layer::weights`].
    pub weights: Vec<f32>,
}

/// Arranges a layer's weights, of which alone anything is needed: to be kept where they do not change.
pub fn arrange(layer: Layer) -> Arranged {
    arrange_on(Arch::new(), layer)
}

/// Computes the states at every token, and keeps what a way back needs if it is to `save`.
///
/// # Panics
/// If a slice is not of the shape stated, or a token's input is not among the inputs.
pub fn forward(layer: Layer, arranged: &Arranged, save: bool) -> States {
    forward_on(Arch::new(), layer, arranged, save)
}

/// The inputs' part of the gates, of which only `layer`'s inputs are needed: to be kept where the same inputs are
/// computed on many times.
pub fn project(layer: Layer, arranged: &Arranged) -> Projected {
    Projected::new(projection::project(Arch::new(), layer, &arranged.inputs))
}

/// As `forward` without a way back, from what `project` gave for the same inputs.
pub fn forward_projected(layer: Layer, arranged: &Arranged, projected: &Projected) -> States {
    layer.check();
    forward_from(Arch::new(), layer, arranged, projected.values(), false)
}

/// Reduces the hidden states that `forward` gave to a vector for each row.
pub fn reduce(layer: Layer, reduction: Reduction, states: &States) -> Reduced {
    Reduced::new(Arch::new(), reduction, layer.hidden_states(&states.hidden))
}

/// The gradients of the inputs and of the weights, from what `forward` gave.
///
/// # Panics
/// If a slice is not of the shape stated, a token's input is not among the inputs, or `forward` was
/// not to save.
pub fn backward(layer: Layer, states: States, grad_hidden: GradHidden) -> Gradients {
    backward_on(Arch::new(), layer, states, grad_hidden)
}

impl Layer<'_> {
    /// Values of a token in a packed tensor of states.
    fn states(&self) -> usize {
        self.directions * self.hidden_size
    }

    /// Hidden states of the layer with what says how to read them.
    fn hidden_states<'a>(&'a self, values: &'a [f32]) -> HiddenStates<'a> {
        HiddenStates {
            values,
            layout: self.layout,
            directions: self.directions,
            hidden_size: self.hidden_size,
        }
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

fn arrange_on(arch: Arch, layer: Layer) -> Arranged {
    let lanes = arch.dispatch(Lanes);
    let arrange = |gates: &[&[f32]]| Panels::of_gates(gates, lanes);
    Arranged {
        inputs: layer.panels(0..layer.input_size + 1, arrange),
        recurrent: layer.panels(layer.recurrent_columns(), arrange),
    }
}

fn forward_on(arch: Arch, layer: Layer, arranged: &Arranged, save: bool) -> States {
    layer.check();
    let projected = projection::project(arch, layer, &arranged.inputs);
    forward_from(arch, layer, arranged, &projected, save)
}

fn forward_from(
    arch: Arch,
    layer: Layer,
    arranged: &Arranged,
    projected: &[f32],
    save: bool,
) -> States {
    let values = layer.layout.tokens() * layer.states();
    let mut hidden = Buffer::stale(values);
    let mut saved = save.then(|| Saved {
        gates: Buffer::stale(4 * values),
        cells: Buffer::stale(values),
    });

    let groups = layer.groups();
    let hidden_of_group = RowGroup::deal(&groups, &mut hidden, layer.hidden_size);
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
                weights: &arranged.recurrent[group.direction],
                results: Results { hidden, saved },
            });
        });
    States { hidden, saved }
}

fn backward_on(arch: Arch, layer: Layer, states: States, grad_hidden: GradHidden) -> Gradients {
    layer.check();
    let States { hidden, saved } = states;
    let Some(Saved { mut gates, cells }) = saved else {
        panic!("a way back needs a way forward that saves");
    };
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
    let gates_of_group = RowGroup::deal(&groups, &mut gates, 4 * layer.hidden_size);
    groups
        .par_iter()
        .zip(gates_of_group)
        .for_each(|(group, gates)| {
            arch.dispatch(Backward {
                layer,
                group,
                cells: &cells,
                grad_hidden,
                weights: &weights[group.direction],
                gates,
            });
        });
    let InputGradients { projected, inputs } = differentiate_inputs(arch, layer, &gates);
    let weights = differentiate_weights(arch, layer, &hidden, &projected, &gates);
    Gradients { inputs, weights }
}
