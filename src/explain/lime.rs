//! LIME (Ribeiro, Singh and Guestrin, 2016, "Why Should I Trust You?", algorithm 1): the classifier predicts many
//! samples of the text with words removed, and a linear model of these predictions near the text gives each word a
//! weight.
//!
//! Sampling, sample weights and feature selection follow the authors' own implementation, the Python package `lime`.
//! The number of removed words is uniform from 1 to all. The distance of a sample from the text is 100 times the cosine
//! distance of the two sets of words. The kernel is the square root of the paper's `exp(−d²/σ²)` (section 3.4) with σ =
//! 25. The linear model is ridge regression with `alpha = 1`. By position, the reference replaces a removed word with a
//! word that no text contains; here the following words move up.

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::error::ExplainError;
use super::explanation::{Basis, Fit};
use super::feature_selection::{COMPARING_ALPHA, select, strongest};
use super::features::{Features, LabelWeights};
use super::ridge::{LinearFit, Moments};
use super::{IsWanted, check};
use crate::batch::EncodedTexts;
use crate::classifier::{Classifier, Prediction};
use crate::correlation::spearman;

/// Defaults without a number of samples: the number before the first fit, and the maximum.
const ROUND: usize = 1_000;
const MOST_SAMPLES: usize = 5_000;

/// The number of strongest words of each half that stability is measured on.
const STRONGEST: usize = 10;

/// The maximum number of features. A linear model of this size takes 31 MB, and six of them are needed.
const MOST_FEATURES: usize = 2_800;

const KERNEL_WIDTH: f64 = 25.0;
const ALPHA: f64 = 1.0;

/// The number of tokens of the samples that are predicted at once: a fraction of a second of work.
const TOKENS_A_BATCH: usize = 1 << 15;

/// What to sample, and how many words to weight.
#[derive(Clone, Copy, Debug)]
pub struct Sampling {
    /// The maximum number of words for a label.
    pub most_words: usize,
    /// The number of samples; by default, until the weights are stable.
    pub samples: Option<usize>,
    /// The random seed.
    pub seed: u64,
}

/// Weights the features of a text for each of the labels. Returns the strongest.
pub fn lime(
    classifier: &Classifier,
    features: &Features,
    labels: &[usize],
    prediction: &Prediction,
    sampling: Sampling,
    is_wanted: IsWanted,
) -> Result<(Basis, Vec<LabelWeights>), ExplainError> {
    if features.len() > MOST_FEATURES {
        return Err(ExplainError::TooManyFeatures {
            features: features.len(),
            most: MOST_FEATURES,
        });
    }
    let Sampling {
        most_words,
        samples,
        seed,
    } = sampling;
    let mut neighbourhood = Neighbourhood::new(classifier, features, labels, prediction, seed);
    let most_samples = samples.unwrap_or(MOST_SAMPLES);
    loop {
        let drawn = neighbourhood.samples;
        let round = (ROUND - drawn % ROUND).min(most_samples.saturating_sub(drawn));
        neighbourhood.draw(round, is_wanted)?;
        let is_last = neighbourhood.samples >= most_samples;
        if samples.is_some() && !is_last {
            continue;
        }
        check(is_wanted)?;
        let stability = neighbourhood.stability();
        if is_last || stability.is_none_or(|stability| stability >= Basis::STABLE) {
            let weighed = neighbourhood.fit(most_words);
            let basis = Basis::Lime {
                samples: neighbourhood.samples,
                stability,
            };
            return Ok((basis, weighed));
        }
    }
}

/// The classifier's predictions for samples near a text.
struct Neighbourhood<'a> {
    classifier: &'a Classifier,
    features: &'a Features,
    labels: &'a [usize],
    /// The prediction for the text itself.
    of_text: Vec<f64>,
    /// The number of samples, including the text itself.
    samples: usize,
    /// The two halves: alternate samples, drawn with different seeds.
    halves: [Half; 2],
}

struct Half {
    rng: ChaCha8Rng,
    moments: Moments,
}

