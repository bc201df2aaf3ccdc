//! Compares the kernel with the definition in `f64`, one token and one filter at a time.

use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::model::kernel::instruction_sets;

/// Random arguments of `forward` and `backward`. Inputs and weights are multiples of 1/16, so that sums of their products
/// are exact: no rounding error decides which state is the largest, or whether one is positive.
#[derive(Clone, Debug)]
struct Problem {
    windows: Windows,
    filters: usize,
    widths: Vec<usize>,
    layout: PackedLayout,
    input_of_token: Vec<u32>,
    inputs: Vec<f32>,
    weights: Vec<f32>,
}

impl Problem {
    fn new(
        seed: u64,
        [input_size, filters, inputs]: [usize; 3],
        widths: Vec<usize>,
        mut lengths: Vec<usize>,
    ) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        lengths.sort_by_key(|&length| std::cmp::Reverse(length));
        let layout = PackedLayout::new(lengths);
        let input_of_token = (0..layout.tokens())
            .map(|_| rng.random_range(0..inputs as u32))
            .collect();
        let windows = Windows::new(input_size, filters, &widths);
        let mut random = |len: usize| -> Vec<f32> {
            let sixteenths = (0..len).map(|_| rng.random_range(-16i8..=16));
            sixteenths.map(|n| f32::from(n) / 16.0).collect()
        };
        Self {
            weights: random(windows.weights()),
            inputs: random(inputs * input_size),
            windows,
            filters,
            widths,
            layout,
            input_of_token,
        }
    }

    /// Runs the kernel forward and backward. Returns the states or the reduced states too.
    fn compute_on(&self, arch: Arch, reduction: Option<Reduction>) -> (Vec<f32>, Gradients) {
        let weights = Arranged::new(arch, &self.windows, &self.weights);
        let layer = Layer {
            windows: &self.windows,
            weights: &weights,
            input_of_token: &self.input_of_token,
            layout: &self.layout,
        };
        let projected = forward::project(arch, &self.windows, &self.inputs, &weights);
        let output = forward::forward(arch, layer, &projected, reduction);
        let gradient = gradient(output.values().len());
        let grad = GradStates {
            output: &output,
            gradient: &gradient,
        };
        let gradients = backward::backward(arch, layer, &self.inputs, grad);
        (output.values().to_vec(), gradients)
    }

    fn compute(&self, threads: usize, reduction: Option<Reduction>) -> (Vec<f32>, Gradients) {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| self.compute_on(Arch::new(), reduction))
    }

    fn reference(&self, reduction: Option<Reduction>) -> Reference {
        let widen =
            |values: &[f32]| -> Vec<f64> { values.iter().map(|&value| f64::from(value)).collect() };
        Reference::new(self, &widen(&self.inputs), &widen(&self.weights), reduction)
    }
}

/// An arbitrary gradient.
fn gradient(len: usize) -> Vec<f32> {
    (0..len).map(|i| (i as f32).sin()).collect()
}

/// States or reduced states, and gradients in `f64`, in the shapes of the kernel's.
struct Reference {
    values: Vec<f64>,
    grad_inputs: Vec<f64>,
    grad_weights: Vec<f64>,
}

impl Reference {
    fn new(
        problem: &Problem,
        inputs: &[f64],
        weights: &[f64],
        reduction: Option<Reduction>,
    ) -> Self {
        let features = problem.windows.features();
        let layout = &problem.layout;
        let rows = match reduction {
            Some(_) => layout.rows(),
            None => layout.tokens(),
        };
        let gradient = gradient(rows * features);
        let mut reference = Self {
            values: vec![0.0; rows * features],
            grad_inputs: vec![0.0; inputs.len()],
            grad_weights: vec![0.0; weights.len()],
        };
        for (row, &length) in layout.lengths().iter().enumerate() {
            for feature in 0..features {
                let tokens: Vec<usize> = (0..length).map(|s| layout.offsets()[s] + row).collect();
                let states: Vec<f64> = (0..length)
                    .map(|step| {
                        reference.window(problem, inputs, weights, &tokens, step, feature, 0.0)
                    })
                    .collect();
                let first_largest = (0..length)
                    .rev()
                    .max_by(|&a, &b| states[a].total_cmp(&states[b]));
                let chosen: Vec<usize> = match reduction {
                    Some(Reduction::Last) => length.checked_sub(1).into_iter().collect(),
                    Some(Reduction::Max) => first_largest.into_iter().collect(),
                    Some(Reduction::Mean) | None => (0..length).collect(),
                };
                for &step in &chosen {
                    let (index, share) = match reduction {
                        Some(_) => (row * features + feature, 1.0 / chosen.len() as f64),
                        None => (tokens[step] * features + feature, 1.0),
                    };
                    reference.values[index] += states[step] * share;
                    let grad = f64::from(gradient[index]) * share;
                    reference.window(problem, inputs, weights, &tokens, step, feature, grad);
                }
            }
        }
        reference
    }

