//! Model metadata: the list of models, the status of their versions, and their signatures.

use serde_json::{Value, json};

use super::api_error::ApiError;
use super::models::{LoadedModel, Models, ServedModel, VersionState};
use super::request::{INPUT, SIGNATURE};
use super::selector::Selector;
use crate::text::KnownLanguages;
use crate::tone::Tone;

/// Returns all models with their loaded versions and labels.
pub fn list(models: &Models) -> Value {
    let models = models.iter().map(|model| {
        let versions = model.versions();
        let numbers = versions.by_number.iter().rev();
        let loaded = numbers.filter(|(_, state)| state.loaded.is_some());
        let versions: Vec<String> = loaded.map(|(number, _)| number.to_string()).collect();
        let labels = model.labels.iter();
        let labels: serde_json::Map<String, Value> = labels
            .map(|(label, number)| (label.clone(), number.to_string().into()))
            .collect();
        json!({"name": model.name, "versions": versions, "labels": labels})
    });
    json!({"models": models.collect::<Vec<_>>()})
}

/// Returns the status of a model's versions, the highest first.
pub fn status(model: &ServedModel, selector: Selector) -> Result<Value, ApiError> {
    let wanted = match selector {
        Selector::Latest => None,
        Selector::Version(number) => Some(number),
        Selector::Label(label) => Some(model.number_of(label)?),
    };
    let versions = model.versions();
    let statuses: Vec<Value> = versions
        .by_number
        .iter()
        .rev()
        .filter(|(number, _)| wanted.is_none_or(|wanted| wanted == **number))
        .map(|(&number, state)| version_status(number, state))
        .collect();
    if statuses.is_empty() {
        return Err(ApiError::no_status(&model.name, wanted));
    }
    Ok(json!({"model_version_status": statuses}))
}

fn version_status(number: u64, state: &VersionState) -> Value {
    let name = match state {
        VersionState {
            loaded: Some(_), ..
        } => "AVAILABLE",
        VersionState { loading: true, .. } => "LOADING",
        VersionState { .. } => "END",
    };
    let code = match state.error {
        None => "OK",
        Some(_) => "FAILED_PRECONDITION",
    };
    json!({
        "version": number.to_string(),
        "state": name,
        "status": {
            "error_code": code,
            "error_message": state.error.as_deref().unwrap_or_default(),
        },
    })
}

/// Returns a version's inputs and outputs as a `SignatureDef`, and what the model is.
pub fn metadata(model: &LoadedModel) -> Value {
    let config = model.classifier.config();
    let tensor = |name: &str, dtype: &str| {
        json!({
            "dtype": dtype,
            "tensor_shape": {"dim": [{"size": "-1", "name": ""}], "unknown_rank": false},
            "name": name,
        })
    };
    json!({
        "model_spec": {
            "name": model.name,
            "signature_name": "",
            "version": model.version.to_string(),
        },
        "metadata": {
            "signature_def": {
                "signature_def": {
                    SIGNATURE: {
                        "inputs": {INPUT: tensor(INPUT, "DT_STRING")},
                        "outputs": {
                            "label": tensor("label", "DT_STRING"),
                            "score": tensor("score", "DT_DOUBLE"),
                            "probabilities": tensor("probabilities", "DT_VARIANT"),
                            "known": tensor("known", "DT_DOUBLE"),
                            "reason": tensor("reason", "DT_STRING"),
                        },
                        "method_name": "tensorflow/serving/predict",
                    },
                },
            },
            "sentiment": {
                "labels": config.labels,
                "max_length": config.max_length,
                "decision": config.decision,
                "languages": config.known_languages.as_ref().map(KnownLanguages::names),
                "tones": tones(&config.labels),
                "card": model.card,
            },
        },
    })
}

/// Returns the tones of the labels that are positive or negative, which decide their colours.
fn tones(labels: &[String]) -> Value {
    let tones = labels.iter().map(|label| (label, Tone::of(label)));
    let tones = tones.filter(|(_, tone)| *tone != Tone::Other);
    tones
        .map(|(label, tone)| (label.clone(), Value::from(tone.name())))
        .collect()
}
