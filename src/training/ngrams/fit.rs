//! The weights of n-grams: logistic regression on log-count ratios (the NB-SVM of Wang and Manning, 2012,
//! with the logistic loss), fitted beside the network; see [`super::stacking`] for how the two are joined.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::model::{ModelError, NgramIndex, NgramKey, Ngrams};
use crate::training::data::targets::Targets;
use crate::training::data::training_set::TrainingSet;

/// In how many texts an n-gram must stand to be known.
const MIN_TEXTS: u32 = 2;

/// How many n-grams are known at most: the most frequent.
const MAX_NGRAMS: usize = 1 << 20;

/// The solver is done when a pass through the texts changes their dual variables by less than this share of
/// the strength, on average; and after this many passes at most.
const TOLERANCE: f64 = 1e-6;
const MAX_PASSES: usize = 1000;

/// The strength of a text, times the mean squared norm of texts: chosen on the validation splits of
/// long reviews and of short sentences.
const STRENGTH: f64 = 20.0;

/// Fits the weights of n-grams of up to `longest` tokens; None for 0.
pub(crate) fn fit(data: &TrainingSet, longest: usize) -> Result<Option<Ngrams>, ModelError> {
    if longest == 0 {
        return Ok(None);
    }
    let index = known_ngrams(data.with_targets(), longest);
    let problem = Problem {
        texts: &Places::of(&index, data.with_targets(), longest),
        targets: &data.targets,
        ngrams: index.len(),
    };
    Ngrams::new(index, problem.weights(), longest, data.targets.classes()).map(Some)
}

/// The most frequent of the n-grams that stand in enough texts.
fn known_ngrams<'a>(texts: impl Iterator<Item = &'a [u32]>, longest: usize) -> NgramIndex {
    let mut counts: FxHashMap<NgramKey, u32> = FxHashMap::default();
    let mut keys = Vec::new();
    for ids in texts {
        keys.clear();
        keys.extend(NgramKey::of_text(ids, longest));
        keys.sort_unstable_by_key(|key| key.to_number());
        keys.dedup();
        for &key in &keys {
            *counts.entry(key).or_default() += 1;
        }
    }
    let mut known: Vec<(NgramKey, u32)> = counts
        .into_iter()
        .filter(|&(_, count)| count >= MIN_TEXTS)
        .collect();
    known.sort_unstable_by_key(|&(key, count)| (std::cmp::Reverse(count), key.to_number()));
    known.truncate(MAX_NGRAMS);
    NgramIndex::new(known.into_iter().map(|(key, _)| key).collect())
}

/// The known n-grams of every text.
struct Places {
    places: Vec<u32>,
    ends: Vec<usize>,
}

impl Places {
    fn of<'a>(index: &NgramIndex, texts: impl Iterator<Item = &'a [u32]>, longest: usize) -> Self {
        let (mut places, mut ends, mut of_text) = (Vec::new(), Vec::new(), Vec::new());
        for ids in texts {
            index.indices(ids, longest, &mut of_text);
            places.extend_from_slice(&of_text);
            ends.push(places.len());
        }
        Self { places, ends }
    }

    fn get(&self, text: usize) -> &[u32] {
        let start = text.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.places[start..self.ends[text]]
    }
}

/// Some texts to fit weights to.
struct Problem<'a> {
    texts: &'a Places,
    targets: &'a Targets,
    ngrams: usize,
}

