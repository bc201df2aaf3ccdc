//! The CPU kernel of a recurrent layer: one call computes the forward or backward pass of a whole packed batch.
//!
//! It is fast for these reasons:
//!
//! - No step computes on padding.
//! - Each distinct input is projected once, however many tokens have it.
//! - The weights are arranged once per call, in the order in which a step reads them.
//! - The sums of a step stay in registers until the cell has computed the next state from them.
//! - A thread computes all steps of its rows and direction, and waits for others only at the end.
//! - The gradient of the weights is one product over all inputs and one over all tokens.
//!
//! The number of threads does not change a byte of the results. Instruction sets, of which the best is chosen at run
//! time, may differ by rounding errors.

mod backward;
mod cell;
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
use self::cell::SUMS;
pub use self::cell::{Activated, Cell, Differentiated, Recurrence};
use self::forward::{Forward, Results, SavedResults};
use self::input_gradient::{InputGradients, differentiate_inputs};
pub(in crate::model::encoder) use self::projection::project_inputs;
use self::weight_gradient::differentiate_weights;
use crate::batch::PackedLayout;
use crate::model::encoder::Projected;
use crate::model::kernel::{Buffer, Lanes, Panels, RowGroup};
use crate::model::pooling::{HiddenStates, Reduced, Reduction};

/// The number of inputs in a parallel task.
const INPUT_CHUNK: usize = 64;

/// The weights and inputs of a layer.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a, C> {
    /// The equations of a step.
    pub cell: C,
    /// The number of directions, 1 or 2. The second reads from the last token to the first.
    pub directions: usize,
    /// The number of features of an input.
    pub input_size: usize,
    /// The number of hidden units of a direction.
    pub hidden_size: usize,
    /// `[directions * 4 * hidden_size, input_size + 1 + hidden_size]`: a row for each sum of each hidden unit. Its columns are
    /// the input weights, the bias and the recurrent weights. A sum of an elementwise recurrence has only one recurrent weight.
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
    /// The recurrent weights for each direction: `[hidden or 1, 4 * hidden]`.
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
    /// [`Activated::gates`]: `[tokens, directions * 4 * hidden_size]`.
    gates: Buffer,
    /// `[tokens, directions * hidden_size]`
    memory: Buffer,
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
pub fn arrange<C: Cell>(layer: Layer<C>) -> Arranged {
    arrange_on(Arch::new(), layer)
}

/// Computes the hidden state of each token. `save` keeps the intermediate results for `backward`.
///
/// # Panics
/// If a slice has another shape than documented, or an index of an input is out of range.
pub fn forward<C: Cell>(layer: Layer<C>, arranged: &Arranged, save: bool) -> States {
    forward_on(Arch::new(), layer, arranged, save)
}

/// Projects the inputs. Uses only the layer's inputs, so that the result can be cached for many batches.
pub fn project<C: Cell>(layer: Layer<C>, arranged: &Arranged) -> Projected {
    Projected::new(projection::project(Arch::new(), layer, &arranged.inputs))
}

/// Computes the hidden state of each token from the result of `project`, without a backward pass.
pub fn forward_projected<C: Cell>(
    layer: Layer<C>,
    arranged: &Arranged,
    projected: &Projected,
) -> States {
    layer.check();
    forward_from(Arch::new(), layer, arranged, projected.values(), false)
}

/// Reduces the results of `forward` to a vector for each row.
pub fn reduce<C: Cell>(layer: Layer<C>, reduction: Reduction, states: &States) -> Reduced {
    Reduced::new(Arch::new(), reduction, layer.hidden_states(&states.hidden))
}

/// Computes the gradients of the inputs and of the weights from the results of `forward`.
///
/// # Panics
/// If a slice has another shape than documented, an index of an input is out of range, or `forward` did not save.
pub fn backward<C: Cell>(layer: Layer<C>, states: States, grad_hidden: GradHidden) -> Gradients {
    backward_on(Arch::new(), layer, states, grad_hidden)
}