impl<'a> Neighbourhood<'a> {
    fn new(
        classifier: &'a Classifier,
        features: &'a Features,
        labels: &'a [usize],
        prediction: &Prediction,
        seed: u64,
    ) -> Self {
        let half = |stream| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(stream);
            let moments = Moments::new(features.len(), labels.len());
            Half { rng, moments }
        };
        Self {
            classifier,
            features,
            labels,
            of_text: targets(prediction, labels),
            samples: 1,
            halves: [half(0), half(1)],
        }
    }

    /// Predicts this many more samples, in batches while they are wanted.
    fn draw(&mut self, samples: usize, is_wanted: IsWanted) -> Result<(), ExplainError> {
        // Even, so that a batch begins with the first half.
        let most = (TOKENS_A_BATCH / self.features.ids().len().max(1)).next_multiple_of(2);
        let mut left = samples;
        while left > 0 {
            check(is_wanted)?;
            let batch = most.max(2).min(left);
            self.draw_batch(batch)?;
            left -= batch;
        }
        Ok(())
    }

    fn draw_batch(&mut self, samples: usize) -> Result<(), ExplainError> {
        let mut texts = EncodedTexts::default();
        let mut of_halves = [Vec::new(), Vec::new()];
        for sample in 0..samples {
            let half = sample % 2;
            let kept = draw_kept(self.features.len(), &mut self.halves[half].rng);
            let mut is_kept = vec![false; self.features.len()];
            kept.iter().for_each(|&feature| is_kept[feature] = true);
            self.features.push_kept(&mut texts, &is_kept);
            of_halves[half].push(kept);
        }
        let predictions = self.classifier.predict_encoded(&texts)?;
        let (features, labels) = (self.features.len(), self.labels);
        let add = |half: &mut Half, kept: &[Vec<usize>], first: usize| {
            let predictions = predictions.iter().skip(first).step_by(2);
            for (kept, prediction) in kept.iter().zip(predictions) {
                let weight = proximity(kept.len(), features);
                half.moments.add(kept, &targets(prediction, labels), weight);
            }
        };
        let [first, second] = &mut self.halves;
        rayon::join(
            || add(first, &of_halves[0], 0),
            || add(second, &of_halves[1], 1),
        );
        self.samples += samples;
        Ok(())
    }

    /// Returns the `most` strongest weights for each label.
    fn fit(&self, most: usize) -> Vec<LabelWeights> {
        let [first, second] = &self.halves;
        let mut moments = first.moments.clone();
        moments.merge(&second.moments);
        let everything: Vec<usize> = (0..self.features.len()).collect();
        moments.add(&everything, &self.of_text, 1.0);
        weigh(&moments, self.features.len(), self.labels.len(), most)
    }

    /// Returns the stability: Spearman's rank correlation of the two halves' weights of the words among the strongest
    /// of either half, the minimum over labels. None if there are too few words to rank, or a half has no sample.
    fn stability(&self) -> Option<f64> {
        if self.samples < 3 {
            return None;
        }
        let all: Vec<usize> = (0..self.features.len()).collect();
        let weights = |half: &Half| -> Vec<Vec<f64>> {
            let ridge = half.moments.ridge(&all, COMPARING_ALPHA);
            let targets = 0..self.labels.len();
            let weights = targets.map(|target| ridge.fit(target).coefficients);
            weights.collect()
        };
        let [first, second] = &self.halves;
        let (first, second) = rayon::join(|| weights(first), || weights(second));
        let correlations = first.iter().zip(&second).filter_map(|(first, second)| {
            let mut words = [strongest(first, STRONGEST), strongest(second, STRONGEST)].concat();
            words.sort_unstable();
            words.dedup();
            let pairs: Vec<(f64, f64)> = words.iter().map(|&at| (first[at], second[at])).collect();
            spearman(&pairs)
        });
        correlations.reduce(f64::min)
    }
}

