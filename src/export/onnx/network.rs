//! The operators of a network: token ids to logits.

use std::collections::BTreeMap;

use super::encoder;
use super::graph::{Graph, Value, integer, integers};
use super::messages::ElementType;
use crate::model::{Architecture, EMBEDDING, HostTensor, Pooling};

/// A number below every score and state, which masks padding. Its softmax is zero.
const MASKED: f32 = -3.0e38;

/// The weights of a network, by name.
pub(super) type Tensors = BTreeMap<String, HostTensor>;

/// The inputs of the graph, and what all parts of the network need of them.
#[derive(Debug)]
pub(super) struct Tokens {
    /// The ids: `[batch, time]`. Those of padding are 0.
    pub(super) ids: Value,
    /// Whether a token is not padding: `[batch, time]`, Boolean.
    pub(super) is_token: Value,
    /// The same as floats: `[batch, time, 1]`.
    pub(super) mask: Value,
    /// The number of tokens, at least 1: `[batch]`, 32-bit.
    pub(super) lengths: Value,
    /// 1 for a text with tokens, else 0: `[batch, 1]`, floats.
    has_tokens: Value,
}

impl Tokens {
    /// Declares the inputs `ids` and `lengths`. Ids after the end of a text have no effect.
    pub(super) fn inputs(graph: &mut Graph) -> Self {
        let ids = graph.input("ids", ElementType::Int64, &["batch", "time"]);
        let lengths = graph.input("lengths", ElementType::Int32, &["batch"]);
        let (zero, one) = (graph.integer("zero", 0), graph.integer("one", 1));
        let columns = graph.integers("columns", &[1]);
        let long_lengths = cast(graph, &lengths, ElementType::Int64);
        let long_lengths = graph.node("Unsqueeze", &[&long_lengths, &columns]);
        let shape = graph.node("Shape", &[&ids]);
        let time = graph.node_with("Gather", &[&shape, &one], vec![integer("axis", 0)]);
        let positions = graph.node("Range", &[&zero, &time, &one]);
        let is_token = graph.node("Less", &[&positions, &long_lengths]);
        let mask = cast(graph, &is_token, ElementType::Float);
        let features = graph.integers("features", &[2]);
        let least = graph.integers_32("least_length", &[1]);
        let has_tokens = graph.node("Less", &[&zero, &long_lengths]);
        Self {
            ids: graph.node("Where", &[&is_token, &ids, &zero]),
            mask: graph.node("Unsqueeze", &[&mask, &features]),
            lengths: graph.node("Max", &[&lengths, &least]),
            has_tokens: cast(graph, &has_tokens, ElementType::Float),
            is_token,
        }
    }

    /// Sets the states of padding, `[batch, time, features]`, to zero.
    pub(super) fn without_padding(&self, graph: &mut Graph, states: &Value) -> Value {
        graph.node("Mul", &[states, &self.mask])
    }

    /// Returns the lengths as floats: `[batch, 1]`.
    fn divisors(&self, graph: &mut Graph) -> Value {
        let lengths = cast(graph, &self.lengths, ElementType::Float);
        let columns = graph.integers("columns", &[1]);
        graph.node("Unsqueeze", &[&lengths, &columns])
    }
}

/// Adds the network. Returns the logits: `[batch, labels]`.
pub(super) fn logits(
    graph: &mut Graph,
    tokens: &Tokens,
    architecture: &Architecture,
    tensors: &Tensors,
) -> Value {
    let table = weight(graph, tensors, EMBEDDING);
    let vectors = graph.node_with("Gather", &[&table, &tokens.ids], vec![integer("axis", 0)]);
    let states = encoder::states(graph, tokens, &vectors, &architecture.encoder, tensors);
    let pooled = match architecture.pooling {
        Pooling::Last => last(graph, tokens, &states, architecture),
        Pooling::Mean => mean(graph, tokens, &states),
        Pooling::Max => max(graph, tokens, &states),
        Pooling::Attention => attention(graph, tokens, &states, tensors),
    };
    let mut features = graph.node("Mul", &[&pooled, &tokens.has_tokens]);
    if architecture.word_mean {
        let mean = mean(graph, tokens, &vectors);
        features = graph.node_with("Concat", &[&features, &mean], vec![integer("axis", 1)]);
    }
    let linear = weight(graph, tensors, "linear.weight");
    let bias = weight(graph, tensors, "linear.bias");
    graph.node_with(
        "Gemm",
        &[&features, &linear, &bias],
        vec![integer("transB", 1)],
    )
}