impl Problem<'_> {
    /// Weights `[n-grams, labels]`. Of two labels the difference is fitted, and each has half of it; of
    /// more, each against the others.
    fn weights(&self) -> Vec<f32> {
        let labels = self.targets.classes();
        let mut weights = vec![0f32; self.ngrams * labels];
        match labels {
            2 => {
                let difference = self.against_others(1);
                for (weights, weight) in weights.chunks_exact_mut(2).zip(difference) {
                    weights.copy_from_slice(&[-weight / 2.0, weight / 2.0]);
                }
            }
            _ => {
                let of_labels: Vec<Vec<f32>> = (0..labels as u32)
                    .into_par_iter()
                    .map(|label| self.against_others(label))
                    .collect();
                for (label, of_label) in of_labels.into_iter().enumerate() {
                    for (weights, weight) in weights.chunks_exact_mut(labels).zip(of_label) {
                        weights[label] = weight;
                    }
                }
            }
        }
        weights
    }

    /// The weight of each n-gram in the log-odds of one label: L2-regularized logistic regression by dual
    /// coordinate descent (Yu, Huang and Lin, 2011). The feature of an n-gram is its log-count ratio,
    /// with which its weight is multiplied already.
    fn against_others(&self, label: u32) -> Vec<f32> {
        let ratios = self.log_count_ratios(label);
        let squares: Vec<f32> = ratios.iter().map(|ratio| ratio * ratio).collect();
        let norm = |text: usize| -> f64 {
            let places = self.texts.get(text).iter();
            places
                .map(|&place| f64::from(squares[place as usize]))
                .sum()
        };
        let norms: Vec<f64> = (0..self.targets.texts()).map(norm).collect();
        let mean_norm = norms.iter().sum::<f64>() / norms.len().max(1) as f64;
        let mut weights = vec![0f32; self.ngrams];
        if mean_norm == 0.0 {
            return weights;
        }
        let strength = STRENGTH / mean_norm;
        // Each weight is the sum of its texts' dual variables, times its ratio's square.
        let mut duals = vec![0f64; norms.len()];
        for _ in 0..MAX_PASSES {
            let mut changed = 0.0;
            for (text, (&norm, dual)) in norms.iter().zip(&mut duals).enumerate() {
                let target = f64::from(self.targets.probability(text, label));
                let places = self.texts.get(text);
                let score: f64 = places
                    .iter()
                    .map(|&place| f64::from(weights[place as usize]))
                    .sum();
                let of_others = score - *dual * norm;
                let scale = strength * norm;
                let best = strength * (target - sigmoid(solve(scale, -of_others - scale * target)));
                let change = best - *dual;
                *dual = best;
                changed += change.abs();
                for &place in places {
                    weights[place as usize] += change as f32 * squares[place as usize];
                }
            }
            if changed < TOLERANCE * strength * norms.len() as f64 {
                break;
            }
        }
        weights
    }

    /// `log((p / |p|) / (q / |q|))` of each n-gram, where p counts the texts of the label that have it, q
    /// the others, and both begin at 1 (Wang and Manning, 2012, section 2.1).
    fn log_count_ratios(&self, label: u32) -> Vec<f32> {
        let mut counts = vec![[1f64; 2]; self.ngrams];
        for text in 0..self.targets.texts() {
            let target = f64::from(self.targets.probability(text, label));
            for &place in self.texts.get(text) {
                counts[place as usize][0] += 1.0 - target;
                counts[place as usize][1] += target;
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

/// The `z` where `z + scale σ(z) + offset` is 0: the log-odds of one text when its dual variable is the best. The
/// function rises by at least `z`, so the root is between `-offset - scale` and `-offset`, and Newton's steps that
/// leave this interval are replaced by halving it.
fn solve(scale: f64, offset: f64) -> f64 {
    let (mut low, mut high) = (-offset - scale, -offset);
    let mut z = (low + high) / 2.0;
    for _ in 0..50 {
        let share = sigmoid(z);
        let value = z + scale * share + offset;
        match value > 0.0 {
            true => high = z,
            false => low = z,
        }
        let step = value / (1.0 + scale * share * (1.0 - share));
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

    /// Texts of two labels in which some tokens lean to one of them.
    fn data() -> TrainingSet {
        let (mut texts, mut labels) = (EncodedTexts::default(), Vec::new());
        for text in 0..60u32 {
            let label = text % 2;
            let leaning = if text % 7 == 0 { 1 - label } else { label };
            texts.push([1 + leaning, 3 + text % 5, 10 + text % 3]);
            labels.push(label);
        }
        // The last of them have probabilities, and those of one are even.
        let mut probabilities = Vec::new();
        for label in labels.split_off(50) {
            let of_other = [0.2, 0.5][usize::from(probabilities.is_empty())];
            let pair = [1.0 - of_other, of_other];
            probabilities.extend([pair[label as usize], pair[1 - label as usize]]);
        }
        let targets = Targets::new(2, labels, probabilities);
        TrainingSet { texts, targets }
    }

    /// At the optimum of `|w|² / 2` and C times the cross-entropy with targets p, every weight is
    /// `C Σ x (p - σ(w·x))`, which the dual solver does not compute by.
    #[test]
    fn weights_are_where_the_primal_loss_is_lowest() {
        let data = data();
        let index = known_ngrams(data.texts.iter(), 2);
        let texts = Places::of(&index, data.texts.iter(), 2);
        let problem = Problem {
            texts: &texts,
            targets: &data.targets,
            ngrams: index.len(),
        };
        let weights = problem.against_others(1);
        let ratios = problem.log_count_ratios(1);
        let square = |&place: &u32| f64::from(ratios[place as usize]).powi(2);
        let count = data.targets.texts();
        let mean_norm = texts.places.iter().map(square).sum::<f64>() / count as f64;
        let mut expected = vec![0f64; weights.len()];
        for text in 0..count {
            let target = f64::from(data.targets.probability(text, 1));
            let places = texts.get(text);
            let score: f64 = places.iter().map(|&p| f64::from(weights[p as usize])).sum();
            for place in places {
                expected[*place as usize] +=
                    STRENGTH / mean_norm * (target - sigmoid(score)) * square(place);
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
    fn an_ngram_of_one_text_is_not_known() {
        let mut texts = EncodedTexts::default();
        texts.push([1, 2, 3]);
        texts.push([1, 2, 4, 1, 2]);
        let index = known_ngrams(texts.iter(), 3);
        assert_eq!(index.len(), 3);
        assert!(index.get(NgramKey::new(&[1, 2])).is_some());
        assert!(index.get(NgramKey::new(&[1, 2, 3])).is_none());
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
