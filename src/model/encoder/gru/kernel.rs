//! The equations of the GRU for the kernel.

use std::ops::Range;

use pulp::Simd;

use super::GruCell;
use crate::model::encoder::recurrent::kernel::{Activated, Cell, Differentiated, Recurrence};
use crate::model::kernel::{sigmoid, sigmoid_slope, tanh, tanh_slope};

impl Cell for GruCell {
    const INPUT_SUMS: Range<usize> = 0..3;
    const RECURRENT_SUMS: Range<usize> = 1..4;
    const RECURRENCE: Recurrence = Recurrence::Matrix;

    #[inline(always)]
    fn activate<S: Simd>(
        simd: S,
        [input, r, z, recurrent]: [S::f32s; 4],
        previous: S::f32s,
    ) -> Activated<S::f32s> {
        let (r, z) = (sigmoid(simd, r), sigmoid(simd, z));
        let n = tanh(simd, simd.mul_add_e_f32s(r, recurrent, input));
        let hidden = simd.mul_add_e_f32s(z, simd.sub_f32s(previous, n), n);
        Activated {
            gates: [n, r, z, recurrent],
            memory: hidden,
            hidden,
        }
    }

    /// With `a = W_hn h_{t-1} + b_hn` and before activation:
    ///
    /// ```text
    /// ∂n = ∂h ⊙ (1 - z) ⊙ (1 - n²)    ∂z = ∂h ⊙ (h_{t-1} - n) ⊙ z ⊙ (1 - z)    ∂h_{t-1} = ∂h ⊙ z
    /// ∂a = ∂n ⊙ r                     ∂r = ∂n ⊙ a ⊙ r ⊙ (1 - r)
    /// ```
    #[inline(always)]
    fn differentiate<S: Simd>(simd: S, step: Differentiated<S::f32s>) -> ([S::f32s; 4], S::f32s) {
        let [n, r, z, recurrent] = step.gates;
        let grad_hidden = simd.add_f32s(step.grad_hidden, step.grad_memory);
        let grad_previous = simd.mul_f32s(grad_hidden, z);
        let grad_n = simd.sub_f32s(grad_hidden, grad_previous);
        let grad_n = simd.mul_f32s(grad_n, tanh_slope(simd, n));
        let grad_r = simd.mul_f32s(grad_n, recurrent);
        let grad_z = simd.mul_f32s(grad_hidden, simd.sub_f32s(step.previous_memory, n));
        let grad_sums = [
            grad_n,
            simd.mul_f32s(grad_r, sigmoid_slope(simd, r)),
            simd.mul_f32s(grad_z, sigmoid_slope(simd, z)),
            simd.mul_f32s(grad_n, r),
        ];
        (grad_sums, grad_previous)
    }
}
