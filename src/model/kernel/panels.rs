//! Matrices arranged for products. A step has few rows (a thread's part of a batch), so a general matrix product would
//! spend more time on arranging the weights than on multiplying. Here they are arranged once per call, for all steps.

// The innermost loop reads without a bounds check, which would double its time.
#![allow(unsafe_code)]

use std::ops::Range;

use pulp::Simd;
use pulp::bytemuck::cast_slice;
use rayon::prelude::*;

use super::buffer::Buffer;

/// The width of a panel in SIMD vectors. In a recurrent forward pass, these are the four sums of the same hidden units.
pub(crate) const PANEL_VECTORS: usize = 4;

/// A row of a panel, or a row of a product with a panel.
pub(crate) type PanelRow<S> = [<S as Simd>::f32s; PANEL_VECTORS];

/// A matrix `[depth, columns]` cut into contiguous panels of [`PANEL_VECTORS`] vectors of columns:
/// `[panels, depth, PANEL_VECTORS * lanes]`. The last panel is padded with zeros.
#[derive(Debug)]
pub(crate) struct Panels {
    values: Buffer,
    panel_size: usize,
}

impl Panels {
    /// Arranges the transpose of some columns of a direction's weights, `4 * hidden` rows. A panel has the four sums of
    /// `lanes` hidden units.
    pub(crate) fn of_sums(sums: &[&[f32]], lanes: usize) -> Self {
        let hidden_size = sums.len() / PANEL_VECTORS;
        let width = PANEL_VECTORS * lanes;
        let panel_size = sums[0].len() * width;
        let mut values = Buffer::zeros(hidden_size.div_ceil(lanes) * panel_size);
        for (row, weights) in sums.iter().enumerate() {
            let (sum, unit) = (row / hidden_size, row % hidden_size);
            let panel = &mut values[unit / lanes * panel_size..][..panel_size];
            let column = sum * lanes + unit % lanes;
            for (row, &weight) in panel.chunks_exact_mut(width).zip(*weights) {
                row[column] = weight;
            }
        }
        Self { values, panel_size }
    }

    /// Arranges a matrix `[depth, columns]`, whose rows `row` returns.
    pub(crate) fn of_rows<'w>(
        depth: usize,
        columns: usize,
        lanes: usize,
        row: impl Fn(usize) -> &'w [f32] + Sync,
    ) -> Self {
        let width = PANEL_VECTORS * lanes;
        let panel_size = depth * width;
        let mut values = Buffer::stale(columns.div_ceil(width) * panel_size);
        let panels = values.par_chunks_exact_mut(panel_size.max(1));
        panels.enumerate().for_each(|(panel, values)| {
            let start = panel * width;
            let end = columns.min(start + width);
            for (index, values) in values.chunks_exact_mut(width).enumerate() {
                let (columns, padding) = values.split_at_mut(end - start);
                columns.copy_from_slice(&row(index)[start..end]);
                padding.fill(0.0);
            }
        });
        Self { values, panel_size }
    }

    /// Arranges a matrix `[depth, columns]`, whose columns `column` returns.
    pub(crate) fn of_columns<'w>(
        depth: usize,
        columns: usize,
        lanes: usize,
        column: impl Fn(usize) -> &'w [f32] + Sync,
    ) -> Self {
        let width = PANEL_VECTORS * lanes;
        let panel_size = depth * width;
        let mut values = Buffer::zeros(columns.div_ceil(width) * panel_size);
        let panels = values.par_chunks_exact_mut(panel_size.max(1));
        panels.enumerate().for_each(|(panel, values)| {
            let start = panel * width;
            for index in start..columns.min(start + width) {
                let rows = values.chunks_exact_mut(width);
                for (row, value) in rows.zip(column(index)) {
                    row[index - start] = *value;
                }
            }
        });
        Self { values, panel_size }
    }

    /// Returns the number of values of a row in all panels.
    pub(crate) fn width(&self, lanes: usize) -> usize {
        self.values.len() / self.panel_size.max(1) * PANEL_VECTORS * lanes
    }

    /// Iterates over the panels, each `[depth]` rows.
    #[inline(always)]
    pub(crate) fn iter<S: Simd>(&self) -> impl Iterator<Item = &[PanelRow<S>]> {
        self.values
            .chunks_exact(self.panel_size.max(1))
            .map(cast_slice)
    }
}

