//! Means of input rows: of a word's context (CBOW), or of a word and its character n-grams (Bojanowski
//! et al., 2017, "Enriching Word Vectors with Subword Information").

use crate::embeddings::subwords::subword_rows;
use crate::embeddings::training::encoded_corpus::EncodedCorpus;
use crate::embeddings::training::partition::{BLOCKS, Table};
use crate::embeddings::training::settings::Word2Vec;

/// The rows of the input table for each word: its own and those of its n-grams.
pub(super) struct InputRows {
    is_cbow: bool,
    /// The concatenated rows of all words, and the end of each word's rows.
    rows: Vec<u32>,
    ends: Vec<usize>,
}

impl InputRows {
    /// Returns `None` for skip-gram without subwords, which needs no means.
    pub(super) fn new(corpus: &EncodedCorpus, word2vec: &Word2Vec) -> Option<Self> {
        if !word2vec.cbow && !word2vec.subwords {
            return None;
        }
        let (mut rows, mut ends) = (Vec::new(), Vec::new());
        for (index, word) in corpus.words.iter().enumerate() {
            rows.push(index as u32);
            if word2vec.subwords {
                rows.extend(subword_rows(word).map(|row| corpus.words.len() as u32 + row));
            }
            ends.push(rows.len());
        }
        Some(Self {
            is_cbow: word2vec.cbow,
            rows,
            ends,
        })
    }

    pub(super) fn is_cbow(&self) -> bool {
        self.is_cbow
    }

    /// Returns the rows of a word.
    pub(super) fn of(&self, word: u32) -> impl Iterator<Item = u32> + use<'_> {
        let word = word as usize;
        let start = word.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.rows[start..self.ends[word]].iter().copied()
    }
}

/// The means of input rows for the pairs of a batch.
#[derive(Default)]
pub(super) struct InputMeans {
    /// The concatenated input rows of all means, and the end of each mean's rows.
    inputs: Vec<u32>,
    ends: Vec<usize>,
    /// The same by block of the input row: the row's index in the block, and the index of the mean.
    by_block: [Vec<(u32, u32)>; BLOCKS],
    /// The means, `[means, width]`, and their values before the updates.
    rows: Vec<f32>,
    before: Vec<f32>,
    width: usize,
}

impl InputMeans {
    pub(super) fn clear(&mut self) {
        self.inputs.clear();
        self.ends.clear();
        self.by_block.iter_mut().for_each(Vec::clear);
    }

    /// Adds the mean of some input rows. Returns its index, or `None` without rows.
    pub(super) fn add(&mut self, inputs: impl Iterator<Item = u32>) -> Option<usize> {
        let (row, start) = (self.ends.len(), self.inputs.len());
        self.inputs.extend(inputs);
        if self.inputs.len() == start {
            return None;
        }
        for &input in &self.inputs[start..] {
            let input = input as usize;
            self.by_block[input % BLOCKS].push(((input / BLOCKS) as u32, row as u32));
        }
        self.ends.push(self.inputs.len());
        Some(row)
    }

    /// Computes the means.
    pub(super) fn compute(&mut self, table: &Table) {
        self.width = table.width;
        self.rows.clear();
        self.rows.resize(self.ends.len() * self.width, 0.0);
        let mut start = 0;
        for (mean, &end) in self.rows.chunks_exact_mut(self.width).zip(&self.ends) {
            for &input in &self.inputs[start..end] {
                for (sum, value) in mean.iter_mut().zip(table.row(input as usize)) {
                    *sum += value;
                }
            }
            let scale = 1.0 / (end - start) as f32;
            mean.iter_mut().for_each(|value| *value *= scale);
            start = end;
        }
        self.before.clone_from(&self.rows);
    }

    /// Returns the means to update, `[means, width]`.
    pub(super) fn rows_mut(&mut self) -> &mut [f32] {
        &mut self.rows
    }

    /// Adds the updates of the means to the input rows of one block. Each row of a mean gets the whole
    /// update, as in word2vec.c and fastText.
    pub(super) fn apply_updates(&self, block: usize, inputs: &mut [f32]) {
        for &(input, row) in &self.by_block[block] {
            let row = row as usize * self.width..(row as usize + 1) * self.width;
            let input = &mut inputs[input as usize * self.width..][..self.width];
            let updated = self.rows[row.clone()].iter().zip(&self.before[row]);
            for (value, (after, before)) in input.iter_mut().zip(updated) {
                *value += after - before;
            }
        }
    }
}
