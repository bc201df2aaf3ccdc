//! The products of a layer's input weights with the hidden states of the layer below.

use pulp::Simd;
use pulp::bytemuck::cast_slice_mut;
use rayon::prelude::*;

use super::InputWeights;
use crate::model::kernel::{
    Buffer, Int8, Int8Arch, Int8Panel, PANEL_VECTORS, PanelRow, QuantizedStates, RowBlock,
    WithInt8, compute_in_blocks_of,
};

/// The number of tokens in a parallel task.
const TOKEN_CHUNK: usize = 64;

/// The products of all directions.
pub(super) struct InputProduct<'a> {
    /// `[tokens, features]`
    pub(super) states: &'a [f32],
    /// For each direction.
    pub(super) weights: &'a [InputWeights],
}

impl InputProduct<'_> {
    /// Returns the products with the bias: `[tokens, directions, panels, PANEL_VECTORS * lanes]`.
    pub(super) fn compute(self, arch: Int8Arch) -> Buffer {
        let features = self.weights[0].panels.depth();
        let width = self.weights.iter().map(|w| w.panels.width()).sum::<usize>();
        let mut products = Buffer::stale(self.states.len() / features * width);
        products
            .par_chunks_mut(TOKEN_CHUNK * width)
            .zip(self.states.par_chunks(TOKEN_CHUNK * features))
            .for_each(|(products, states)| {
                let weights = self.weights;
                arch.dispatch(Chunk {
                    states,
                    features,
                    weights,
                    products,
                    width,
                });
            });
        products
    }
}

/// The products of some tokens.
struct Chunk<'a> {
    /// `[tokens, features]`
    states: &'a [f32],
    features: usize,
    weights: &'a [InputWeights],
    /// `[tokens, width]`
    products: &'a mut [f32],
    width: usize,
}

impl WithInt8 for Chunk<'_> {
    type Output = ();

    #[inline(always)]
    fn with_int8<K: Int8>(self, kernel: K) {
        let states = QuantizedStates::new(kernel, self.states, self.features);
        let mut first = 0;
        for InputWeights { panels, bias } in self.weights {
            for (weights, bias) in panels.iter::<K>().zip(bias.iter::<K::Simd>()) {
                let block = Block {
                    kernel,
                    states: &states,
                    weights,
                    bias: &bias[0],
                    products: &mut self.products[first..],
                    width: self.width,
                };
                compute_in_blocks_of(K::MAX_ROWS, states.rows(), block);
                first += PANEL_VECTORS * K::Simd::F32_LANES;
            }
        }
    }
}

/// The products with one panel.
struct Block<'a, K: Int8> {
    kernel: K,
    states: &'a QuantizedStates,
    weights: Int8Panel<'a, K>,
    bias: &'a PanelRow<K::Simd>,
    /// The panel's columns of the first row, and what follows. Rows are `width` apart.
    products: &'a mut [f32],
    width: usize,
}

impl<K: Int8> RowBlock for Block<'_, K> {
    #[inline(always)]
    fn compute<const ROWS: usize>(&mut self, first: usize) {
        let simd = self.kernel.simd();
        let sums = self
            .states
            .multiply::<K, ROWS>(self.kernel, first, &self.weights);
        for (row, sums) in sums.into_iter().enumerate() {
            let products = &mut self.products[(first + row) * self.width..];
            let products = &mut products[..PANEL_VECTORS * K::Simd::F32_LANES];
            let products: &mut PanelRow<K::Simd> = &mut cast_slice_mut(products)[0];
            for vector in 0..PANEL_VECTORS {
                let sum = self.kernel.to_f32s(sums[vector]);
                let scale = self.weights.scales[vector];
                products[vector] = simd.mul_add_f32s(sum, scale, self.bias[vector]);
            }
        }
    }
}
