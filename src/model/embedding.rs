//! The embedding table, which stays on the host on every device.

use std::borrow::Cow;

use candle_core::{Device, Tensor};

use crate::tensor_file::ScaledRows;

/// The embedding table: a vector for each word of the vocabulary, `[words, size]`.
///
/// It is not a tensor, since a batch uses few of its rows. Those are gathered into a tensor, and its gradient updates
/// only them. So a training step costs the same with 10,000 words and with 400,000.
#[derive(Clone, Debug)]
pub struct Embedding {
    rows: Rows,
    size: usize,
}

#[derive(Clone, Debug)]
enum Rows {
    Floats(Vec<f32>),
    /// As in the file of a compact model. Scoring reads few rows, so converting all of them would be most of the time and
    /// of the memory of classifying a text.
    Scaled(ScaledRows),
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
        Self {
            rows: Rows::Floats(weights),
            size,
        }
    }

    /// Returns the embedding dimension.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Returns the number of rows.
    pub fn words(&self) -> usize {
        match &self.rows {
            Rows::Floats(weights) => weights.len() / self.size,
            Rows::Scaled(rows) => rows.rows(),
        }
    }

    /// Returns all rows: `[words * size]`.
    pub fn weights(&self) -> Cow<'_, [f32]> {
        self.first_rows(self.words())
    }

    /// Returns the rows of the first words, the most frequent ones: `[words * size]`.
    ///
    /// # Panics
    /// If `words` is above [`Embedding::words`].
    pub fn first_rows(&self, words: usize) -> Cow<'_, [f32]> {
        match &self.rows {
            Rows::Floats(weights) => (&weights[..words * self.size]).into(),
            Rows::Scaled(rows) => rows.first_rows(words).into(),
        }
    }

    /// Returns the vector of a word: `[size]`.
    ///
    /// # Panics
    /// If `word` is not below [`Embedding::words`].
    pub fn row(&self, word: u32) -> Cow<'_, [f32]> {
        let word = word as usize;
        match &self.rows {
            Rows::Floats(weights) => (&weights[word * self.size..][..self.size]).into(),
            Rows::Scaled(rows) => rows.row(word).collect(),
        }
    }

    /// Returns the vector of a word for updates. See [`Embedding::row`].
    pub fn row_mut(&mut self, word: u32) -> &mut [f32] {
        if let Rows::Scaled(_) = self.rows {
            self.rows = Rows::Floats(self.weights().into_owned());
        }
        match &mut self.rows {
            Rows::Floats(weights) => &mut weights[word as usize * self.size..][..self.size],
            Rows::Scaled(_) => unreachable!("the rows are floats now"),
        }
    }

    /// Adds the vector of a word to sums: `[size]`. See [`Embedding::row`].
    pub(super) fn add_row(&self, word: u32, sums: &mut [f32]) {
        let word = word as usize;
        match &self.rows {
            Rows::Floats(weights) => {
                let row = &weights[word * self.size..][..self.size];
                sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
            }
            Rows::Scaled(rows) => sums
                .iter_mut()
                .zip(rows.row(word))
                .for_each(|(sum, x)| *sum += x),
        }
    }

    /// Copies the rows of some words into a tensor: `[words.len(), size]`.
    pub fn gather(&self, words: &[u32], device: &Device) -> candle_core::Result<Tensor> {
        let mut rows = Vec::with_capacity(words.len() * self.size);
        for &word in words {
            rows.extend_from_slice(&self.row(word));
        }
        Tensor::from_vec(rows, (words.len(), self.size), device)
    }
}

impl From<ScaledRows> for Embedding {
    fn from(rows: ScaledRows) -> Self {
        let size = rows.size();
        Self {
            rows: Rows::Scaled(rows),
            size,
        }
    }
}

impl PartialEq for Embedding {
    fn eq(&self, other: &Self) -> bool {
        self.size == other.size && self.weights() == other.weights()
    }
}
