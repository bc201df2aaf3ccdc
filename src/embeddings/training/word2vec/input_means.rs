//! Left rows that are the mean of several: of the words around one (CBOW), or of a word and its n-grams
//! (Bojanowski et al., 2017, "Enriching Word Vectors with Subword Information").

use crate::embeddings::subwords::subword_rows;
use crate::embeddings::training::encoded_corpus::EncodedCorpus;
use crate::embeddings::training::partition::{BLOCKS, Table};
use crate::embeddings::training::settings::Word2Vec;

/// Which rows of the input table a word stands for.
pub(super) struct InputRows {
    is_cbow: bool,
    /// The rows of each word, one after the other, and where each word's end.
    rows: Vec<u32>,
    ends: Vec<usize>,
}

impl InputRows {
    /// None where a word is its own row and a row is one word's.
    pub(super) fn new(corpus: &EncodedCorpus, word2vec: &Word2Vec) -> Option<Self> {
        if !word2vec.cbow && !word2vec.subwords {
            return None;
        }
        let (mut rows, mut ends) = (Vec::new(), Vec::new());
        for (number, word) in corpus.words.iter().enumerate() {
            rows.push(number as u32);
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

    /// The rows of one word.
    pub(super) fn of(&self, word: u32) -> impl Iterator<Item = u32> + use<'_> {
        let word = word as usize;
        let start = word.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.rows[start..self.ends[word]].iter().copied()
    }
}

/// Means of input rows, for the pairs of a batch.
#[derive(Default)]
pub(super) struct InputMeans {
    /// Which input rows each is made of, one after the other, and where each one's end.
    inputs: Vec<u32>,
    ends: Vec<usize>,
    /// The same by the block of the input row: its place in the block, and the mean.
    by_block: [Vec<(u32, u32)>; BLOCKS],
    /// The means, `[rows, width]`, and their values before the updates.
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

    /// Adds the mean of some input rows and returns its place; None for no rows.
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

    /// The means, to update.
    pub(super) fn rows_mut(&mut self) -> &mut [f32] {
        &mut self.rows
    }

    /// Adds the updates of the means to the input rows of one block that they are made of: the whole
    /// update to each, as word2vec.c and fastText do.
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
