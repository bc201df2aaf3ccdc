//! `cargo xtask average FIRST SECOND PART VALIDATION OUT`: saves the model FIRST with the weighted mean of the weights of two networks: PART of
//! SECOND, 0 to 1, and the rest of FIRST. Both were trained from the same model; labels that only SECOND has become further labels.
//! Such a mean is more robust than the second model alone (Wortsman et al., 2022, "Robust fine-tuning of zero-shot models").
//! The temperature is fitted to the labelled texts VALIDATION.

use std::path::Path;

use anyhow::{Context, ensure};
use candle_core::Tensor;
use sentiment::Device;
use sentiment::classifier::Classifier;
use sentiment::corpus::{Corpus, CorpusOptions, read_labelled};
use sentiment::evaluation::fit_temperature;
use sentiment::model::{
    Embedding, FORMAT_VERSION, FURTHER_BIAS, FURTHER_WEIGHT, Precision, SavedModel,
    ScoringPrecision,
};

use crate::save::save;

/// Reads two models with the same vocabulary and writes their weighted mean to folder `out`. Its labels and n-grams are those of the first.
pub fn run(
    first: &str,
    second: &str,
    part: &str,
    validation: &str,
    out: &str,
) -> anyhow::Result<()> {
    let part: f32 = part.parse().context("PART must be a number")?;
    ensure!((0.0..=1.0).contains(&part), "PART must be between 0 and 1");
    let mut model = SavedModel::read(Path::new(first), &Device::Cpu)?;
    let second = SavedModel::read(Path::new(second), &Device::Cpu)?;
    ensure!(
        model.further.is_empty() && second.further.is_empty(),
        "a model has further labels already"
    );
    ensure!(
        model.vocabulary.to_file() == second.vocabulary.to_file(),
        "the models have different vocabularies"
    );
    let embedding = &model.weights.embedding;
    let (a, b) = (embedding.weights(), second.weights.embedding.weights());
    let weights = a.iter().zip(&*b);
    let weights = weights.map(|(a, b)| a + part * (b - a)).collect();
    model.weights.embedding = Embedding::new(weights, embedding.size());
    let rows = rows_of(&model.config.labels, &second.config.labels).context("SECOND")?;
    for (name, weight) in &mut model.weights.dense {
        let other = second.weights.dense.get(name).context("another network")?;
        let other = match name.starts_with("linear.") {
            true => other.index_select(&rows, 0)?,
            false => other.clone(),
        };
        *weight = (&*weight + ((other - &*weight)? * f64::from(part))?)?;
    }
    add_further_labels(&mut model, &second)?;
    model.config.decision.temperature = 1.0;
    save(&model, out, Precision::Full)?;
    model.config.decision.temperature = temperature(out, validation)?;
    save(&model, out, Precision::Full)
}

/// Makes the labels of the second model that the first does not have further labels.
fn add_further_labels(model: &mut SavedModel, second: &SavedModel) -> anyhow::Result<()> {
    let known = model.config.labels.to_vec();
    let other = second
        .config
        .labels
        .iter()
        .filter(|label| !known.contains(label));
    let other: Vec<String> = other.cloned().collect();
    if other.is_empty() {
        return Ok(());
    }
    let rows = rows_of(&other, &second.config.labels)?;
    for (name, further) in [
        ("linear.weight", FURTHER_WEIGHT),
        ("linear.bias", FURTHER_BIAS),
    ] {
        let weight = &second.weights.dense[name];
        let weight = weight.index_select(&rows, 0)?;
        model.further.insert(further.into(), weight);
    }
    model.config.further_labels = other;
    model.config.format_version = FORMAT_VERSION;
    Ok(())
}

/// Returns the index of each label in all labels of a model.
fn rows_of(labels: &[String], all: &[String]) -> anyhow::Result<Tensor> {
    let rows = labels.iter().map(|label| Ok(index_of(label, all)? as u32));
    let rows = rows.collect::<anyhow::Result<Vec<u32>>>()?;
    Ok(Tensor::new(rows, &candle_core::Device::Cpu)?)
}

/// Returns the index of a label in all labels of a model.
fn index_of(label: &str, all: &[String]) -> anyhow::Result<usize> {
    let index = all.iter().position(|known| known == label);
    index.with_context(|| format!("no label {label:?}: the labels are {}", all.join(", ")))
}

/// Returns the temperature of a saved model that fits labelled texts.
fn temperature(folder: &str, validation: &str) -> anyhow::Result<f64> {
    let classifier = Classifier::load_with(Path::new(folder), &Device::Cpu, ScoringPrecision::F32)?;
    let Corpus { examples, .. } = read_labelled(Path::new(validation), &CorpusOptions::default())?;
    let texts: Vec<&str> = examples.iter().map(|example| &*example.text).collect();
    let predictions = classifier.predict(&texts)?;
    let logits = predictions.iter().map(|prediction| {
        let chances = prediction.probabilities.iter();
        chances
            .map(|chance| chance.max(f64::MIN_POSITIVE).ln() as f32)
            .collect()
    });
    let labels = examples.iter();
    let labels = labels.map(|example| index_of(&example.label, classifier.labels()));
    let labels = labels.collect::<anyhow::Result<Vec<usize>>>();
    let labels = labels.with_context(|| format!("could not read {validation}"))?;
    let temperature = fit_temperature(&logits.collect::<Vec<_>>(), &labels);
    println!("temperature {temperature:.4}");
    Ok(temperature)
}
