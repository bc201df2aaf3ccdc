//! The operators of encoders: word vectors to hidden states, both `[batch, time, features]`.

use super::graph::{Graph, Value, integer, integers, string};
use super::network::{Tensors, Tokens};
use crate::model::{EncoderConfig, LstmConfig};

/// The places of the LSTM's gates i, f, g, o in ONNX's order i, o, f, c.
const LSTM_GATES: [usize; 4] = [0, 3, 1, 2];

/// Adds an encoder. States of padding have any value.
pub(super) fn states(
    graph: &mut Graph,
    tokens: &Tokens,
    vectors: &Value,
    config: &EncoderConfig,
    tensors: &Tensors,
) -> Value {
    match config {
        EncoderConfig::Lstm(lstm) => lstm_states(graph, tokens, vectors, lstm, tensors),
    }
}

/// Adds the layers of an LSTM. They are time-major: onnxruntime has no other layout.
fn lstm_states(
    graph: &mut Graph,
    tokens: &Tokens,
    vectors: &Value,
    config: &LstmConfig,
    tensors: &Tensors,
) -> Value {
    let layers = RecurrentLayers {
        operator: "LSTM",
        prefix: "lstm",
        gates: &LSTM_GATES,
        hidden_size: config.hidden_size,
        suffixes: config.suffixes(),
    };
    let swapped = || vec![integers("perm", [1, 0, 2])];
    let mut states = graph.node_with("Transpose", &[vectors], swapped());
    for layer in 0..config.layers {
        states = layers.layer(graph, tokens, &states, layer, tensors);
    }
    graph.node_with("Transpose", &[&states], swapped())
}

/// The layers of a recurrent operator of ONNX.
struct RecurrentLayers<'a> {
    operator: &'a str,
    /// The first part of the names of its weights.
    prefix: &'a str,
    /// The place of each of ONNX's gates among those of the weights.
    gates: &'a [usize],
    hidden_size: usize,
    /// The suffix of the names of each direction's weights.
    suffixes: &'a [&'a str],
}

impl RecurrentLayers<'_> {
    /// Adds a layer: `[time, batch, input]` to `[time, batch, directions * hidden]`.
    fn layer(
        &self,
        graph: &mut Graph,
        tokens: &Tokens,
        inputs: &Value,
        layer: usize,
        tensors: &Tensors,
    ) -> Value {
        let kinds = [&["weight_ih"][..], &["weight_hh"], &["bias_ih", "bias_hh"]];
        let weights = kinds.map(|kinds| self.weights(graph, kinds, layer, tensors));
        let [input, recurrent, bias] = &weights;
        let mut attributes = vec![integer("hidden_size", self.hidden_size as i64)];
        if self.suffixes.len() == 2 {
            attributes.push(string("direction", "bidirectional"));
        }
        let states = graph.node_with(
            self.operator,
            &[inputs, input, recurrent, bias, &tokens.lengths],
            attributes,
        );
        // From [time, directions, batch, hidden].
        let states = graph.node_with(
            "Transpose",
            &[&states],
            vec![integers("perm", [0, 2, 1, 3])],
        );
        let shape = graph.integers("joined_directions", &[0, 0, -1]);
        graph.node("Reshape", &[&states, &shape])
    }

    /// Adds the weights of some kinds, concatenated, with a block for each direction: `[directions, gates * hidden, …]`.
    fn weights(&self, graph: &mut Graph, kinds: &[&str], layer: usize, tensors: &Tensors) -> Value {
        let mut values = Vec::new();
        for suffix in self.suffixes {
            for kind in kinds {
                let tensor = &tensors[&format!("{}.{kind}_l{layer}{suffix}", self.prefix)];
                let of_gate = tensor.values.len() / self.gates.len();
                for gate in self.gates {
                    values.extend_from_slice(&tensor.values[gate * of_gate..][..of_gate]);
                }
            }
        }
        let directions = self.suffixes.len();
        let rows = kinds.len() * self.gates.len() * self.hidden_size;
        let columns = values.len() / directions / rows;
        // Biases have no columns.
        let shape = match columns {
            _ if kinds.len() == 2 => vec![directions, rows],
            columns => vec![directions, rows, columns],
        };
        let name = format!("{}.{}_l{layer}", self.prefix, kinds.join("_"));
        graph.floats(&name, &shape, &values)
    }
}
