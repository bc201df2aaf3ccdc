//! How far two series of numbers rise and fall together.

/// Pearson's correlation of pairs, from −1 to 1; None where a side does not vary or its squares
/// overflow, or of fewer than two pairs.
pub(crate) fn pearson(pairs: &[(f64, f64)]) -> Option<f64> {
    let count = pairs.len() as f64;
    let mean = |side: fn(&(f64, f64)) -> f64| pairs.iter().map(side).sum::<f64>() / count;
    let (x_mean, y_mean) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs.iter().map(|(x, y)| (x - x_mean, y - y_mean)) {
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    let length = (xx * yy).sqrt();
    // Rounding may leave a little more than one.
    (length > 0.0 && length.is_finite()).then(|| (xy / length).clamp(-1.0, 1.0))
}

/// Spearman's rank correlation: Pearson's of the ranks, equals sharing the mean of theirs. It is
/// `scipy.stats.spearmanr`'s.
pub(crate) fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let ranks: Vec<(f64, f64)> = mean_ranks(&x).into_iter().zip(mean_ranks(&y)).collect();
    pearson(&ranks)
}

/// Each number's rank from 0; equals have the mean of the ranks that they take up together.
fn mean_ranks(numbers: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
    let mut ranks = vec![0.0; numbers.len()];
    let mut below = 0;
    for equals in order.chunk_by(|&a, &b| numbers[a] == numbers[b]) {
        let rank = below as f64 + (equals.len() - 1) as f64 / 2.0;
        equals.iter().for_each(|&index| ranks[index] = rank);
        below += equals.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_share_the_mean_of_their_ranks() {
        assert_eq!(
            mean_ranks(&[5.0, 1.0, 5.0, 0.0, 5.0]),
            [3.0, 1.0, 3.0, 0.0, 3.0]
        );
        // -0.0 equals 0.0, although it is sorted before.
        assert_eq!(mean_ranks(&[0.0, -0.0]), [0.5, 0.5]);
    }

    /// ```python
    /// x, y = [1, 2, 2, 4, 5], [2.5, 1, 4, 4, 9]
    /// scipy.stats.spearmanr(x, y), scipy.stats.pearsonr(x, y)
    /// ```
    #[test]
    fn agrees_with_scipy() {
        let pairs = [(1.0, 2.5), (2.0, 1.0), (2.0, 4.0), (4.0, 4.0), (5.0, 9.0)];
        let near = |found: Option<f64>, expected: f64| (found.unwrap() - expected).abs() < 1e-12;
        assert!(near(spearman(&pairs), 0.763_157_894_736_842_1));
        assert!(near(pearson(&pairs), 0.814_253_648_121_159_3));
    }

    #[test]
    fn a_side_that_does_not_vary_has_no_correlation() {
        assert_eq!(pearson(&[]), None);
        assert_eq!(spearman(&[(1.0, 2.0)]), None);
        assert_eq!(spearman(&[(1.0, 2.0), (1.0, 3.0)]), None);
        assert_eq!(spearman(&[(1.0, 2.0), (4.0, 3.0)]), Some(1.0));
    }
}
