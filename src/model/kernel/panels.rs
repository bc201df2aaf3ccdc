//! Matrices arranged for products. A step has few rows (a batch's, or a thread's share of them), so a
//! general matrix product would spend more on arranging the weights than on using them. Here they
//! are arranged once a call, for all steps.

// The innermost loop reads without a bounds check: with one it takes twice as long.
#![allow(unsafe_code)]

use pulp::Simd;
use pulp::bytemuck::cast_slice;
use rayon::prelude::*;

use super::buffer::Buffer;

/// A panel is this many vectors wide: the four gates of one vector of hidden units, going forward.
pub(crate) const PANEL_VECTORS: usize = 4;

/// One row of a panel, or a row of a product by it.
pub(crate) type PanelRow<S> = [<S as Simd>::f32s; PANEL_VECTORS];

/// A matrix `[depth, columns]` cut into panels of [`PANEL_VECTORS`] vectors of columns, each
/// contiguous: `[panels, depth, PANEL_VECTORS * lanes]`. Missing columns have zeros.
#[derive(Debug)]
pub(crate) struct Panels {
    values: Buffer,
    panel_size: usize,
}

impl Panels {
    /// The transpose of some columns of a direction's weights, `4 * hidden` rows; a panel has the four
    /// gates of `lanes` hidden units.
    pub(crate) fn of_gates(gates: &[&[f32]], lanes: usize) -> Self {
        let hidden_size = gates.len() / 4;
        let width = PANEL_VECTORS * lanes;
        let panel_size = gates[0].len() * width;
        let mut values = Buffer::zeros(hidden_size.div_ceil(lanes) * panel_size);
        for (row, weights) in gates.iter().enumerate() {
            let (gate, unit) = (row / hidden_size, row % hidden_size);
            let panel = &mut values[unit / lanes * panel_size..][..panel_size];
            let column = gate * lanes + unit % lanes;
            for (row, &weight) in panel.chunks_exact_mut(width).zip(*weights) {
                row[column] = weight;
            }
        }
        Self { values, panel_size }
    }

    /// A matrix whose rows, of `columns` values, are given by `row`.
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
                let (there, missing) = values.split_at_mut(end - start);
                there.copy_from_slice(&row(index)[start..end]);
                missing.fill(0.0);
            }
        });
        Self { values, panel_size }
    }

    /// How many values a row has in all panels together.
    pub(crate) fn width(&self, lanes: usize) -> usize {
        self.values.len() / self.panel_size.max(1) * PANEL_VECTORS * lanes
    }

    /// The panels in order, each `[depth]` rows.
    #[inline(always)]
    pub(crate) fn iter<S: Simd>(&self) -> impl Iterator<Item = &[PanelRow<S>]> {
        self.values
            .chunks_exact(self.panel_size.max(1))
            .map(cast_slice)
    }
}

/// What is done with neighbouring rows, whose sums are in registers together.
pub(crate) trait RowBlock {
    /// Computes `ROWS` rows from `first`.
    fn compute<const ROWS: usize>(&mut self, first: usize);
}

/// Cuts rows into blocks for [`accumulate`]: of as many as it can hold the sums of in registers, at
/// most 6, and of nearly the same size, because a block of one row wastes the most.
#[inline(always)]
pub(crate) fn compute_in_blocks<S: Simd>(rows: usize, mut block: impl RowBlock) {
    let most = if S::REGISTER_COUNT >= 32 { 6 } else { 3 };
    let blocks = rows.div_ceil(most);
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

/// `sums + rows * panel`, `[ROWS, depth]` by `[depth, PANEL_VECTORS * lanes]`; a row's values are
/// `stride` apart. Each sum runs over the depth in order, so that it does not depend on which rows
/// are taken together.
#[inline(always)]
pub(crate) fn accumulate<S: Simd, const ROWS: usize>(
    simd: S,
    mut sums: [PanelRow<S>; ROWS],
    rows: [&[f32]; ROWS],
    stride: usize,
    panel: &[PanelRow<S>],
) -> [PanelRow<S>; ROWS] {
    for row in rows {
        assert!(panel.len().saturating_sub(1).saturating_mul(stride) < row.len());
    }
    for (depth, weights) in panel.iter().enumerate() {
        let mut values = [simd.splat_f32s(0.0); ROWS];
        for row in 0..ROWS {
            // SAFETY: `depth` is at most `panel.len() - 1`, for which the index was checked above.
            // With checks in this loop the compiler keeps the sums in memory, and it takes twice as
            // long.
            values[row] = simd.splat_f32s(unsafe { *rows[row].get_unchecked(depth * stride) });
        }
        // The rows innermost, because a register for each row, one for the weights and the sums are
        // all that AVX2 has.
        for vector in 0..PANEL_VECTORS {
            for row in 0..ROWS {
                sums[row][vector] =
                    simd.mul_add_e_f32s(values[row], weights[vector], sums[row][vector]);
            }
        }
    }
    sums
}

/// The columns from `start`, as many as fit a vector; zeros past the end of `values`.
#[inline(always)]
pub(crate) fn load<S: Simd>(simd: S, values: &[f32], start: usize) -> S::f32s {
    match values[start..].get(..S::F32_LANES) {
        Some(whole) => cast_slice(whole)[0],
        None => simd.partial_load_f32s(&values[start..]),
    }
}

/// Writes what [`load`] reads.
#[inline(always)]
pub(crate) fn store<S: Simd>(simd: S, values: &mut [f32], start: usize, vector: S::f32s) {
    match values[start..].get_mut(..S::F32_LANES) {
        Some(whole) => pulp::bytemuck::cast_slice_mut(whole)[0] = vector,
        None => simd.partial_store_f32s(&mut values[start..], vector),
    }
}
