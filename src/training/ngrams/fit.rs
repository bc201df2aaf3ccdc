//! Fits the n-gram model: logistic regression on log-count ratios (the NB-SVM of Wang and Manning, 2012, with
//! logistic loss). [`super::stacking`] combines it with the network.
//!
//! The solver is written here because linfa-logistic and liblinear take hard labels, and pseudo-labels are
//! soft.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::features::{NgramFeatures, NgramSelection, select_ngrams};
use crate::model::{ModelError, Ngrams};
use crate::training::data::targets::Targets;
use crate::training::data::training_set::TrainingSet;

/// The minimum document frequency of an n-gram.
const MIN_TEXTS: u32 = 2;

/// The maximum number of n-grams.
const MAX_NGRAMS: usize = 1 << 20;

/// The solver stops when an iteration over all texts changes the dual variables by less than this fraction of
/// the penalty parameter, on average.
const TOLERANCE: f64 = 1e-6;

/// The maximum number of iterations over all texts. On short sentences and on long reviews, the accuracy and the fourth digit of the
/// log loss stay the same after 20.
const MAX_ITERATIONS: usize = 40;

/// The penalty parameter C of the regression, multiplied by the mean squared norm of the texts. Selected on
/// validation sets of long reviews and of short sentences.
const SCALED_PENALTY: f64 = 20.0;

/// Fits an n-gram model with n-grams of up to `longest` tokens and the character n-grams of the texts. Each text counts as
/// often as the weight of its label in `class_weights`. Returns `None` if `longest` is `None`.
pub(crate) fn fit_ngrams(
    data: &TrainingSet,
    longest: Option<usize>,
    class_weights: &[f32],
) -> Result<Option<Ngrams>, ModelError> {
    let Some(longest) = longest else {
        return Ok(None);
    };
    let selection = NgramSelection {
        longest,
        min_texts: MIN_TEXTS,
        most: MAX_NGRAMS,
    };
    let index = select_ngrams(data.ngram_texts(), selection);
    let regression = Regression {
        features: &NgramFeatures::of(&index, data.ngram_texts(), longest),
        targets: &data.targets,
        text_weights: data.targets.weights(class_weights),
        class_weights,
        ngrams: index.len(),
        iterations: MAX_ITERATIONS,
    };
    Ngrams::new(index, regression.weights(), longest, data.targets.classes()).map(Some)
}

/// A logistic regression of the targets on the n-gram features.
struct Regression<'a> {
    features: &'a NgramFeatures,
    targets: &'a Targets,
    /// The weight of each text in the loss.
    text_weights: Vec<f64>,
    /// The weight of each label; of its positive targets if a text may have several labels.
    class_weights: &'a [f32],
    ngrams: usize,
    /// The maximum number of iterations over all texts.
    iterations: usize,
}

