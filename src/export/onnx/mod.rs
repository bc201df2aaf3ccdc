//! ONNX: a model as a graph of operators, for onnxruntime and other engines.
//!
//! The graph has the inputs `ids`, `[batch, time]`, and `lengths`, `[batch]`, and the output `probabilities`,
//! `[batch, labels]`. It contains everything after the tokenizer: network, n-grams and temperature.

mod encoder;
mod graph;
mod messages;
mod network;
mod ngrams;
mod sru;

use prost::Message;

use self::graph::{Graph, integer};
use self::messages::{ModelProto, OperatorSet, Property};
use self::network::{Tokens, logits};
use super::ExportError;
use crate::model::{OutputKind, SavedModel};

/// The version of ONNX's file format: that of ONNX 1.12.
const IR_VERSION: i64 = 8;

/// The version of ONNX's operators: that of ONNX 1.12, which onnxruntime 1.16 and newer read.
const OPERATORS_VERSION: i64 = 17;

/// The maximum size of a protobuf message in bytes, which its readers enforce.
const MAX_BYTES: usize = (1 << 31) - 1;

/// Returns the content of an ONNX file.
pub(super) fn onnx_file(model: &SavedModel) -> Result<Vec<u8>, ExportError> {
    let config = &model.config;
    let tensors = model.weights.to_host()?;
    let mut graph = Graph::default();
    let tokens = Tokens::inputs(&mut graph);
    let mut logits = logits(&mut graph, &tokens, &config.architecture, &tensors);
    if let Some(ngrams) = &model.ngrams {
        logits = ngrams::add_logits(&mut graph, &tokens, ngrams, &logits);
    }
    let temperature = [config.decision.temperature as f32];
    let temperature = graph.floats("temperature", &[1], &temperature);
    let scaled = graph.node("Div", &[&logits, &temperature]);
    let probabilities = match config.decision.output {
        OutputKind::MultiLabel => graph.node("Sigmoid", &[&scaled]),
        _ => graph.node_with("Softmax", &[&scaled], vec![integer("axis", 1)]),
    };
    graph.output("probabilities", &probabilities, config.labels.len());
    let file = ModelProto {
        ir_version: IR_VERSION,
        producer_name: "sentiment".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        graph: Some(graph.finish("classifier")),
        opset_import: vec![OperatorSet {
            domain: String::new(),
            version: OPERATORS_VERSION,
        }],
        metadata_props: properties(model),
    };
    match file.encoded_len() {
        ..=MAX_BYTES => Ok(file.encode_to_vec()),
        bytes => Err(ExportError::Large {
            bytes,
            most: MAX_BYTES,
        }),
    }
}

/// Returns what a user of the file must know, as JSON by key.
fn properties(model: &SavedModel) -> Vec<Property> {
    let config = &model.config;
    let json = [
        ("labels", serde_json::json!(config.labels)),
        ("preprocessing", serde_json::json!(config.preprocessing)),
        ("max_length", config.max_length.into()),
        ("decision", serde_json::json!(config.decision)),
        ("format_version", config.format_version.into()),
    ];
    let property = |(key, value): (&str, serde_json::Value)| Property {
        key: format!("sentiment.{key}"),
        value: value.to_string(),
    };
    json.map(property).into()
}
