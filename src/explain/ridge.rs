//! Weighted ridge regression on binary features: the equivalent of scikit-learn's `Ridge(alpha,
//! fit_intercept=True).fit(features, target, sample_weight)`.
//!
//! Only weighted sums of the rows are kept, so memory does not grow with the rows, and sums of several draws can be
//! merged. The regression crates take a matrix with a row for each sample and fit it once, so none fits here: LIME fits
//! the same sums for many subsets of features and for each label.

/// Weighted sums over rows of binary features and one number for each target.
#[derive(Clone, Debug)]
pub struct Moments {
    /// Σ w
    weight: f64,
    /// Σ w x: `[features]`
    x: Vec<f64>,
    /// Σ w x xᵀ, its lower triangle row by row.
    xx: Vec<f64>,
    /// Σ w y: `[targets]`
    y: Vec<f64>,
    /// Σ w y²: `[targets]`
    yy: Vec<f64>,
    /// Σ w y x: `[targets, features]`
    xy: Vec<f64>,
}

/// A linear model of one target.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearFit {
    /// The coefficients, in the order of the selected features.
    pub coefficients: Vec<f64>,
    /// The intercept.
    pub intercept: f64,
    /// R²: the explained share of the target's weighted variance; 1 if the target is constant.
    pub r2: f64,
}

impl Moments {
    /// Returns the sums of no rows.
    pub fn new(features: usize, targets: usize) -> Self {
        Self {
            weight: 0.0,
            x: vec![0.0; features],
            xx: vec![0.0; features * (features + 1) / 2],
            y: vec![0.0; targets],
            yy: vec![0.0; targets],
            xy: vec![0.0; targets * features],
        }
    }

    /// Adds a row: its features in ascending order, and its targets.
    pub fn add(&mut self, present: &[usize], targets: &[f64], weight: f64) {
        self.weight += weight;
        for (place, &feature) in present.iter().enumerate() {
            self.x[feature] += weight;
            let row = &mut self.xx[triangle(feature)..][..=feature];
            for &other in &present[..=place] {
                row[other] += weight;
            }
        }
        for (target, &y) in targets.iter().enumerate() {
            self.y[target] += weight * y;
            self.yy[target] += weight * y * y;
            let row = &mut self.xy[target * self.x.len()..][..self.x.len()];
            for &feature in present {
                row[feature] += weight * y;
            }
        }
    }

    /// Adds the rows of other sums.
    pub fn merge(&mut self, other: &Self) {
        let add = |to: &mut Vec<f64>, from: &[f64]| {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        };
        self.weight += other.weight;
        add(&mut self.x, &other.x);
        add(&mut self.xx, &other.xx);
        add(&mut self.y, &other.y);
        add(&mut self.yy, &other.yy);
        add(&mut self.xy, &other.xy);
    }

    /// Prepares a regression on some of the features, with an L2 penalty of `alpha`.
    pub fn ridge<'a>(&'a self, used: &'a [usize], alpha: f64) -> Ridge<'a> {
        let mut gram = Vec::with_capacity(triangle(used.len()));
        for (place, &a) in used.iter().enumerate() {
            for &b in &used[..=place] {
                let sum = self.xx[triangle(a.max(b)) + a.min(b)];
                gram.push(sum - self.x[a] * self.x[b] / self.weight);
            }
            if let Some(diagonal) = gram.last_mut() {
                *diagonal += alpha;
            }
        }
        factor(&mut gram, used.len());
        Ridge {
            moments: self,
            used,
            factor: gram,
            alpha,
        }
    }
}

/// A prepared regression for any target.
pub struct Ridge<'a> {
    moments: &'a Moments,
    used: &'a [usize],
    /// The lower triangle `L` of `L Lᵀ = X' W X' + alpha I`, where `X'` is centred.
    factor: Vec<f64>,
    alpha: f64,
}

impl Ridge<'_> {
    /// Fits a target.
    pub fn fit(&self, target: usize) -> LinearFit {
        let Moments {
            weight,
            x,
            y,
            yy,
            xy,
            ..
        } = self.moments;
        let of_target = &xy[target * x.len()..][..x.len()];
        let centred = |&feature: &usize| of_target[feature] - x[feature] * y[target] / weight;
        let right: Vec<f64> = self.used.iter().map(centred).collect();
        let coefficients = solve(&self.factor, &right);
        let pairs = || self.used.iter().zip(&coefficients);
        let at_means: f64 = pairs().map(|(&feature, c)| x[feature] * c).sum();
        let variance = yy[target] - y[target] * y[target] / weight;
        // The normal equations give ‖X'c‖² = c·right − alpha ‖c‖².
        let explained: f64 = coefficients.iter().zip(&right).map(|(c, r)| c * r).sum();
        let penalty: f64 = self.alpha * coefficients.iter().map(|c| c * c).sum::<f64>();
        let residual = variance - explained - penalty;
        // Below the rounding error, the target counts as constant.
        let varies = variance > 1e-14 * yy[target];
        LinearFit {
            intercept: (y[target] - at_means) / weight,
            r2: if varies {
                1.0 - residual / variance
            } else {
                1.0
            },
            coefficients,
        }
    }
}

/// Returns the start of a row of a lower triangle.
fn triangle(row: usize) -> usize {
    row * (row + 1) / 2
}

/// Computes the Cholesky factor of a lower triangle in place. A column that is linearly dependent on earlier ones,
/// within rounding, is skipped: its coefficient will be 0.
fn factor(matrix: &mut [f64], size: usize) {
    for row in 0..size {
        let (before, from_row) = matrix.split_at_mut(triangle(row));
        let current = &mut from_row[..=row];
        let own = current[row];
        for column in 0..row {
            let other = &before[triangle(column)..][..=column];
            let rest = current[column] - dot(&current[..column], &other[..column]);
            current[column] = if other[column] > 0.0 {
                rest / other[column]
            } else {
                0.0
            };
        }
        let rest = own - dot(&current[..row], &current[..row]);
        current[row] = if rest > 1e-12 * own { rest.sqrt() } else { 0.0 };
    }
}

/// Solves `L Lᵀ c = right`.
fn solve(factor: &[f64], right: &[f64]) -> Vec<f64> {
    let size = right.len();
    let mut solution = right.to_vec();
    for row in 0..size {
        let of_row = &factor[triangle(row)..][..=row];
        let rest = solution[row] - dot(&of_row[..row], &solution[..row]);
        solution[row] = if of_row[row] > 0.0 {
            rest / of_row[row]
        } else {
            0.0
        };
    }
    for row in (0..size).rev() {
        let of_row = &factor[triangle(row)..][..=row];
        let value = if of_row[row] > 0.0 {
            solution[row] / of_row[row]
        } else {
            0.0
        };
        solution[row] = value;
        for (above, factor) in solution[..row].iter_mut().zip(of_row) {
            *above -= value * factor;
        }
    }
    solution
}

/// Returns the dot product, in four partial sums for SIMD.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a, a_rest) = a.as_chunks::<4>();
    let (b, b_rest) = b.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}
