//! The projection of the inputs, `W_ih x + b`, once per distinct input.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::{Cell, INPUT_CHUNK, Layer};
use crate::model::kernel::{Buffer, Lanes, Lhs, PANEL_VECTORS, PanelRow, Panels, Product};

/// Projects the inputs: `[inputs, directions, panels, PANEL_VECTORS * lanes]`.
///
/// The sums are in the order of [`Panels::of_sums`], in which a step reads them.
pub(super) fn project<C: Cell>(arch: Arch, layer: Layer<C>, weights: &[Panels]) -> Buffer {
    project_inputs(arch, layer.inputs, layer.input_size, weights)
}

/// Projects inputs, `[inputs, input_size]`. See [`project`].
pub(in crate::model::encoder) fn project_inputs(
    arch: Arch,
    inputs: &[f32],
    input_size: usize,
    weights: &[Panels],
) -> Buffer {
    let lanes = arch.dispatch(Lanes);
    let width: usize = weights.iter().map(|panels| panels.width(lanes)).sum();
    let mut projected = Buffer::stale(inputs.len() / input_size * width);
    projected
        .par_chunks_mut(INPUT_CHUNK * width)
        .zip(inputs.par_chunks(INPUT_CHUNK * input_size))
        .for_each(|(projected, inputs)| {
            arch.dispatch(Projection {
                inputs,
                input_size,
                weights,
                projected,
                width,
            });
        });
    projected
}

/// The projection of a chunk of inputs.
struct Projection<'a> {
    /// `[inputs, input_size]`
    inputs: &'a [f32],
    input_size: usize,
    /// The input weights and last the bias, for each direction: `[input_size + 1, 4 * hidden]`.
    weights: &'a [Panels],
    /// `[inputs, width]`
    projected: &'a mut [f32],
    width: usize,
}

impl WithSimd for Projection<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let bias: Vec<PanelRow<S>> = self
            .weights
            .iter()
            .flat_map(|weights| weights.iter::<S>().map(|panel| panel[self.input_size]))
            .collect();
        for projected in self.projected.chunks_exact_mut(self.width) {
            projected.copy_from_slice(pulp::bytemuck::cast_slice(&bias));
        }
        let columns = self.width / self.weights.len();
        debug_assert!(columns.is_multiple_of(PANEL_VECTORS * S::F32_LANES));
        for (direction, weights) in self.weights.iter().enumerate() {
            let product = Product {
                lhs: Lhs::Rows(self.inputs, self.input_size),
                rhs: weights,
                depth: self.input_size,
                result: &mut self.projected[direction * columns..],
                result_stride: self.width,
                columns,
            };
            product.with_simd(simd);
        }
    }
}
