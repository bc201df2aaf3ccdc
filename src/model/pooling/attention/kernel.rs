//! The CPU kernel of attention over the tokens of each row.
//!
//! In training, candle multiplies the hidden states by the key weights. Otherwise the kernel does, with weights that were
//! arranged once. The activation of a key is recomputed when it is needed, which is faster than reading it from memory.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::batch::PackedLayout;
use crate::model::kernel::{Lanes, Lhs, Panels, Product, ROWS_TOGETHER, load, store, tanh};

/// The number of tokens in a parallel task.
const TOKEN_CHUNK: usize = 64;

/// The inputs of attention (Yang et al., 2016, equations 5 to 7).
///
/// A token's score is `context · tanh(key + bias)`. Its weight is the softmax of the scores over its row. A row's value is
/// the weighted sum of its hidden states.
#[derive(Clone, Copy, Debug)]
pub struct AttentionInputs<'a> {
    /// The hidden states: `[tokens, features]`.
    pub hidden: &'a [f32],
    /// The products of the hidden states with the key weights: `[tokens, features]`.
    pub keys: &'a [f32],
    /// The bias of the keys and the context: `[2, features]`.
    pub parameters: &'a [f32],
    /// The layout of the tokens.
    pub layout: &'a PackedLayout,
}

/// The key weights, in the order in which their product reads them.
#[derive(Debug)]
pub struct KeyWeights {
    /// `[features, features]`
    panels: Panels,
    features: usize,
}

impl KeyWeights {
    /// Arranges weights `[features, features]`, a row for each feature of the hidden states.
    ///
    /// # Panics
    /// If the slice has another shape than documented.
    pub fn arrange(weights: &[f32], features: usize) -> Self {
        Self::arrange_on(Arch::new(), weights, features)
    }

    fn arrange_on(arch: Arch, weights: &[f32], features: usize) -> Self {
        assert_eq!(weights.len(), features * features);
        let row = |index: usize| &weights[index * features..][..features];
        Self {
            panels: Panels::of_rows(features, features, arch.dispatch(Lanes), row),
            features,
        }
    }

    /// Returns the products of hidden states with the weights. Both are `[tokens, features]`.
    pub fn keys(&self, hidden: &[f32]) -> Vec<f32> {
        self.keys_on(Arch::new(), hidden)
    }

    fn keys_on(&self, arch: Arch, hidden: &[f32]) -> Vec<f32> {
        let features = self.features;
        let mut keys = vec![0.0; hidden.len()];
        keys.par_chunks_mut(TOKEN_CHUNK * features)
            .zip(hidden.par_chunks(TOKEN_CHUNK * features))
            .for_each(|(keys, hidden)| {
                arch.dispatch(Product {
                    lhs: Lhs::Rows(hidden, features),
                    rhs: &self.panels,
                    depth: features,
                    result: keys,
                    result_stride: features,
                    columns: features,
                });
            });
        keys
    }
}

/// The gradients of the fields of [`AttentionInputs`], in the same shapes.
#[derive(Clone, Debug, PartialEq)]
pub struct AttentionGradients {
    /// The gradient of the hidden states, without the part through the keys.
    pub hidden: Vec<f32>,
    /// The gradient of the keys.
    pub keys: Vec<f32>,
    /// The gradients of the bias and of the context.
    pub parameters: Vec<f32>,
}

/// Returns the value of each row, `[rows, features]`. A row without tokens has zeros.
///
/// # Panics
/// If a slice has another shape than documented.
pub fn attend(attention: AttentionInputs) -> Vec<f32> {
    attend_on(Arch::new(), attention)
}

/// Returns the gradients of the inputs from that of the rows' values, `[rows, features]`.
///
/// # Panics
/// If a slice has another shape than documented.
pub fn attend_backward(attention: AttentionInputs, gradient: &[f32]) -> AttentionGradients {
    attend_backward_on(Arch::new(), attention, gradient)
}

