//! The initial rows: random, or vectors of a file.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::encoded_corpus::EncodedCorpus;
use super::partition::Table;
use crate::embeddings::vectors::WordVectors;

/// Draws numbers uniformly between -0.5 and 0.5, divided by `dimension`, as in Stanford's GloVe and word2vec.c.
pub(super) fn random_rows(rows: usize, dimension: usize, rng: &mut ChaCha8Rng) -> Table {
    Table::new(rows, dimension, || {
        (rng.random::<f32>() - 0.5) / dimension as f32
    })
}

/// Replaces the rows of words that have a vector in `start` by that vector times `factor`.
pub(super) fn set_initial_vectors(
    table: &mut Table,
    corpus: &EncodedCorpus,
    start: Option<&WordVectors>,
    factor: f32,
) {
    for (row, word) in corpus.words.iter().enumerate() {
        if let Some(vector) = start.and_then(|start| start.get(word)) {
            for (value, initial) in table.row_mut(row).iter_mut().zip(vector) {
                *value = factor * initial;
            }
        }
    }
}
