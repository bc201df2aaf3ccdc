//! The operators of n-grams: token ids to logits.

use super::graph::{Graph, Value, integer, integers, string};
use super::messages::AttributeProto;
use super::network::Tokens;
use crate::model::{NgramKey, Ngrams};

/// The id that stands for padding: no n-gram has it.
const PADDING: i64 = -1;

/// Adds the logits of n-grams to those of the network: `[batch, labels]`.
pub(super) fn add_logits(
    graph: &mut Graph,
    tokens: &Tokens,
    ngrams: &Ngrams,
    logits: &Value,
) -> Value {
    if ngrams.index().is_empty() {
        return logits.clone();
    }
    let padding = graph.integer("ngram_padding", PADDING);
    let ids = graph.node("Where", &[&tokens.is_token, &tokens.ids, &padding]);
    let counts = graph.node_with("TfIdfVectorizer", &[&ids], vectorizer(ngrams));
    // An n-gram counts once.
    let occurs = graph.node("Sign", &[&counts]);
    let shape = [ngrams.index().len(), ngrams.labels()];
    let weights = graph.floats("ngrams.weight", &shape, ngrams.weights());
    let mut of_ngrams = graph.node("MatMul", &[&occurs, &weights]);
    if let Some(idf) = ngrams.idf() {
        let norm = norm(graph, &occurs, idf);
        of_ngrams = graph.node("Div", &[&of_ngrams, &norm]);
    }
    graph.node("Add", &[logits, &of_ngrams])
}

/// Returns the norm of the inverse document frequencies of each text, or 1 for a text without n-grams: `[batch, 1]`.
fn norm(graph: &mut Graph, occurs: &Value, idf: &[f32]) -> Value {
    let squares: Vec<f32> = idf.iter().map(|idf| idf * idf).collect();
    let squares = graph.floats("ngrams.squared_idf", &[idf.len(), 1], &squares);
    let sums = graph.node("MatMul", &[occurs, &squares]);
    let (zero, one) = (
        graph.floats("no_ngrams", &[1], &[0.0]),
        graph.floats("unit_norm", &[1], &[1.0]),
    );
    let is_empty = graph.node("Equal", &[&sums, &zero]);
    let sums = graph.node("Where", &[&is_empty, &one, &sums]);
    graph.node("Sqrt", &[&sums])
}

/// Returns the attributes of ONNX's TfIdfVectorizer: the n-grams sorted by length, each with its row of weights.
fn vectorizer(ngrams: &Ngrams) -> Vec<AttributeProto> {
    let keys = ngrams.index().keys().zip(0..);
    // No text has the other keys, which only a damaged index contains.
    let mut sorted: Vec<(Vec<u32>, i64)> = keys
        .map(|(key, row)| (key, key.ids().collect::<Vec<u32>>(), row))
        .filter(|(key, ids, _)| !ids.is_empty() && NgramKey::new(ids) == *key)
        .map(|(_, ids, row)| (ids, row))
        .collect();
    sorted.sort_by_key(|(ids, _)| ids.len());
    let longest = sorted.last().map_or(1, |(ids, _)| ids.len());
    let starts = (1..=longest).map(|length| {
        let shorter = sorted.iter().take_while(|(ids, _)| ids.len() < length);
        shorter.map(|(ids, _)| ids.len() as i64).sum()
    });
    vec![
        string("mode", "TF"),
        integer("min_gram_length", 1),
        integer("max_gram_length", longest as i64),
        integer("max_skip_count", 0),
        integers("ngram_counts", starts.collect::<Vec<i64>>()),
        integers("ngram_indexes", sorted.iter().map(|(_, row)| *row)),
        integers(
            "pool_int64s",
            sorted.iter().flat_map(|(ids, _)| ids).map(|&id| id.into()),
        ),
    ]
}