fn attend_on(arch: Arch, attention: AttentionInputs) -> Vec<f32> {
    attention.check();
    let scores = attention.scores(arch);
    weighted_means(arch, attention.hidden, attention.layout, scores)
}

/// Returns the mean of each row's hidden states, `[rows, features]`, weighted by the softmax of the tokens' scores.
pub(super) fn weighted_means(
    arch: Arch,
    hidden: &[f32],
    layout: &PackedLayout,
    mut scores: Vec<f32>,
) -> Vec<f32> {
    softmax(layout, &mut scores);
    let (weights, features) = (scores, hidden.len() / layout.tokens().max(1));
    let mut values = vec![0.0; layout.rows() * features];
    let rows = values.par_chunks_mut((ROWS_TOGETHER * features).max(1));
    rows.enumerate().for_each(|(chunk, values)| {
        arch.dispatch(WeightedSums {
            hidden,
            weights: &weights,
            layout,
            first_row: chunk * ROWS_TOGETHER,
            features,
            values,
        });
    });
    values
}

/// The weighted sums of the hidden states of adjacent rows.
struct WeightedSums<'a> {
    /// `[tokens, features]`
    hidden: &'a [f32],
    /// `[tokens]`
    weights: &'a [f32],
    layout: &'a PackedLayout,
    first_row: usize,
    features: usize,
    /// `[rows, features]`, initially zeros.
    values: &'a mut [f32],
}

impl WithSimd for WeightedSums<'_> {
    type Output = ();

    // In the order of memory: the tokens of a step are adjacent, those of a row are far apart. Not a closure, which the compiler
    // may leave out of line and so without SIMD instructions.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for step in 0..self.layout.steps() {
            let tokens = self.layout.step(step).skip(self.first_row);
            for (token, values) in tokens.zip(self.values.chunks_exact_mut(self.features)) {
                let state = &self.hidden[token * self.features..][..self.features];
                let weight = simd.splat_f32s(self.weights[token]);
                for start in (0..self.features).step_by(S::F32_LANES) {
                    let product = simd.mul_f32s(weight, load(simd, state, start));
                    let sum = simd.add_f32s(load(simd, values, start), product);
                    store(simd, values, start, sum);
                }
            }
        }
    }
}

fn attend_backward_on(
    arch: Arch,
    attention: AttentionInputs,
    gradient: &[f32],
) -> AttentionGradients {
    attention.check();
    let features = attention.features();
    let row_of_token = attention.layout.row_of_token();
    let grad_row = |row: u32| &gradient[row as usize * features..][..features];

    let mut weights = attention.scores(arch);
    softmax(attention.layout, &mut weights);
    let mut grad_scores = vec![0.0; weights.len()];
    let states = attention.hidden.par_chunks_exact(features);
    let tokens = grad_scores.par_iter_mut().zip(states).zip(&row_of_token);
    tokens
        .with_min_len(TOKEN_CHUNK)
        .for_each(|((grad_weight, state), &row)| {
            *grad_weight = arch.dispatch(Dot(state, grad_row(row)));
        });
    attention.softmax_backward(&weights, &mut grad_scores);

    let mut hidden = vec![0.0; attention.hidden.len()];
    let mut keys = vec![0.0; attention.keys.len()];
    // Chunks of a fixed size, so that the sums do not depend on the number of threads.
    let grad_parameters: Vec<Vec<f32>> = hidden
        .par_chunks_mut(TOKEN_CHUNK * features)
        .zip(keys.par_chunks_mut(TOKEN_CHUNK * features))
        .enumerate()
        .map(|(chunk, (grad_hidden, grad_keys))| {
            let mut grad_parameters = vec![0.0; 2 * features];
            let tokens = grad_hidden
                .chunks_exact_mut(features)
                .zip(grad_keys.chunks_exact_mut(features));
            for (index, (grad_hidden, grad_key)) in tokens.enumerate() {
                let token = chunk * TOKEN_CHUNK + index;
                arch.dispatch(TokenBackward {
                    attention,
                    token,
                    weight: weights[token],
                    grad_score: grad_scores[token],
                    grad_row: grad_row(row_of_token[token]),
                    grad_hidden,
                    grad_key,
                    grad_parameters: &mut grad_parameters,
                });
            }
            grad_parameters
        })
        .collect();
    let mut parameters = vec![0.0; 2 * features];
    for chunk_sum in grad_parameters {
        for (sum, value) in parameters.iter_mut().zip(chunk_sum) {
            *sum += value;
        }
    }
    AttentionGradients {
        hidden,
        keys,
        parameters,
    }
}

