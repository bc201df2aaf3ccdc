//! Draws negative samples.

use rand::Rng;

/// The exponent of word frequencies: Mikolov et al. (2013), "Distributed Representations of Words and
/// Phrases and their Compositionality", section 2.2.
const POWER: f64 = 0.75;

/// Draws words in proportion to a power of their frequency, in constant time, with the alias method of
/// Walker (1977), set up as in Vose (1991).
pub(super) struct NegativeSampler {
    /// For each column: the probability of drawing the column itself, times 2³², and the alternative.
    columns: Vec<(u32, u32)>,
}

impl NegativeSampler {
    /// Creates a sampler for words with these frequencies. At least one must be above 0.
    pub(super) fn new(counts: &[u64]) -> Self {
        let weights: Vec<f64> = counts
            .iter()
            .map(|&count| (count as f64).powf(POWER))
            .collect();
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        let mut shares: Vec<f64> = weights.iter().map(|weight| weight / mean).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..shares.len()).partition(|&column| shares[column] < 1.0);
        let mut columns: Vec<(u32, u32)> =
            (0..shares.len() as u32).map(|p| (u32::MAX, p)).collect();
        while let (Some(poor), Some(&rich)) = (small.pop(), large.last()) {
            columns[poor] = ((shares[poor] * 2f64.powi(32)) as u32, rich as u32);
            shares[rich] -= 1.0 - shares[poor];
            if shares[rich] < 1.0 {
                large.pop();
                small.push(rich);
            }
        }
        Self { columns }
    }

    /// Draws a word.
    #[inline]
    pub(super) fn draw(&self, rng: &mut impl Rng) -> u32 {
        let draw = rng.random::<u64>();
        // The upper half selects the column; the lower half chooses between the column and its alternative.
        let column = ((draw >> 32) * self.columns.len() as u64) >> 32;
        let (threshold, alternative) = self.columns[column as usize];
        if (draw as u32) < threshold {
            column as u32
        } else {
            alternative
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn draws_in_proportion_to_a_power_of_the_frequencies() {
        let counts = [10_000, 1_000, 100, 10, 1];
        let sampler = NegativeSampler::new(&counts);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut drawn = [0u32; 5];
        let draws = 1_000_000;
        (0..draws).for_each(|_| drawn[sampler.draw(&mut rng) as usize] += 1);
        let weights = counts.map(|count| (count as f64).powf(0.75));
        let total: f64 = weights.iter().sum();
        for (drawn, weight) in drawn.iter().zip(weights) {
            let expected = weight / total * f64::from(draws);
            // Five standard deviations.
            assert!((f64::from(*drawn) - expected).abs() < 5.0 * expected.sqrt() + 1.0);
        }
    }
}
