//! Attention with products of 8-bit integers, for scoring. The keys do not leave the kernel.

use candle_core::Result;
use pulp::Simd;
use pulp::bytemuck::{cast_slice, cast_slice_mut};
use rayon::prelude::*;

use super::Attention;
use super::kernel::weighted_means;
use crate::batch::PackedLayout;
use crate::model::kernel::{
    Buffer, F32s, Int8, Int8Arch, Int8Panel, Int8Panels, PANEL_VECTORS, PanelRow, QuantizedMatrix,
    QuantizedStates, RowBlock, WithInt8, compute_in_blocks_of, tanh,
};

/// The number of tokens in a parallel task.
const TOKEN_CHUNK: usize = 64;

/// The number of partial sums of a score: a feature's part is in the sum with its index modulo this number. So the order of
/// the sums does not depend on the instruction set.
const PARTIAL_SUMS: usize = 16;

/// The quantized weights of attention.
#[derive(Debug)]
pub(in crate::model) struct QuantizedAttention {
    arch: Int8Arch,
    keys: Int8Panels,
    /// `[width]`, where `width` is the number of the panels' columns.
    bias: Buffer,
    /// `[width]`
    context: Buffer,
}

impl QuantizedAttention {
    /// Quantizes the weights of attention.
    pub(in crate::model) fn new(attention: &Attention, arch: Int8Arch) -> Result<Self> {
        let weights = &attention.weights;
        let rows = weights.weight.to_vec2::<f32>()?;
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let keys = Int8Panels::of_rows(arch, &QuantizedMatrix::new(&rows));
        let padded = |values: Vec<f32>| {
            let mut padded = Buffer::zeros(keys.width());
            padded[..values.len()].copy_from_slice(&values);
            padded
        };
        Ok(Self {
            arch,
            bias: padded(weights.bias.to_vec1()?),
            context: padded(weights.context.to_vec1()?),
            keys,
        })
    }

    /// Pools hidden states between -1 and 1: `[tokens, features]` to `[rows, features]`. A text without tokens gives zeros.
    pub(in crate::model) fn pool(&self, hidden: &[f32], layout: &PackedLayout) -> Vec<f32> {
        let scores = self.scores(hidden);
        weighted_means(self.arch.float_arch(), hidden, layout, scores)
    }

    /// Returns the score of each token: `context · tanh(key + bias)`.
    fn scores(&self, hidden: &[f32]) -> Vec<f32> {
        let features = self.keys.depth();
        let mut scores = vec![0.0; hidden.len() / features];
        scores
            .par_chunks_mut(TOKEN_CHUNK)
            .zip(hidden.par_chunks(TOKEN_CHUNK * features))
            .for_each(|(scores, hidden)| {
                self.arch.dispatch(Scores {
                    attention: self,
                    hidden,
                    scores,
                });
            });
        scores
    }
}

/// The scores of some tokens.
struct Scores<'a> {
    attention: &'a QuantizedAttention,
    /// `[tokens, features]`
    hidden: &'a [f32],
    /// `[tokens]`
    scores: &'a mut [f32],
}

impl WithInt8 for Scores<'_> {
    type Output = ();

    #[inline(always)]
    fn with_int8<K: Int8>(self, kernel: K) {
        let QuantizedAttention {
            keys,
            bias,
            context,
            ..
        } = self.attention;
        let states = QuantizedStates::new(kernel, self.hidden, keys.depth());
        let mut sums = vec![[0f32; PARTIAL_SUMS]; states.rows()];
        let biases: &[PanelRow<K::Simd>] = cast_slice(bias);
        let contexts: &[PanelRow<K::Simd>] = cast_slice(context);
        for (panel, weights) in keys.iter::<K>().enumerate() {
            let block = Block {
                kernel,
                states: &states,
                panel,
                weights,
                bias: &biases[panel],
                context: &contexts[panel],
                sums: &mut sums,
            };
            compute_in_blocks_of(K::MAX_ROWS, states.rows(), block);
        }
        for (score, sums) in self.scores.iter_mut().zip(sums) {
            *score = sums.iter().sum();
        }
    }
}

/// The part of one panel's keys in the scores.
struct Block<'a, K: Int8> {
    kernel: K,
    states: &'a QuantizedStates,
    panel: usize,
    weights: Int8Panel<'a, K>,
    bias: &'a PanelRow<K::Simd>,
    context: &'a PanelRow<K::Simd>,
    /// For each token.
    sums: &'a mut [[f32; PARTIAL_SUMS]],
}

impl<K: Int8> RowBlock for Block<'_, K> {
    #[inline(always)]
    fn compute<const ROWS: usize>(&mut self, first: usize) {
        let (kernel, simd) = (self.kernel, self.kernel.simd());
        let keys = self
            .states
            .multiply::<K, ROWS>(kernel, first, &self.weights);
        for (row, keys) in keys.into_iter().enumerate() {
            let sums: &mut [F32s<K>] = cast_slice_mut(&mut self.sums[first + row]);
            for (vector, key) in keys.into_iter().enumerate() {
                let key = kernel.to_f32s(key);
                let key = simd.mul_add_f32s(key, self.weights.scales[vector], self.bias[vector]);
                let place = (self.panel * PANEL_VECTORS + vector) % sums.len();
                let activated = tanh(simd, key);
                sums[place] = simd.mul_add_f32s(activated, self.context[vector], sums[place]);
            }
        }
    }
}