impl Regression<'_> {
    /// Fits the weights, `[n-grams, labels]`. For two labels it fits one regression and gives half of each
    /// weight to each label, with opposite signs; for more labels, or several labels a text, it fits one regression per
    /// label (one-vs-rest).
    fn weights(&self) -> Vec<f32> {
        let labels = self.targets.classes();
        let mut weights = vec![0f32; self.ngrams * labels];
        match labels {
            2 if self.targets.are_exclusive() => {
                let log_odds = self.one_vs_rest(1);
                for (weights, weight) in weights.chunks_exact_mut(2).zip(log_odds) {
                    weights.copy_from_slice(&[-weight / 2.0, weight / 2.0]);
                }
            }
            _ => {
                let columns: Vec<Vec<f32>> = (0..labels as u32)
                    .into_par_iter()
                    .map(|label| self.one_vs_rest(label))
                    .collect();
                for (label, column) in columns.into_iter().enumerate() {
                    for (weights, weight) in weights.chunks_exact_mut(labels).zip(column) {
                        weights[label] = weight;
                    }
                }
            }
        }
        weights
    }

    /// Fits the weight of each n-gram in the log-odds of one label, `[n-grams]`: L2-regularized logistic
    /// regression by dual coordinate descent (Yu, Huang and Lin, 2011). The value of a feature is the
    /// log-count ratio of its n-gram; the returned weights are already multiplied by it.
    fn one_vs_rest(&self, label: u32) -> Vec<f32> {
        let ratios = self.log_count_ratios(label);
        let squares: Vec<f32> = ratios.iter().map(|ratio| ratio * ratio).collect();
        let norm = |text: usize| -> f64 {
            let indices = self.features.get(text).iter();
            indices
                .map(|&index| f64::from(squares[index as usize]))
                .sum()
        };
        let norms: Vec<f64> = (0..self.targets.texts()).map(norm).collect();
        let targets = (0..norms.len()).map(|text| self.weighted_target(text, label));
        let targets: Vec<(f64, f64)> = targets.collect();
        let mean_norm = norms.iter().sum::<f64>() / norms.len().max(1) as f64;
        let mut weights = vec![0f32; self.ngrams];
        if mean_norm == 0.0 {
            return weights;
        }
        let penalty = SCALED_PENALTY / mean_norm;
        // Each weight is the sum of the dual variables of its texts, multiplied by its squared ratio.
        let mut duals = vec![0f64; norms.len()];
        // A random order converges faster than a fixed one (Hsieh et al., 2008, section 3.1): to a change of 1e-4, on 22,500 film
        // reviews sorted by label, in 8 iterations instead of 37.
        let mut order: Vec<usize> = (0..norms.len()).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        for _ in 0..self.iterations {
            order.shuffle(&mut rng);
            let mut total_change = 0.0;
            for &text in &order {
                let (norm, dual) = (norms[text], &mut duals[text]);
                let (target, text_weight) = targets[text];
                let indices = self.features.get(text);
                let score: f64 = indices
                    .iter()
                    .map(|&index| f64::from(weights[index as usize]))
                    .sum();
                let score_of_others = score - *dual * norm;
                let penalty = penalty * text_weight;
                let scale = penalty * norm;
                let log_odds = solve(scale, -score_of_others - scale * target);
                let optimum = penalty * (target - sigmoid(log_odds));
                let change = optimum - *dual;
                *dual = optimum;
                total_change += change.abs();
                for &index in indices {
                    weights[index as usize] += change as f32 * squares[index as usize];
                }
            }
            if total_change < TOLERANCE * penalty * norms.len() as f64 {
                break;
            }
        }
        weights
    }

    /// Returns the target of a text for a label, and the weight of its loss.
    fn weighted_target(&self, text: usize, label: u32) -> (f64, f64) {
        let target = f64::from(self.targets.probability(text, label));
        if self.targets.are_exclusive() {
            return (target, self.text_weights[text]);
        }
        let positive = target * f64::from(self.class_weights[label as usize]);
        let weight = positive + 1.0 - target;
        (positive / weight, weight)
    }

    /// Returns `log((p / |p|) / (q / |q|))` of each n-gram, where p counts the texts of the label with the
    /// n-gram, q the other texts with it, and both have add-one smoothing (Wang and Manning, 2012, section 2.1).
    fn log_count_ratios(&self, label: u32) -> Vec<f32> {
        let mut counts = vec![[1f64; 2]; self.ngrams];
        for text in 0..self.targets.texts() {
            let target = f64::from(self.targets.probability(text, label));
            for &index in self.features.get(text) {
                counts[index as usize][0] += 1.0 - target;
                counts[index as usize][1] += target;
            }
        }
        let sum = |side: usize| counts.iter().map(|count| count[side]).sum::<f64>();
        let (others, own) = (sum(0), sum(1));
        counts
            .iter()
            .map(|count| ((count[1] / own) / (count[0] / others)).ln() as f32)
            .collect()
    }
}

