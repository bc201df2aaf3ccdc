//! McNemar's test: do two classifiers differ in accuracy on the same texts?
//!
//! The exact test is a binomial tail, which is a short sum; a statistics crate would be a large dependency for
//! it.

use serde::Serialize;

/// The result of McNemar's test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct McNemar {
    /// The number of texts that only the first classifier gets right.
    pub only_first: u64,
    /// The number of texts that only the second classifier gets right.
    pub only_second: u64,
    /// The two-sided p-value of equal accuracy; 1 if the classifiers never differ.
    pub p_value: f64,
}

/// Runs McNemar's exact two-sided test (McNemar 1947, "Note on the sampling error of the difference between
/// correlated proportions"). The inputs say for each text whether the classifier is correct.
///
/// Texts that both or neither get right are ignored. Under the null hypothesis, each other text is a toss of a
/// fair coin.
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

/// Returns min(1, 2 P(X ≤ min(heads, tails))), where X is the number of heads in `heads + tails` tosses of a
/// fair coin.
fn two_sided_sign_test(heads: u64, tails: u64) -> f64 {
    let tosses = heads + tails;
    let fewer = heads.min(tails);
    // Binomial coefficients relative to the middle one, computed by their ratios. None is above 1, so nothing
    // overflows, and terms that underflow are negligible.
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
    // The upper half mirrors the lower one. An even number of tosses has its middle term in both.
    let middle_twice = if tosses.is_multiple_of(2) { 1.0 } else { 0.0 };
    let all = 2.0 * lower_half - middle_twice;
    (2.0 * tail / all).min(1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counts_the_rows_on_which_they_differ() {
        let first = [true, true, true, false, false, true];
        let second = [true, false, false, true, false, false];
        let found = mcnemar(&first, &second);
        assert_eq!((found.only_first, found.only_second), (3, 1));
        // 5 of the 16 outcomes of 4 tosses have at most one head.
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
