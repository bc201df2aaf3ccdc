//! The search for a recipe: random ones, of which those that do well on few texts are tried on more
//! (asynchronous successive halving: Li et al., 2020, algorithm 2).

use std::cmp::Ordering;

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::draws::Draw;
use super::{Preset, Recipe};
use crate::model::Pooling;
use crate::text::StopwordList;

/// Of the recipes tried on so many texts, one in this number is tried on this many times as many.
const REDUCTION: usize = 3;

/// How often a recipe is tried at most: on a ninth of the texts, on a third and on all.
const RUNGS: u32 = 3;

/// A recipe is tried on so many texts at least, where there are as many: fewer say little.
const LEAST_TEXTS: usize = 1000;

/// A recipe to try.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Which of the recipes that were drawn.
    pub number: usize,
    /// How many texts to train on.
    pub texts: usize,
    /// The recipe.
    pub recipe: Recipe,
}

/// What came of a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// See [`Candidate::number`].
    pub number: usize,
    /// See [`Candidate::texts`].
    pub texts: usize,
    /// The share of validation texts that are right.
    pub accuracy: f64,
    /// The mean of minus the log-probability of the right label.
    pub loss: f64,
    /// How long it took.
    pub seconds: f64,
    /// What was tried.
    pub recipe: Recipe,
}

impl Trial {
    /// The greater is the better: one on more texts, with more validation texts right or, of equals, a lower
    /// loss.
    pub fn compare(&self, other: &Self) -> Ordering {
        let by_accuracy = self.accuracy.total_cmp(&other.accuracy);
        self.texts
            .cmp(&other.texts)
            .then(by_accuracy)
            .then(other.loss.total_cmp(&self.loss))
    }
}

/// A search and what it has found.
#[derive(Clone, Debug)]
pub struct Search {
    base: Recipe,
    /// On how many texts recipes are tried: first on the fewest, and the best of those on the next.
    sizes: Vec<usize>,
    trials: Vec<Trial>,
}

impl Search {
    /// A search around a recipe, whose seed decides what is drawn, with so many texts to train on, and after
    /// some trials.
    pub fn new(base: Recipe, texts: usize, trials: Vec<Trial>) -> Self {
        let parts = (0..RUNGS).rev().map(|rung| texts / REDUCTION.pow(rung));
        let mut sizes: Vec<usize> = parts.map(|part| part.max(LEAST_TEXTS).min(texts)).collect();
        sizes.dedup();
        Self {
            base,
            sizes,
            trials,
        }
    }

    /// Every trial, in the order in which they were made.
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// The best trial: see [`Trial::compare`].
    pub fn best(&self) -> Option<&Trial> {
        self.trials.iter().max_by(|a, b| a.compare(b))
    }

    /// What to try next: on more texts what is among the best on fewer, or else another recipe.
    pub fn next(&self) -> Candidate {
        for sizes in self.sizes.windows(2).rev() {
            let (mut tried, more) = (self.of_size(sizes[0]), self.of_size(sizes[1]));
            tried.sort_by(|a, b| b.compare(a));
            let is_new = |trial: &&&Trial| more.iter().all(|other| other.number != trial.number);
            if let Some(trial) = tried[..tried.len() / REDUCTION].iter().find(is_new) {
                return Candidate {
                    number: trial.number,
                    texts: sizes[1],
                    recipe: trial.recipe.clone(),
                };
            }
        }
        let texts = self.sizes[0];
        let number = self.of_size(texts).len();
        Candidate {
            number,
            texts,
            recipe: self.draw(number),
        }
    }

    /// Adds what came of a candidate.
    pub fn add(&mut self, trial: Trial) {
        self.trials.push(trial);
    }

    fn of_size(&self, texts: usize) -> Vec<&Trial> {
        let of_size = self.trials.iter().filter(|trial| trial.texts == texts);
        of_size.collect()
    }

