//! The equations of the SRU for the kernel.

use std::ops::Range;

use pulp::Simd;

use super::SruCell;
use crate::model::encoder::recurrent::kernel::{Activated, Cell, Differentiated, Recurrence};
use crate::model::kernel::{sigmoid, sigmoid_slope};

impl Cell for SruCell {
    const INPUT_SUMS: Range<usize> = 0..4;
    const RECURRENT_SUMS: Range<usize> = 1..3;
    const RECURRENCE: Recurrence = Recurrence::Elementwise;

    #[inline(always)]
    fn activate<S: Simd>(
        simd: S,
        [candidate, f, r, input]: [S::f32s; 4],
        cell: S::f32s,
    ) -> Activated<S::f32s> {
        let (f, r) = (sigmoid(simd, f), sigmoid(simd, r));
        let cell = simd.mul_add_e_f32s(f, simd.sub_f32s(cell, candidate), candidate);
        Activated {
            gates: [candidate, f, r, input],
            memory: cell,
            hidden: simd.mul_add_e_f32s(r, simd.sub_f32s(cell, input), input),
        }
    }

    /// With `w = W x_t` and before activation:
    ///
    /// ```text
    /// ∂r = ∂h ⊙ (c_t - α x_t) ⊙ r ⊙ (1 - r)    ∂(α x_t) = ∂h ⊙ (1 - r)    ∂c_t += ∂h ⊙ r
    /// ∂f = ∂c_t ⊙ (c_{t-1} - w) ⊙ f ⊙ (1 - f)    ∂w = ∂c_t ⊙ (1 - f)    ∂c_{t-1} = ∂c_t ⊙ f
    /// ```
    #[inline(always)]
    fn differentiate<S: Simd>(simd: S, step: Differentiated<S::f32s>) -> ([S::f32s; 4], S::f32s) {
        let [candidate, f, r, input] = step.gates;
        let grad_r = simd.mul_f32s(step.grad_hidden, simd.sub_f32s(step.memory, input));
        let grad_of_cell = simd.mul_f32s(step.grad_hidden, r);
        let grad_input = simd.sub_f32s(step.grad_hidden, grad_of_cell);
        let grad_cell = simd.add_f32s(step.grad_memory, grad_of_cell);
        let grad_f = simd.mul_f32s(grad_cell, simd.sub_f32s(step.previous_memory, candidate));
        let grad_previous = simd.mul_f32s(grad_cell, f);
        let grad_sums = [
            simd.sub_f32s(grad_cell, grad_previous),
            simd.mul_f32s(grad_f, sigmoid_slope(simd, f)),
            simd.mul_f32s(grad_r, sigmoid_slope(simd, r)),
            grad_input,
        ];
        (grad_sums, grad_previous)
    }
}
