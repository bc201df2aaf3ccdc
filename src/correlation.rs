//! Correlation coefficients.

/// Returns Pearson's correlation, from −1 to 1.
///
/// Returns `None` with fewer than two pairs, if a variable is constant or if its squares overflow.
pub(crate) fn pearson(pairs: &[(f64, f64)]) -> Option<f64> {
    let count = pairs.len() as f64;
    let mean = |variable: fn(&(f64, f64)) -> f64| pairs.iter().map(variable).sum::<f64>() / count;
    let (x_mean, y_mean) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs.iter().map(|(x, y)| (x - x_mean, y - y_mean)) {
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    let length = (xx * yy).sqrt();
    // Rounding errors can make the quotient slightly larger than 1.
    (length > 0.0 && length.is_finite()).then(|| (xy / length).clamp(-1.0, 1.0))
}

/// Returns Spearman's rank correlation: Pearson's correlation of the ranks, with ties at their mean
/// rank. It equals `scipy.stats.spearmanr`.
pub(crate) fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let ranks: Vec<(f64, f64)> = mean_ranks(&x).into_iter().zip(mean_ranks(&y)).collect();
    pearson(&ranks)
}

/// Returns the rank of each number, from 0. Ties have the mean of their ranks.
fn mean_ranks(numbers: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
    let mut ranks = vec![0.0; numbers.len()];
    let mut below = 0;
    for ties in order.chunk_by(|&a, &b| numbers[a] == numbers[b]) {
        let rank = below as f64 + (ties.len() - 1) as f64 / 2.0;
        ties.iter().for_each(|&index| ranks[index] = rank);
        below += ties.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_have_their_mean_rank() {
        assert_eq!(
            mean_ranks(&[5.0, 1.0, 5.0, 0.0, 5.0]),
            [3.0, 1.0, 3.0, 0.0, 3.0]
        );
        // -0.0 equals 0.0, although `total_cmp` sorts it first.
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
    fn a_constant_variable_has_no_correlation() {
        assert_eq!(pearson(&[]), None);
        assert_eq!(spearman(&[(1.0, 2.0)]), None);
        assert_eq!(spearman(&[(1.0, 2.0), (1.0, 3.0)]), None);
        assert_eq!(spearman(&[(1.0, 2.0), (4.0, 3.0)]), Some(1.0));
    }
}