/// Returns the root of `z + scale σ(z) + offset`: the log-odds of a text at the optimum of its dual variable.
/// Since σ is between 0 and 1, the root is between `-offset - scale` and `-offset`. Newton steps that leave
/// this interval are replaced by bisection.
fn solve(scale: f64, offset: f64) -> f64 {
    let (mut low, mut high) = (-offset - scale, -offset);
    let mut z = (low + high) / 2.0;
    for _ in 0..50 {
        let probability = sigmoid(z);
        let value = z + scale * probability + offset;
        match value > 0.0 {
            true => high = z,
            false => low = z,
        }
        let step = value / (1.0 + scale * probability * (1.0 - probability));
        if step.abs() < 1e-9 {
            break;
        }
        let next = z - step;
        z = if next > low && next < high {
            next
        } else {
            (low + high) / 2.0
        };
    }
    z
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::EncodedTexts;

    /// Returns texts of two labels in which two tokens correlate with the label.
    fn data() -> TrainingSet {
        let (mut texts, mut labels) = (EncodedTexts::default(), Vec::new());
        for text in 0..60u32 {
            let label = text % 2;
            let cue = if text % 7 == 0 { 1 - label } else { label };
            texts.push([1 + cue, 3 + text % 5, 10 + text % 3]);
            labels.push(label);
        }
        // The last 10 have soft targets, and the first of these is uniform.
        let mut probabilities = Vec::new();
        for label in labels.split_off(50) {
            let other = [0.2, 0.5][usize::from(probabilities.is_empty())];
            let pair = [1.0 - other, other];
            probabilities.extend([pair[label as usize], pair[1 - label as usize]]);
        }
        let targets = Targets::new(2, labels, probabilities);
        TrainingSet { texts, targets }
    }

    /// At the optimum of `|w|² / 2` and C times the cross-entropy with targets p and text weights a, every weight is
    /// `C Σ a x (p - σ(w·x))`. The dual solver does not use this equation.
    #[test]
    fn weights_minimise_the_primal_loss() {
        let data = data();
        let selection = NgramSelection {
            longest: 2,
            min_texts: MIN_TEXTS,
            most: MAX_NGRAMS,
        };
        let index = select_ngrams(data.texts.ngram_texts(), selection);
        let features = NgramFeatures::of(&index, data.texts.ngram_texts(), 2);
        let text_weights = data.targets.weights(&[0.5, 2.0]);
        let regression = Regression {
            features: &features,
            targets: &data.targets,
            text_weights: text_weights.clone(),
            class_weights: &[0.5, 2.0],
            ngrams: index.len(),
            iterations: 1_000,
        };
        let weights = regression.one_vs_rest(1);
        let ratios = regression.log_count_ratios(1);
        let square = |&index: &u32| f64::from(ratios[index as usize]).powi(2);
        let count = data.targets.texts();
        let mean_norm = features.indices.iter().map(square).sum::<f64>() / count as f64;
        let mut expected = vec![0f64; weights.len()];
        for (text, text_weight) in text_weights.iter().enumerate() {
            let target = f64::from(data.targets.probability(text, 1));
            let indices = features.get(text);
            let score: f64 = indices
                .iter()
                .map(|&i| f64::from(weights[i as usize]))
                .sum();
            for index in indices {
                expected[*index as usize] += SCALED_PENALTY / mean_norm
                    * text_weight
                    * (target - sigmoid(score))
                    * square(index);
            }
        }
        for (found, expected) in weights.iter().zip(&expected) {
            assert!(
                (f64::from(*found) - expected).abs() < 0.02,
                "{found} {expected}"
            );
        }
        assert!(weights.iter().any(|weight| weight.abs() > 0.1));
    }

    #[test]
    fn solves_for_the_dual_variable() {
        for (scale, offset) in [
            (0.0, 0.0),
            (1e-3, 5.0),
            (40.0, -3.0),
            (1e4, 100.0),
            (7.0, -900.0),
        ] {
            let z = solve(scale, offset);
            let value = z + scale * sigmoid(z) + offset;
            assert!(
                value.abs() < 1e-6 * (1.0 + scale),
                "{scale} {offset}: {value}"
            );
        }
    }
}
