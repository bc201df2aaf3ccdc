//! A matrix of 8-bit integers as in a file, with a scale for each row.

use super::TensorFileError;

/// A matrix of 8-bit integers with a scale for each row. A number is its integer times the scale of its row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ScaledRows {
    /// `[rows * size]`
    integers: Vec<i8>,
    /// `[rows]`
    scales: Vec<f32>,
    size: usize,
}

impl ScaledRows {
    /// Combines rows of `size` integers with their scales.
    pub(super) fn new(
        name: &str,
        integers: Vec<i8>,
        scales: Vec<f32>,
        size: usize,
    ) -> Result<Self, TensorFileError> {
        let name = || name.to_string();
        if integers.len() != scales.len() * size {
            return Err(TensorFileError::ScaleCount { name: name() });
        }
        if !scales.iter().all(|scale| scale.is_finite()) {
            return Err(TensorFileError::NotFinite { name: name() });
        }
        Ok(Self {
            integers,
            scales,
            size,
        })
    }

    /// Returns the number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.scales.len()
    }

    /// Returns the number of columns.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Iterates over the numbers of a row: `[size]`.
    pub(crate) fn row(&self, row: usize) -> impl Iterator<Item = f32> + '_ {
        let scale = self.scales[row];
        let integers = &self.integers[row * self.size..][..self.size];
        integers
            .iter()
            .map(move |&integer| f32::from(integer) * scale)
    }

    /// Returns the numbers of the first rows: `[rows * size]`.
    pub(crate) fn first_rows(&self, rows: usize) -> Vec<f32> {
        let mut numbers = Vec::with_capacity(rows * self.size);
        (0..rows).for_each(|row| numbers.extend(self.row(row)));
        numbers
    }
}
