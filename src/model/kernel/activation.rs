//! Activation functions of SIMD vectors.

use pulp::Simd;

/// The point from which the approximation of tanh is 1. By rounding, it would first exceed 1 at 8.0611 without fused
/// multiply-add and at 8.1829 with it.
const SATURATION: f32 = 8.06048;

/// The coefficients of tanh(x) ≈ x P(x²) / Q(x²), from the constant term up. The approximation is minimax in the
/// relative error over [0, 9.1], which is 2.3e-8 before rounding. It was found by iteratively reweighted least squares
/// (Lawson, 1961; Sanathanan and Koerner, 1963) in 50 digits.
const P: [f32; 5] = [
    1.0,
    1.337_448_7e-1,
    3.487_824_6e-3,
    2.048_139_3e-5,
    1.317_778_1e-8,
];
const Q: [f32; 5] = [
    1.0,
    4.670_78e-1,
    2.584_744e-2,
    3.272_941_6e-4,
    7.704_157_1e-7,
];

/// The coefficients for half the number: its powers are those of the number times powers of two, so nothing is rounded.
const HALF_P: [f32; 5] = of_half(P, 0.5);
const HALF_Q: [f32; 5] = of_half(Q, 1.0);

const fn of_half(mut coefficients: [f32; 5], mut factor: f32) -> [f32; 5] {
    let mut index = 0;
    while index < coefficients.len() {
        coefficients[index] *= factor;
        factor *= 0.25;
        index += 1;
    }
    coefficients
}

/// Returns the hyperbolic tangent, within 3 units in the last place. NaN gives NaN.
#[inline(always)]
pub(crate) fn tanh<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let [numerator, denominator] = tanh_fraction(simd, x);
    simd.div_f32s(numerator, denominator)
}

/// Returns the numerator and the denominator of the hyperbolic tangent, for a computation that divides less often. The
/// denominator is between 1 and 250.
#[inline(always)]
pub(crate) fn tanh_fraction<S: Simd>(simd: S, x: S::f32s) -> [S::f32s; 2] {
    fraction(simd, clamp(simd, x, SATURATION), &P, &Q)
}

/// Returns the fraction of half the number, as [`tanh_fraction`] does.
#[inline(always)]
pub(crate) fn half_tanh_fraction<S: Simd>(simd: S, x: S::f32s) -> [S::f32s; 2] {
    fraction(simd, clamp(simd, x, 2.0 * SATURATION), &HALF_P, &HALF_Q)
}

#[inline(always)]
fn fraction<S: Simd>(simd: S, x: S::f32s, p: &[f32; 5], q: &[f32; 5]) -> [S::f32s; 2] {
    let square = simd.mul_f32s(x, x);
    let numerator = simd.mul_f32s(x, polynomial(simd, square, p));
    [numerator, polynomial(simd, square, q)]
}

/// Returns the number, at least `-bound` and at most `bound`. NaN gives NaN.
#[inline(always)]
fn clamp<S: Simd>(simd: S, x: S::f32s, bound: f32) -> S::f32s {
    let (max, min) = (simd.splat_f32s(bound), simd.splat_f32s(-bound));
    if S::IS_SCALAR {
        // Comparisons keep a NaN, which the minimum of Rust drops.
        let x = simd.select_f32s(simd.greater_than_f32s(x, max), max, x);
        return simd.select_f32s(simd.less_than_f32s(x, min), min, x);
    }
    // The minimum of x86 is its second argument if one is NaN; that of other machines is NaN.
    simd.max_f32s(min, simd.min_f32s(max, x))
}

/// Returns the logistic function `1 / (1 + exp(-x))`, within 2e-7.
#[inline(always)]
pub(crate) fn sigmoid<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let half = simd.splat_f32s(0.5);
    simd.mul_add_e_f32s(half, tanh(simd, simd.mul_f32s(half, x)), half)
}

/// Returns the derivative of a sigmoid with the value `s`: `s - s²`.
#[inline(always)]
pub(crate) fn sigmoid_slope<S: Simd>(simd: S, s: S::f32s) -> S::f32s {
    simd.mul_add_e_f32s(simd.neg_f32s(s), s, s)
}

