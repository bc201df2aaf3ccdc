//! The products by the recurrent weights. A step has few rows (a batch's, or a thread's share of
//! them), so a general matrix product would spend more on arranging the weights than on using them.
//! Here they are arranged once a call, for all steps.

use std::mem::MaybeUninit;
use std::ops::Range;

use pulp::Simd;
use pulp::bytemuck::cast_slice;

use super::buffer::Buffer;

/// A panel is this many vectors wide: the four gates of one vector of hidden units, going forward.
pub(super) const PANEL_VECTORS: usize = 4;

/// One row of a panel, or a row of a product by it.
pub(super) type PanelRow<S> = [<S as Simd>::f32s; PANEL_VECTORS];

/// A matrix `[depth, columns]` cut into panels of [`PANEL_VECTORS`] vectors of columns, each
/// contiguous: `[panels, depth, PANEL_VECTORS * lanes]`.
#[derive(Debug)]
pub(super) struct Panels {
    values: Buffer,
    panel_size: usize,
}

impl Panels {
    /// The transpose of recurrent weights `[4 * hidden, hidden]`; a panel has the four gates of
    /// `lanes` hidden units. Missing units have zeros.
    pub(super) fn of_gates(weight_hh: &[f32], hidden_size: usize, lanes: usize) -> Self {
        let mut panels = Self::zeros(hidden_size, hidden_size.div_ceil(lanes), lanes);
        let panel_size = panels.panel_size;
        for (unit, weights) in weight_hh.chunks_exact(hidden_size).enumerate() {
            let (gate, unit) = (unit / hidden_size, unit % hidden_size);
            let panel = &mut panels.values[unit / lanes * panel_size..][..panel_size];
            let column = gate * lanes + unit % lanes;
            for (row, &weight) in panel.chunks_exact_mut(PANEL_VECTORS * lanes).zip(weights) {
                row[column] = weight;
            }
        }
        panels
    }

    /// Recurrent weights `[4 * hidden, hidden]` as they are. Missing columns are zeros.
    pub(super) fn of_columns(weight_hh: &[f32], hidden_size: usize, lanes: usize) -> Self {
        let width = PANEL_VECTORS * lanes;
        let mut panels = Self::zeros(4 * hidden_size, hidden_size.div_ceil(width), lanes);
        let panel_size = panels.panel_size;
        for (depth, weights) in weight_hh.chunks_exact(hidden_size).enumerate() {
            for (panel, weights) in weights.chunks(width).enumerate() {
                panels.values[panel * panel_size + depth * width..][..weights.len()]
                    .copy_from_slice(weights);
            }
        }
        panels
    }

    fn zeros(depth: usize, panels: usize, lanes: usize) -> Self {
        let panel_size = depth * PANEL_VECTORS * lanes;
        Self {
            values: Buffer::zeros(panels * panel_size),
            panel_size,
        }
    }

    /// The panels in order, each `[depth]` rows.
    #[inline(always)]
    pub(super) fn iter<S: Simd>(&self) -> impl Iterator<Item = &[PanelRow<S>]> {
        self.values.chunks_exact(self.panel_size).map(cast_slice)
    }
}

/// Cuts rows into blocks for [`accumulate`]: of as many as it can hold the sums of in registers, at
/// most 6, and of nearly the same size, because a block of one row wastes the most.
#[inline(always)]
pub(super) fn blocks<S: Simd>(rows: usize) -> impl Iterator<Item = Range<usize>> {
    let most = if S::REGISTER_COUNT >= 32 { 6 } else { 3 };
    let blocks = rows.div_ceil(most);
    (0..blocks).map(move |block| rows * block / blocks..rows * (block + 1) / blocks)
}

/// `sums + rows * panel`, `[ROWS, depth]` by `[depth, PANEL_VECTORS * lanes]`; a row's values are
/// `stride` apart. Each sum runs over the depth in order, so that it does not depend on which rows
/// are taken together.
#[inline(always)]
pub(super) fn accumulate<S: Simd, const ROWS: usize>(
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
pub(super) fn load<S: Simd>(simd: S, values: &[f32], start: usize) -> S::f32s {
    match values[start..].get(..S::F32_LANES) {
        Some(whole) => cast_slice(whole)[0],
        None => simd.partial_load_f32s(&values[start..]),
    }
}

/// Writes what [`load`] reads.
#[inline(always)]
pub(super) fn store<S: Simd>(simd: S, values: &mut [f32], start: usize, vector: S::f32s) {
    match values[start..].get_mut(..S::F32_LANES) {
        Some(whole) => pulp::bytemuck::cast_slice_mut(whole)[0] = vector,
        None => simd.partial_store_f32s(&mut values[start..], vector),
    }
}

/// Writes what [`load`] reads where nothing has been written yet.
#[inline(always)]
pub(super) fn store_first<S: Simd>(values: &mut [MaybeUninit<f32>], start: usize, vector: S::f32s) {
    let (whole, part) = S::as_uninit_mut_simd_f32s(&mut values[start..]);
    match whole.first_mut() {
        Some(whole) => {
            whole.write(vector);
        }
        None => {
            for (value, &lane) in part.iter_mut().zip(cast_slice(&[vector])) {
                value.write(lane);
            }
        }
    }
}
