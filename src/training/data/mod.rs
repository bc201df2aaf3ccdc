//! The data of a run: labelled texts, their encoding, and the model before training.

pub(super) mod adapted_model;
pub(super) mod base;
pub(super) mod dataset;
pub(super) mod folds;
pub(super) mod initial_model;
pub(super) mod initial_vectors;
pub(super) mod labelled_texts;
pub(super) mod source;
pub(super) mod targets;
mod token_counts;
pub(super) mod training_set;
