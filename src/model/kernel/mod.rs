//! What the CPU kernels share: memory, matrices arranged for products, activations, and how a batch is cut into
//! work for threads.
//!
//! The equations stand with what they belong to: the encoders' in `encoder/*/kernel`, pooling's in
//! `pooling/*/kernel.rs`. This folder has the crate's only `unsafe` code: one read without a bounds check and one
//! prefetch.

mod activation;
mod buffer;
mod panels;
mod product;
mod rows;
mod slices;

use pulp::{Simd, WithSimd};

pub(crate) use self::activation::{sigmoid, tanh};
pub(crate) use self::buffer::{Buffer, prefetch};
pub(crate) use self::panels::{
    PANEL_VECTORS, PanelRow, Panels, RowBlock, accumulate, compute_in_blocks, load, store,
};
pub(crate) use self::product::{Lhs, Product};
pub(crate) use self::rows::{RowGroup, previous_tokens};
pub(crate) use self::slices::{values, with_values};

/// Rows of a batch that are worth a piece of work.
pub(crate) const ROWS_TOGETHER: usize = 8;

/// How many `f32`s a vector has.
pub(crate) struct Lanes;

impl WithSimd for Lanes {
    type Output = usize;
    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F32_LANES
    }
}

/// Every instruction set that this machine has.
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