    /// The recipe of this number: first the one that is searched around, then that for sentences, then any.
    fn draw(&self, number: usize) -> Recipe {
        let mut rng = Draw::Candidate { number }.rng(self.base.seed);
        let drawn = match number {
            0 => return self.base.clone(),
            1 => Preset::Sentences.recipe(),
            _ => random(&mut rng),
        };
        Recipe {
            language: self.base.language.clone(),
            class_weights: self.base.class_weights.clone(),
            self_training: self.base.self_training,
            no_calibration: self.base.no_calibration,
            seed: self.base.seed,
            ..drawn
        }
    }
}

/// A recipe of settings each of which was best for some corpus or other.
fn random(rng: &mut ChaCha8Rng) -> Recipe {
    fn one<T: Clone>(values: &[T], rng: &mut ChaCha8Rng) -> T {
        // The lists below are not empty.
        values.choose(rng).expect("a value").clone()
    }
    Recipe {
        stopwords: one(&[StopwordList::None, StopwordList::NegationSafe], rng),
        vector_words: one(&[0, 50_000], rng),
        max_length: one(&[400, 1000], rng),
        freeze_embeddings: rng.random_bool(0.2),
        hidden_size: one(&[64, 128, 192, 256], rng),
        pooling: one(&[Pooling::Max, Pooling::Mean, Pooling::Attention], rng),
        ngrams: one(&[0, 2, 3], rng),
        dropout: rng.random_range(0.2..0.6),
        word_dropout: rng.random_range(0.0..0.3),
        pretraining_epochs: one(&[0, 0, 2, 5], rng),
        batch_size: one(&[16, 32, 64], rng),
        epochs: rng.random_range(2..=8),
        learning_rate: 5e-4 * 8f64.powf(rng.random()),
        label_smoothing: one(&[0.0, 0.05], rng),
        ..Recipe::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes trials of which each recipe is better than those before.
    fn search(texts: usize, trials: usize) -> Search {
        let base = Recipe {
            seed: 7,
            ..Recipe::default()
        };
        let mut search = Search::new(base, texts, Vec::new());
        for _ in 0..trials {
            let Candidate {
                number,
                texts,
                recipe,
            } = search.next();
            recipe.check().unwrap();
            search.add(Trial {
                number,
                texts,
                accuracy: number as f64 / 10.0,
                loss: 0.5,
                seconds: 1.0,
                recipe,
            });
        }
        search
    }

    fn tried(search: &Search) -> Vec<(usize, usize)> {
        let trials = search.trials().iter();
        trials.map(|trial| (trial.number, trial.texts)).collect()
    }

    /// Each third recipe is tried on more texts at once, and when three are, the best of them on all.
    #[test]
    fn the_best_third_is_tried_on_more_texts() {
        let search = search(9000, 13);
        let expected = [
            (0, 1000),
            (1, 1000),
            (2, 1000),
            (2, 3000),
            (3, 1000),
            (3, 3000),
            (4, 1000),
            (4, 3000),
            (4, 9000),
            (5, 1000),
            (5, 3000),
            (5, 9000),
            (6, 1000),
        ];
        assert_eq!(tried(&search), expected);
        let best = search.best().unwrap();
        assert_eq!((best.number, best.texts), (5, 9000));
    }

    #[test]
    fn nothing_is_tried_twice_on_few_texts() {
        let numbers: Vec<(usize, usize)> = (0..7).map(|number| (number, 90)).collect();
        assert_eq!(tried(&search(90, 7)), numbers);
        assert_eq!(tried(&search(1500, 4))[3], (2, 1500));
    }

    #[test]
    fn goes_on_as_it_began() {
        let search = search(9000, 5);
        assert_eq!(search.trials()[0].recipe, search.base);
        let again = Search::new(search.base.clone(), 9000, search.trials().to_vec());
        assert_eq!(again.next(), search.next());
    }
}