/// Selects at most `most` features for each target and returns them with their weights.
fn weigh(moments: &Moments, features: usize, targets: usize, most: usize) -> Vec<LabelWeights> {
    let all: Vec<usize> = (0..features).collect();
    let with_all = (most >= features).then(|| moments.ridge(&all, ALPHA));
    let weighed = (0..targets).map(|target| match &with_all {
        Some(ridge) => of_fit(&all, ridge.fit(target)),
        None => {
            let used = select(moments, features, target, most);
            of_fit(&used, moments.ridge(&used, ALPHA).fit(target))
        }
    });
    weighed.collect()
}

fn of_fit(used: &[usize], fit: LinearFit) -> LabelWeights {
    LabelWeights {
        fit: Some(Fit {
            intercept: fit.intercept,
            local_prediction: fit.intercept + fit.coefficients.iter().sum::<f64>(),
            r2: Some(fit.r2),
        }),
        weights: used.iter().copied().zip(fit.coefficients).collect(),
    }
}

/// Draws the features to keep at random, in ascending order.
fn draw_kept(features: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let left_out = rng.random_range(1..=features);
    let mut order: Vec<usize> = (0..features).collect();
    let (_, kept) = order.partial_shuffle(rng, left_out);
    let mut kept = kept.to_vec();
    kept.sort_unstable();
    kept
}

/// Returns the weight of a sample that keeps this many of the features.
fn proximity(kept: usize, features: usize) -> f64 {
    // The cosine of two sets, one a subset of the other.
    let similarity = (kept as f64 / features as f64).sqrt();
    let distance = 100.0 * (1.0 - similarity);
    (-(distance / KERNEL_WIDTH).powi(2)).exp().sqrt()
}

fn targets(prediction: &Prediction, labels: &[usize]) -> Vec<f64> {
    let probabilities = labels.iter().map(|&label| prediction.probabilities[label]);
    probabilities.collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// Generated by benches/peers/lime_fixture.py.
    const FIXTURE: &str = include_str!("../../tests/fixtures/lime.json");

    #[derive(Deserialize)]
    struct Fixture {
        samples: Vec<String>,
        targets: Vec<Vec<f64>>,
        fits: Vec<ReferenceFit>,
    }

    #[derive(Deserialize)]
    struct ReferenceFit {
        features: usize,
        target: usize,
        intercept: f64,
        weights: Vec<(usize, f64)>,
        r2: f64,
        local_prediction: f64,
    }

    #[test]
    fn weights_are_those_of_the_reference() {
        let fixture: Fixture = serde_json::from_str(FIXTURE).unwrap();
        let features = fixture.samples[0].len();
        let mut moments = Moments::new(features, 2);
        for (sample, targets) in fixture.samples.iter().zip(&fixture.targets) {
            let kept: Vec<usize> = sample.match_indices('1').map(|(at, _)| at).collect();
            moments.add(&kept, targets, proximity(kept.len(), features));
        }
        for reference in &fixture.fits {
            let weighed = weigh(&moments, features, 2, reference.features);
            let LabelWeights { fit, weights } = &weighed[reference.target];
            let fit = fit.unwrap();
            let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9);
            near(fit.intercept, reference.intercept);
            near(fit.local_prediction, reference.local_prediction);
            near(fit.r2.unwrap(), reference.r2);
            let mut weights = weights.clone();
            weights.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
            assert_eq!(weights.len(), reference.weights.len());
            for (found, expected) in weights.iter().zip(&reference.weights) {
                assert_eq!(found.0, expected.0);
                near(found.1, expected.1);
            }
        }
    }

    #[test]
    fn any_number_of_features_is_left_out_equally_often() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let (mut left_out, mut kept) = ([0; 5], [0; 4]);
        for _ in 0..8_000 {
            let features = draw_kept(4, &mut rng);
            assert!(features.is_sorted_by(|a, b| a < b));
            left_out[4 - features.len()] += 1;
            features.iter().for_each(|&feature| kept[feature] += 1);
        }
        // 2,000 of each, and 3,000 of 8,000 keep a feature: five standard deviations are about 200.
        assert_eq!(left_out[0], 0);
        assert!(
            left_out[1..]
                .iter()
                .all(|&count: &i32| (count - 2_000).abs() < 200)
        );
        assert!(kept.iter().all(|&count: &i32| (count - 3_000).abs() < 220));
    }
}
