//! The CPU kernel of a convolution: one call computes the forward or backward pass of a whole packed batch.
//!
//! It is fast for these reasons:
//!
//! - No window computes on padding.
//! - Each distinct input is projected once for each position of a window, however many tokens have it. A state is then a
//!   sum of projections, so that the windows themselves are never in memory.
//! - With the maximum or the last state, no state leaves the registers of its thread, and the backward pass goes only
//!   through the windows that were chosen: at most one for each feature of a text.
//!
//! The number of threads does not change a byte of the results. Instruction sets, of which the best is chosen at run
//! time, may differ by rounding errors.

mod arranged;
mod backward;
mod chosen_windows;
mod forward;
#[cfg(test)]
mod tests;
mod windows;

use pulp::Arch;

pub(super) use self::arranged::Arranged;
pub(super) use self::windows::Windows;
use crate::batch::PackedLayout;
use crate::model::kernel::Buffer;
use crate::model::pooling::{HiddenStates, Reduced, Reduction};

/// A convolution of a batch.
#[derive(Clone, Copy)]
pub(super) struct Layer<'a> {
    pub(super) windows: &'a Windows,
    pub(super) weights: &'a Arranged,
    /// The index of each token's input: `[tokens]`.
    pub(super) input_of_token: &'a [u32],
    /// The layout of the tokens.
    pub(super) layout: &'a PackedLayout,
}

/// The result of `forward`.
pub(super) enum Output {
    /// The state of each token: `[tokens, features]`.
    States(Buffer),
    /// Reduced states, of which the backward pass needs no others: `[rows, features]`.
    Chosen(Reduced),
    /// The mean state of each row, `[rows, features]`, and the states.
    Mean(Reduced, Buffer),
}

impl Output {
    /// Returns the values of the states or the reduced states.
    pub(super) fn values(&self) -> &[f32] {
        match self {
            Self::States(states) => states,
            Self::Chosen(reduced) | Self::Mean(reduced, _) => reduced.values(),
        }
    }

    /// Returns the number of states or of reduced states.
    pub(super) fn rows(&self, layout: &PackedLayout) -> usize {
        match self {
            Self::States(_) => layout.tokens(),
            Self::Chosen(_) | Self::Mean(..) => layout.rows(),
        }
    }
}

/// The result of `forward` and the gradient of its values.
#[derive(Clone, Copy)]
pub(super) struct GradStates<'a> {
    pub(super) output: &'a Output,
    pub(super) gradient: &'a [f32],
}

/// The results of `backward`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Gradients {
    /// The gradient of each input, summed over its tokens: `[inputs, input size]`.
    pub(super) inputs: Vec<f32>,
    /// The gradient of the weights, in the order of [`arrange`].
    pub(super) weights: Vec<f32>,
}

/// Arranges the weights. `weights` has, for each width, the weight, `[filters, input size, width]`, and the bias,
/// `[filters]`.
pub(super) fn arrange(windows: &Windows, weights: &[f32]) -> Arranged {
    Arranged::new(Arch::new(), windows, weights)
}

/// Projects inputs, `[inputs, input size]`, to each position of each filter: `[inputs, columns]`.
pub(super) fn project(windows: &Windows, inputs: &[f32], weights: &Arranged) -> Buffer {
    forward::project(Arch::new(), windows, inputs, weights)
}

/// Computes the state of each token, or the reduced states of each row, from the result of [`project`].
///
/// # Panics
/// If an index of an input is out of range.
pub(super) fn forward(layer: Layer, projected: &[f32], reduction: Option<Reduction>) -> Output {
    forward::forward(Arch::new(), layer, projected, reduction)
}

/// Computes the gradients of the inputs, `[inputs, input size]`, and of the weights.
///
/// # Panics
/// If an index of an input is out of range.
pub(super) fn backward(layer: Layer, inputs: &[f32], grad: GradStates) -> Gradients {
    backward::backward(Arch::new(), layer, inputs, grad)
}

impl Layer<'_> {
    /// Combines the states of all tokens, `[tokens, features]`, with their shape.
    fn states<'a>(&'a self, values: &'a [f32]) -> HiddenStates<'a> {
        HiddenStates {
            values,
            layout: self.layout,
            directions: 1,
            hidden_size: self.windows.features(),
        }
    }

    /// Returns the input of the token at an offset from the token of a row at a step, if the text has one there.
    #[inline(always)]
    fn input_at(&self, row: usize, step: usize, offset: isize) -> Option<usize> {
        let at = step.checked_add_signed(offset)?;
        let is_in_text = at < self.layout.lengths()[row];
        is_in_text.then(|| self.input_of_token[self.layout.offsets()[at] + row] as usize)
    }
}
