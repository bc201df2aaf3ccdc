//! Whether one classifier is better than another on the same rows, or was only luckier.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::figures::{COUNT, Columns};
use super::interval::bootstrap;
use super::{Evaluation, Figure, Interval, Scored};

/// Two classifiers on the same texts.
///
/// As JSON it has the figures of the `first` and the `second`, the `differences` of the figures with their
/// intervals, and the `mcnemar` test.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    /// What the one said.
    pub first: &'a Evaluation,
    /// What the other said of the same texts.
    pub second: &'a Evaluation,
    /// The second's figures less the first's, in the order of [`Figure::ALL`], with 95% intervals by the paired
    /// bootstrap: both are drawn the same texts (Efron and Tibshirani, 1993).
    pub differences: [(f64, Interval); COUNT],
    /// Whether one is right more often than the other.
    pub mcnemar: McNemar,
}

impl<'a> Comparison<'a> {
    /// Compares what was said of the same texts, of which both have as many. `seed` decides the draws that
    /// intervals come from.
    pub fn new(first: &'a Evaluation, second: &'a Evaluation, seed: u64) -> Self {
        let columns = (Columns::of(first), Columns::of(second));
        let difference = |texts: &[usize]| -> [f64; COUNT] {
            let (first, second) = (columns.0.figures(texts), columns.1.figures(texts));
            std::array::from_fn(|figure| second[figure] - first[figure])
        };
        let rows = first.rows.len();
        let values = difference(&(0..rows).collect::<Vec<_>>());
        let intervals = bootstrap(rows, seed, difference);
        let correct = |evaluation: &Evaluation| -> Vec<bool> {
            evaluation.rows.iter().map(Scored::is_correct).collect()
        };
        Self {
            mcnemar: mcnemar(&correct(first), &correct(second)),
            first,
            second,
            differences: std::array::from_fn(|figure| (values[figure], intervals[figure])),
        }
    }
}

impl Serialize for Comparison<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let differences: serde_json::Map<String, serde_json::Value> = Figure::ALL
            .iter()
            .zip(self.differences)
            .map(|(figure, (difference, Interval { low, high }))| {
                let value = serde_json::json!({"difference": difference, "interval": [low, high]});
                (figure.key().into(), value)
            })
            .collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("first", &self.first.summary(None))?;
        map.serialize_entry("second", &self.second.summary(None))?;
        map.serialize_entry("differences", &differences)?;
        map.serialize_entry("mcnemar", &self.mcnemar)?;
        map.end()
    }
}

/// The rows on which two classifiers differ, and how likely so uneven a split is by chance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct McNemar {
    /// Rows that only the first got right.
    pub only_first: u64,
    /// Rows that only the second got right.
    pub only_second: u64,
    /// How likely a split as uneven, or more, is where both are equally good. 1 where they never differ.
    pub p_value: f64,
}

/// McNemar's test of two classifiers on the same rows, of which each got those right that are true
/// (McNemar 1947, "Note on the sampling error of the difference between correlated proportions").
///
/// In its exact form, two-sided: rows that both got right, or both wrong, say nothing of which is better,
/// and the others are tosses of a fair coin if neither is.
pub fn mcnemar(first_correct: &[bool], second_correct: &[bool]) -> McNemar {
    let (mut only_first, mut only_second) = (0, 0);
    for pair in first_correct.iter().zip(second_correct) {
        match pair {
            (true, false) => only_first += 1,
            (false, true) => only_second += 1,
            _ => {}
        }
    }
    McNemar {
        only_first,
        only_second,
        p_value: two_sided_sign_test(only_first, only_second),
    }
}

/// min(1, 2 P(X ≤ min(heads, tails))) for the heads X of so many tosses of a fair coin.
fn two_sided_sign_test(heads: u64, tails: u64) -> f64 {
    let tosses = heads + tails;
    let fewer = heads.min(tails);
    // Binomial coefficients as multiples of the middle one, each from the one above by a ratio: none is
    // over 1, so nothing overflows however many tosses, and what underflows is too little to count.
    let mut coefficient = 1.0;
    let (mut lower_half, mut tail) = (0.0, 0.0);
    let mut successes = tosses / 2;
    loop {
        lower_half += coefficient;
        if successes <= fewer {
            tail += coefficient;
        }
        if successes == 0 || coefficient == 0.0 {
            break;
        }
        coefficient *= successes as f64 / (tosses - successes + 1) as f64;
        successes -= 1;
    }
    // The upper half mirrors the lower; an even number of tosses has its middle in both.
    let middle_twice = if tosses.is_multiple_of(2) { 1.0 } else { 0.0 };
    let all = 2.0 * lower_half - middle_twice;
    (2.0 * tail / all).min(1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evaluation::figures::tests::{assert_same, evaluation, sample};

    /// Differences are of the same texts on both sides, whatever order their probabilities are in.
    #[test]
    fn differences_are_of_the_same_texts() {
        let (first, second) = (evaluation(0.7), evaluation(1.9));
        let found = Comparison::new(&first, &second, 5).differences;
        let plain = first.figures().into_iter().zip(second.figures());
        let plain: Vec<f64> = plain.map(|(first, second)| second - first).collect();
        assert_same(&found.map(|(difference, _)| difference), &plain);
        let expected: [Interval; COUNT] = bootstrap(40, 5, |texts| {
            let (first, second) = (sample(&first, texts), sample(&second, texts));
            let (first, second) = (first.figures(), second.figures());
            std::array::from_fn(|figure| second[figure] - first[figure])
        });
        let ends = |of: fn(&Interval) -> f64| {
            let found = found.map(|(_, interval)| of(&interval));
            assert_same(&found, &expected.map(|interval| of(&interval)));
        };
        ends(|interval| interval.low);
        ends(|interval| interval.high);
    }

    #[test]
    fn counts_the_rows_on_which_they_differ() {
        let first = [true, true, true, false, false, true];
        let second = [true, false, false, true, false, false];
        let found = mcnemar(&first, &second);
        assert_eq!((found.only_first, found.only_second), (3, 1));
        // Of 16 throws of 4 coins, 5 have at most one head.
        assert!((found.p_value - 10.0 / 16.0).abs() < 1e-15);
    }

    #[test]
    fn without_a_difference_nothing_is_shown() {
        assert_eq!(mcnemar(&[], &[]).p_value, 1.0);
        assert_eq!(mcnemar(&[true, false], &[true, false]).p_value, 1.0);
        assert_eq!(two_sided_sign_test(7, 7), 1.0);
        assert_eq!(two_sided_sign_test(7, 8), 1.0);
    }

    /// `scipy.stats.binomtest(b, b + c).pvalue` of scipy 1.17.
    #[test]
    fn a_million_rows_are_no_trouble() {
        for (heads, tails, expected) in [
            (499_000, 501_000, 0.0456082998653896),
            (495_000, 505_001, 1.5227783616064955e-23),
            (480_000, 500_000, 9.261280876840643e-91),
        ] {
            let found = two_sided_sign_test(heads, tails);
            assert!((found / expected - 1.0).abs() < 1e-9, "{found} {expected}");
        }
        assert_eq!(two_sided_sign_test(0, 1_000_000), 0.0);
    }

    proptest! {
        #[test]
        fn is_a_probability_and_alike_for_both(heads in 0u64..400, tails in 0u64..400) {
            let p_value = two_sided_sign_test(heads, tails);
            prop_assert!((0.0..=1.0).contains(&p_value));
            prop_assert_eq!(p_value, two_sided_sign_test(tails, heads));
        }
    }
}