/// Iterates over a row's tokens, from the first to the last.
fn tokens(layout: &PackedLayout, row: usize) -> impl Iterator<Item = usize> {
    let offsets = layout.offsets()[..layout.lengths()[row]].iter();
    offsets.map(move |offset| offset + row)
}

/// Replaces scores by weights, which sum to 1 over each row.
fn softmax(layout: &PackedLayout, scores: &mut [f32]) {
    for row in 0..layout.rows_with_tokens() {
        let scores_of_row = tokens(layout, row).map(|token| scores[token]);
        // Subtracting the largest score keeps the exponentials finite and does not change the result.
        let largest = scores_of_row.fold(f32::NEG_INFINITY, f32::max);
        let mut sum = 0.0;
        for token in tokens(layout, row) {
            scores[token] = (scores[token] - largest).exp();
            sum += scores[token];
        }
        for token in tokens(layout, row) {
            scores[token] /= sum;
        }
    }
}

impl AttentionInputs<'_> {
    fn features(&self) -> usize {
        self.parameters.len() / 2
    }

    fn check(&self) {
        let features = self.features();
        assert!(features > 0 && self.parameters.len() == 2 * features);
        let values = self.layout.tokens() * features;
        assert_eq!(self.hidden.len(), values, "hidden states");
        assert_eq!(self.keys.len(), values, "keys");
    }

    /// Iterates over a row's tokens, from the first to the last.
    fn tokens(&self, row: usize) -> impl Iterator<Item = usize> {
        tokens(self.layout, row)
    }

    /// Returns the score of each token: `[tokens]`.
    fn scores(&self, arch: Arch) -> Vec<f32> {
        let features = self.features();
        let mut scores = vec![0.0; self.layout.tokens()];
        let keys = self.keys.par_chunks_exact(features);
        scores
            .par_iter_mut()
            .zip(keys)
            .with_min_len(TOKEN_CHUNK)
            .for_each(|(score, key)| {
                *score = arch.dispatch(Score {
                    key,
                    parameters: self.parameters,
                });
            });
        scores
    }

    /// Replaces the gradient of the weights by that of the scores.
    fn softmax_backward(&self, weights: &[f32], gradient: &mut [f32]) {
        for row in 0..self.layout.rows_with_tokens() {
            let mean: f32 = self
                .tokens(row)
                .map(|token| weights[token] * gradient[token])
                .sum();
            for token in self.tokens(row) {
                gradient[token] = weights[token] * (gradient[token] - mean);
            }
        }
    }
}

/// The score of a token.
struct Score<'a> {
    /// `[features]`
    key: &'a [f32],
    /// `[2, features]`
    parameters: &'a [f32],
}

impl WithSimd for Score<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let (bias, context) = self.parameters.split_at(self.key.len());
        let mut sum = simd.splat_f32s(0.0);
        for start in (0..self.key.len()).step_by(S::F32_LANES) {
            let key = simd.add_f32s(load(simd, self.key, start), load(simd, bias, start));
            sum = simd.mul_add_e_f32s(load(simd, context, start), tanh(simd, key), sum);
        }
        simd.reduce_sum_f32s(sum)
    }
}

/// The dot product of two vectors.
struct Dot<'a>(&'a [f32], &'a [f32]);

impl WithSimd for Dot<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let mut sum = simd.splat_f32s(0.0);
        for start in (0..self.0.len()).step_by(S::F32_LANES) {
            let (a, b) = (load(simd, self.0, start), load(simd, self.1, start));
            sum = simd.mul_add_e_f32s(a, b, sum);
        }
        simd.reduce_sum_f32s(sum)
    }
}

