//! Shared parts of the CPU kernels: buffers, matrix products, activations and the partition of a batch among threads.
//!
//! The kernels are in `encoder/*/kernel` and `pooling/*/kernel.rs`. This folder has the crate's only `unsafe` code: reads
//! without a bounds check, a prefetch and the instructions for 8-bit integers.

mod activation;
mod buffer;
mod int8;
mod panels;
mod product;
mod rows;
mod saved;
mod slices;
mod tokens_by_input;

use pulp::{Simd, WithSimd};

#[cfg(test)]
pub(crate) use self::activation::plain_tanh_fraction;
pub(crate) use self::activation::{
    half_tanh_fraction, sigmoid, sigmoid_slope, tanh, tanh_fraction, tanh_slope,
};
pub(crate) use self::buffer::{Buffer, prefetch};
pub(crate) use self::int8::{
    F32s, Int8, Int8Arch, Int8Panel, Int8Panels, QuantizedMatrix, QuantizedStates, WithInt8,
    accumulate_int8, quantize, zero_word,
};
pub(crate) use self::panels::{
    PANEL_VECTORS, PanelRow, Panels, RowBlock, accumulate, compute_in_blocks, compute_in_blocks_of,
    load, store,
};
pub(crate) use self::product::{Lhs, Product};
pub(crate) use self::rows::{RowGroup, previous_tokens};
pub(crate) use self::saved::Saved;
pub(crate) use self::slices::{tensor_like, values, with_values};
pub(crate) use self::tokens_by_input::TokensByInput;

/// The minimum number of a batch's rows in a parallel task.
pub(crate) const ROWS_TOGETHER: usize = 8;

/// Returns the number of `f32`s in a SIMD vector.
pub(crate) struct Lanes;

impl WithSimd for Lanes {
    type Output = usize;
    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F32_LANES
    }
}

/// Returns all instruction sets of this machine.
#[cfg(test)]
pub(crate) fn instruction_sets() -> Vec<pulp::Arch> {
    use pulp::Arch;

    #[cfg(target_arch = "x86_64")]
    let more = pulp::x86::V3::try_new().map(Arch::V3);
    #[cfg(not(target_arch = "x86_64"))]
    let more = None;
    [Arch::new(), Arch::Scalar]
        .into_iter()
        .chain(more)
        .collect()
}
