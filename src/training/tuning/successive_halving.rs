//! Asynchronous successive halving (Li et al., 2020, algorithm 2): the best recipes on few texts are promoted
//! to trials on more texts.

use super::search_space::SearchSpace;
use super::trial::{Candidate, Trial};

/// The reduction factor η: one in η recipes is promoted, to η times as many texts.
const REDUCTION_FACTOR: usize = 3;

/// The number of rungs: a ninth of the texts, a third and all.
const RUNGS: u32 = 3;

/// The minimum number of texts of a trial, unless the dataset is smaller: with fewer, results are too noisy.
const MIN_TEXTS: usize = 1000;

/// A search with its trials.
#[derive(Clone, Debug)]
pub(super) struct Search {
    space: SearchSpace,
    /// The number of texts of each rung, ascending.
    rung_sizes: Vec<usize>,
    trials: Vec<Trial>,
}

impl Search {
    /// Returns a search on a training set of `texts` texts that continues after the given trials.
    pub(super) fn new(space: SearchSpace, texts: usize, trials: Vec<Trial>) -> Self {
        let fractions = (0..RUNGS)
            .rev()
            .map(|rung| texts / REDUCTION_FACTOR.pow(rung));
        let mut rung_sizes: Vec<usize> = fractions
            .map(|size| size.max(MIN_TEXTS).min(texts))
            .collect();
        rung_sizes.dedup();
        Self {
            space,
            rung_sizes,
            trials,
        }
    }

    /// Returns every trial in the order of training.
    pub(super) fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// Returns the best trial: see [`Trial::compare`].
    pub(super) fn best(&self) -> Option<&Trial> {
        self.trials.iter().max_by(|a, b| a.compare(b))
    }

    /// Returns the next candidate: a recipe to promote, or else a new recipe.
    pub(super) fn next(&self) -> Candidate {
        for sizes in self.rung_sizes.windows(2).rev() {
            let (mut rung, next_rung) = (self.trials_on(sizes[0]), self.trials_on(sizes[1]));
            rung.sort_by(|a, b| b.compare(a));
            let is_promotable =
                |trial: &&&Trial| next_rung.iter().all(|other| other.number != trial.number);
            let best = &rung[..rung.len() / REDUCTION_FACTOR];
            if let Some(trial) = best.iter().find(is_promotable) {
                return Candidate {
                    number: trial.number,
                    texts: sizes[1],
                    recipe: trial.recipe.clone(),
                };
            }
        }
        let texts = self.rung_sizes[0];
        let number = self.trials_on(texts).len();
        Candidate {
            number,
            texts,
            recipe: self.space.recipe(number),
        }
    }

    /// Adds the result of a candidate.
    pub(super) fn add(&mut self, trial: Trial) {
        self.trials.push(trial);
    }

    fn trials_on(&self, texts: usize) -> Vec<&Trial> {
        let trials = self.trials.iter().filter(|trial| trial.texts == texts);
        trials.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::recipe::Recipe;

    /// Returns a search in which each recipe is better than the ones before.
    fn search(texts: usize, trials: usize) -> Search {
        let base = Recipe {
            seed: 7,
            ..Recipe::default()
        };
        let space = SearchSpace::new(base, &[]).unwrap();
        let mut search = Search::new(space, texts, Vec::new());
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

    fn numbers_and_sizes(search: &Search) -> Vec<(usize, usize)> {
        let trials = search.trials().iter();
        trials.map(|trial| (trial.number, trial.texts)).collect()
    }

    /// The best of every three recipes is promoted at once, first to 3000 texts and then to 9000.
    #[test]
    fn the_best_third_is_promoted() {
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
        assert_eq!(numbers_and_sizes(&search), expected);
        let best = search.best().unwrap();
        assert_eq!((best.number, best.texts), (5, 9000));
    }

    #[test]
    fn a_small_dataset_has_fewer_rungs() {
        let numbers: Vec<(usize, usize)> = (0..7).map(|number| (number, 90)).collect();
        assert_eq!(numbers_and_sizes(&search(90, 7)), numbers);
        assert_eq!(numbers_and_sizes(&search(1500, 4))[3], (2, 1500));
    }

    #[test]
    fn a_resumed_search_continues_the_same() {
        let search = search(9000, 5);
        assert_eq!(search.trials()[0].recipe, search.space.recipe(0));
        let resumed = Search::new(search.space.clone(), 9000, search.trials().to_vec());
        assert_eq!(resumed.next(), search.next());
    }
}
