//! The equations of the LSTM for the kernel.

use std::ops::Range;

use pulp::Simd;

use super::LstmCell;
use crate::model::encoder::recurrent::kernel::{Activated, Cell, Differentiated, Recurrence};
use crate::model::kernel::{sigmoid, sigmoid_slope, tanh, tanh_slope};

impl Cell for LstmCell {
    const INPUT_SUMS: Range<usize> = 0..4;
    const RECURRENT_SUMS: Range<usize> = 0..4;
    const RECURRENCE: Recurrence = Recurrence::Matrix;

    #[inline(always)]
    fn activate<S: Simd>(simd: S, [i, f, g, o]: [S::f32s; 4], cell: S::f32s) -> Activated<S::f32s> {
        let (i, f, g, o) = (
            sigmoid(simd, i),
            sigmoid(simd, f),
            tanh(simd, g),
            sigmoid(simd, o),
        );
        let cell = simd.mul_add_e_f32s(f, cell, simd.mul_f32s(i, g));
        Activated {
            gates: [i, f, g, o],
            memory: cell,
            hidden: simd.mul_f32s(o, tanh(simd, cell)),
        }
    }

    /// ```text
    /// ∂o = ∂h ⊙ tanh(c_t)                 ∂c_t += ∂h ⊙ o ⊙ (1 - tanh²(c_t))
    /// ∂i = ∂c_t ⊙ g    ∂f = ∂c_t ⊙ c_{t-1}    ∂g = ∂c_t ⊙ i    ∂c_{t-1} = ∂c_t ⊙ f
    /// ```
    ///
    /// The gradient before activation is that after it times `s (1 - s)` for a sigmoid `s`, and times `1 - t²` for a
    /// tanh `t`.
    #[inline(always)]
    fn differentiate<S: Simd>(simd: S, step: Differentiated<S::f32s>) -> ([S::f32s; 4], S::f32s) {
        let [i, f, g, o] = step.gates;
        let tanh_cell = tanh(simd, step.memory);
        let grad_o = simd.mul_f32s(step.grad_hidden, tanh_cell);
        let grad_cell = simd.mul_add_e_f32s(
            simd.mul_f32s(step.grad_hidden, o),
            tanh_slope(simd, tanh_cell),
            step.grad_memory,
        );
        let grad_i = simd.mul_f32s(grad_cell, g);
        let grad_f = simd.mul_f32s(grad_cell, step.previous_memory);
        let grad_g = simd.mul_f32s(grad_cell, i);
        let grad_sums = [
            simd.mul_f32s(grad_i, sigmoid_slope(simd, i)),
            simd.mul_f32s(grad_f, sigmoid_slope(simd, f)),
            simd.mul_f32s(grad_g, tanh_slope(simd, g)),
            simd.mul_f32s(grad_o, sigmoid_slope(simd, o)),
        ];
        (grad_sums, simd.mul_f32s(grad_cell, f))
    }
}
