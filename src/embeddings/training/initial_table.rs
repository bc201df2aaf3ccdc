//! The rows that training begins from: random, or vectors of a file.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::encoded_corpus::EncodedCorpus;
use super::partition::Table;
use crate::embeddings::vectors::WordVectors;

/// Draws rows uniformly from -0.5 to 0.5 over the dimension, as both published programs do.
pub(super) fn random_rows(rows: usize, dimension: usize, rng: &mut ChaCha8Rng) -> Table {
    Table::new(rows, dimension, || {
        (rng.random::<f32>() - 0.5) / dimension as f32
    })
}

/// Replaces the rows of words that have a vector in `start` by `share` of it.
pub(super) fn set_start(
    table: &mut Table,
    corpus: &EncodedCorpus,
    start: Option<&WordVectors>,
    share: f32,
) {
    for (row, word) in corpus.words.iter().enumerate() {
        if let Some(vector) = start.and_then(|start| start.get(word)) {
            for (value, begin) in table.row_mut(row).iter_mut().zip(vector) {
                *value = share * begin;
            }
        }
    }
}
