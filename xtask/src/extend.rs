//! `cargo xtask extend MODEL LABELS OUT`: saves the network of a model with further labels, to be trained on. LABELS, separated by commas, are
//! all labels of the saved model; those of MODEL keep their weights.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, ensure};
use candle_core::Tensor;
use sentiment::Device;
use sentiment::model::{Precision, SavedModel};
use sentiment::text::CharNgrams;

use crate::save::save;

/// The bias of a new label, which makes it improbable until it has been trained.
const NEW_BIAS: f64 = -3.5;

/// Reads a model and writes its network with other labels to folder `out`. The n-grams are left out.
pub fn run(model: &str, labels: &str, out: &str) -> anyhow::Result<()> {
    let mut model = SavedModel::read(Path::new(model), &Device::Cpu)?;
    ensure!(model.further.is_empty(), "MODEL has further labels already");
    let known = model.config.labels.to_vec();
    let labels: Vec<String> = labels.split(',').map(String::from).collect();
    let distinct: BTreeSet<&String> = labels.iter().collect();
    ensure!(
        distinct.len() == labels.len() && known.iter().all(|label| labels.contains(label)),
        "LABELS lack a label of MODEL, or repeat one"
    );
    let new: Vec<String> = labels
        .into_iter()
        .filter(|label| !known.contains(label))
        .collect();
    for (name, bias) in [("linear.weight", 0.0), ("linear.bias", NEW_BIAS)] {
        let rows = model.weights.dense.get(name).context("no linear layer")?;
        let mut shape = rows.dims().to_vec();
        shape[0] = new.len();
        let of_new = (Tensor::ones(shape, rows.dtype(), rows.device())? * bias)?;
        let rows = Tensor::cat(&[rows, &of_new], 0)?;
        model.weights.dense.insert(name.into(), rows);
    }
    model.config.labels = [known, new].concat().into();
    model.config.ngrams = 0;
    model.config.char_ngrams = CharNgrams::default();
    model.ngrams = None;
    save(&model, out, Precision::Full)
}
