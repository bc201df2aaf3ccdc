//! Hidden states of 8-bit integers.

use pulp::Simd;

use super::{Int8, quantize};
use crate::model::kernel::load;

/// Quantized states: `[rows, words]`.
#[derive(Debug)]
pub(crate) struct QuantizedStates {
    words: Vec<i32>,
    words_per_row: usize,
}

impl QuantizedStates {
    /// Rounds states between -1 and 1: `[rows, features]`.
    #[inline(always)]
    pub(crate) fn new<K: Int8>(kernel: K, states: &[f32], features: usize) -> Self {
        let lanes = K::Simd::F32_LANES;
        let words_per_vector = lanes / K::VALUES_PER_WORD;
        let words_per_row = features.div_ceil(lanes) * words_per_vector;
        let mut words = vec![0; states.len() / features * words_per_row];
        let rows = states.chunks_exact(features);
        for (words, state) in words.chunks_exact_mut(words_per_row).zip(rows) {
            for (index, words) in words.chunks_exact_mut(words_per_vector).enumerate() {
                quantize(kernel, load(kernel.simd(), state, index * lanes), words);
            }
        }
        Self {
            words,
            words_per_row,
        }
    }

    /// Returns the number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.words.len() / self.words_per_row
    }

    /// Returns adjacent rows.
    #[inline(always)]
    pub(crate) fn block<const ROWS: usize>(&self, first: usize) -> [&[i32]; ROWS] {
        let mut block: [&[i32]; ROWS] = [&[]; ROWS];
        let rows = self.words[first * self.words_per_row..].chunks_exact(self.words_per_row);
        for (row, words) in block.iter_mut().zip(rows) {
            *row = words;
        }
        block
    }
}