    /// Returns the value of a feature's window at a step of a row, after adding the gradients for that of its value.
    #[allow(clippy::too_many_arguments)]
    fn window(
        &mut self,
        problem: &Problem,
        inputs: &[f64],
        weights: &[f64],
        tokens: &[usize],
        step: usize,
        feature: usize,
        grad: f64,
    ) -> f64 {
        let (size, filters) = (problem.windows.input_size(), problem.filters);
        let (index, filter) = (feature / filters, feature % filters);
        let width = problem.widths[index];
        let before = problem.widths[..index].iter();
        let start: usize = before.map(|width| filters * (size * width + 1)).sum();
        let bias = start + filters * size * width + filter;
        let positions = (0..width).filter_map(|position| {
            let at = (step + position).checked_sub((width - 1) / 2)?;
            Some((position, *tokens.get(at)?))
        });
        let products = positions.flat_map(|(position, token)| {
            let input = problem.input_of_token[token] as usize * size;
            (0..size).map(move |from| {
                (
                    start + (filter * size + from) * width + position,
                    input + from,
                )
            })
        });
        let products: Vec<(usize, usize)> = products.collect();
        let sum = products
            .iter()
            .map(|&(w, x)| weights[w] * inputs[x])
            .sum::<f64>()
            + weights[bias];
        if sum > 0.0 {
            self.grad_weights[bias] += grad;
            for (weight, input) in products {
                self.grad_weights[weight] += grad * inputs[input];
                self.grad_inputs[input] += grad * weights[weight];
            }
        }
        sum.max(0.0)
    }
}

/// Checks that all values are within `tolerance` of the truth, relative to its largest value, but at least to 1.
fn close(values: &[f32], truth: &[f64], tolerance: f64) -> Result<(), TestCaseError> {
    prop_assert_eq!(values.len(), truth.len());
    let scale = truth
        .iter()
        .fold(1.0, |scale: f64, value| scale.max(value.abs()));
    for (index, (&value, truth)) in values.iter().zip(truth).enumerate() {
        let error = (f64::from(value) - truth).abs();
        prop_assert!(
            error <= tolerance * scale,
            "{value} at {index} should be {truth}"
        );
    }
    Ok(())
}

fn problem() -> impl Strategy<Value = Problem> {
    let widths = prop::collection::btree_set(1usize..8, 1..4);
    let lengths = prop::collection::vec(0usize..14, 0..10);
    let sizes = [1usize..70, 1usize..40, 1usize..30];
    (any::<u64>(), sizes, widths, lengths).prop_map(|(seed, sizes, widths, lengths)| {
        Problem::new(seed, sizes, widths.into_iter().collect(), lengths)
    })
}

