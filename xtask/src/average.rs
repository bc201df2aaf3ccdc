//! `cargo xtask average FIRST SECOND PART OUT`: saves the model SECOND, which was trained from FIRST, with the weighted mean of the weights of
//! both networks: PART of SECOND, 0 to 1, and the rest of FIRST.
//! Such a mean is more robust than the second model alone (Wortsman et al., 2022, "Robust fine-tuning of zero-shot models").

use std::path::Path;

use anyhow::{Context, ensure};
use sentiment::Device;
use sentiment::model::{Embedding, Precision, SavedModel};

use crate::save::save;

/// Reads two models with the same vocabulary and writes their weighted mean to folder `out`. Its n-grams are those of the second.
pub fn run(first: &str, second: &str, part: &str, out: &str) -> anyhow::Result<()> {
    let part: f32 = part.parse().context("PART must be a number")?;
    ensure!((0.0..=1.0).contains(&part), "PART must be between 0 and 1");
    let first = SavedModel::read(Path::new(first), &Device::Cpu)?;
    let mut second = SavedModel::read(Path::new(second), &Device::Cpu)?;
    ensure!(
        first.vocabulary.to_file() == second.vocabulary.to_file(),
        "the models have different vocabularies"
    );
    let embedding = &second.weights.embedding;
    let (a, b) = (first.weights.embedding.weights(), embedding.weights());
    let weights = a.iter().zip(&*b);
    let weights = weights.map(|(a, b)| a + part * (b - a)).collect();
    second.weights.embedding = Embedding::new(weights, embedding.size());
    for (name, weight) in &mut second.weights.dense {
        let other = first.weights.dense.get(name).context("another network")?;
        *weight = (other + ((&*weight - other)? * f64::from(part))?)?;
    }
    save(&second, out, Precision::Full)
}
