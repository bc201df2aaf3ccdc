//! The gradient of the inputs' part of the gates: the gates' gradients added up by input.

use std::mem::MaybeUninit;

use pulp::{Simd, WithSimd};

use super::buffer::prefetch;
use super::product::{load, store_first};

/// The tokens that each input has, in their order.
pub(super) struct TokensByInput {
    tokens: Vec<usize>,
    /// Where each input's tokens begin, and at the end the number of tokens: `[inputs + 1]`.
    starts: Vec<usize>,
}

impl TokensByInput {
    /// Sorts the tokens by counting.
    pub(super) fn new(input_of_token: &[u32], inputs: usize) -> Self {
        let mut starts = vec![0; inputs + 1];
        for &input in input_of_token {
            starts[input as usize + 1] += 1;
        }
        for input in 0..inputs {
            starts[input + 1] += starts[input];
        }
        let mut ends = starts.clone();
        let mut tokens = vec![0; input_of_token.len()];
        for (token, &input) in input_of_token.iter().enumerate() {
            tokens[ends[input as usize]] = token;
            ends[input as usize] += 1;
        }
        Self { tokens, starts }
    }
}

/// The sums of some inputs.
pub(super) struct InputGradient<'a> {
    pub(super) tokens: &'a TokensByInput,
    /// The first of the inputs.
    pub(super) first: usize,
    /// Values of a token: `directions * 4 * hidden`.
    pub(super) width: usize,
    /// `[tokens, width]`
    pub(super) grad_gates: &'a [f32],
    /// `[inputs, width]`; every value is written.
    pub(super) sums: &'a mut [MaybeUninit<f32>],
}

impl WithSimd for InputGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let TokensByInput { tokens, starts } = self.tokens;
        let of_token = |&token: &usize| &self.grad_gates[token * self.width..][..self.width];
        for (input, sums) in self.sums.chunks_exact_mut(self.width).enumerate() {
            let (start, end) = (starts[self.first + input], starts[self.first + input + 1]);
            if let Some(next) = tokens.get(end) {
                prefetch(of_token(next));
            }
            for column in (0..self.width).step_by(S::F32_LANES) {
                let mut sum = simd.splat_f32s(0.0);
                for token in &tokens[start..end] {
                    sum = simd.add_f32s(sum, load(simd, of_token(token), column));
                }
                store_first::<S>(sums, column, sum);
            }
        }
    }
}
