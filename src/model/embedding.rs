//! The embedding table, kept on the host whatever the device.

use candle_core::{Device, Tensor};

/// A row of numbers for each word of the vocabulary: `[words, size]`.
///
/// It is not a tensor, because a batch touches few of its rows: those are gathered into a tensor,
/// and the gradient that comes back, a row for each, changes those rows and no others. A training
/// step costs the same with ten thousand words and four hundred thousand.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding {
    weights: Vec<f32>,
    size: usize,
}

impl Embedding {
    /// A table of rows of `size` numbers, one row after the other.
    ///
    /// # Panics
    /// If `size` is 0 or does not divide the number of weights.
    pub fn new(weights: Vec<f32>, size: usize) -> Self {
        assert!(weights.len().is_multiple_of(size), "rows of one size");
        Self { weights, size }
    }

    /// Numbers in a row.
    pub fn size(&self) -> usize {
        self.size
    }

    /// How many rows there are.
    pub fn words(&self) -> usize {
        self.weights.len() / self.size
    }

    /// Every row, one after the other: `[words * size]`.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// One word's vector: `[size]`.
    ///
    /// # Panics
    /// If `word` is not below [`Embedding::words`].
    pub fn row(&self, word: u32) -> &[f32] {
        let start = word as usize * self.size;
        &self.weights[start..start + self.size]
    }

    /// As [`Embedding::row`], to change it.
    pub fn row_mut(&mut self, word: u32) -> &mut [f32] {
        let start = word as usize * self.size;
        &mut self.weights[start..start + self.size]
    }

    /// The rows of some words as a tensor: `[words.len(), size]`.
    pub fn gather(&self, words: &[u32], device: &Device) -> candle_core::Result<Tensor> {
        let mut rows = Vec::with_capacity(words.len() * self.size);
        for &word in words {
            rows.extend_from_slice(self.row(word));
        }
        Tensor::from_vec(rows, (words.len(), self.size), device)
    }
}
