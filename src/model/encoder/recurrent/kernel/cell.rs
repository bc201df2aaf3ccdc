//! The cell of a recurrent layer: its equations, for a SIMD vector of hidden units.

use std::ops::Range;

use pulp::Simd;

use crate::model::kernel::PANEL_VECTORS;

/// The number of sums of a hidden unit. A panel of weights has a vector for each.
pub(super) const SUMS: usize = PANEL_VECTORS;

/// A recurrent cell. A step computes four sums of each hidden unit, `W_in x_t + b` and a recurrent part. The cell
/// computes the next state from them:
///
/// - the hidden state `h_t`, which is the output;
/// - the memory, which a step passes to the next one beside the hidden state.
///
/// A cell may have sums without input weights or without recurrent weights. Those weights are zero, and their gradient has no meaning.
pub trait Cell: Copy + Send + Sync + 'static {
    /// The sums with input weights.
    const INPUT_SUMS: Range<usize>;
    /// The sums with recurrent weights.
    const RECURRENT_SUMS: Range<usize>;
    /// The recurrent part of the sums.
    const RECURRENCE: Recurrence;

    /// Computes the state from the sums and the previous memory.
    fn activate<S: Simd>(
        simd: S,
        sums: [S::f32s; PANEL_VECTORS],
        memory: S::f32s,
    ) -> Activated<S::f32s>;

    /// Computes the gradients of the sums, and that of the previous memory except through the recurrent part of the sums.
    fn differentiate<S: Simd>(
        simd: S,
        step: Differentiated<S::f32s>,
    ) -> ([S::f32s; PANEL_VECTORS], S::f32s);
}

/// The recurrent part of a cell's sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recurrence {
    /// A matrix times the previous hidden state, `W h_{t-1}`.
    Matrix,
    /// A vector times the previous memory, for each unit by itself: `v ⊙ c_{t-1}`.
    Elementwise,
}

impl Recurrence {
    /// Returns the number of recurrent weights of a sum.
    pub(in crate::model::encoder) fn weights(self, hidden_size: usize) -> usize {
        match self {
            Self::Matrix => hidden_size,
            Self::Elementwise => 1,
        }
    }
}

/// The results of a step.
#[derive(Clone, Copy, Debug)]
pub struct Activated<V> {
    /// What the backward pass needs instead of the sums.
    pub gates: [V; PANEL_VECTORS],
    /// The memory.
    pub memory: V,
    /// The hidden state.
    pub hidden: V,
}

/// A step of the backward pass.
#[derive(Clone, Copy, Debug)]
pub struct Differentiated<V> {
    /// [`Activated::gates`].
    pub gates: [V; PANEL_VECTORS],
    /// [`Activated::memory`].
    pub memory: V,
    /// The memory of the previous step.
    pub previous_memory: V,
    /// The gradient of the hidden state.
    pub grad_hidden: V,
    /// The gradient of the memory, from the next step.
    pub grad_memory: V,
}
