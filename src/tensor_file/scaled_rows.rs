//! A matrix of 8-bit integers as in a file, with a scale for each row.

use std::borrow::Cow;

use super::TensorFileError;

/// The largest magnitude of an 8-bit integer.
const LARGEST_MAGNITUDE: f32 = 128.0;

/// A matrix of 8-bit integers with a scale for each row. A number is its integer times the scale of its row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ScaledRows {
    /// `[rows * size]`. Those of a file in the program are not copied.
    integers: Cow<'static, [i8]>,
    /// `[rows]`
    scales: Vec<f32>,
    size: usize,
}

impl ScaledRows {
    /// Combines rows of `size` integers with their scales.
    pub(super) fn new(
        name: &str,
        integers: Cow<'static, [i8]>,
        scales: Vec<f32>,
        size: usize,
    ) -> Result<Self, TensorFileError> {
        let name = || name.to_string();
        if integers.len() != scales.len() * size {
            return Err(TensorFileError::ScaleCount { name: name() });
        }
        if !scales
            .iter()
            .all(|scale| (scale * LARGEST_MAGNITUDE).is_finite())
        {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_integers_times_the_scale_of_their_row() {
        let rows = ScaledRows::new("t", vec![1, -2, 127, -128].into(), vec![0.5, 2.0], 2).unwrap();
        assert_eq!(rows.row(1).collect::<Vec<_>>(), [254.0, -256.0]);
        assert_eq!(rows.first_rows(1), [0.5, -1.0]);
    }

    #[test]
    fn rows_without_their_scales_and_numbers_that_are_not_finite_are_refused() {
        let read = |scales: Vec<f32>| ScaledRows::new("t", vec![1, 2, 3, 4].into(), scales, 2);
        assert!(read(vec![1.0, 1.0]).is_ok());
        assert!(matches!(
            read(vec![1.0]),
            Err(TensorFileError::ScaleCount { .. })
        ));
        for scale in [f32::NAN, f32::INFINITY, 3e38] {
            assert!(matches!(
                read(vec![scale, 1.0]),
                Err(TensorFileError::NotFinite { .. })
            ));
        }
    }
}
