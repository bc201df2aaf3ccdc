//! Supervised training on labelled and pseudo-labelled texts.

pub(super) mod epoch;
pub(super) mod loader;
mod loss;
pub(super) mod step;
pub(super) mod validation;