/// Returns each direction's state after the last token that it reads: `[batch, features]`.
fn last(graph: &mut Graph, tokens: &Tokens, states: &Value, architecture: &Architecture) -> Value {
    let columns = graph.integers("columns", &[1]);
    let (zero, one) = (graph.integer("zero", 0), graph.integer("one", 1));
    let shape = graph.node("Shape", &[states]);
    let time = graph.node_with("Gather", &[&shape, &one], vec![integer("axis", 0)]);
    let after = graph.node("Add", &[&time, &one]);
    let positions = graph.node("Range", &[&one, &after, &one]);
    let lengths = cast(graph, &tokens.lengths, ElementType::Int64);
    let lengths = graph.node("Unsqueeze", &[&lengths, &columns]);
    let is_last = graph.node("Equal", &[&positions, &lengths]);
    let is_last = cast(graph, &is_last, ElementType::Float);
    let axis = graph.integers("features", &[2]);
    let is_last = graph.node("Unsqueeze", &[&is_last, &axis]);
    let ends = graph.node("Mul", &[states, &is_last]);
    let ends = sum_over_time(graph, &ends);
    if architecture.directions() == 1 {
        return ends;
    }
    let begins = graph.node_with("Gather", &[states, &zero], vec![integer("axis", 1)]);
    let size = architecture.features() / 2;
    let forward = columns_of(graph, &ends, 0, size);
    let backward = columns_of(graph, &begins, size, 2 * size);
    graph.node_with("Concat", &[&forward, &backward], vec![integer("axis", 1)])
}

/// Returns some columns of a matrix.
fn columns_of(graph: &mut Graph, matrix: &Value, start: usize, end: usize) -> Value {
    let starts = graph.integers(&format!("column_{start}"), &[start as i64]);
    let ends = graph.integers(&format!("column_{end}"), &[end as i64]);
    let axis = graph.integers("columns", &[1]);
    graph.node("Slice", &[matrix, &starts, &ends, &axis])
}

/// Returns the mean of each text's states: `[batch, features]`.
fn mean(graph: &mut Graph, tokens: &Tokens, states: &Value) -> Value {
    let states = tokens.without_padding(graph, states);
    let sums = sum_over_time(graph, &states);
    let lengths = tokens.divisors(graph);
    graph.node("Div", &[&sums, &lengths])
}

/// Returns the maximum of each feature over a text's states: `[batch, features]`.
fn max(graph: &mut Graph, tokens: &Tokens, states: &Value) -> Value {
    let states = masked(graph, tokens, states);
    let attributes = vec![integers("axes", [1]), integer("keepdims", 0)];
    graph.node_with("ReduceMax", &[&states], attributes)
}

/// Returns the weighted mean of each text's states: `[batch, features]`.
fn attention(graph: &mut Graph, tokens: &Tokens, states: &Value, tensors: &Tensors) -> Value {
    let weights = transposed(graph, tensors, "attention.weight");
    let bias = weight(graph, tensors, "attention.bias");
    let context = &tensors["attention.context"];
    let shape = [context.values.len(), 1];
    let context = graph.floats("attention.context", &shape, &context.values);
    let keys = graph.node("MatMul", &[states, &weights]);
    let keys = graph.node("Add", &[&keys, &bias]);
    let keys = graph.node("Tanh", &[&keys]);
    let scores = graph.node("MatMul", &[&keys, &context]);
    let scores = masked(graph, tokens, &scores);
    let shares = graph.node_with("Softmax", &[&scores], vec![integer("axis", 1)]);
    let weighted = graph.node("Mul", &[states, &shares]);
    sum_over_time(graph, &weighted)
}

/// Replaces the values of padding by a very low number.
fn masked(graph: &mut Graph, tokens: &Tokens, values: &Value) -> Value {
    let axis = graph.integers("features", &[2]);
    let is_token = graph.node("Unsqueeze", &[&tokens.is_token, &axis]);
    let lowest = graph.floats("masked", &[1], &[MASKED]);
    graph.node("Where", &[&is_token, values, &lowest])
}

/// Sums `[batch, time, features]` over the time.
fn sum_over_time(graph: &mut Graph, states: &Value) -> Value {
    let axis = graph.integers("columns", &[1]);
    graph.node_with("ReduceSum", &[states, &axis], vec![integer("keepdims", 0)])
}

/// Converts a value to another type.
pub(super) fn cast(graph: &mut Graph, value: &Value, element: ElementType) -> Value {
    graph.node_with("Cast", &[value], vec![integer("to", element as i64)])
}

/// Adds a weight as it is.
pub(super) fn weight(graph: &mut Graph, tensors: &Tensors, name: &str) -> Value {
    let tensor = &tensors[name];
    graph.floats(name, &tensor.shape, &tensor.values)
}

/// Adds the transpose of a matrix.
pub(super) fn transposed(graph: &mut Graph, tensors: &Tensors, name: &str) -> Value {
    let tensor = &tensors[name];
    let transposed = tensor.transposed([tensor.shape[0], tensor.shape[1]]);
    graph.floats(
        &format!("{name}.transposed"),
        &transposed.shape,
        &transposed.values,
    )
}
