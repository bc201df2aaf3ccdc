//! Hyperparameter search.

mod search_space;
mod successive_halving;
pub(super) mod trial;
pub(super) mod tuner;
