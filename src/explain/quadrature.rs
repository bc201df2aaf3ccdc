//! Gauss-Legendre quadrature (Abramowitz and Stegun, 1964, 25.4.29 and 25.4.30).

use std::ops::Range;

/// A quadrature point and its weight.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    pub at: f64,
    pub weight: f64,
}

/// Returns the Gauss-Legendre points of an interval: the roots of the Legendre polynomial of degree `count`, found by
/// Newton's method.
pub fn gauss_legendre(interval: &Range<f64>, count: usize) -> Vec<Point> {
    let length = interval.end - interval.start;
    let point = |index: usize| {
        let mut root = ((index as f64 + 0.75) / (count as f64 + 0.5) * std::f64::consts::PI).cos();
        // Newton's method converges in five steps; ten cost little.
        for _ in 0..10 {
            let (value, slope) = legendre(count, root);
            root -= value / slope;
        }
        let (_, slope) = legendre(count, root);
        Point {
            at: interval.start + length * (1.0 - root) / 2.0,
            weight: length / ((1.0 - root * root) * slope * slope),
        }
    };
    (0..count).map(point).collect()
}

/// Returns the Legendre polynomial of the given degree (at least 1) and its derivative at `x`.
fn legendre(degree: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for n in 1..degree {
        let n = n as f64;
        let next = ((2.0 * n + 1.0) * x * value - n * before) / (n + 1.0);
        (before, value) = (value, next);
    }
    (value, degree as f64 * (x * value - before) / (x * x - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `numpy.polynomial.legendre.leggauss(3)`: roots ±sqrt(3/5) and 0, weights 5/9, 8/9 and 5/9 on (−1, 1).
    #[test]
    fn the_quadrature_is_gauss_and_legendres() {
        let points = gauss_legendre(&(0.0..1.0), 3);
        let root = 0.6f64.sqrt();
        for (point, (at, weight)) in points.iter().zip([
            ((1.0 - root) / 2.0, 5.0 / 18.0),
            (0.5, 8.0 / 18.0),
            ((1.0 + root) / 2.0, 5.0 / 18.0),
        ]) {
            assert!((point.at - at).abs() < 1e-15 && (point.weight - weight).abs() < 1e-15);
        }
        // Exact for polynomials up to degree 2 n - 1: the integral of x⁹⁹ is 1/100.
        let sum: f64 = gauss_legendre(&(0.0..1.0), 50)
            .iter()
            .map(|point| point.weight * point.at.powi(99))
            .sum();
        assert!((sum - 0.01).abs() < 1e-14);
        assert_eq!(gauss_legendre(&(0.0..1.0), 1)[0].at, 0.5);
        // The integral of x² from 1/4 to 1/2 is 7/192.
        let part = gauss_legendre(&(0.25..0.5), 3);
        let sum: f64 = part
            .iter()
            .map(|point| point.weight * point.at.powi(2))
            .sum();
        assert!((sum - 7.0 / 192.0).abs() < 1e-15);
    }
}
