//! Matrices of 8-bit integers.

/// The largest integer of a weight.
const MAX_WEIGHT: f32 = 127.0;

/// A matrix `[rows, depth]` of 8-bit integers with a scale for each row: a weight is its integer times the scale.
#[derive(Clone, Debug)]
pub(crate) struct QuantizedMatrix {
    /// `[rows, depth]`
    values: Vec<i8>,
    depth: usize,
    /// `[rows]`
    scales: Vec<f32>,
}

impl QuantizedMatrix {
    /// Rounds the rows of a matrix, which have the same length. The largest weight of a row becomes 127 or -127.
    pub(crate) fn new(rows: &[&[f32]]) -> Self {
        let depth = rows.first().map_or(0, |row| row.len());
        let mut values = Vec::with_capacity(rows.len() * depth);
        let mut scales = Vec::with_capacity(rows.len());
        for row in rows {
            let largest = row.iter().fold(0f32, |largest, w| largest.max(w.abs()));
            let factor = match largest > 0.0 {
                true => MAX_WEIGHT / largest,
                false => 0.0,
            };
            values.extend(row.iter().map(|w| (w * factor).round_ties_even() as i8));
            scales.push(largest / MAX_WEIGHT);
        }
        Self {
            values,
            depth,
            scales,
        }
    }

    /// Returns the number of columns.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// Returns the number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.scales.len()
    }

    /// Returns the integers of a row.
    pub(crate) fn row(&self, row: usize) -> &[i8] {
        &self.values[row * self.depth..][..self.depth]
    }

    /// Returns the scale of a row.
    pub(crate) fn scale(&self, row: usize) -> f32 {
        self.scales[row]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_within_half_a_scale() {
        let rows: [&[f32]; 3] = [&[0.5, -0.25, 0.1], &[0.0; 3], &[1e30, -2e30, 3.0]];
        let matrix = QuantizedMatrix::new(&rows);
        assert_eq!(matrix.row(0), [127, -64, 25]);
        assert_eq!(matrix.row(1), [0; 3]);
        for (index, row) in rows.iter().enumerate() {
            let scale = matrix.scale(index);
            for (weight, &value) in row.iter().zip(matrix.row(index)) {
                let error = (weight - f32::from(value) * scale).abs();
                assert!(error <= 0.501 * scale, "{weight}: {value}");
            }
        }
    }
}