const REDUCTIONS: [Option<Reduction>; 4] = [
    None,
    Some(Reduction::Last),
    Some(Reduction::Mean),
    Some(Reduction::Max),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn follows_the_definition(problem in problem()) {
        for reduction in REDUCTIONS {
            let reference = problem.reference(reduction);
            for arch in instruction_sets() {
                let (values, gradients) = problem.compute_on(arch, reduction);
                close(&values, &reference.values, 1e-5)?;
                close(&gradients.inputs, &reference.grad_inputs, 1e-5)?;
                close(&gradients.weights, &reference.grad_weights, 1e-5)?;
            }
        }
    }

    #[test]
    fn thread_count_changes_no_byte(problem in problem()) {
        for reduction in REDUCTIONS {
            let one = problem.compute(1, reduction);
            for threads in [2, 3, 4] {
                prop_assert_eq!(&problem.compute(threads, reduction), &one);
            }
        }
    }

    #[test]
    fn a_row_does_not_depend_on_its_batch(problem in problem()) {
        let features = problem.windows.features();
        let (together, _) = problem.compute_on(Arch::new(), Some(Reduction::Max));
        for (row, &length) in problem.layout.lengths().iter().enumerate() {
            let tokens = (0..length).map(|step| problem.layout.offsets()[step] + row);
            let alone = Problem {
                input_of_token: tokens.map(|token| problem.input_of_token[token]).collect(),
                layout: PackedLayout::new(vec![length]),
                ..problem.clone()
            };
            let (alone, _) = alone.compute_on(Arch::new(), Some(Reduction::Max));
            prop_assert_eq!(&together[row * features..][..features], alone);
        }
    }
}

#[test]
fn whole_panels_and_blocks_follow_the_definition() {
    let lengths = vec![90, 9, 9, 8, 8, 8, 5, 4, 3, 2, 1, 0];
    let problem = Problem::new(3, [100, 100, 70], vec![3, 4, 5], lengths);
    for reduction in REDUCTIONS {
        let reference = problem.reference(reduction);
        for arch in instruction_sets() {
            let (values, gradients) = problem.compute_on(arch, reduction);
            close(&values, &reference.values, 1e-5).unwrap();
            close(&gradients.inputs, &reference.grad_inputs, 1e-5).unwrap();
            close(&gradients.weights, &reference.grad_weights, 1e-5).unwrap();
        }
    }
}

/// The differences are those of the sum of all values times [`gradient`].
#[test]
fn reference_gradients_are_finite_differences() {
    let problem = Problem::new(1, [3, 5, 7], vec![2, 3], vec![6, 4, 4, 1, 0]);
    // Away from the kinks, which the multiples of 1/16 can be at.
    let moved = |values: &[f32]| -> Vec<f64> {
        let values = values.iter().enumerate();
        let moved = values.map(|(index, &value)| f64::from(value) + (index as f64).sin() / 99.0);
        moved.collect()
    };
    let (inputs, weights) = (moved(&problem.inputs), moved(&problem.weights));
    for reduction in REDUCTIONS {
        let loss = |inputs: &Vec<f64>, weights: &Vec<f64>| -> f64 {
            let values = Reference::new(&problem, inputs, weights, reduction).values;
            let gradient = gradient(values.len());
            values
                .iter()
                .zip(gradient)
                .map(|(value, grad)| value * f64::from(grad))
                .sum()
        };
        let slope = |values: &Vec<f64>, index: usize, loss: &dyn Fn(&Vec<f64>) -> f64| {
            let moved = |by: f64| {
                let mut values = values.clone();
                values[index] += by;
                loss(&values)
            };
            (moved(1e-6) - moved(-1e-6)) / 2e-6
        };
        let reference = Reference::new(&problem, &inputs, &weights, reduction);
        for (index, grad) in reference.grad_inputs.iter().enumerate() {
            let slope = slope(&inputs, index, &|inputs| loss(inputs, &weights));
            assert!((slope - grad).abs() < 1e-7, "{slope} {grad}");
        }
        for (index, grad) in reference.grad_weights.iter().enumerate() {
            let slope = slope(&weights, index, &|weights| loss(&inputs, weights));
            assert!((slope - grad).abs() < 1e-7, "{slope} {grad}");
        }
    }
}

#[test]
fn nan_propagates() {
    let mut problem = Problem::new(4, [6, 20, 1], vec![3], vec![3]);
    problem.weights[5 * 6 * 3] = f32::NAN;
    let (states, _) = problem.compute_on(Arch::new(), None);
    assert!(states[20 + 5].is_nan() && !states[20 + 4].is_nan());
}
