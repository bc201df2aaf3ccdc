//! Compares the kernel with the equations in `f64`, one row and one unit at a time.

use proptest::prelude::*;
use pulp::Arch;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::model::kernel::instruction_sets;

/// Random arguments of `forward` and `backward`.
#[derive(Clone, Debug)]
struct Problem {
    directions: usize,
    input_size: usize,
    hidden_size: usize,
    layout: PackedLayout,
    input_of_token: Vec<u32>,
    inputs: Vec<f32>,
    weights: Vec<f32>,
    grad_hidden: Vec<f32>,
}

impl Problem {
    fn new(
        seed: u64,
        directions: usize,
        [input_size, hidden_size]: [usize; 2],
        mut lengths: Vec<usize>,
        inputs: usize,
    ) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        lengths.sort_by_key(|&length| std::cmp::Reverse(length));
        let layout = PackedLayout::new(lengths);
        let tokens = layout.tokens();
        let input_of_token = (0..tokens)
            .map(|_| rng.random_range(0..inputs as u32))
            .collect();
        let mut random = |len: usize, bound: f32| -> Vec<f32> {
            (0..len).map(|_| rng.random_range(-bound..bound)).collect()
        };
        let states = directions * hidden_size;
        let columns = input_size + 1 + hidden_size;
        Self {
            weights: random(4 * states * columns, 1.0 / (hidden_size as f32).sqrt()),
            inputs: random(inputs * input_size, 2.0),
            grad_hidden: random(tokens * states, 1.0),
            directions,
            input_size,
            hidden_size,
            layout,
            input_of_token,
        }
    }

    fn layer(&self) -> Layer<'_> {
        Layer {
            directions: self.directions,
            input_size: self.input_size,
            hidden_size: self.hidden_size,
            weights: &self.weights,
            inputs: &self.inputs,
            input_of_token: &self.input_of_token,
            layout: &self.layout,
        }
    }

    fn compute_on(&self, arch: Arch) -> (Vec<f32>, Gradients) {
        let states = forward_on(arch, self.layer(), &arrange_on(arch, self.layer()), true);
        let hidden = states.hidden().to_vec();
        let grad_hidden = GradHidden::OfTokens(&self.grad_hidden);
        (hidden, backward_on(arch, self.layer(), states, grad_hidden))
    }

    /// An arbitrary gradient of the pooled values.
    fn grad_pooled(&self) -> Vec<f32> {
        let values = self.layout.rows() * self.directions * self.hidden_size;
        (0..values).map(|i| (i as f32).sin()).collect()
    }

    /// The pooled values of each row, and the gradient of the hidden states, from [`Problem::grad_pooled`].
    fn pooled(&self, reduction: Reduction, hidden: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let features = self.directions * self.hidden_size;
        let mut values = vec![0.0; self.layout.rows() * features];
        let mut grad_hidden = vec![0.0; hidden.len()];
        let lengths = self.layout.lengths().iter().enumerate();
        for (row, &length) in lengths.filter(|(_, length)| **length > 0) {
            for feature in 0..features {
                let index = |step: usize| (self.layout.offsets()[step] + row) * features + feature;
                let mut indices: Vec<usize> = (0..length).map(index).collect();
                match reduction {
                    Reduction::Last if feature < self.hidden_size => {
                        indices = vec![index(length - 1)]
                    }
                    Reduction::Last => indices = vec![index(0)],
                    // The sort is stable: the first of equal values stays first.
                    Reduction::Max => {
                        indices.sort_by(|&a, &b| hidden[b].total_cmp(&hidden[a]));
                        indices.truncate(1);
                    }
                    Reduction::Mean => {}
                }
                let row = row * features + feature;
                let share = 1.0 / indices.len() as f32;
                values[row] = indices.iter().map(|&index| hidden[index] * share).sum();
                let grad = self.grad_pooled()[row] * share;
                indices.iter().for_each(|&index| grad_hidden[index] = grad);
            }
        }
        (values, grad_hidden)
    }

    fn compute(&self, threads: usize) -> (Vec<f32>, Gradients) {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| self.compute_on(Arch::new()))
    }

    fn hidden(&self) -> Vec<f32> {
        forward(self.layer(), &arrange(self.layer()), false)
            .hidden()
            .to_vec()
    }

    fn reference(&self) -> Reference {
        Reference::new(self, &widen(&self.inputs), &widen(&self.weights))
    }
}