impl<C: Cell> Layer<'_, C> {
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
        self.input_size + 1 + C::RECURRENCE.weights(self.hidden_size)
    }

    /// Returns some columns of each row of the weights, direction 0 before direction 1.
    fn sums(&self, columns: Range<usize>) -> Vec<&[f32]> {
        let rows = self.weights.chunks_exact(self.columns());
        rows.map(|row| &row[columns.clone()]).collect()
    }

    /// Arranges some columns of each direction's weights, `4 * hidden_size` rows, as panels.
    fn panels(
        &self,
        columns: Range<usize>,
        arrange: impl Fn(&[&[f32]]) -> Panels + Sync + Send,
    ) -> Vec<Panels> {
        let sums = self.sums(columns);
        let directions = sums.par_chunks_exact(SUMS * self.hidden_size);
        directions.map(arrange).collect()
    }

    /// Returns the rows of some sums among the `4 * hidden_size` rows of a direction.
    fn rows_of(&self, sums: Range<usize>) -> Range<usize> {
        sums.start * self.hidden_size..sums.end * self.hidden_size
    }

    /// Returns the columns of the recurrent weights.
    fn recurrent_columns(&self) -> Range<usize> {
        self.input_size + 1..self.columns()
    }

    /// Checks all shapes.
    fn check(&self) {
        assert!(
            matches!(self.directions, 1 | 2) && self.input_size > 0 && self.hidden_size > 0,
            "a recurrent layer needs 1 or 2 directions, inputs and hidden units"
        );
        let rows = SUMS * self.states();
        assert_eq!(self.weights.len(), rows * self.columns(), "weights");
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

fn arrange_on<C: Cell>(arch: Arch, layer: Layer<C>) -> Arranged {
    let lanes = arch.dispatch(Lanes);
    let arrange = |sums: &[&[f32]]| Panels::of_sums(sums, lanes);
    Arranged {
        inputs: layer.panels(0..layer.input_size + 1, arrange),
        recurrent: layer.panels(layer.recurrent_columns(), arrange),
    }
}

fn forward_on<C: Cell>(arch: Arch, layer: Layer<C>, arranged: &Arranged, save: bool) -> States {
    layer.check();
    let projected = projection::project(arch, layer, &arranged.inputs);
    forward_from(arch, layer, arranged, &projected, save)
}

fn forward_from<C: Cell>(
    arch: Arch,
    layer: Layer<C>,
    arranged: &Arranged,
    projected: &[f32],
    save: bool,
) -> States {
    let values = layer.layout.tokens() * layer.states();
    let mut hidden = Buffer::stale(values);
    let mut saved = save.then(|| Saved {
        gates: Buffer::stale(SUMS * values),
        memory: Buffer::stale(values),
    });

    let groups = layer.groups();
    let hidden_of_group = RowGroup::split_tokens(&groups, &mut hidden, layer.hidden_size);
    let saved_of_group: Vec<_> = match &mut saved {
        Some(saved) => {
            let gates = RowGroup::split_tokens(&groups, &mut saved.gates, SUMS * layer.hidden_size);
            let memory = RowGroup::split_tokens(&groups, &mut saved.memory, layer.hidden_size);
            let saved = gates.into_iter().zip(memory);
            saved
                .map(|(gates, memory)| Some(SavedResults { gates, memory }))
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

fn backward_on<C: Cell>(
    arch: Arch,
    layer: Layer<C>,
    states: States,
    grad_hidden: GradHidden,
) -> Gradients {
    layer.check();
    let States { hidden, saved } = states;
    let Some(Saved { mut gates, memory }) = saved else {
        panic!("a backward pass needs a forward pass that saves");
    };
    if layer.layout.tokens() == 0 {
        return Gradients {
            inputs: vec![0.0; layer.inputs.len()],
            weights: vec![0.0; layer.weights.len()],
        };
    }
    let groups = layer.groups();
    let lanes = arch.dispatch(Lanes);
    let weights = layer.panels(layer.recurrent_columns(), |sums| match C::RECURRENCE {
        Recurrence::Matrix => {
            let sums = &sums[layer.rows_of(C::RECURRENT_SUMS)];
            Panels::of_rows(sums.len(), layer.hidden_size, lanes, |sum| sums[sum])
        }
        Recurrence::Elementwise => Panels::of_sums(sums, lanes),
    });
    let gates_of_group = RowGroup::split_tokens(&groups, &mut gates, SUMS * layer.hidden_size);
    groups
        .par_iter()
        .zip(gates_of_group)
        .for_each(|(group, gates)| {
            arch.dispatch(Backward {
                layer,
                group,
                memory: &memory,
                grad_hidden,
                weights: &weights[group.direction],
                gates,
            });
        });
    let InputGradients { projected, inputs } = differentiate_inputs(arch, layer, &gates);
    let recurrent = match C::RECURRENCE {
        Recurrence::Matrix => &hidden,
        Recurrence::Elementwise => &memory,
    };
    let weights = differentiate_weights(arch, layer, recurrent, &projected, &gates);
    Gradients { inputs, weights }
}
