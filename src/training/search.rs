//! The search for a recipe: random ones, of which those that do well on few texts are tried on more
//! (asynchronous successive halving: Li et al., 2020, algorithm 2).

use std::cmp::Ordering;

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::draws::Draw;
use super::{Dataset, Preset, Recipe};
use crate::model::Pooling;
use crate::text::StopwordList;

/// Of the recipes tried on so many texts, one in this number is tried on this many times as many.
const REDUCTION: usize = 3;

/// How often the number of texts grows: from a ninth of them to all.
const RUNGS: usize = 3;

/// A recipe to try.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Which of the recipes that were drawn.
    pub number: usize,
    /// How often it was found good enough to be tried on more texts.
    pub rung: usize,
    /// The recipe.
    pub recipe: Recipe,
}

impl Candidate {
    /// The part of a dataset that it is trained on, of at least `least` texts; all are validated on.
    pub fn part(&self, dataset: &Dataset, least: usize) -> Dataset {
        dataset.with_less(
            texts(self.rung, dataset.train.texts.len(), least),
            self.recipe.seed,
        )
    }
}

/// How many of `all` texts are trained on in a rung: `least` or more.
fn texts(rung: usize, all: usize, least: usize) -> usize {
    (all / REDUCTION.pow((RUNGS - 1 - rung) as u32))
        .max(least)
        .min(all)
}

/// What came of a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// See [`Candidate::number`].
    pub number: usize,
    /// See [`Candidate::rung`].
    pub rung: usize,
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
        self.rung
            .cmp(&other.rung)
            .then(by_accuracy)
            .then(other.loss.total_cmp(&self.loss))
    }

    /// How many of `all` texts it was trained on, see [`Candidate::part`].
    pub fn texts(&self, all: usize, least: usize) -> usize {
        texts(self.rung, all, least)
    }
}

/// A search and what it has found.
#[derive(Clone, Debug)]
pub struct Search {
    base: Recipe,
    trials: Vec<Trial>,
}

impl Search {
    /// A search around a recipe, whose seed decides what is drawn, after some trials.
    pub fn new(base: Recipe, trials: Vec<Trial>) -> Self {
        Self { base, trials }
    }

    /// Every trial, in the order in which they were made.
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// The best trial: see [`Trial::compare`].
    pub fn best(&self) -> Option<&Trial> {
        self.trials.iter().max_by(|a, b| a.compare(b))
    }

    /// What to try next: on more texts what is among the best of its rung, or else another recipe.
    pub fn next(&self) -> Candidate {
        for rung in (0..RUNGS - 1).rev() {
            let mut of_rung = self.of_rung(rung);
            of_rung.sort_by(|a, b| b.compare(a));
            let above: Vec<usize> = self
                .of_rung(rung + 1)
                .iter()
                .map(|trial| trial.number)
                .collect();
            let best = &of_rung[..of_rung.len() / REDUCTION];
            if let Some(trial) = best.iter().find(|trial| !above.contains(&trial.number)) {
                return Candidate {
                    number: trial.number,
                    rung: rung + 1,
                    recipe: trial.recipe.clone(),
                };
            }
        }
        let number = self.of_rung(0).len();
        Candidate {
            number,
            rung: 0,
            recipe: self.draw(number),
        }
    }

    /// Adds what came of a candidate.
    pub fn add(&mut self, trial: Trial) {
        self.trials.push(trial);
    }

    fn of_rung(&self, rung: usize) -> Vec<&Trial> {
        let of_rung = self.trials.iter().filter(|trial| trial.rung == rung);
        of_rung.collect()
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

    /// Where every recipe is better than those before, each third one is tried on more texts at once, and when
    /// three are, the best of them on all.
    #[test]
    fn the_best_third_is_tried_on_more_texts() {
        let mut search = Search::new(Recipe::default(), Vec::new());
        let mut tried = Vec::new();
        for _ in 0..13 {
            let candidate = search.next();
            candidate.recipe.check().unwrap();
            tried.push((candidate.number, candidate.rung));
            search.add(Trial {
                number: candidate.number,
                rung: candidate.rung,
                accuracy: candidate.number as f64 / 10.0,
                loss: 0.5,
                seconds: 1.0,
                recipe: candidate.recipe,
            });
        }
        let expected = [
            (0, 0),
            (1, 0),
            (2, 0),
            (2, 1),
            (3, 0),
            (3, 1),
            (4, 0),
            (4, 1),
            (4, 2),
            (5, 0),
            (5, 1),
            (5, 2),
            (6, 0),
        ];
        assert_eq!(tried, expected);
        assert_eq!(
            search.best().map(|trial| (trial.number, trial.rung)),
            Some((4, 2))
        );
    }

    #[test]
    fn the_texts_grow_to_all() {
        assert_eq!(
            [0, 1, 2].map(|rung| texts(rung, 9000, 100)),
            [1000, 3000, 9000]
        );
        assert_eq!(
            [0, 1, 2].map(|rung| texts(rung, 1500, 1000)),
            [1000, 1000, 1500]
        );
        assert_eq!([0, 1, 2].map(|rung| texts(rung, 90, 1000)), [90; 3]);
    }

    #[test]
    fn goes_on_as_it_began() {
        let base = Recipe {
            seed: 7,
            ..Recipe::default()
        };
        let trial = |candidate: Candidate| Trial {
            number: candidate.number,
            rung: candidate.rung,
            accuracy: 0.5,
            loss: 0.5,
            seconds: 1.0,
            recipe: candidate.recipe,
        };
        let mut search = Search::new(base.clone(), Vec::new());
        assert_eq!(search.next().recipe, base);
        for _ in 0..5 {
            let next = trial(search.next());
            search.add(next);
        }
        let again = Search::new(base, search.trials().to_vec());
        assert_eq!(again.next(), search.next());
    }
}