/// The gradients at one token.
struct TokenBackward<'a, 'b> {
    attention: AttentionInputs<'a>,
    token: usize,
    weight: f32,
    grad_score: f32,
    /// The gradient of the row's values: `[features]`.
    grad_row: &'b [f32],
    /// `[features]`
    grad_hidden: &'b mut [f32],
    /// `[features]`
    grad_key: &'b mut [f32],
    /// `[2, features]`; the token's part is added.
    grad_parameters: &'b mut [f32],
}

impl WithSimd for TokenBackward<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let features = self.grad_row.len();
        let (bias, context) = self.attention.parameters.split_at(features);
        let (grad_bias, grad_context) = self.grad_parameters.split_at_mut(features);
        let key = &self.attention.keys[self.token * features..][..features];
        let (weight, grad_score) = (
            simd.splat_f32s(self.weight),
            simd.splat_f32s(self.grad_score),
        );
        let one = simd.splat_f32s(1.0);
        for start in (0..features).step_by(S::F32_LANES) {
            let grad_row = load(simd, self.grad_row, start);
            store(
                simd,
                self.grad_hidden,
                start,
                simd.mul_f32s(weight, grad_row),
            );
            let key = simd.add_f32s(load(simd, key, start), load(simd, bias, start));
            let key = tanh(simd, key);
            let slope = simd.sub_f32s(one, simd.mul_f32s(key, key));
            let grad_activated = simd.mul_f32s(grad_score, load(simd, context, start));
            let grad_key = simd.mul_f32s(grad_activated, slope);
            store(simd, self.grad_key, start, grad_key);
            let so_far = load(simd, grad_bias, start);
            store(simd, grad_bias, start, simd.add_f32s(so_far, grad_key));
            let so_far = load(simd, grad_context, start);
            let sum = simd.mul_add_e_f32s(grad_score, key, so_far);
            store(simd, grad_context, start, sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::model::kernel::instruction_sets;

    const DIFFERENCE: f64 = 1e-5;

    /// Rows of several lengths; one alone has more than a chunk of tokens.
    fn layout() -> PackedLayout {
        PackedLayout::new(vec![TOKEN_CHUNK + 9, 5, 5, 1, 0])
    }

    /// Returns the sum of the rows' values times `gradient`, from the equations in `f64`.
    fn weighted_sum(
        [hidden, keys, parameters]: [&[f64]; 3],
        layout: &PackedLayout,
        gradient: &[f32],
    ) -> f64 {
        let features = parameters.len() / 2;
        let (bias, context) = parameters.split_at(features);
        let mut total = 0.0;
        for (row, &length) in layout.lengths().iter().enumerate() {
            let tokens: Vec<usize> = (0..length).map(|t| layout.offsets()[t] + row).collect();
            let score = |&token: &usize| -> f64 {
                let key = &keys[token * features..][..features];
                let terms = (0..features).map(|i| context[i] * (key[i] + bias[i]).tanh());
                terms.sum()
            };
            let exponentials: Vec<f64> = tokens.iter().map(|token| score(token).exp()).collect();
            let sum: f64 = exponentials.iter().sum();
            for (token, exponential) in tokens.iter().zip(&exponentials) {
                for feature in 0..features {
                    total += exponential / sum
                        * hidden[token * features + feature]
                        * f64::from(gradient[row * features + feature]);
                }
            }
        }
        total
    }

    fn check(arch: Arch, features: usize) {
        let layout = layout();
        let mut rng = ChaCha8Rng::seed_from_u64(features as u64);
        let mut random = |count: usize| -> Vec<f32> {
            (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
        };
        let inputs = [
            random(layout.tokens() * features),
            random(layout.tokens() * features),
            random(2 * features),
        ];
        let gradient = random(layout.rows() * features);
        let attention = AttentionInputs {
            hidden: &inputs[0],
            keys: &inputs[1],
            parameters: &inputs[2],
            layout: &layout,
        };

        let exact = inputs
            .clone()
            .map(|values| -> Vec<f64> { values.into_iter().map(f64::from).collect() });
        let sum = |exact: &[Vec<f64>; 3]| {
            weighted_sum([&exact[0], &exact[1], &exact[2]], &layout, &gradient)
        };
        let values = attend_on(arch, attention);
        let found: f32 = values.iter().zip(&gradient).map(|(a, b)| a * b).sum();
        assert!((f64::from(found) - sum(&exact)).abs() < 1e-5);
        assert!(values[4 * features..].iter().all(|&value| value == 0.0));

        let gradients = attend_backward_on(arch, attention, &gradient);
        let gradients = [gradients.hidden, gradients.keys, gradients.parameters];
        for (which, gradients) in gradients.iter().enumerate() {
            for index in (0..gradients.len()).step_by(7).chain(0..2 * features) {
                let moved = |by: f64| {
                    let mut exact = exact.clone();
                    exact[which][index] += by;
                    sum(&exact)
                };
                let slope = (moved(DIFFERENCE) - moved(-DIFFERENCE)) / (2.0 * DIFFERENCE);
                let found = f64::from(gradients[index]);
                assert!(
                    (found - slope).abs() < 1e-5,
                    "{which}, {index}: {found}, not {slope}"
                );
            }
        }
    }

    #[test]
    fn attention_and_its_gradients_follow_the_equations() {
        for arch in instruction_sets() {
            for features in [1, 6, 17] {
                check(arch, features);
            }
        }
    }

    #[test]
    fn keys_are_products_of_hidden_states_and_weights() {
        for arch in instruction_sets() {
            for features in [1, 6, 17, 100] {
                let mut rng = ChaCha8Rng::seed_from_u64(features as u64);
                let mut random = |count: usize| -> Vec<f32> {
                    (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
                };
                let tokens = TOKEN_CHUNK + 3;
                let (hidden, weights) = (random(tokens * features), random(features * features));
                let keys = KeyWeights::arrange_on(arch, &weights, features).keys_on(arch, &hidden);
                for token in 0..tokens {
                    for feature in 0..features {
                        let terms = (0..features).map(|from| {
                            f64::from(hidden[token * features + from])
                                * f64::from(weights[from * features + feature])
                        });
                        let (found, exact) = (keys[token * features + feature], terms.sum::<f64>());
                        assert!(
                            (f64::from(found) - exact).abs() < 1e-5,
                            "{found}, not {exact}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn large_scores_give_finite_weights() {
        // The first row's scores are 300 and -300, whose exponentials overflow and underflow.
        let layout = PackedLayout::new(vec![2, 1]);
        let inputs = AttentionInputs {
            hidden: &[1.0, 5.0, 2.0],
            keys: &[9.0, 9.0, -9.0],
            parameters: &[0.0, 300.0],
            layout: &layout,
        };
        assert_eq!(attend(inputs), [1.0, 5.0]);
        let gradients = attend_backward(inputs, &[1.0, 1.0]);
        assert_eq!(gradients.hidden, [1.0, 1.0, 0.0]);
        assert!(gradients.keys.iter().all(|value| value.is_finite()));
    }

    #[test]
    fn thread_count_changes_no_byte() {
        // Large enough for several parallel tasks.
        let layout = PackedLayout::new(vec![20; 3 * ROWS_TOGETHER]);
        assert!(layout.tokens() > 3 * TOKEN_CHUNK);
        let features = 17;
        let wave = |count: usize| -> Vec<f32> { (0..count).map(|i| (i as f32).sin()).collect() };
        let (values, parameters) = (wave(layout.tokens() * features), wave(2 * features));
        let attention = AttentionInputs {
            hidden: &values,
            keys: &values,
            parameters: &parameters,
            layout: &layout,
        };
        let results = [1, 2, 5].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build().unwrap().install(|| {
                let gradient = wave(layout.rows() * features);
                (attend(attention), attend_backward(attention, &gradient))
            })
        });
        assert!(results.iter().all(|result| *result == results[0]));
    }
}
