//! The operators of the SRU: word vectors to hidden states, both `[batch, time, features]`. ONNX has no such operator, so the
//! recurrence is a loop over the tokens.

use super::graph::{Graph, Value, graph as graph_attribute, integer, integers};
use super::messages::{ElementType, GraphProto};
use super::network::{Tensors, Tokens, transposed};
use crate::model::{RecurrentConfig, SRU_SCALE};

/// Adds the layers of an SRU.
pub(super) fn sru_states(
    graph: &mut Graph,
    tokens: &Tokens,
    vectors: &Value,
    config: &RecurrentConfig,
    tensors: &Tensors,
) -> Value {
    let swapped = || vec![integers("perm", [1, 0, 2])];
    let mask = graph.node_with("Transpose", &[&tokens.mask], swapped());
    let mut states = graph.node_with("Transpose", &[vectors], swapped());
    for layer in 0..config.layers {
        let directions: Vec<Value> = (0..config.suffixes().len())
            .map(|direction| {
                let direction = Direction {
                    layer,
                    direction,
                    hidden: config.hidden_size,
                };
                direction.states(graph, &states, &mask, config, tensors)
            })
            .collect();
        let directions: Vec<&str> = directions.iter().map(String::as_str).collect();
        states = graph.node_with("Concat", &directions, vec![integer("axis", 2)]);
    }
    graph.node_with("Transpose", &[&states], swapped())
}

/// A direction of a layer.
struct Direction {
    layer: usize,
    direction: usize,
    hidden: usize,
}

impl Direction {
    /// Adds the direction: `[time, batch, input]` to `[time, batch, hidden]`.
    fn states(
        &self,
        graph: &mut Graph,
        inputs: &Value,
        mask: &Value,
        config: &RecurrentConfig,
        tensors: &Tensors,
    ) -> Value {
        let suffix = config.suffixes()[self.direction];
        let name = |kind: &str| format!("sru.{kind}_l{}{suffix}", self.layer);
        let rows = tensors[&name("weight")].shape[0];
        let weight = transposed(graph, tensors, &name("weight"));
        let products = graph.node("MatMul", &[inputs, &weight]);
        let part = |graph: &mut Graph, from: &Value, part: usize| {
            let starts = graph.integers(
                &name(&format!("start_{part}")),
                &[(part * self.hidden) as i64],
            );
            let ends = graph.integers(
                &name(&format!("end_{part}")),
                &[((part + 1) * self.hidden) as i64],
            );
            let axis = graph.integers("features", &[2]);
            graph.node("Slice", &[from, &starts, &ends, &axis])
        };
        let candidate = part(graph, &products, 0);
        let forget = part(graph, &products, 1);
        let reset = part(graph, &products, 2);
        let highway = match rows == 3 * self.hidden {
            true => part(graph, inputs, self.direction),
            false => part(graph, &products, 3),
        };
        let scale = graph.floats("sru.scale", &[1], &[SRU_SCALE as f32]);
        let highway = graph.node("Mul", &[&highway, &scale]);
        let batch = graph.node("Shape", &[mask]);
        let one = graph.integer("one", 1);
        let batch = graph.node_with("Gather", &[&batch, &one], vec![integer("axis", 0)]);
        let first = graph.integers("first", &[0]);
        let batch = graph.node("Unsqueeze", &[&batch, &first]);
        let size = graph.integers(&name("size"), &[self.hidden as i64]);
        let shape = graph.node_with("Concat", &[&batch, &size], vec![integer("axis", 0)]);
        let memory = graph.node("ConstantOfShape", &[&shape]);
        let backwards = i64::from(self.direction == 1);
        let attributes = vec![
            graph_attribute("body", self.body(graph, tensors, &name)),
            integer("num_scan_inputs", 5),
            integers("scan_input_directions", [backwards; 5]),
            integers("scan_output_directions", [backwards]),
        ];
        let inputs = [&memory, &candidate, &forget, &reset, &highway, mask].map(String::as_str);
        graph.second_of("Scan", &inputs, attributes)
    }

    /// Returns the step of the loop: it takes the memory and the sums of a token, and returns the next memory and the state.
    fn body(
        &self,
        outer: &mut Graph,
        tensors: &Tensors,
        name: &impl Fn(&str) -> String,
    ) -> GraphProto {
        let mut weights = |kind: &str, part: usize| {
            let values = &tensors[&name(kind)].values[part * self.hidden..][..self.hidden];
            outer.floats(&name(&format!("{kind}_{part}")), &[self.hidden], values)
        };
        let of_gates = [0, 1].map(|gate| [weights("weight_c", gate), weights("bias", gate)]);
        let prefix = name("step");
        let mut body = Graph::inner(&prefix);
        let [memory, candidate, forget, reset, highway, mask] =
            ["memory", "candidate", "forget", "reset", "highway", "mask"].map(|input| {
                body.input(
                    &format!("{prefix}.{input}"),
                    ElementType::Float,
                    &["batch", input],
                )
            });
        let mut gate = |sums: &Value, [weight, bias]: &[Value; 2]| {
            let recurrent = body.node("Mul", &[&memory, weight]);
            let sums = body.node("Add", &[sums, &recurrent]);
            let sums = body.node("Add", &[&sums, bias]);
            body.node("Sigmoid", &[&sums])
        };
        let forget = gate(&forget, &of_gates[0]);
        let reset = gate(&reset, &of_gates[1]);
        let next = mixed(&mut body, &forget, &memory, &candidate);
        let state = mixed(&mut body, &reset, &next, &highway);
        // In the backward direction, the padding comes first and must leave no trace.
        let next = body.node("Mul", &[&next, &mask]);
        body.output(&format!("{prefix}.next"), &next, self.hidden);
        body.output(&format!("{prefix}.state"), &state, self.hidden);
        body.finish(&prefix)
    }
}

/// Adds `share * a + (1 - share) * b`.
fn mixed(graph: &mut Graph, share: &Value, a: &Value, b: &Value) -> Value {
    let difference = graph.node("Sub", &[a, b]);
    let scaled = graph.node("Mul", &[share, &difference]);
    graph.node("Add", &[b, &scaled])
}
