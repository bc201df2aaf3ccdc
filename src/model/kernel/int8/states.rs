//! Hidden states of 8-bit integers.

use pulp::Simd;

use super::{I32s, Int8, Int8Panel, accumulate_int8, quantize};
use crate::model::kernel::{PANEL_VECTORS, load};

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

    /// Returns the products of adjacent rows with a panel.
    #[inline(always)]
    pub(crate) fn multiply<K: Int8, const ROWS: usize>(
        &self,
        kernel: K,
        first: usize,
        panel: &Int8Panel<K>,
    ) -> [[I32s<K>; PANEL_VECTORS]; ROWS] {
        let rows = &self.words[first * self.words_per_row..];
        accumulate_int8(kernel, rows, self.words_per_row, panel)
    }
}
