//! Matrix products of many rows, such as the input projections and the gradients of weights.

use pulp::{Simd, WithSimd};

use super::buffer::Buffer;
use super::panels::{
    PANEL_VECTORS, PanelRow, Panels, RowBlock, accumulate, compute_in_blocks, load, store,
};

/// The number of products that are summed before they are added to the result. It is so small that this part of a panel
/// and of its rows stays in the L1 cache, and that rounding errors stay small.
const DEPTH_BLOCK: usize = 96;

/// Computes `result += lhs * rhs`, `[rows, depth]` by `[depth, columns]`. A row's result does not depend on other rows.
pub(crate) struct Product<'a> {
    pub(crate) lhs: Lhs<'a>,
    pub(crate) rhs: &'a Panels,
    /// At most the depth of `rhs`.
    pub(crate) depth: usize,
    /// `[rows, columns]`; rows are `result_stride` apart.
    pub(crate) result: &'a mut [f32],
    pub(crate) result_stride: usize,
    pub(crate) columns: usize,
}

/// The left side of a product, `[rows, depth]`.
#[derive(Clone, Copy)]
pub(crate) enum Lhs<'a> {
    /// Rows, with the stride between them.
    Rows(&'a [f32], usize),
    /// Columns, with the stride between them.
    Columns(&'a [f32], usize),
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let rows = self.result.len().div_ceil(self.result_stride);
        let mut gathered = Buffer::stale(match self.lhs {
            Lhs::Rows(..) => 0,
            Lhs::Columns(..) => rows * DEPTH_BLOCK,
        });
        for start in (0..self.depth).step_by(DEPTH_BLOCK) {
            let end = self.depth.min(start + DEPTH_BLOCK);
            let (lhs, row_stride, depth_stride) = match self.lhs {
                Lhs::Rows(values, stride) => (&values[start..], stride, 1),
                // Columns are far apart in memory, so they are gathered once instead of once per panel.
                Lhs::Columns(values, stride) => {
                    let columns = values[start * stride..].chunks(stride);
                    for (gathered, column) in gathered.chunks_exact_mut(rows).zip(columns) {
                        gathered.copy_from_slice(&column[..rows]);
                    }
                    (&gathered[..], 1, rows)
                }
            };
            for (panel, rhs) in self.rhs.iter::<S>().enumerate() {
                let block = ProductBlock {
                    simd,
                    product: &mut self,
                    lhs,
                    row_stride,
                    depth_stride,
                    panel,
                    rhs: &rhs[start..end],
                };
                compute_in_blocks::<S>(rows, block);
            }
        }
    }
}

/// The product with one panel, over one block of the depth.
struct ProductBlock<'f, 'a, S: Simd> {
    simd: S,
    product: &'f mut Product<'a>,
    /// `[rows, depth]`, with the strides below.
    lhs: &'f [f32],
    row_stride: usize,
    depth_stride: usize,
    panel: usize,
    rhs: &'f [PanelRow<S>],
}

impl<S: Simd> RowBlock for ProductBlock<'_, '_, S> {
    #[inline(always)]
    fn compute<const ROWS: usize>(&mut self, first: usize) {
        let (simd, product) = (self.simd, &mut *self.product);
        let mut lhs: [&[f32]; ROWS] = [&[]; ROWS];
        for (row, lhs) in lhs.iter_mut().enumerate() {
            *lhs = &self.lhs[(first + row) * self.row_stride..];
        }
        let zeros = [[simd.splat_f32s(0.0); PANEL_VECTORS]; ROWS];
        let sums = accumulate(
            simd,
            zeros,
            lhs,
            self.depth_stride,
            self.rhs,
            0..PANEL_VECTORS,
        );
        for (row, sums) in sums.into_iter().enumerate() {
            let result = &mut product.result[(first + row) * product.result_stride..];
            let result = &mut result[..product.columns];
            for (vector, sum) in sums.into_iter().enumerate() {
                let column = (self.panel * PANEL_VECTORS + vector) * S::F32_LANES;
                if column < product.columns {
                    let so_far = load(simd, result, column);
                    store(simd, result, column, simd.add_f32s(so_far, sum));
                }
            }
        }
    }
}
