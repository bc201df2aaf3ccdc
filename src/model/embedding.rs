//! The embedding table, which stays on the host on every device.

use candle_core::{Device, Tensor};

/// The embedding table: a vector for each word of the vocabulary, `[words, size]`.
///
/// It is not a tensor, since a batch uses few of its rows. Those are gathered into a tensor, and its gradient updates
/// only them. So a training step costs the same with 10,000 words and with 400,000.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding {
    weights: Vec<f32>,
    size: usize,
}

impl Embedding {
    /// Creates a table from its rows of `size` numbers.
    ///
    /// # Panics
    /// If `size` is 0 or does not divide the number of weights.
    pub fn new(weights: Vec<f32>, size: usize) -> Self {
        assert!(
            weights.len().is_multiple_of(size),
            "all rows must have the same size"
        );
        Self { weights, size }
    }

    /// Returns the embedding dimension.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Returns the number of rows.
    pub fn words(&self) -> usize {
        self.weights.len() / self.size
    }

    /// Returns all rows: `[words * size]`.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Returns the vector of a word: `[size]`.
    ///
    /// # Panics
    /// If `word` is not below [`Embedding::words`].
    pub fn row(&self, word: u32) -> &[f32] {
        let start = word as usize * self.size;
        &self.weights[start..start + self.size]
    }

    /// Returns the vector of a word for updates. See [`Embedding::row`].
    pub fn row_mut(&mut self, word: u32) -> &mut [f32] {
        let start = word as usize * self.size;
        &mut self.weights[start..start + self.size]
    }

    /// Copies the rows of some words into a tensor: `[words.len(), size]`.
    pub fn gather(&self, words: &[u32], device: &Device) -> candle_core::Result<Tensor> {
        let mut rows = Vec::with_capacity(words.len() * self.size);
        for &word in words {
            rows.extend_from_slice(self.row(word));
        }
        Tensor::from_vec(rows, (words.len(), self.size), device)
    }
}
