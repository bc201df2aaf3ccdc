//! `cargo xtask compact MODEL OUT NGRAMS`: compacts a saved model to 6-bit embeddings, 16-bit weights and its NGRAMS
//! strongest n-grams. models/build.sh builds the built-in model this way.

use std::path::Path;

use anyhow::Context;
use sentiment::Device;
use sentiment::model::{Precision, SavedModel};

use crate::save::save;

/// Reads the model in folder `model` and writes its compact form to folder `out`.
pub fn run(model: &str, out: &str, ngrams: &str) -> anyhow::Result<()> {
    let count = ngrams.parse().context("NGRAMS must be a number")?;
    let mut model = SavedModel::read(Path::new(model), &Device::Cpu)?;
    model.ngrams = model.ngrams.map(|ngrams| ngrams.strongest(count));
    // A model that build.sh trained in several steps starts from one that nobody has.
    model.config.base = None;
    save(&model, out, Precision::Compact)
}
