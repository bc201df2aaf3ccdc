//! Initial values of weights.

use std::ops::Range;

use rand::Rng;

/// The distribution of a weight's initial values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Initializer {
    /// Zeros.
    Zeros,
    /// Ones in this range, zeros elsewhere.
    OnesAt(Range<usize>),
    /// Uniform within bounds that preserve the variance of activations and gradients (Glorot and Bengio, 2010,
    /// equation 16).
    GlorotUniform { inputs: usize, outputs: usize },
    /// Stacked random orthogonal matrices of this size (Saxe et al., 2013).
    Orthogonal { size: usize },
}

impl Initializer {
    /// Draws the values of a weight with this shape.
    pub(super) fn draw(&self, shape: &[usize], rng: &mut impl Rng) -> Vec<f32> {
        let count = shape.iter().product();
        match self {
            Self::Zeros => vec![0.0; count],
            Self::OnesAt(ones) => (0..count)
                .map(|index| f32::from(u8::from(ones.contains(&index))))
                .collect(),
            Self::GlorotUniform { inputs, outputs } => {
                uniform(count, glorot(*inputs, *outputs), rng)
            }
            Self::Orthogonal { size } => (0..count / (size * size))
                .flat_map(|_| orthogonal(*size, rng))
                .collect(),
        }
    }
}

/// Returns the bound of Glorot's uniform distribution.
fn glorot(inputs: usize, outputs: usize) -> f32 {
    (6.0 / (inputs + outputs) as f32).sqrt()
}

fn uniform(count: usize, bound: f32, rng: &mut impl Rng) -> Vec<f32> {
    (0..count)
        .map(|_| rng.random_range(-bound..bound))
        .collect()
}

/// Draws a random orthogonal matrix, `[size, size]`: normally distributed rows, orthonormalized by the modified
/// Gram-Schmidt process in f64.
fn orthogonal(size: usize, rng: &mut impl Rng) -> Vec<f32> {
    let mut rows: Vec<Vec<f64>> = Vec::with_capacity(size);
    while rows.len() < size {
        let mut row: Vec<f64> = (0..size).map(|_| standard_normal(rng)).collect();
        for earlier in &rows {
            let projection: f64 = dot(&row, earlier);
            row.iter_mut()
                .zip(earlier)
                .for_each(|(value, other)| *value -= projection * other);
        }
        let length = dot(&row, &row).sqrt();
        // A row that is almost a linear combination of the earlier ones is drawn again.
        if length > 1e-6 {
            row.iter_mut().for_each(|value| *value /= length);
            rows.push(row);
        }
    }
    rows.concat()
        .into_iter()
        .map(|value| value as f32)
        .collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Draws from the standard normal distribution (Box and Muller, 1958).
fn standard_normal(rng: &mut impl Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn orthogonal_rows_are_orthonormal() {
        let size = 17;
        let matrix = orthogonal(size, &mut ChaCha8Rng::seed_from_u64(3));
        for (i, a) in matrix.chunks(size).enumerate() {
            for (j, b) in matrix.chunks(size).enumerate() {
                let product: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                let expected = if i == j { 1.0 } else { 0.0 };
                assert!((product - expected).abs() < 1e-5, "{i} {j}: {product}");
            }
        }
    }
}
