//! 95% confidence intervals: Wilson's for proportions, the percentile bootstrap for any metric.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;

/// The 97.5% quantile of the standard normal distribution.
const QUANTILE: f64 = 1.959963984540054;

/// The number of bootstrap samples, which Efron and Tibshirani recommend for percentile intervals.
const RESAMPLES: usize = 1000;

/// A 95% confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

impl Interval {
    /// The interval of an undefined metric.
    const UNKNOWN: Self = Self {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    };
}

/// Returns the Wilson score interval of a proportion, such as accuracy: `correct` of `total` (Wilson 1927,
/// "Probable inference, the law of succession, and statistical inference").
///
/// Unlike the normal approximation, it stays within 0 and 1 and has a width if all are correct. 0 to 1 if
/// `total` is 0.
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
    // Exact at 0 and 1, where rounding could exclude the proportion itself.
    Interval {
        low: if correct == 0 { 0.0 } else { centre - half },
        high: if correct == total { 1.0 } else { centre + half },
    }
}

/// Returns the percentile bootstrap intervals of `N` metrics, from the same samples (Efron and Tibshirani 1993,
/// "An introduction to the bootstrap", chapter 13).
///
/// `metrics` receives `rows` row indices, drawn with replacement. Samples with a NaN or infinite metric are
/// ignored for that metric. The result depends on the seed and not on the number of threads. The interval is
/// infinite if there are no rows or no sample has the metric.
pub fn bootstrap<const N: usize>(
    rows: usize,
    seed: u64,
    metrics: impl Fn(&[usize]) -> [f64; N] + Sync,
) -> [Interval; N] {
    if rows == 0 {
        return [Interval::UNKNOWN; N];
    }
    let samples: Vec<[f64; N]> = (0..RESAMPLES as u64)
        .into_par_iter()
        .map_init(
            || vec![0; rows],
            |indices, resample| {
                // One random stream per sample, so that the thread does not matter.
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                rng.set_stream(resample);
                indices.fill_with(|| rng.random_range(0..rows));
                metrics(indices)
            },
        )
        .collect();
    std::array::from_fn(|metric| {
        let values = samples.iter().map(|metrics| metrics[metric]);
        percentile_interval(values.filter(|value| value.is_finite()).collect())
    })
}

/// Returns the 2.5th and the 97.5th percentile of finite values.
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

/// Returns a quantile by linear interpolation, the default of NumPy's `percentile` (definition 7 of Hyndman and
/// Fan 1996).
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

    /// `numpy.percentile([0, 1, 4, 9, 16], [2.5, 97.5])` with NumPy 2.4.
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
