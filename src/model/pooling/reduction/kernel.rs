//! Pooling of the hidden states, so that neither they nor their gradient need leave the kernel.

use pulp::Arch;
use rayon::prelude::*;

use super::Layer;

/// Rows that are worth a piece of work.
pub(super) const ROWS_TOGETHER: usize = 8;

/// How the hidden states of a row become one vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// Each direction's state after its last token.
    Last,
    /// The mean over the tokens.
    Mean,
    /// Each feature's largest value over the tokens, the first of equal ones.
    Max,
}

/// What pooling gives: for each row a vector, zeros where it has no token.
#[derive(Clone, Debug, PartialEq)]
pub struct Pooled {
    pooling: Pooling,
    /// `[rows, directions * hidden_size]`
    values: Vec<f32>,
    /// The token that each value was taken from, in the same shape; of no meaning for a mean.
    tokens: Vec<u32>,
}

impl Pooled {
    /// `[rows, directions * hidden_size]`
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// How the values came to be.
    pub(super) fn pooling(&self) -> Pooling {
        self.pooling
    }

    /// The tokens that one row's values were taken from.
    pub(super) fn tokens(&self, row: usize, features: usize) -> &[u32] {
        &self.tokens[row * features..][..features]
    }

    pub(super) fn new(arch: Arch, layer: Layer, pooling: Pooling, hidden: &[f32]) -> Self {
        let features = layer.states();
        let values = layer.layout.rows() * features;
        let mut pooled = Self {
            pooling,
            values: vec![0.0; values],
            tokens: vec![0; values],
        };
        let rows = pooled.values.par_chunks_exact_mut(features);
        rows.zip(pooled.tokens.par_chunks_exact_mut(features))
            .with_min_len(ROWS_TOGETHER)
            .zip(layer.layout.lengths())
            .enumerate()
            .for_each(|(row, ((values, tokens), &length))| {
                let row = Row {
                    offsets: &layer.layout.offsets()[..length],
                    row,
                    hidden,
                    values,
                    tokens,
                };
                match pooling {
                    Pooling::Last => row.last(layer.hidden_size),
                    Pooling::Mean => arch.dispatch(|| row.mean()),
                    Pooling::Max => arch.dispatch(|| row.max()),
                }
            });
        pooled
    }
}

/// A row and where its results go.
struct Row<'a> {
    /// Where each of its steps' tokens begin.
    offsets: &'a [usize],
    /// Its place in each step.
    row: usize,
    /// `[tokens, features]`
    hidden: &'a [f32],
    /// `[features]` each; zeros.
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
            // The second direction ends where the first begins.
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
