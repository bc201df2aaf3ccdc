//! The search for a recipe: random ones, of which those that do well on few texts are tried on more
//! (asynchronous successive halving: Li et al., 2020, algorithm 2).

use super::search_space::SearchSpace;
use super::trial::{Candidate, Trial};

/// Of the recipes tried on so many texts, one in this number is tried on this many times as many.
const REDUCTION: usize = 3;

/// How often a recipe is tried at most: on a ninth of the texts, on a third and on all.
const RUNGS: u32 = 3;

/// A recipe is tried on so many texts at least, where there are as many: fewer say little.
const LEAST_TEXTS: usize = 1000;

/// A search and what it has found.
#[derive(Clone, Debug)]
pub(super) struct Search {
    space: SearchSpace,
    /// On how many texts recipes are tried: first on the fewest, and the best of those on the next.
    sizes: Vec<usize>,
    trials: Vec<Trial>,
}

impl Search {
    /// Returns a search with this many texts to train on, after the given trials.
    pub(super) fn new(space: SearchSpace, texts: usize, trials: Vec<Trial>) -> Self {
        let parts = (0..RUNGS).rev().map(|rung| texts / REDUCTION.pow(rung));
        let mut sizes: Vec<usize> = parts.map(|part| part.max(LEAST_TEXTS).min(texts)).collect();
        sizes.dedup();
        Self {
            space,
            sizes,
            trials,
        }
    }

    /// Every trial, in the order in which they were made.
    pub(super) fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// The best trial: see [`Trial::compare`].
    pub(super) fn best(&self) -> Option<&Trial> {
        self.trials.iter().max_by(|a, b| a.compare(b))
    }

    /// What to try next: on more texts what is among the best on fewer, or else another recipe.
    pub(super) fn next(&self) -> Candidate {
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
            recipe: self.space.recipe(number),
        }
    }

    /// Adds what came of a candidate.
    pub(super) fn add(&mut self, trial: Trial) {
        self.trials.push(trial);
    }

    fn of_size(&self, texts: usize) -> Vec<&Trial> {
        let of_size = self.trials.iter().filter(|trial| trial.texts == texts);
        of_size.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::recipe::Recipe;

    /// Makes trials of which each recipe is better than those before.
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
        assert_eq!(search.trials()[0].recipe, search.space.recipe(0));
        let again = Search::new(search.space.clone(), 9000, search.trials().to_vec());
        assert_eq!(again.next(), search.next());
    }
}
