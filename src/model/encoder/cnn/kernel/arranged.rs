//! The weights of a convolution in the order in which the kernel reads them.

use pulp::Arch;
use rayon::prelude::*;

use super::Windows;
use crate::model::kernel::{Buffer, Lanes, Panels};

/// The arranged weights of a convolution.
#[derive(Debug)]
pub(in crate::model::encoder::cnn) struct Arranged {
    /// `[features]`
    pub(super) bias: Vec<f32>,
    /// The weights of each column of the projection: `[columns, input size]`.
    pub(super) columns: Buffer,
    /// The transpose of `columns` for products: `[input size, columns]`.
    pub(super) panels: Panels,
}

impl Arranged {
    /// See [`super::arrange`].
    pub(super) fn new(arch: Arch, windows: &Windows, weights: &[f32]) -> Self {
        assert_eq!(weights.len(), windows.weights(), "weights");
        let size = windows.input_size();
        let mut columns = Buffer::stale(windows.columns() * size);
        for segment in windows.segments() {
            let of_segment = segment.columns.start * size..segment.columns.end * size;
            columns[of_segment]
                .par_chunks_exact_mut(size)
                .with_min_len(COLUMNS_TOGETHER)
                .zip(segment.columns.clone())
                .for_each(|(column, index)| {
                    let (start, stride) = windows.column(segment, index);
                    let weights = weights[start..].iter().step_by(stride);
                    for (value, weight) in column.iter_mut().zip(weights) {
                        *value = *weight;
                    }
                });
        }
        let biases = windows.biases().flat_map(|bias| &weights[bias]);
        Self {
            bias: biases.copied().collect(),
            panels: Panels::of_columns(size, windows.columns(), arch.dispatch(Lanes), |column| {
                &columns[column * size..][..size]
            }),
            columns,
        }
    }
}

/// The minimum number of columns of the projection in a parallel task.
pub(super) const COLUMNS_TOGETHER: usize = 32;

/// Returns the gradient of the weights in the order of [`super::arrange`], from those of the columns, `[columns, input
/// size]`, and of the biases, `[features]`.
pub(super) fn gradient_of_weights(windows: &Windows, columns: &[f32], bias: &[f32]) -> Vec<f32> {
    let size = windows.input_size();
    let mut weights = vec![0.0; windows.weights()];
    for segment in windows.segments() {
        for column in segment.columns.clone() {
            let (start, stride) = windows.column(segment, column);
            let weights = weights[start..].iter_mut().step_by(stride);
            for (weight, value) in weights.zip(&columns[column * size..][..size]) {
                *weight = *value;
            }
        }
    }
    for (of_width, bias) in windows.biases().zip(bias.chunks_exact(windows.filters())) {
        weights[of_width].copy_from_slice(bias);
    }
    weights
}
