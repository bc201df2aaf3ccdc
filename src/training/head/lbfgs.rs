//! The L-BFGS method (Nocedal and Wright, 2006, algorithms 7.4 and 7.5) with a backtracking line search.

use std::collections::VecDeque;

/// The number of steps that the approximation of the curvature remembers.
const MEMORY: usize = 8;

/// The fraction of the expected decrease that a step must reach (the Armijo condition; equation 3.4).
const SUFFICIENT_DECREASE: f64 = 1e-4;

/// The maximum number of halvings of a step.
const MAX_HALVINGS: usize = 20;

/// The curvature seen in the last steps.
#[derive(Default)]
pub(super) struct Lbfgs {
    pairs: VecDeque<Pair>,
}

/// A step and the change of the gradient along it.
struct Pair {
    step: Vec<f32>,
    change: Vec<f32>,
    /// Their product.
    product: f64,
}

/// A point that the line search accepted.
pub(super) struct Accepted {
    pub(super) point: Vec<f32>,
    pub(super) value: f64,
    pub(super) gradient: Vec<f32>,
}

impl Lbfgs {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Returns the direction of descent for a gradient.
    pub(super) fn direction(&self, gradient: &[f32]) -> Vec<f32> {
        let mut direction: Vec<f32> = gradient.iter().map(|value| -value).collect();
        let Some(last) = self.pairs.back() else {
            // The length of the first step is unknown; the line search shortens it.
            let norm = dot(gradient, gradient).sqrt().max(1.0);
            direction.iter_mut().for_each(|value| *value /= norm as f32);
            return direction;
        };
        let mut factors = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let factor = dot(&pair.step, &direction) / pair.product;
            add(&mut direction, -factor, &pair.change);
            factors.push(factor);
        }
        let scale = (last.product / dot(&last.change, &last.change)) as f32;
        direction.iter_mut().for_each(|value| *value *= scale);
        for (pair, factor) in self.pairs.iter().zip(factors.into_iter().rev()) {
            let correction = dot(&pair.change, &direction) / pair.product;
            add(&mut direction, factor - correction, &pair.step);
        }
        direction
    }

    /// Halves the step along `direction` until `evaluate` has decreased enough. Returns `None` if it never does, as at
    /// the minimum up to rounding.
    pub(super) fn search<E>(
        &mut self,
        point: &[f32],
        value: f64,
        gradient: &[f32],
        direction: &[f32],
        evaluate: impl Fn(&[f32]) -> Result<(f64, Vec<f32>), E>,
    ) -> Result<Option<Accepted>, E> {
        let slope = dot(gradient, direction);
        if slope >= 0.0 {
            return Ok(None);
        }
        let mut length = 1.0;
        for _ in 0..MAX_HALVINGS {
            let mut next = point.to_vec();
            add(&mut next, length, direction);
            let (next_value, next_gradient) = evaluate(&next)?;
            if next_value <= value + SUFFICIENT_DECREASE * length * slope {
                self.remember(point, gradient, &next, &next_gradient);
                return Ok(Some(Accepted {
                    point: next,
                    value: next_value,
                    gradient: next_gradient,
                }));
            }
            length /= 2.0;
        }
        Ok(None)
    }

    fn remember(&mut self, from: &[f32], gradient: &[f32], to: &[f32], next_gradient: &[f32]) {
        let step = difference(to, from);
        let change = difference(next_gradient, gradient);
        let product = dot(&step, &change);
        // A convex function has a positive product, except for rounding.
        if product <= 0.0 {
            return;
        }
        if self.pairs.len() == MEMORY {
            self.pairs.pop_front();
        }
        self.pairs.push_back(Pair {
            step,
            change,
            product,
        });
    }
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(&a, &b)| f64::from(a) * f64::from(b))
        .sum()
}

fn add(to: &mut [f32], factor: f64, values: &[f32]) {
    to.iter_mut()
        .zip(values)
        .for_each(|(to, value)| *to += factor as f32 * value);
}

fn difference(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// Rosenbrock's function, whose minimum is at (1, 1).
    #[test]
    fn finds_the_minimum_of_a_curved_valley() {
        let evaluate = |point: &[f32]| -> Result<(f64, Vec<f32>), Infallible> {
            let (x, y) = (f64::from(point[0]), f64::from(point[1]));
            let value = (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2);
            let gradient = [
                -2.0 * (1.0 - x) - 400.0 * x * (y - x * x),
                200.0 * (y - x * x),
            ];
            Ok((value, gradient.map(|value| value as f32).to_vec()))
        };
        let mut solver = Lbfgs::new();
        let mut point = vec![-1.2, 1.0];
        let (mut value, mut gradient) = evaluate(&point).unwrap();
        for _ in 0..200 {
            let direction = solver.direction(&gradient);
            let Some(step) = solver
                .search(&point, value, &gradient, &direction, evaluate)
                .unwrap()
            else {
                break;
            };
            (point, value, gradient) = (step.point, step.value, step.gradient);
        }
        assert!(
            (point[0] - 1.0).abs() < 1e-2 && (point[1] - 1.0).abs() < 1e-2,
            "{point:?}"
        );
    }
}
