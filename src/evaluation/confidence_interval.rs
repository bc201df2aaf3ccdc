//! How far a figure can be trusted that was measured on so many rows: 95% confidence intervals.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;

/// The standard normal distribution's 97.5% quantile, which leaves 2.5% on either side.
const QUANTILE: f64 = 1.959963984540054;

/// Samples that the bootstrap draws, as many as Efron and Tibshirani ask for where percentiles are taken.
const RESAMPLES: usize = 1000;

/// What a figure lies between, with a confidence of 95%.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// What is known of a figure that could not be measured.
    const UNKNOWN: Self = Self {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    };
}

/// The interval of a share, such as accuracy: `correct` of `total` rows (Wilson 1927, "Probable inference,
/// the law of succession, and statistical inference"). Unlike the mean plus or minus two standard errors
/// it stays within 0 to 1 and has a width where every row is right. From 0 to 1 for no rows.
pub fn wilson(correct: u64, total: u64) -> Interval {
    if total == 0 {
        return Interval {
            low: 0.0,
            high: 1.0,
        };
    }
    let rows = total as f64;
    let share = correct as f64 / rows;
    let square = QUANTILE * QUANTILE;
    let scale = 1.0 + square / rows;
    let centre = (share + square / (2.0 * rows)) / scale;
    let variance = share * (1.0 - share) / rows + square / (4.0 * rows * rows);
    let half = QUANTILE * variance.sqrt() / scale;
    // Exact at 0 and at 1, where rounding would leave the share just outside.
    Interval {
        low: if correct == 0 { 0.0 } else { centre - half },
        high: if correct == total { 1.0 } else { centre + half },
    }
}

/// The intervals of any figures of rows, by the percentile bootstrap (Efron and Tibshirani 1993, "An
/// introduction to the bootstrap", chapter 13), all of them from the same samples.
///
/// `figures` is given the indices of a sample of the rows, as many as there are, drawn with replacement. A
/// sample that has no such figure (NaN or infinite) is left out. The same seed gives the same intervals for
/// any number of threads. From minus to plus infinity where there are no rows or no sample has a figure.
pub fn bootstrap<const N: usize>(
    rows: usize,
    seed: u64,
    figures: impl Fn(&[usize]) -> [f64; N] + Sync,
) -> [Interval; N] {
    if rows == 0 {
        return [Interval::UNKNOWN; N];
    }
    let samples: Vec<[f64; N]> = (0..RESAMPLES as u64)
        .into_par_iter()
        .map_init(
            || vec![0; rows],
            |indices, resample| {
                // A stream for each sample, so that it does not matter which thread draws it.
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                rng.set_stream(resample);
                indices.fill_with(|| rng.random_range(0..rows));
                figures(indices)
            },
        )
        .collect();
    std::array::from_fn(|figure| {
        let values = samples.iter().map(|figures| figures[figure]);
        percentile_interval(values.filter(|value| value.is_finite()).collect())
    })
}

/// From the 2.5th to the 97.5th percentile of finite values.
fn percentile_interval(mut values: Vec<f64>) -> Interval {
    if values.is_empty() {
        return Interval::UNKNOWN;
    }
    values.sort_unstable_by(f64::total_cmp);
    Interval {
        low: quantile(&values, 0.025),
        high: quantile(&values, 0.975),
    }
}

/// Between the two sorted values that are nearest, in a straight line: the default of numpy's `percentile`,
/// the seventh definition of Hyndman and Fan 1996.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let weight = place - below as f64;
    sorted[below] + weight * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `numpy.percentile([0, 1, 4, 9, 16], [2.5, 97.5])` of numpy 2.4.
    #[test]
    fn percentiles_are_numpys() {
        let interval = percentile_interval(vec![16.0, 0.0, 9.0, 1.0, 4.0]);
        assert!((interval.low - 0.1).abs() < 1e-12);
        assert!((interval.high - 15.3).abs() < 1e-12);
    }

    #[test]
    fn wilson_is_exact_at_the_ends() {
        assert_eq!(
            wilson(0, 0),
            Interval {
                low: 0.0,
                high: 1.0
            }
        );
        assert_eq!(wilson(0, 9).low, 0.0);
        assert_eq!(wilson(9, 9).high, 1.0);
    }

    /// The mean of 0 to 99 has a standard error of 2.9, so its interval is about 49.5 ± 5.7.
    #[test]
    fn the_bootstrap_finds_the_standard_error_of_a_mean() {
        let mean = |indices: &[usize]| indices.iter().sum::<usize>() as f64 / indices.len() as f64;
        let [Interval { low, high }] = bootstrap(100, 7, |indices| [mean(indices)]);
        assert!(
            (low - 43.8).abs() < 0.8 && (high - 55.2).abs() < 0.8,
            "{low} {high}"
        );
    }

    #[test]
    fn figures_share_their_samples_and_threads_do_not_matter() {
        let figures = |indices: &[usize]| [indices[0] as f64, indices[1] as f64];
        let with_threads = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build().unwrap().install(|| bootstrap(50, 3, figures))
        };
        let intervals = with_threads(1);
        assert_eq!(intervals, with_threads(3));
        let [second] = bootstrap(50, 3, |indices| [indices[1] as f64]);
        assert_eq!(intervals[1], second);
    }

    #[test]
    fn samples_without_a_figure_are_left_out() {
        let sometimes = |indices: &[usize]| match indices[0] {
            0 => [f64::NAN],
            1 => [f64::INFINITY],
            _ => [0.5],
        };
        let half = Interval {
            low: 0.5,
            high: 0.5,
        };
        assert_eq!(bootstrap(10, 1, sometimes), [half]);
        assert_eq!(bootstrap(10, 1, |_| [f64::NAN]), [Interval::UNKNOWN]);
        assert_eq!(bootstrap(0, 1, |_| [1.0]), [Interval::UNKNOWN]);
    }

    proptest! {
        #[test]
        fn wilson_holds_the_share(total in 1u64..1_000_000, share in 0.0..=1.0f64) {
            let correct = (share * total as f64) as u64;
            let Interval { low, high } = wilson(correct, total);
            prop_assert!((low..=high).contains(&(correct as f64 / total as f64)));
            prop_assert!(low >= 0.0 && high <= 1.0);
        }
    }
}