fn widen(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

/// Activated gates, cell state and hidden state at one step: `[4][hidden]`, `[hidden]`, `[hidden]`.
type Step = ([Vec<f64>; 4], Vec<f64>, Vec<f64>);

/// Hidden states and gradients in `f64`, in the shapes of [`forward`]'s and [`Gradients`].
struct Reference {
    hidden: Vec<f64>,
    grad_inputs: Vec<f64>,
    grad_weights: Vec<f64>,
}

impl Reference {
    fn new(problem: &Problem, inputs: &[f64], weights: &[f64]) -> Self {
        let mut reference = Self {
            hidden: vec![0.0; problem.grad_hidden.len()],
            grad_inputs: vec![0.0; inputs.len()],
            grad_weights: vec![0.0; weights.len()],
        };
        for (row, &length) in problem.layout.lengths().iter().enumerate() {
            let tokens: Vec<usize> = (0..length)
                .map(|step| problem.layout.step(step).start + row)
                .collect();
            for direction in 0..problem.directions {
                let mut tokens = tokens.clone();
                if direction == 1 {
                    tokens.reverse();
                }
                reference.row(problem, inputs, weights, &tokens, direction);
            }
        }
        reference
    }

    /// Runs one row in one direction, forward and backward over `tokens`.
    fn row(
        &mut self,
        problem: &Problem,
        inputs: &[f64],
        weights: &[f64],
        tokens: &[usize],
        direction: usize,
    ) {
        let size = problem.hidden_size;
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        let input_size = problem.input_size;
        // The columns are the input weights, the bias and the recurrent weights.
        let weight = |gate: usize, unit: usize, column: usize| {
            ((direction * 4 + gate) * size + unit) * (input_size + 1 + size) + column
        };
        let recurrent = |gate, unit, from: usize| weight(gate, unit, input_size + 1 + from);
        let input = |token: usize| problem.input_of_token[token] as usize * input_size;
        let state =
            |token: usize, unit: usize| (token * problem.directions + direction) * size + unit;

        let zeros = vec![0.0; size];
        let mut steps: Vec<Step> = Vec::new();
        for &token in tokens {
            let (cell, hidden) = steps
                .last()
                .map_or((&zeros, &zeros), |(_, cell, hidden)| (cell, hidden));
            let gates: [Vec<f64>; 4] = std::array::from_fn(|gate| {
                (0..size)
                    .map(|unit| {
                        let mut sum = weights[weight(gate, unit, input_size)];
                        for from in 0..input_size {
                            sum += weights[weight(gate, unit, from)] * inputs[input(token) + from];
                        }
                        for from in 0..size {
                            sum += weights[recurrent(gate, unit, from)] * hidden[from];
                        }
                        if gate == 2 { sum.tanh() } else { sigmoid(sum) }
                    })
                    .collect()
            });
            let [i, f, g, o] = &gates;
            let cell: Vec<f64> = (0..size).map(|u| f[u] * cell[u] + i[u] * g[u]).collect();
            let hidden: Vec<f64> = (0..size).map(|u| o[u] * cell[u].tanh()).collect();
            self.hidden[state(token, 0)..][..size].copy_from_slice(&hidden);
            steps.push((gates, cell, hidden));
        }

        let (mut grad_cell, mut grad_hidden) = (zeros.clone(), zeros.clone());
        for (step, &token) in tokens.iter().enumerate().rev() {
            let ([i, f, g, o], cell, _) = &steps[step];
            let (before_cell, before_hidden) =
                step.checked_sub(1).map_or((&zeros, &zeros), |before| {
                    (&steps[before].1, &steps[before].2)
                });
            let mut carried = zeros.clone();
            for u in 0..size {
                let grad_h = f64::from(problem.grad_hidden[state(token, u)]) + grad_hidden[u];
                let tanh_cell = cell[u].tanh();
                let grad_c = grad_cell[u] + grad_h * o[u] * (1.0 - tanh_cell * tanh_cell);
                let grads = [
                    grad_c * g[u] * i[u] * (1.0 - i[u]),
                    grad_c * before_cell[u] * f[u] * (1.0 - f[u]),
                    grad_c * i[u] * (1.0 - g[u] * g[u]),
                    grad_h * tanh_cell * o[u] * (1.0 - o[u]),
                ];
                grad_cell[u] = grad_c * f[u];
                for (gate, grad) in grads.into_iter().enumerate() {
                    self.grad_weights[weight(gate, u, input_size)] += grad;
                    for from in 0..input_size {
                        let (weight, input) = (weight(gate, u, from), input(token) + from);
                        self.grad_weights[weight] += grad * inputs[input];
                        self.grad_inputs[input] += grad * weights[weight];
                    }
                    for from in 0..size {
                        self.grad_weights[recurrent(gate, u, from)] += grad * before_hidden[from];
                        carried[from] += grad * weights[recurrent(gate, u, from)];
                    }
                }
            }
            grad_hidden = carried;
        }
    }
}

/// Checks that all values are within `tolerance` of the truth, relative to its largest value, but at least to 0.01.
///
/// Closed gates make states small, while the rounding errors are those of the gates' sums, which are not small.
fn close(values: &[f32], truth: &[f64], tolerance: f64) -> Result<(), TestCaseError> {
    prop_assert_eq!(values.len(), truth.len());
    let scale = truth
        .iter()
        .fold(1e-2, |scale: f64, value| scale.max(value.abs()));
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
    (
        any::<u64>(),
        1usize..=2,
        [1usize..70, 1usize..40],
        prop::collection::vec(0usize..14, 0..10),
        1usize..30,
    )
        .prop_map(|(seed, directions, sizes, lengths, inputs)| {
            Problem::new(seed, directions, sizes, lengths, inputs)
        })
}

proptest! {
    #[test]
    fn follows_the_equations(problem in problem()) {
        let reference = problem.reference();
        for arch in instruction_sets() {
            let (hidden, gradients) = problem.compute_on(arch);
            close(&hidden, &reference.hidden, 1e-5)?;
            close(&gradients.inputs, &reference.grad_inputs, 1e-4)?;
            close(&gradients.weights, &reference.grad_weights, 1e-4)?;
        }
    }

    #[test]
    fn pooling_passes_its_gradient_to_the_pooled_tokens(problem in problem()) {
        for arch in instruction_sets() {
            for reduction in [Reduction::Last, Reduction::Mean, Reduction::Max] {
                let layer = problem.layer();
                let states = forward_on(arch, layer, &arrange_on(arch, layer), true);
                let pooled = Reduced::new(arch, reduction, layer.hidden_states(states.hidden()));
                let (expected, grad_hidden) = problem.pooled(reduction, states.hidden());
                close(pooled.values(), &widen(&expected), 1e-6)?;

                let grad = &problem.grad_pooled()[..];
                let by_pooled = backward_on(arch, layer, states, GradHidden::OfReduced(&pooled, grad));
                let states = forward_on(arch, layer, &arrange_on(arch, layer), true);
                let by_tokens = backward_on(arch, layer, states, GradHidden::OfTokens(&grad_hidden));
                close(&by_pooled.inputs, &widen(&by_tokens.inputs), 1e-5)?;
                close(&by_pooled.weights, &widen(&by_tokens.weights), 1e-5)?;
            }
        }
    }

    #[test]
    fn thread_count_changes_no_byte(problem in problem()) {
        let one = problem.compute(1);
        for threads in [2, 3, 4] {
            prop_assert_eq!(&problem.compute(threads), &one);
        }
    }

    #[test]
    fn a_row_does_not_depend_on_its_batch(problem in problem()) {
        let hidden = problem.hidden();
        let states = problem.directions * problem.hidden_size;
        for (row, &length) in problem.layout.lengths().iter().enumerate() {
            let tokens = (0..length).map(|step| problem.layout.step(step).start + row);
            let input_of_token: Vec<u32> = tokens.clone().map(|t| problem.input_of_token[t]).collect();
            let alone = Layer {
                layout: &PackedLayout::new(vec![length]),
                input_of_token: &input_of_token,
                ..problem.layer()
            };
            let alone = forward(alone, &arrange(alone), false);
            for (token, alone) in tokens.zip(alone.hidden().chunks(states)) {
                prop_assert_eq!(&hidden[token * states..][..states], alone);
            }
        }
    }
}

#[test]
fn reference_gradients_are_finite_differences() {
    let problem = Problem::new(1, 2, [3, 5], vec![6, 4, 4, 1, 0], 7);
    let (inputs, weights) = (widen(&problem.inputs), widen(&problem.weights));
    let loss = |inputs: &[f64], weights: &[f64]| -> f64 {
        let hidden = Reference::new(&problem, inputs, weights).hidden;
        hidden
            .iter()
            .zip(&problem.grad_hidden)
            .map(|(h, &grad)| h * f64::from(grad))
            .sum()
    };
    let slope = |values: &[f64], index: usize, loss: &dyn Fn(&[f64]) -> f64| {
        let moved = |by: f64| {
            let mut values = values.to_vec();
            values[index] += by;
            loss(&values)
        };
        (moved(1e-5) - moved(-1e-5)) / 2e-5
    };
    let reference = problem.reference();
    for (index, grad) in reference.grad_inputs.iter().enumerate() {
        let slope = slope(&inputs, index, &|inputs| loss(inputs, &weights));
        assert!((slope - grad).abs() < 1e-8, "{slope} {grad}");
    }
    for (index, grad) in reference.grad_weights.iter().enumerate() {
        let slope = slope(&weights, index, &|weights| loss(&inputs, weights));
        assert!((slope - grad).abs() < 1e-8, "{slope} {grad}");
    }
}

#[test]
fn whole_panels_and_blocks_follow_the_equations() {
    let problem = Problem::new(
        3,
        2,
        [100, 128],
        vec![9, 9, 9, 9, 8, 8, 8, 8, 7, 7, 7, 6, 6, 6, 6, 5, 2],
        40,
    );
    let reference = problem.reference();
    for arch in instruction_sets() {
        let (hidden, gradients) = problem.compute_on(arch);
        close(&hidden, &reference.hidden, 1e-5).unwrap();
        close(&gradients.inputs, &reference.grad_inputs, 1e-4).unwrap();
        close(&gradients.weights, &reference.grad_weights, 1e-4).unwrap();
    }
}

#[test]
fn hidden_states_do_not_depend_on_saving() {
    let problem = Problem::new(2, 2, [50, 37], vec![12, 9, 9, 3], 20);
    let saving = forward(problem.layer(), &arrange(problem.layer()), true);
    assert_eq!(problem.hidden(), saving.hidden());
}

#[test]
fn nan_propagates() {
    let mut problem = Problem::new(4, 1, [6, 20], vec![3], 1);
    problem.weights[5 * (6 + 1 + 20)] = f32::NAN;
    let hidden = problem.hidden();
    assert!(hidden[5].is_nan() && hidden[2 * 20..].iter().all(|value| value.is_nan()));
}
