//! Compares the kernel with the equations in `f64`, one row and one unit at a time.

use proptest::prelude::*;
use pulp::Arch;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::model::encoder::{GruCell, LstmCell, SruCell};
use crate::model::kernel::instruction_sets;

/// The equations of a cell for one hidden unit.
trait Equations: Cell + std::fmt::Debug + Default {
    /// Returns the memory and the hidden state from the sums and the previous memory.
    fn advance(sums: [f64; 4], memory: f64) -> (f64, f64);
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl Equations for LstmCell {
    fn advance([i, f, g, o]: [f64; 4], cell: f64) -> (f64, f64) {
        let cell = sigmoid(f) * cell + sigmoid(i) * g.tanh();
        (cell, sigmoid(o) * cell.tanh())
    }
}

impl Equations for GruCell {
    fn advance([input, r, z, recurrent]: [f64; 4], hidden: f64) -> (f64, f64) {
        let candidate = (input + sigmoid(r) * recurrent).tanh();
        let hidden = (1.0 - sigmoid(z)) * candidate + sigmoid(z) * hidden;
        (hidden, hidden)
    }
}

impl Equations for SruCell {
    fn advance([candidate, f, r, input]: [f64; 4], cell: f64) -> (f64, f64) {
        let cell = sigmoid(f) * cell + (1.0 - sigmoid(f)) * candidate;
        (cell, sigmoid(r) * cell + (1.0 - sigmoid(r)) * input)
    }
}

/// Random arguments of `forward` and `backward`.
#[derive(Clone, Debug)]
struct Problem<C> {
    cell: C,
    directions: usize,
    input_size: usize,
    hidden_size: usize,
    layout: PackedLayout,
    input_of_token: Vec<u32>,
    inputs: Vec<f32>,
    weights: Vec<f32>,
    grad_hidden: Vec<f32>,
}

impl<C: Equations> Problem<C> {
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
        let columns = input_size + 1 + C::RECURRENCE.weights(hidden_size);
        let mut weights = random(4 * states * columns, 1.0 / (hidden_size as f32).sqrt());
        for (index, weight) in weights.iter_mut().enumerate() {
            if !has_weight::<C>(input_size, hidden_size, index) {
                *weight = 0.0;
            }
        }
        Self {
            cell: C::default(),
            weights,
            inputs: random(inputs * input_size, 2.0),
            grad_hidden: random(tokens * states, 1.0),
            directions,
            input_size,
            hidden_size,
            layout,
            input_of_token,
        }
    }

    fn layer(&self) -> Layer<'_, C> {
        Layer {
            cell: self.cell,
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
        let mut gradients = backward_on(arch, self.layer(), states, grad_hidden);
        self.mask(&mut gradients.weights);
        (hidden, gradients)
    }

    /// Sets the gradient of weights that the cell does not have to zero.
    fn mask<T: Default>(&self, weights: &mut [T]) {
        for (index, weight) in weights.iter_mut().enumerate() {
            if !has_weight::<C>(self.input_size, self.hidden_size, index) {
                *weight = T::default();
            }
        }
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
        let mut reference = Reference::new(self, &widen(&self.inputs), &widen(&self.weights));
        self.mask(&mut reference.grad_weights);
        reference
    }
}

/// Returns whether the cell has the weight at this index of [`Layer::weights`].
fn has_weight<C: Cell>(input_size: usize, hidden_size: usize, index: usize) -> bool {
    let columns = input_size + 1 + C::RECURRENCE.weights(hidden_size);
    let (sum, column) = (index / columns / hidden_size % 4, index % columns);
    match column {
        _ if column < input_size => C::INPUT_SUMS.contains(&sum),
        _ if column == input_size => true,
        _ => C::RECURRENT_SUMS.contains(&sum),
    }
}

