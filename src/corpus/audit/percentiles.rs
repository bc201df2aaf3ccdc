//! Percentiles of text lengths.

use serde::Serialize;

/// The distribution of lengths. Percentiles are nearest-rank: lengths that occur.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct Percentiles {
    pub mean: f64,
    pub minimum: usize,
    pub p25: usize,
    pub median: usize,
    pub p75: usize,
    pub p95: usize,
    pub p99: usize,
    pub maximum: usize,
}

impl Percentiles {
    pub(super) fn of(lengths: impl Iterator<Item = usize>) -> Self {
        let mut lengths: Vec<usize> = lengths.collect();
        lengths.sort_unstable();
        let nearest_rank = |percent: usize| {
            let rank = (percent * lengths.len()).div_ceil(100);
            lengths.get(rank.saturating_sub(1)).copied().unwrap_or(0)
        };
        Self {
            mean: lengths.iter().sum::<usize>() as f64 / lengths.len().max(1) as f64,
            minimum: nearest_rank(0),
            p25: nearest_rank(25),
            median: nearest_rank(50),
            p75: nearest_rank(75),
            p95: nearest_rank(95),
            p99: nearest_rank(99),
            maximum: nearest_rank(100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let lengths = Percentiles::of([50, 15, 20, 35, 40].into_iter());
        assert_eq!((lengths.minimum, lengths.maximum), (15, 50));
        assert_eq!((lengths.p25, lengths.median, lengths.p75), (20, 35, 40));
        assert_eq!(lengths.mean, 32.0);
    }
}
