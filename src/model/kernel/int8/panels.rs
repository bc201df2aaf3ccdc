//! Quantized matrices arranged for products with states.

// The innermost loop reads without a bounds check, as that of the products of `f32`.
#![allow(unsafe_code)]

use pulp::Simd;
use pulp::bytemuck::{cast_slice, cast_slice_mut};

use super::{F32s, I32s, Int8, Int8Arch, QuantizedMatrix, STATE_SCALE, WithInt8};
use crate::model::kernel::{Buffer, PANEL_VECTORS};

/// A quantized matrix cut into panels of [`PANEL_VECTORS`] vectors of its rows, which are the columns of the product. The
/// last panel is padded with zeros.
#[derive(Debug)]
pub(crate) struct Int8Panels {
    /// The packed weights: `[panels, words, PANEL_VECTORS * lanes]`.
    words: Buffer,
    /// The sums before the first product, which undo the offset of states: `[panels, PANEL_VECTORS * lanes]`.
    initial: Buffer,
    /// The factors from sums to products: `[panels, PANEL_VECTORS * lanes]`.
    scales: Buffer,
    /// The number of words of a column.
    words_per_column: usize,
    /// The number of values of a column.
    depth: usize,
}

/// One panel.
pub(crate) struct Int8Panel<'a, K: Int8> {
    /// `[words]`
    pub(crate) weights: &'a [[I32s<K>; PANEL_VECTORS]],
    pub(crate) initial: [I32s<K>; PANEL_VECTORS],
    pub(crate) scales: [F32s<K>; PANEL_VECTORS],
}

impl Int8Panels {
    /// Arranges the rows of a matrix in their order.
    pub(crate) fn of_rows(arch: Int8Arch, matrix: &QuantizedMatrix) -> Self {
        let place = |row: usize, lanes: usize| {
            let width = PANEL_VECTORS * lanes;
            (row / width, row % width)
        };
        Self::arrange(arch, matrix, place)
    }

    /// Arranges the weights of a direction, `4 * hidden` rows. A panel has the four gates of `lanes` hidden units.
    pub(crate) fn of_lstm_gates(arch: Int8Arch, matrix: &QuantizedMatrix) -> Self {
        let hidden_size = matrix.rows() / PANEL_VECTORS;
        let place = |row: usize, lanes: usize| {
            let (gate, unit) = (row / hidden_size, row % hidden_size);
            (unit / lanes, gate * lanes + unit % lanes)
        };
        Self::arrange(arch, matrix, place)
    }

    /// Arranges the rows of a matrix. `place` returns the panel and the column of a row for this number of lanes.
    fn arrange(
        arch: Int8Arch,
        matrix: &QuantizedMatrix,
        place: impl Fn(usize, usize) -> (usize, usize),
    ) -> Self {
        arch.dispatch(Arrange { matrix, place })
    }

    /// Iterates over the panels.
    #[inline(always)]
    pub(crate) fn iter<K: Int8>(&self) -> impl Iterator<Item = Int8Panel<'_, K>> {
        let width = PANEL_VECTORS * K::Simd::F32_LANES;
        let words = self
            .words
            .chunks_exact((self.words_per_column * width).max(1));
        words
            .zip(self.initial.chunks_exact(width))
            .zip(self.scales.chunks_exact(width))
            .map(|((weights, initial), scales)| Int8Panel {
                weights: cast_slice(weights),
                initial: cast_slice(initial)[0],
                scales: cast_slice(scales)[0],
            })
    }

    /// Returns the number of values of a state.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// Returns the number of columns of all panels, with the padding.
    pub(crate) fn width(&self) -> usize {
        self.scales.len()
    }
}

struct Arrange<'a, P> {
    matrix: &'a QuantizedMatrix,
    place: P,
}

impl<P: Fn(usize, usize) -> (usize, usize)> WithInt8 for Arrange<'_, P> {
    type Output = Int8Panels;

    #[inline(always)]
    fn with_int8<K: Int8>(self, _: K) -> Int8Panels {
        let Self { matrix, place } = self;
        let lanes = K::Simd::F32_LANES;
        let width = PANEL_VECTORS * lanes;
        let words_per_column = matrix.depth().div_ceil(K::VALUES_PER_WORD);
        let panel_words = words_per_column * width;
        let panels = (0..matrix.rows())
            .map(|row| place(row, lanes).0 + 1)
            .max()
            .unwrap_or(0);
        let mut words = Buffer::zeros(panels * panel_words);
        let mut initial = Buffer::zeros(panels * width);
        let mut scales = Buffer::zeros(panels * width);
        for row in 0..matrix.rows() {
            let (panel, column) = place(row, lanes);
            let values = matrix.row(row);
            let words: &mut [i32] = cast_slice_mut(&mut words[panel * panel_words..]);
            for (index, values) in values.chunks(K::VALUES_PER_WORD).enumerate() {
                words[index * width + column] = K::pack(values);
            }
            let sum: i32 = values.iter().map(|&value| i32::from(value)).sum();
            let initial: &mut [i32] = cast_slice_mut(&mut initial);
            initial[panel * width + column] = -K::STATE_OFFSET * sum;
            scales[panel * width + column] = matrix.scale(row) / STATE_SCALE;
        }
        Int8Panels {
            words,
            initial,
            scales,
            words_per_column,
            depth: matrix.depth(),
        }
    }
}

/// Returns the products of the first states with a panel, `[ROWS, PANEL_VECTORS * lanes]`, as integers. The words of a state
/// are `stride` after those of the one before.
#[inline(always)]
pub(crate) fn accumulate_int8<K: Int8, const ROWS: usize>(
    kernel: K,
    states: &[i32],
    stride: usize,
    panel: &Int8Panel<K>,
) -> [[I32s<K>; PANEL_VECTORS]; ROWS] {
    assert!(panel.weights.len() <= stride && ROWS * stride <= states.len());
    let mut sums = [panel.initial; ROWS];
    for (index, weights) in panel.weights.iter().enumerate() {
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: `index` is below `panel.weights.len()`, so the sum is below `ROWS * stride`, which was compared with the
            // length above. With a check in this loop, the compiler keeps the sums in memory.
            let state = unsafe { *states.get_unchecked(row * stride + index) };
            for (sum, &weights) in sums.iter_mut().zip(weights) {
                *sum = kernel.multiply_add(state, weights, *sum);
            }
        }
    }
    sums
}