fn widen(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

/// The sums of each unit, the memory and the hidden state at one step: `[hidden]` each.
type Step = (Vec<[f64; 4]>, Vec<f64>, Vec<f64>);

/// Hidden states and gradients in `f64`, in the shapes of [`forward`]'s and [`Gradients`].
struct Reference {
    hidden: Vec<f64>,
    grad_inputs: Vec<f64>,
    grad_weights: Vec<f64>,
}

impl Reference {
    fn new<C: Equations>(problem: &Problem<C>, inputs: &[f64], weights: &[f64]) -> Self {
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

    /// Runs one row in one direction, forward and backward over `tokens`. The derivatives of the equations are finite
    /// differences.
    fn row<C: Equations>(
        &mut self,
        problem: &Problem<C>,
        inputs: &[f64],
        weights: &[f64],
        tokens: &[usize],
        direction: usize,
    ) {
        let (size, input_size) = (problem.hidden_size, problem.input_size);
        let recurrent_weights = C::RECURRENCE.weights(size);
        // The columns are the input weights, the bias and the recurrent weights.
        let weight = |sum: usize, unit: usize, column: usize| {
            ((direction * 4 + sum) * size + unit) * (input_size + 1 + recurrent_weights) + column
        };
        // The weights of a unit's sum: the index of each with that of the unit of the previous state that it multiplies.
        let recurrent = |sum: usize, unit: usize| {
            (0..recurrent_weights).map(move |from| {
                let index = weight(sum, unit, input_size + 1 + from);
                match C::RECURRENCE {
                    Recurrence::Matrix => (index, from),
                    Recurrence::Elementwise => (index, unit),
                }
            })
        };
        let input = |token: usize| problem.input_of_token[token] as usize * input_size;
        let state =
            |token: usize, unit: usize| (token * problem.directions + direction) * size + unit;
        let multiplied = |step: &Step| match C::RECURRENCE {
            Recurrence::Matrix => step.2.clone(),
            Recurrence::Elementwise => step.1.clone(),
        };

        let zeros = vec![0.0; size];
        let mut steps: Vec<Step> = Vec::new();
        for &token in tokens {
            let previous = steps.last().map_or(zeros.clone(), multiplied);
            let memory = steps.last().map_or(&zeros, |(_, memory, _)| memory);
            let sum = |unit: usize, sum: usize| {
                let mut value = weights[weight(sum, unit, input_size)];
                for from in 0..input_size {
                    value += weights[weight(sum, unit, from)] * inputs[input(token) + from];
                }
                for (index, from) in recurrent(sum, unit) {
                    value += weights[index] * previous[from];
                }
                value
            };
            let sums: Vec<[f64; 4]> = (0..size)
                .map(|unit| std::array::from_fn(|index| sum(unit, index)))
                .collect();
            let states = sums.iter().zip(memory);
            let states = states.map(|(&sums, &memory)| C::advance(sums, memory));
            let (memory, hidden): (Vec<f64>, Vec<f64>) = states.unzip();
            self.hidden[state(token, 0)..][..size].copy_from_slice(&hidden);
            steps.push((sums, memory, hidden));
        }

        let (mut grad_memory, mut grad_hidden) = (zeros.clone(), zeros.clone());
        for (step, &token) in tokens.iter().enumerate().rev() {
            let before = step.checked_sub(1).map(|before| &steps[before]);
            let previous = before.map_or(zeros.clone(), multiplied);
            let (mut carried_memory, mut carried_hidden) = (zeros.clone(), zeros.clone());
            for u in 0..size {
                let grad_h = f64::from(problem.grad_hidden[state(token, u)]) + grad_hidden[u];
                let at = steps[step].0[u];
                let memory = before.map_or(0.0, |(_, memory, _)| memory[u]);
                let loss = |sums, memory| {
                    let (memory, hidden) = C::advance(sums, memory);
                    grad_memory[u] * memory + grad_h * hidden
                };
                carried_memory[u] += slope(|by| loss(at, memory + by));
                for sum in 0..4 {
                    let grad = slope(|by| {
                        let mut sums = at;
                        sums[sum] += by;
                        loss(sums, memory)
                    });
                    self.grad_weights[weight(sum, u, input_size)] += grad;
                    for from in 0..input_size {
                        let (weight, input) = (weight(sum, u, from), input(token) + from);
                        self.grad_weights[weight] += grad * inputs[input];
                        self.grad_inputs[input] += grad * weights[weight];
                    }
                    for (index, from) in recurrent(sum, u) {
                        self.grad_weights[index] += grad * previous[from];
                        match C::RECURRENCE {
                            Recurrence::Matrix => carried_hidden[from] += grad * weights[index],
                            Recurrence::Elementwise => {
                                carried_memory[from] += grad * weights[index];
                            }
                        }
                    }
                }
            }
            (grad_memory, grad_hidden) = (carried_memory, carried_hidden);
        }
    }
}

/// Returns the derivative of a function at 0.
fn slope(function: impl Fn(f64) -> f64) -> f64 {
    (function(1e-5) - function(-1e-5)) / 2e-5
}

/// Checks that all values are within `tolerance` of the truth, relative to its largest value, but at least to 0.1.
///
/// Closed gates make states small, while the rounding errors are those of the gates' sums, which are not small.
fn close(values: &[f32], truth: &[f64], tolerance: f64) -> Result<(), TestCaseError> {
    prop_assert_eq!(values.len(), truth.len());
    let scale = truth
        .iter()
        .fold(1e-1, |scale: f64, value| scale.max(value.abs()));
    for (index, (&value, truth)) in values.iter().zip(truth).enumerate() {
        let error = (f64::from(value) - truth).abs();
        prop_assert!(
            error <= tolerance * scale,
            "{value} at {index} should be {truth}"
        );
    }
    Ok(())
}

fn problem<C: Equations>() -> impl Strategy<Value = Problem<C>> {
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

fn check_equations<C: Equations>(problem: &Problem<C>) -> Result<(), TestCaseError> {
    let reference = problem.reference();
    for arch in instruction_sets() {
        let (hidden, gradients) = problem.compute_on(arch);
        close(&hidden, &reference.hidden, 1e-5)?;
        close(&gradients.inputs, &reference.grad_inputs, 1e-4)?;
        close(&gradients.weights, &reference.grad_weights, 1e-4)?;
    }
    Ok(())
}

fn check_pooling<C: Equations>(problem: &Problem<C>) -> Result<(), TestCaseError> {
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
    Ok(())
}

fn check_threads<C: Equations>(problem: &Problem<C>) -> Result<(), TestCaseError> {
    let one = problem.compute(1);
    for threads in [2, 3, 4] {
        prop_assert_eq!(&problem.compute(threads), &one);
    }
    Ok(())
}

fn check_rows<C: Equations>(problem: &Problem<C>) -> Result<(), TestCaseError> {
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
    Ok(())
}

fn check_reference<C: Equations>() {
    let problem = Problem::<C>::new(1, 2, [3, 5], vec![6, 4, 4, 1, 0], 7);
    let (inputs, weights) = (widen(&problem.inputs), widen(&problem.weights));
    let loss = |inputs: &[f64], weights: &[f64]| -> f64 {
        let hidden = Reference::new(&problem, inputs, weights).hidden;
        let products = hidden.iter().zip(&problem.grad_hidden);
        products.map(|(h, &grad)| h * f64::from(grad)).sum()
    };
    let moved = |values: &[f64], index: usize, by: f64| {
        let mut values = values.to_vec();
        values[index] += by;
        values
    };
    let reference = Reference::new(&problem, &inputs, &weights);
    for (index, grad) in reference.grad_inputs.iter().enumerate() {
        let slope = slope(|by| loss(&moved(&inputs, index, by), &weights));
        assert!((slope - grad).abs() < 1e-8, "{slope} {grad}");
    }
    for (index, grad) in reference.grad_weights.iter().enumerate() {
        let slope = slope(|by| loss(&inputs, &moved(&weights, index, by)));
        assert!((slope - grad).abs() < 1e-8, "{slope} {grad}");
    }
}

fn check_whole_panels<C: Equations>() {
    let lengths = vec![9, 9, 9, 9, 8, 8, 8, 8, 7, 7, 7, 6, 6, 6, 6, 5, 2];
    check_equations(&Problem::<C>::new(3, 2, [100, 128], lengths, 40)).unwrap();
}

fn check_saving<C: Equations>() {
    let problem = Problem::<C>::new(2, 2, [50, 37], vec![12, 9, 9, 3], 20);
    let saving = forward(problem.layer(), &arrange(problem.layer()), true);
    assert_eq!(problem.hidden(), saving.hidden());
}

macro_rules! tests_of {
    ($($module:ident: $cell:ty;)*) => {$(
        mod $module {
            use super::*;

            proptest! {
                #[test]
                fn follows_the_equations(problem in problem::<$cell>()) {
                    check_equations(&problem)?;
                }

                #[test]
                fn pooling_passes_its_gradient_to_the_pooled_tokens(problem in problem::<$cell>()) {
                    check_pooling(&problem)?;
                }

                #[test]
                fn thread_count_changes_no_byte(problem in problem::<$cell>()) {
                    check_threads(&problem)?;
                }

                #[test]
                fn a_row_does_not_depend_on_its_batch(problem in problem::<$cell>()) {
                    check_rows(&problem)?;
                }
            }

            #[test]
            fn reference_gradients_are_finite_differences() {
                check_reference::<$cell>();
            }

            #[test]
            fn whole_panels_and_blocks_follow_the_equations() {
                check_whole_panels::<$cell>();
            }

            #[test]
            fn hidden_states_do_not_depend_on_saving() {
                check_saving::<$cell>();
            }
        }
    )*};
}

tests_of! {
    lstm: LstmCell;
    gru: GruCell;
    sru: SruCell;
}

#[test]
fn nan_propagates() {
    let mut problem = Problem::<LstmCell>::new(4, 1, [6, 20], vec![3], 1);
    problem.weights[5 * (6 + 1 + 20)] = f32::NAN;
    let hidden = problem.hidden();
    assert!(hidden[5].is_nan() && hidden[2 * 20..].iter().all(|value| value.is_nan()));
}
