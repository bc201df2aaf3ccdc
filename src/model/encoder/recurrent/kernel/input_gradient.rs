//! The gradient of the inputs. The gradients of the sums are summed by input, and multiplied by the input weights once
//! per input.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::{Cell, INPUT_CHUNK, Layer, SUMS};
use crate::model::kernel::{
    Buffer, Lanes, Lhs, Panels, Product, TokensByInput, load, prefetch, store,
};

/// The results of [`differentiate_inputs`].
pub(super) struct InputGradients {
    /// The gradients of the input projections: `[inputs, directions * 4 * hidden]`.
    pub(super) projected: Buffer,
    /// `[inputs, input_size]`
    pub(super) inputs: Vec<f32>,
}

/// Computes the gradients of the inputs from those of the sums, `[tokens, directions * 4 * hidden]`.
pub(super) fn differentiate_inputs<C: Cell>(
    arch: Arch,
    layer: Layer<C>,
    grad_sums: &[f32],
) -> InputGradients {
    let width = SUMS * layer.states();
    let weights = layer.sums(0..layer.input_size);
    let lanes = arch.dispatch(Lanes);
    let weights = Panels::of_rows(width, layer.input_size, lanes, |sum| weights[sum]);
    let tokens = TokensByInput::new(layer.input_of_token, layer.inputs());
    let mut projected = Buffer::stale(layer.inputs() * width);
    let mut inputs = vec![0.0; layer.inputs.len()];
    projected
        .par_chunks_mut(INPUT_CHUNK * width)
        .zip(inputs.par_chunks_mut(INPUT_CHUNK * layer.input_size))
        .enumerate()
        .for_each(|(chunk, (projected, inputs))| {
            arch.dispatch(InputGradient {
                layer,
                tokens: &tokens,
                first: chunk * INPUT_CHUNK,
                grad_sums,
                weights: &weights,
                projected,
                inputs,
            });
        });
    InputGradients { projected, inputs }
}

/// The gradients of a chunk of inputs.
struct InputGradient<'a, C> {
    layer: Layer<'a, C>,
    tokens: &'a TokensByInput,
    /// The index of the first input.
    first: usize,
    /// `[tokens, directions * 4 * hidden]`
    grad_sums: &'a [f32],
    /// `[directions * 4 * hidden, input_size]`
    weights: &'a Panels,
    /// `[inputs, directions * 4 * hidden]`; all values are overwritten.
    projected: &'a mut [f32],
    /// `[inputs, input_size]`, initially zero.
    inputs: &'a mut [f32],
}

impl<C: Cell> WithSimd for InputGradient<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        self.sum_by_input(simd);
        let width = SUMS * self.layer.states();
        let product = Product {
            lhs: Lhs::Rows(self.projected, width),
            rhs: self.weights,
            depth: width,
            result: self.inputs,
            result_stride: self.layer.input_size,
            columns: self.layer.input_size,
        };
        product.with_simd(simd);
    }
}

impl<C: Cell> InputGradient<'_, C> {
    /// Sums the gradients of the sums over each input's tokens, in order.
    #[inline(always)]
    fn sum_by_input<S: Simd>(&mut self, simd: S) {
        let width = SUMS * self.layer.states();
        let of_token = |&token: &usize| &self.grad_sums[token * width..][..width];
        for (input, sums) in self.projected.chunks_exact_mut(width).enumerate() {
            let tokens = self.tokens.of(self.first + input);
            if let Some(next) = self.tokens.first_after(self.first + input) {
                prefetch(of_token(next));
            }
            for column in (0..width).step_by(S::F32_LANES) {
                let mut sum = simd.splat_f32s(0.0);
                for token in tokens {
                    sum = simd.add_f32s(sum, load(simd, of_token(token), column));
                }
                store(simd, sums, column, sum);
            }
        }
    }
}
