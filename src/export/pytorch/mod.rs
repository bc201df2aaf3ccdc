//! PyTorch: the weights and a module that loads them.

use super::ExportError;
use crate::model::{
    EncoderKind, HostTensor, ModelError, NgramKey, Ngrams, OutputKind, SavedModel, TensorFile,
};
use crate::tensor_file::NumberType;

/// The Python module of the classifier.
const MODEL: &str = include_str!("model.py");

/// The Python module of the SRU, which PyTorch does not have.
const SRU: &str = include_str!("sru.py");

/// Returns the files, by name: the weights, the settings and the Python modules that load them.
pub(super) fn files(model: &SavedModel) -> Result<Vec<(&'static str, Vec<u8>)>, ExportError> {
    let config = &model.config;
    let mut tensors = model.weights.to_host()?;
    if let Some(ngrams) = &model.ngrams {
        tensors.extend(ngram_tensors(ngrams));
    }
    let weights = TensorFile {
        tensors,
        ..TensorFile::default()
    };
    let weights = weights.to_bytes(|_| NumberType::F32);
    let weights = weights.map_err(ModelError::weights("model.safetensors".as_ref()))?;
    let settings = serde_json::json!({
        "labels": config.labels,
        "architecture": config.architecture,
        "temperature": config.decision.temperature,
        "several_labels": config.decision.output == OutputKind::MultiLabel,
        "preprocessing": config.preprocessing,
        "max_length": config.max_length,
    });
    let settings = format!("{settings:#}\n").into_bytes();
    let mut files = vec![
        ("model.py", MODEL.into()),
        ("model.json", settings),
        ("model.safetensors", weights),
    ];
    if config.architecture.encoder.kind() == EncoderKind::Sru {
        files.push(("sru.py", SRU.into()));
    }
    Ok(files)
}

/// Returns the n-grams as tensors: their ids, padded with -1, and their weights.
fn ngram_tensors(ngrams: &Ngrams) -> Vec<(String, HostTensor)> {
    const COLUMNS: usize = crate::model::MAX_NGRAM;
    let ids = |key: NgramKey| {
        let ids = key.ids().map(|id| id as f32);
        ids.chain(std::iter::repeat(-1.0)).take(COLUMNS)
    };
    let count = ngrams.index().len();
    let tensor = |shape: Vec<usize>, values: Vec<f32>| HostTensor { shape, values };
    let mut tensors = vec![
        (
            "ngrams.ids".into(),
            // Ids are exact as floats: a model with n-grams has fewer than 2²¹ words.
            tensor(
                vec![count, COLUMNS],
                ngrams.index().keys().flat_map(ids).collect(),
            ),
        ),
        (
            "ngrams.weight".into(),
            tensor(vec![count, ngrams.labels()], ngrams.weights().to_vec()),
        ),
    ];
    if let Some(idf) = ngrams.idf() {
        tensors.push(("ngrams.idf".into(), tensor(vec![count], idf.to_vec())));
    }
    tensors
}
