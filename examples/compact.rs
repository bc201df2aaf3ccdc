//! Writes a saved model with fewer bits a weight and its strongest n-grams alone: how the model in the program
//! is made of the one that was trained (models/build.sh).
//!
//!     cargo run --release --example compact -- MODEL OUT NGRAMS

use std::path::Path;

use anyhow::Context;
use candle_core::Device;
use sentiment::model::{
    Precision, SavedModel, config_file, folder, ngrams_file, vocabulary_file, weights_file,
};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, out, ngrams] = arguments.as_slice() else {
        anyhow::bail!("compact MODEL OUT NGRAMS");
    };
    let mut model = SavedModel::read(Path::new(model), &Device::Cpu)?;
    let count = ngrams.parse().context("NGRAMS is a number")?;
    model.ngrams = model.ngrams.map(|ngrams| ngrams.strongest(count));
    let mut files = vec![
        config_file(&model.config),
        vocabulary_file(&model.vocabulary),
        weights_file(&model.weights, model.ngrams.as_ref(), Precision::Compact)?,
    ];
    files.extend(model.ngrams.as_ref().map(ngrams_file));
    std::fs::create_dir_all(out).with_context(|| format!("could not create {out}"))?;
    folder::replace_together(Path::new(out), &files)?;
    Ok(())
}
