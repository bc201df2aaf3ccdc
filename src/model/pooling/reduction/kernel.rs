//! The fused implementation of reductions, for an encoder's kernel. Neither the hidden states nor their gradient leave the
//! kernel.

use pulp::Arch;
use rayon::prelude::*;

use super::Reduction;
use crate::batch::PackedLayout;
use crate::model::kernel::ROWS_TOGETHER;

/// The states of a batch's tokens, in memory or computed when they are read.
pub trait TokenStates: Sync {
    /// Returns the layout of the tokens.
    fn layout(&self) -> &PackedLayout;

    /// Returns the number of directions, 1 or 2. The second reads from the last token to the first.
    fn directions(&self) -> usize;

    /// Returns the number of features of a direction.
    fn hidden_size(&self) -> usize;

    /// Returns the state of a row's token at a step, `[directions * hidden_size]`. `memory` has the size of a state, for
    /// states that are computed.
    fn state<'s>(&'s self, row: usize, step: usize, memory: &'s mut [f32]) -> &'s [f32];
}

/// The hidden states of a batch.
#[derive(Clone, Copy, Debug)]
pub struct HiddenStates<'a> {
    /// `[tokens, directions * hidden_size]`
    pub values: &'a [f32],
    /// The layout of the tokens.
    pub layout: &'a PackedLayout,
    /// The number of directions, 1 or 2. The second reads from the last token to the first.
    pub directions: usize,
    /// The number of features of a direction.
    pub hidden_size: usize,
}

impl TokenStates for HiddenStates<'_> {
    fn layout(&self) -> &PackedLayout {
        self.layout
    }

    fn directions(&self) -> usize {
        self.directions
    }

    fn hidden_size(&self) -> usize {
        self.hidden_size
    }

    #[inline(always)]
    fn state<'s>(&'s self, row: usize, step: usize, _: &'s mut [f32]) -> &'s [f32] {
        let features = self.directions * self.hidden_size;
        &self.values[(self.layout.offsets()[step] + row) * features..][..features]
    }
}

/// The reduced hidden states of each row; zeros for a row without tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct Reduced {
    reduction: Reduction,
    /// `[rows, directions * hidden_size]`
    values: Vec<f32>,
    /// The token of each value, in the same shape; unused for a mean.
    tokens: Vec<u32>,
}

impl Reduced {
    /// Returns the values: `[rows, directions * hidden_size]`.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Returns the reduction that computed the values.
    pub fn reduction(&self) -> Reduction {
        self.reduction
    }

    /// Returns the token of each value of a row: `[features]`.
    pub fn tokens(&self, row: usize, features: usize) -> &[u32] {
        &self.tokens[row * features..][..features]
    }

    /// Reduces the states of each row.
    pub fn new(arch: Arch, reduction: Reduction, states: impl TokenStates) -> Self {
        let layout = states.layout();
        let features = states.directions() * states.hidden_size();
        let values = layout.rows() * features;
        let mut reduced = Self {
            reduction,
            values: vec![0.0; values],
            tokens: vec![0; values],
        };
        let rows = reduced.values.par_chunks_exact_mut(features);
        rows.zip(reduced.tokens.par_chunks_exact_mut(features))
            .with_min_len(ROWS_TOGETHER)
            .enumerate()
            .for_each_init(
                || vec![0.0; features],
                |memory, (row, (values, tokens))| {
                    let row = Row {
                        states: &states,
                        row,
                        memory,
                        values,
                        tokens,
                    };
                    match reduction {
                        Reduction::Last => arch.dispatch(|| row.last()),
                        Reduction::Mean => arch.dispatch(|| row.mean()),
                        Reduction::Max => arch.dispatch(|| row.max()),
                    }
                },
            );
        reduced
    }
}

/// A row and its results.
struct Row<'a, S> {
    states: &'a S,
    /// The index of the row.
    row: usize,
    /// Memory for a state.
    memory: &'a mut [f32],
    /// `[features]` each, initially zero.
    values: &'a mut [f32],
    tokens: &'a mut [u32],
}

impl<S: TokenStates> Row<'_, S> {
    fn length(&self) -> usize {
        self.states.layout().lengths()[self.row]
    }

    /// Returns the token at a step.
    fn token(&self, step: usize) -> usize {
        self.states.layout().offsets()[step] + self.row
    }

    #[inline(always)]
    fn last(self) {
        let Some(last) = self.length().checked_sub(1) else {
            return;
        };
        let size = self.states.hidden_size();
        // The second direction ends at the first token.
        for (direction, step) in [last, 0]
            .into_iter()
            .enumerate()
            .take(self.states.directions())
        {
            let of_direction = direction * size..(direction + 1) * size;
            let state = self.states.state(self.row, step, self.memory);
            self.values[of_direction.clone()].copy_from_slice(&state[of_direction.clone()]);
            let token = self.token(step) as u32;
            self.tokens[of_direction].fill(token);
        }
    }

    #[inline(always)]
    fn mean(self) {
        let length = self.length();
        for step in 0..length {
            let state = self.states.state(self.row, step, self.memory);
            for (sum, value) in self.values.iter_mut().zip(state) {
                *sum += value;
            }
        }
        let length = length.max(1) as f32;
        for value in self.values {
            *value /= length;
        }
    }

    #[inline(always)]
    fn max(self) {
        for step in 0..self.length() {
            let token = self.token(step) as u32;
            let state = self.states.state(self.row, step, self.memory);
            let best = self.values.iter_mut().zip(&mut *self.tokens);
            for (value, (best, index)) in state.iter().zip(best) {
                let is_larger = step == 0 || value > best;
                *best = if is_larger { *value } else { *best };
                *index = if is_larger { token } else { *index };
            }
        }
    }
}
