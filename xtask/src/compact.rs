//! Writes a saved model with fewer bits a weight and its strongest n-grams alone: how the model in the program
//! is made of the one that was trained (models/build.sh).
//!
//!     cargo run --release --example compact -- MODEL OUT NGRAMS

use std::path::Path;

use anyhow::Context;
use candle_core::Device;
use sentiment::model::{Precision, SavedModel, folder, model_files};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, out, ngrams] = arguments.as_slice() else {
        anyhow::bail!("compact MODEL OUT NGRAMS");
    };
    let mut model = SavedModel::read(Path::new(model), &Device::Cpu)?;
    let count = ngrams.parse().context("NGRAMS is a number")?;
    model.ngrams = model.ngrams.map(|ngrams| ngrams.strongest(count));
    let files = model_files(
        &model.config,
        &model.vocabulary,
        &model.weights,
        model.ngrams.as_ref(),
        Precision::Compact,
    )?;
    std::fs::create_dir_all(out).with_context(|| format!("could not create {out}"))?;
    folder::replace_together(Path::new(out), &files)?;
    Ok(())
}
