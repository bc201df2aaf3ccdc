//! The CPU kernel of an LSTM layer: one call computes the forward or backward pass of a whole packed batch.
//!
//! It is fast for these reasons:
//!
//! - No step computes on padding.
//! - Each distinct input is projected once, however many tokens have it.
//! - The weights are arranged once per call, in the order in which a step reads them.
//! - The gates stay in registers until they are activated.
//! - A thread computes all steps of its rows and direction, and waits for others only at the end.
//! - The gradient of the weights is one product over all inputs and one over all tokens.
//!
//! The number of threads does not change a byte of the results. Instruction sets, of which the best is chosen at run
//! time, may differ by rounding errors.

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
pub(super) use self::projection::project_inputs;
use self::weight_gradient::differentiate_weights;
use crate::batch::PackedLayout;
use crate::model::encoder::Projected;
use crate::model::kernel::{Buffer, Lanes, Panels, RowGroup};
use crate::model::pooling::{HiddenStates, Reduced, Reduction};

/// The number of inputs in a parallel task.
const INPUT_CHUNK: usize = 64;

/// The weights and inputs of a layer.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// The number of directions, 1 or 2. The second reads from the last token to the first.
    pub directions: usize,
    /// The number of features of an input.
    pub input_size: usize,
    /// The number of hidden units of a direction.
    pub hidden_size: usize,
    /// `[directions * 4 * hidden_size, input_size + 1 + hidden_size]`: a row for each hidden unit's gate, in the order
    /// i, f, g, o. Its columns are the input weights, the bias and the recurrent weights.
    pub weights: &'a [f32],
    /// The distinct inputs: `[inputs, input_size]`.
    pub inputs: &'a [f32],
    /// The index of each token's input: `[tokens]`.
    pub input_of_token: &'a [u32],
    /// The layout of the tokens.
    pub layout: &'a PackedLayout,
}

/// A layer's weights in the order in which a step reads them. Returned by `arrange`.
#[derive(Debug)]
pub struct Arranged {
    /// The input weights and last the bias, for each direction: `[input_size + 1, 4 * hidden]`.
    inputs: Vec<Panels>,
    /// The recurrent weights for each direction: `[hidden, 4 * hidden]`.
    recurrent: Vec<Panels>,
}

/// The results of `forward`.
#[derive(Debug)]
pub struct States {
    /// `[tokens, directions * hidden_size]`
    hidden: Buffer,
    /// Intermediate results for the backward pass.
    saved: Option<Saved>,
}

#[derive(Debug)]
struct Saved {
    /// The activated gates: `[tokens, directions * 4 * hidden_size]`.
    gates: Buffer,
    /// `[tokens, directions * hidden_size]`
    cells: Buffer,
}

impl States {
    /// Returns the hidden states: `[tokens, directions * hidden_size]`.
    pub fn hidden(&self) -> &[f32] {
        &self.hidden
    }
}

/// The gradient of a layer's output.
#[derive(Clone, Copy, Debug)]
pub enum GradHidden<'a> {
    /// The gradient of the hidden states: `[tokens, directions * hidden_size]`.
    OfTokens(&'a [f32]),
    /// The reduced states and their gradient: `[rows, directions * hidden_size]`.
    OfReduced(&'a Reduced, &'a [f32]),
}

/// The results of `backward`.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradients {
    /// The gradient of each input, summed over its tokens: `[inputs, input_size]`.
    pub inputs: Vec<f32>,
    /// The gradient of the weights, in the shape of [`Layer::weights`].
    pub weights: Vec<f32>,
}

/// Arranges a layer's weights. Uses only the weights, so that the result can be cached while they do not change.
pub fn arrange(layer: Layer) -> Arranged {
    arrange_on(Arch::new(), layer)
}

/// Computes the hidden state of each token. `save` keeps the intermediate results for `backward`.
///
/// # Panics
/// If a slice has another shape than documented, or an index of an input is out of range.
pub fn forward(layer: Layer, arranged: &Arranged, save: bool) -> States {
    forward_on(Arch::new(), layer, arranged, save)
}

