//! The operators of encoders: word vectors to hidden states, both `[batch, time, features]`.

use super::graph::{Graph, Value, integer, integers, string};
use super::network::{Tensors, Tokens, weight};
use super::sru::sru_states;
use crate::model::{CnnConfig, EncoderConfig, RecurrentConfig};

/// The places of the LSTM's gates i, f, g, o in ONNX's order i, o, f, c.
const LSTM_GATES: [usize; 4] = [0, 3, 1, 2];

/// The places of the GRU's gates r, z, n in ONNX's order z, r, h.
const GRU_GATES: [usize; 3] = [1, 0, 2];

/// Adds an encoder. States of padding have any value.
pub(super) fn states(
    graph: &mut Graph,
    tokens: &Tokens,
    vectors: &Value,
    config: &EncoderConfig,
    tensors: &Tensors,
) -> Value {
    match config {
        EncoderConfig::Lstm(lstm) => {
            RecurrentLayers::lstm(lstm).states(graph, tokens, vectors, lstm.layers, tensors)
        }
        EncoderConfig::Gru(gru) => {
            RecurrentLayers::gru(gru).states(graph, tokens, vectors, gru.layers, tensors)
        }
        EncoderConfig::Sru(sru) => sru_states(graph, tokens, vectors, sru, tensors),
        EncoderConfig::Cnn(cnn) => convolution(graph, tokens, vectors, cnn, tensors),
        EncoderConfig::Mean(_) => vectors.clone(),
    }
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

impl<'a> RecurrentLayers<'a> {
    fn lstm(config: &'a RecurrentConfig) -> Self {
        Self {
            operator: "LSTM",
            prefix: "lstm",
            gates: &LSTM_GATES,
            hidden_size: config.hidden_size,
            suffixes: config.suffixes(),
        }
    }

    fn gru(config: &'a RecurrentConfig) -> Self {
        Self {
            operator: "GRU",
            prefix: "gru",
            gates: &GRU_GATES,
            ..Self::lstm(config)
        }
    }

    /// Adds the layers: `[batch, time, input]` to `[batch, time, directions * hidden]`. The operators are time-major:
    /// onnxruntime has no other layout.
    fn states(
        &self,
        graph: &mut Graph,
        tokens: &Tokens,
        vectors: &Value,
        layers: usize,
        tensors: &Tensors,
    ) -> Value {
        let swapped = || vec![integers("perm", [1, 0, 2])];
        let mut states = graph.node_with("Transpose", &[vectors], swapped());
        for layer in 0..layers {
            states = self.layer(graph, tokens, &states, layer, tensors);
        }
        graph.node_with("Transpose", &[&states], swapped())
    }

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
        if self.operator == "GRU" {
            // The recurrent product precedes the reset gate, as in PyTorch.
            attributes.push(integer("linear_before_reset", 1));
        }
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

/// Adds a convolution over windows of words, with zeros outside the text.
fn convolution(
    graph: &mut Graph,
    tokens: &Tokens,
    vectors: &Value,
    config: &CnnConfig,
    tensors: &Tensors,
) -> Value {
    let swapped = || vec![integers("perm", [0, 2, 1])];
    let vectors = tokens.without_padding(graph, vectors);
    let vectors = graph.node_with("Transpose", &[&vectors], swapped());
    let of_widths: Vec<Value> = config
        .widths
        .iter()
        .map(|&width| {
            let [filters, bias] = ["weight", "bias"]
                .map(|kind| weight(graph, tensors, &format!("cnn.{width}.{kind}")));
            let left = (width as i64 - 1) / 2;
            let pads = integers("pads", [left, width as i64 - 1 - left]);
            graph.node_with("Conv", &[&vectors, &filters, &bias], vec![pads])
        })
        .collect();
    let of_widths: Vec<&str> = of_widths.iter().map(String::as_str).collect();
    let sums = graph.node_with("Concat", &of_widths, vec![integer("axis", 1)]);
    let states = graph.node("Relu", &[&sums]);
    graph.node_with("Transpose", &[&states], swapped())
}