/// A computation on adjacent rows, whose sums are in registers together.
pub(crate) trait RowBlock {
    /// Computes `ROWS` rows, starting at `first`.
    fn compute<const ROWS: usize>(&mut self, first: usize);
}

/// Computes rows in blocks for [`accumulate`].
///
/// A block has at most as many rows as [`accumulate`] can keep the sums of in registers. Blocks have nearly the same
/// size, because a block of one row is the least efficient.
#[inline(always)]
pub(crate) fn compute_in_blocks<S: Simd>(rows: usize, block: impl RowBlock) {
    let max_rows = if S::REGISTER_COUNT >= 32 { 6 } else { 3 };
    compute_in_blocks_of(max_rows, rows, block);
}

/// Computes rows in blocks of at most `max_rows`, which is at most 6.
#[inline(always)]
pub(crate) fn compute_in_blocks_of(max_rows: usize, rows: usize, mut block: impl RowBlock) {
    let blocks = rows.div_ceil(max_rows);
    for index in 0..blocks {
        let first = rows * index / blocks;
        match rows * (index + 1) / blocks - first {
            1 => block.compute::<1>(first),
            2 => block.compute::<2>(first),
            3 => block.compute::<3>(first),
            4 => block.compute::<4>(first),
            5 => block.compute::<5>(first),
            _ => block.compute::<6>(first),
        }
    }
}

/// Returns `sums + rows * panel`, `[ROWS, depth]` by `[depth, PANEL_VECTORS * lanes]`, for some vectors of the panel. A
/// row's values are `stride` apart.
///
/// Each sum is over the depth in order, so that it does not depend on the other rows of the block.
#[inline(always)]
pub(crate) fn accumulate<S: Simd, const ROWS: usize>(
    simd: S,
    mut sums: [PanelRow<S>; ROWS],
    rows: [&[f32]; ROWS],
    stride: usize,
    panel: &[PanelRow<S>],
    vectors: Range<usize>,
) -> [PanelRow<S>; ROWS] {
    for row in rows {
        assert!(panel.len().saturating_sub(1).saturating_mul(stride) < row.len());
    }
    for (depth, weights) in panel.iter().enumerate() {
        let mut values = [simd.splat_f32s(0.0); ROWS];
        for row in 0..ROWS {
            // SAFETY: `depth` is at most `panel.len() - 1`, for which the index was checked above.
            // With a check in this loop, the compiler keeps the sums in memory, which doubles the time.
            values[row] = simd.splat_f32s(unsafe { *rows[row].get_unchecked(depth * stride) });
        }
        // The innermost loop is over rows, because AVX2 has registers only for the rows' values, one vector of
        // weights and the sums.
        for vector in vectors.clone() {
            for row in 0..ROWS {
                sums[row][vector] =
                    simd.mul_add_e_f32s(values[row], weights[vector], sums[row][vector]);
            }
        }
    }
    sums
}

/// Loads a vector from `start`, with zeros past the end of `values`.
#[inline(always)]
pub(crate) fn load<S: Simd>(simd: S, values: &[f32], start: usize) -> S::f32s {
    match values[start..].get(..S::F32_LANES) {
        Some(whole) => cast_slice(whole)[0],
        None => simd.partial_load_f32s(&values[start..]),
    }
}

/// Stores a vector from `start`, up to the end of `values`.
#[inline(always)]
pub(crate) fn store<S: Simd>(simd: S, values: &mut [f32], start: usize, vector: S::f32s) {
    match values[start..].get_mut(..S::F32_LANES) {
        Some(whole) => pulp::bytemuck::cast_slice_mut(whole)[0] = vector,
        None => simd.partial_store_f32s(&mut values[start..], vector),
    }
}
