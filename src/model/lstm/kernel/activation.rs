//! The activations, a vector at a time.

use pulp::Simd;

/// From here on the approximation of tanh is 1.
const SATURATION: f32 = 9.0;

/// tanh(x) ≈ x P(x²) / Q(x²), coefficients of P and Q from the constant on. Minimax in the relative
/// error over [0, 9.1], found by iteratively reweighted least squares (Lawson, 1961; Sanathanan and
/// Koerner, 1963) in 50 digits: 2.3e-8 before rounding.
const P: [f32; 5] = [1.0, 1.337_448_7e-1, 3.487_824_6e-3, 2.048_139_3e-5, 1.317_778_1e-8];
const Q: [f32; 5] = [1.0, 4.670_780_1e-1, 2.584_744_1e-2, 3.272_941_6e-4, 7.704_157_1e-7];

/// The hyperbolic tangent, within 4 units in the last place; of infinities ±1, of NaN NaN.
#[inline(always)]
pub(super) fn tanh<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let most = simd.splat_f32s(SATURATION);
    let least = simd.splat_f32s(-SATURATION);
    // Comparisons, because a minimum may drop a NaN.
    let x = simd.select_f32s(simd.greater_than_f32s(x, most), most, x);
    let x = simd.select_f32s(simd.less_than_f32s(x, least), least, x);
    let square = simd.mul_f32s(x, x);
    let numerator = simd.mul_f32s(x, polynomial(simd, square, &P));
    simd.div_f32s(numerator, polynomial(simd, square, &Q))
}

/// The logistic function `1 / (1 + exp(-x))`, within 1.2e-7.
#[inline(always)]
pub(super) fn sigmoid<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let half = simd.splat_f32s(0.5);
    simd.mul_add_e_f32s(half, tanh(simd, simd.mul_f32s(half, x)), half)
}

/// Horner's rule.
#[inline(always)]
fn polynomial<S: Simd>(simd: S, x: S::f32s, coefficients: &[f32; 5]) -> S::f32s {
    let [c0, c1, c2, c3, c4] = coefficients.map(|c| simd.splat_f32s(c));
    let sum = simd.mul_add_e_f32s(c4, x, c3);
    let sum = simd.mul_add_e_f32s(sum, x, c2);
    let sum = simd.mul_add_e_f32s(sum, x, c1);
    simd.mul_add_e_f32s(sum, x, c0)
}
