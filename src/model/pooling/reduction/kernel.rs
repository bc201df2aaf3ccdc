//! The fused implementation of reductions, for an encoder's kernel. Neither the hidden states nor their gradient leave the
//! kernel.

use pulp::Arch;
use rayon::prelude::*;

use super::Reduction;
use crate::batch::PackedLayout;
use crate::model::kernel::ROWS_TOGETHER;

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

    /// Reduces the hidden states of each row.
    pub fn new(arch: Arch, reduction: Reduction, states: HiddenStates) -> Self {
        let HiddenStates {
            values: hidden,
            layout,
            directions,
            hidden_size,
        } = states;
        let features = directions * hidden_size;
        let values = layout.rows() * features;
        let mut reduced = Self {
            reduction,
            values: vec![0.0; values],
            tokens: vec![0; values],
        };
        let rows = reduced.values.par_chunks_exact_mut(features);
        rows.zip(reduced.tokens.par_chunks_exact_mut(features))
            .with_min_len(ROWS_TOGETHER)
            .zip(layout.lengths())
            .enumerate()
            .for_each(|(row, ((values, tokens), &length))| {
                let row = Row {
                    offsets: &layout.offsets()[..length],
                    row,
                    hidden,
                    values,
                    tokens,
                };
                match reduction {
                    Reduction::Last => row.last(hidden_size),
                    Reduction::Mean => arch.dispatch(|| row.mean()),
                    Reduction::Max => arch.dispatch(|| row.max()),
                }
            });
        reduced
    }
}

/// A row and its results.
struct Row<'a> {
    /// The position of the first token of each of the row's steps.
    offsets: &'a [usize],
    /// The index of the row.
    row: usize,
    /// `[tokens, features]`
    hidden: &'a [f32],
    /// `[features]` each, initially zero.
    values: &'a mut [f32],
    tokens: &'a mut [u32],
}

impl Row<'_> {
    fn last(self, hidden_size: usize) {
        let features = self.values.len();
        let (Some(first), Some(last)) = (self.offsets.first(), self.offsets.last()) else {
            return;
        };
        for feature in 0..features {
            // The second direction ends at the first token.
            let offset = if feature < hidden_size { last } else { first };
            let token = offset + self.row;
            self.values[feature] = self.hidden[token * features + feature];
            self.tokens[feature] = token as u32;
        }
    }

    #[inline(always)]
    fn mean(self) {
        let features = self.values.len();
        for offset in self.offsets {
            let state = &self.hidden[(offset + self.row) * features..][..features];
            for (sum, value) in self.values.iter_mut().zip(state) {
                *sum += value;
            }
        }
        let length = self.offsets.len().max(1) as f32;
        for value in self.values {
            *value /= length;
        }
    }

    #[inline(always)]
    fn max(self) {
        let features = self.values.len();
        for (step, offset) in self.offsets.iter().enumerate() {
            let token = offset + self.row;
            let state = &self.hidden[token * features..][..features];
            let best = self.values.iter_mut().zip(&mut *self.tokens);
            for (value, (best, index)) in state.iter().zip(best) {
                let is_larger = step == 0 || value > best;
                *best = if is_larger { *value } else { *best };
                *index = if is_larger { token as u32 } else { *index };
            }
        }
    }
}