/// Returns the derivative of a tanh with the value `t`: `1 - t²`.
#[inline(always)]
pub(crate) fn tanh_slope<S: Simd>(simd: S, t: S::f32s) -> S::f32s {
    simd.mul_add_e_f32s(simd.neg_f32s(t), t, simd.splat_f32s(1.0))
}

/// Evaluates a polynomial by Horner's rule.
#[inline(always)]
fn polynomial<S: Simd>(simd: S, x: S::f32s, coefficients: &[f32; 5]) -> S::f32s {
    let [c0, c1, c2, c3, c4] = coefficients.map(|c| simd.splat_f32s(c));
    let sum = simd.mul_add_e_f32s(c4, x, c3);
    let sum = simd.mul_add_e_f32s(sum, x, c2);
    let sum = simd.mul_add_e_f32s(sum, x, c1);
    simd.mul_add_e_f32s(sum, x, c0)
}

/// [`tanh_fraction`] of a number, with fused multiply-add.
#[cfg(test)]
pub(crate) fn plain_tanh_fraction(x: f32) -> [f32; 2] {
    let x = x.clamp(-SATURATION, SATURATION);
    let square = x * x;
    let polynomial = |coefficients: &[f32; 5]| {
        let [c0, c1, c2, c3, c4] = *coefficients;
        let sum = c4.mul_add(square, c3).mul_add(square, c2);
        sum.mul_add(square, c1).mul_add(square, c0)
    };
    [x * polynomial(&P), polynomial(&Q)]
}

#[cfg(test)]
mod tests {
    use pulp::bytemuck::cast_slice;
    use pulp::{Arch, WithSimd};

    use super::*;
    use crate::model::kernel::instruction_sets;

    /// Returns [`tanh`] and [`sigmoid`] of a number.
    struct Activate(f32);

    impl WithSimd for Activate {
        type Output = [f32; 2];

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> [f32; 2] {
            let x = simd.splat_f32s(self.0);
            [tanh(simd, x), sigmoid(simd, x)].map(|y| cast_slice::<S::f32s, f32>(&[y])[0])
        }
    }

    /// Returns every `stride`-th `f32` with both signs, including subnormals, and the infinities.
    fn numbers(stride: usize) -> impl Iterator<Item = f32> {
        let positive = (0..=f32::INFINITY.to_bits())
            .step_by(stride)
            .map(f32::from_bits);
        positive
            .flat_map(|x| [x, -x])
            .chain([f32::INFINITY, f32::NEG_INFINITY])
    }

    fn check(arch: Arch, stride: usize) {
        for x in numbers(stride) {
            let [tanh, sigmoid] = arch.dispatch(Activate(x));
            let truth = f64::from(x).tanh();
            let error = (f64::from(tanh) - truth).abs();
            // The unit in the last place is at most 2⁻²³ of the number, and 2⁻¹⁴⁹ for a subnormal.
            let ulp = (truth.abs() * 2f64.powi(-23)).max(2f64.powi(-149));
            assert!(error <= 3.0 * ulp, "tanh({x}) is {tanh}, not {truth}");
            assert!(tanh.abs() <= 1.0, "tanh({x}) is {tanh}");

            let truth = 1.0 / (1.0 + (-f64::from(x)).exp());
            let error = (f64::from(sigmoid) - truth).abs();
            assert!(error <= 2e-7, "sigmoid({x}) is {sigmoid}, not {truth}");
            assert!((0.0..=1.0).contains(&sigmoid), "sigmoid({x}) is {sigmoid}");
        }
    }

    #[test]
    fn activations_are_accurate_over_the_whole_range() {
        for arch in instruction_sets() {
            check(arch, 4099);
        }
    }

    #[test]
    fn activations_saturate_and_propagate_nan() {
        for arch in instruction_sets() {
            assert_eq!(arch.dispatch(Activate(f32::INFINITY)), [1.0, 1.0]);
            assert_eq!(arch.dispatch(Activate(f32::NEG_INFINITY)), [-1.0, 0.0]);
            assert!(arch.dispatch(Activate(f32::NAN)).iter().all(|y| y.is_nan()));
        }
    }
}