/// Projects the inputs. Uses only the layer's inputs, so that the result can be cached for many batches.
pub fn project(layer: Layer, arranged: &Arranged) -> Projected {
    Projected::new(projection::project(Arch::new(), layer, &arranged.inputs))
}

/// Computes the hidden state of each token from the result of `project`, without a backward pass.
pub fn forward_projected(layer: Layer, arranged: &Arranged, projected: &Projected) -> States {
    layer.check();
    forward_from(Arch::new(), layer, arranged, projected.values(), false)
}

/// Reduces the results of `forward` to a vector for each row.
pub fn reduce(layer: Layer, reduction: Reduction, states: &States) -> Reduced {
    Reduced::new(Arch::new(), reduction, layer.hidden_states(&states.hidden))
}

/// Computes the gradients of the inputs and of the weights from the results of `forward`.
///
/// # Panics
/// If a slice has another shape than documented, an index of an input is out of range, or `forward` did not save.
pub fn backward(layer: Layer, states: States, grad_hidden: GradHidden) -> Gradients {
    backward_on(Arch::new(), layer, states, grad_hidden)
}

impl Layer<'_> {
    /// Returns the number of values of a token's hidden state.
    fn states(&self) -> usize {
        self.directions * self.hidden_size
    }

    /// Combines hidden states with their shape.
    fn hidden_states<'a>(&'a self, values: &'a [f32]) -> HiddenStates<'a> {
        HiddenStates {
            values,
            layout: self.layout,
            directions: self.directions,
            hidden_size: self.hidden_size,
        }
    }

    /// Returns the number of inputs.
    fn inputs(&self) -> usize {
        self.inputs.len() / self.input_size
    }

    /// Returns the number of columns of the weights.
    fn columns(&self) -> usize {
        self.input_size + 1 + self.hidden_size
    }

    /// Returns some columns of each row of the weights, direction 0 before direction 1.
    fn gates(&self, columns: Range<usize>) -> Vec<&[f32]> {
        let rows = self.weights.chunks_exact(self.columns());
        rows.map(|row| &row[columns.clone()]).collect()
    }

    /// Arranges some columns of each direction's weights, `4 * hidden_size` rows, as panels.
    fn panels(
        &self,
        columns: Range<usize>,
        arrange: impl Fn(&[&[f32]]) -> Panels + Sync + Send,
    ) -> Vec<Panels> {
        let gates = self.gates(columns);
        let directions = gates.par_chunks_exact(4 * self.hidden_size);
        directions.map(arrange).collect()
    }

    /// Returns the columns of the recurrent weights.
    fn recurrent_columns(&self) -> Range<usize> {
        self.input_size + 1..self.columns()
    }

    /// Checks all shapes.
    fn check(&self) {
        assert!(
            matches!(self.directions, 1 | 2) && self.input_size > 0 && self.hidden_size > 0,
            "an LSTM layer needs 1 or 2 directions, inputs and hidden units"
        );
        let gates = self.directions * 4 * self.hidden_size;
        assert_eq!(self.weights.len(), gates * self.columns(), "weights");
        assert!(self.inputs.len().is_multiple_of(self.input_size), "inputs");
        assert_eq!(
            self.input_of_token.len(),
            self.layout.tokens(),
            "input of each token"
        );
    }

    /// Cuts the work into groups of rows, at least one per thread.
    fn groups(&self) -> Vec<RowGroup<'_>> {
        RowGroup::cut(self.layout, self.directions, rayon::current_num_threads())
    }
}

fn arrange_on(arch: Arch, layer: Layer) -> Arranged {
    let lanes = arch.dispatch(Lanes);
    let arrange = |gates: &[&[f32]]| Panels::of_lstm_gates(gates, lanes);
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
    let hidden_of_group = RowGroup::split_tokens(&groups, &mut hidden, layer.hidden_size);
    let saved_of_group: Vec<_> = match &mut saved {
        Some(saved) => {
            let gates = RowGroup::split_tokens(&groups, &mut saved.gates, 4 * layer.hidden_size);
            let cells = RowGroup::split_tokens(&groups, &mut saved.cells, layer.hidden_size);
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
        panic!("a backward pass needs a forward pass that saves");
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
    let gates_of_group = RowGroup::split_tokens(&groups, &mut gates, 4 * layer.hidden_size);
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
