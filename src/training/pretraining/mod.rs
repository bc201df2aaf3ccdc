//! Language-model pre-training.

pub(super) mod epoch;
pub(super) mod language_model;
