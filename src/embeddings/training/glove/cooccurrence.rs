//! Counts co-occurrences of words in bounded memory.
//!
//! The counts of frequent words are in a dense matrix. Other counts are appended to a list. When the list
//! is full, it is sorted, equal pairs are added up, and it is written to a temporary file, as in
//! Stanford's program. At the end, these lists are merged. Each block of words is counted by one task,
//! in the order of the corpus.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use rayon::prelude::*;

use super::spill::{PairCount, SortedRuns};
use crate::embeddings::training::encoded_corpus::EncodedCorpus;
use crate::embeddings::training::error::VectorTrainingError;
use crate::embeddings::training::partition::BLOCKS;
use crate::embeddings::training::progress::ProgressReporter;

/// The number of tokens counted between synchronizations of threads.
const TOKENS_PER_BATCH: usize = 1 << 18;

/// The index of a word in its block, the index of its context word in its block, and the bits of their
/// count as `f32`.
pub(super) type StoredCount = [u32; 3];

/// The counts of each pair of blocks, in temporary files.
pub(super) struct Cooccurrences {
    /// `[BLOCKS][BLOCKS]`: by block of the word, then of the context word.
    pub(super) files: Vec<Vec<File>>,
    /// The number of counts in each file.
    pub(super) lengths: Vec<Vec<u64>>,
}

/// Counts, for each word, the context words at most `window` tokens away, each weighted by one over the
/// distance (Pennington et al., 2014, section 4.2). It uses about `memory` bytes.
pub(super) fn count(
    corpus: &EncodedCorpus,
    window: usize,
    memory: usize,
    progress: &mut ProgressReporter,
) -> Result<Cooccurrences, VectorTrainingError> {
    // A quarter is for the dense matrix. Half is for the lists: a quarter each for the list and for writing it.
    let frequent = corpus
        .words
        .len()
        .min((memory / 4 / size_of::<f64>()).isqrt());
    let capacity = (memory / 4 / BLOCKS / size_of::<PairCount>()).max(1024);
    let mut counters: Vec<BlockCounter> = (0..BLOCKS)
        .map(|block| BlockCounter::new(block, frequent, capacity))
        .collect();
    let mut reader = corpus.reader()?;
    let mut texts = Vec::new();
    loop {
        reader.next(TOKENS_PER_BATCH, &mut texts)?;
        let tokens: usize = texts.iter().map(Vec::len).sum();
        if tokens == 0 {
            break;
        }
        counters.par_iter_mut().try_for_each(|counter| {
            texts
                .iter()
                .try_for_each(|text| counter.count(text, window, &corpus.folder))
        })?;
        if progress.add(tokens as u64) {
            return Err(VectorTrainingError::Interrupted);
        }
    }
    let merged: Vec<(Vec<File>, Vec<u64>)> = counters
        .into_par_iter()
        .map(|counter| counter.merge(corpus.words.len(), &corpus.folder))
        .collect::<Result<_, _>>()?;
    let (files, lengths) = merged.into_iter().unzip();
    Ok(Cooccurrences { files, lengths })
}

/// Counts the co-occurrences of one block of words.
struct BlockCounter {
    block: usize,
    /// The number of frequent words.
    frequent: usize,
    /// The counts of frequent words: `[frequent words of the block, frequent]`.
    dense: Vec<f64>,
    /// Other counts, not yet written.
    list: Vec<PairCount>,
    /// The length of the list above which it is written.
    capacity: usize,
    runs: SortedRuns,
}

impl BlockCounter {
    fn new(block: usize, frequent: usize, capacity: usize) -> Self {
        let rows = (frequent + BLOCKS - 1 - block) / BLOCKS;
        Self {
            block,
            frequent,
            dense: vec![0.0; rows * frequent],
            list: Vec::new(),
            capacity,
            runs: SortedRuns::default(),
        }
    }

    fn count(
        &mut self,
        text: &[u32],
        window: usize,
        folder: &Path,
    ) -> Result<(), VectorTrainingError> {
        for (position, &word) in text.iter().enumerate() {
            if word as usize % BLOCKS != self.block {
                continue;
            }
            for distance in 1..=window {
                let count = 1.0 / distance as f64;
                let before = position.checked_sub(distance).map(|before| text[before]);
                for other in [before, text.get(position + distance).copied()]
                    .into_iter()
                    .flatten()
                {
                    self.add(word, other, count);
                }
            }
            if self.list.len() >= self.capacity {
                self.write_run(folder)?;
            }
        }
        Ok(())
    }

    #[inline]
    fn add(&mut self, word: u32, other: u32, count: f64) {
        let (row, column) = (word as usize, other as usize);
        if row < self.frequent && column < self.frequent {
            self.dense[row / BLOCKS * self.frequent + column] += count;
        } else {
            self.list
                .push((u64::from(word) << 32 | u64::from(other), count));
        }
    }

    /// Sorts the list and adds up the counts of each pair.
    fn sort(&mut self) {
        // A stable sort, so that counts are added up in the order of the corpus.
        self.list.sort_by_key(|&(pair, _)| pair);
        self.list.dedup_by(|(pair, count), (kept, sum)| {
            let is_same = pair == kept;
            if is_same {
                *sum += *count;
            }
            is_same
        });
    }

    fn write_run(&mut self, folder: &Path) -> Result<(), VectorTrainingError> {
        self.sort();
        let written = self.runs.write(&self.list, folder);
        written.map_err(VectorTrainingError::temporary_data(folder))?;
        self.list.clear();
        Ok(())
    }

    /// Writes all counts, to one file for each block of context words.
    fn merge(
        mut self,
        words: usize,
        folder: &Path,
    ) -> Result<(Vec<File>, Vec<u64>), VectorTrainingError> {
        self.sort();
        let list = std::mem::take(&mut self.list);
        let attempt = || -> std::io::Result<_> {
            let mut files = (0..BLOCKS)
                .map(|_| Ok(BufWriter::new(tempfile::tempfile_in(folder)?)))
                .collect::<std::io::Result<Vec<_>>>()?;
            let mut lengths = vec![0; BLOCKS];
            let mut write = |word: usize, other: usize, count: f64| {
                lengths[other % BLOCKS] += 1;
                let count: StoredCount = [
                    (word / BLOCKS) as u32,
                    (other / BLOCKS) as u32,
                    (count as f32).to_bits(),
                ];
                files[other % BLOCKS].write_all(bytemuck::cast_slice(&count))
            };
            for (row, counts) in self.dense.chunks(self.frequent.max(1)).enumerate() {
                for (other, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0)
                {
                    write(row * BLOCKS + self.block, other, count)?;
                }
            }
            self.runs.merge(list, |(pair, count)| {
                let (word, other) = ((pair >> 32) as usize, pair as u32 as usize);
                debug_assert!(word < words && other < words);
                write(word, other, count)
            })?;
            let files = files
                .into_iter()
                .map(|file| {
                    file.into_inner()
                        .map_err(std::io::IntoInnerError::into_error)
                })
                .collect::<std::io::Result<Vec<File>>>()?;
            Ok((files, lengths))
        };
        attempt().map_err(VectorTrainingError::temporary_data(folder))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::{Read, Seek};

    use super::*;
    use crate::text::{Preprocessor, PreprocessorConfig, StopwordList};

    fn corpus(folder: &Path) -> EncodedCorpus {
        // Pseudo-random words, so that a regular pattern cannot hide an error.
        let word = |i: usize| format!("w{}", i * i % 97 * (i % 7 + 1) % 61);
        let texts = (0..150).map(|text| {
            let words: Vec<String> = (0..text % 23).map(|i| word(text * 31 + i)).collect();
            Ok::<_, std::io::Error>(words.join(" "))
        });
        let config = PreprocessorConfig {
            stopwords: StopwordList::None,
            ..PreprocessorConfig::default()
        };
        let preprocessor = Preprocessor::new(config).unwrap();
        let mut continue_always = |_| true;
        let mut progress = ProgressReporter::new("reading", None, &mut continue_always);
        EncodedCorpus::new(texts, &preprocessor, 2, folder, &mut progress).unwrap()
    }

    fn naive_counts(corpus: &EncodedCorpus, window: usize) -> BTreeMap<(usize, usize), f64> {
        let (mut reader, mut texts) = (corpus.reader().unwrap(), Vec::new());
        reader.next(usize::MAX, &mut texts).unwrap();
        let mut counts = BTreeMap::new();
        for text in &texts {
            for (a, &word) in text.iter().enumerate() {
                for (b, &other) in text.iter().enumerate().filter(|(b, _)| *b != a) {
                    if a.abs_diff(b) <= window {
                        let count = counts.entry((word as usize, other as usize)).or_insert(0.0);
                        *count += 1.0 / a.abs_diff(b) as f64;
                    }
                }
            }
        }
        counts
    }

    fn read_all(counts: &Cooccurrences) -> BTreeMap<(usize, usize), f64> {
        let mut found = BTreeMap::new();
        for (a, files) in counts.files.iter().enumerate() {
            for (b, mut file) in files.iter().enumerate() {
                file.rewind().unwrap();
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes).unwrap();
                for count in bytes.chunks_exact(size_of::<StoredCount>()) {
                    let [word, other, count]: StoredCount = bytemuck::pod_read_unaligned(count);
                    let pair = (word as usize * BLOCKS + a, other as usize * BLOCKS + b);
                    let count = f64::from(f32::from_bits(count));
                    assert!(found.insert(pair, count).is_none(), "counted twice");
                }
            }
        }
        found
    }

    /// Memory for no dense matrix, for a small one and for one of all words.
    #[test]
    fn counts_do_not_depend_on_the_memory() {
        let folder = tempfile::tempdir().unwrap();
        let corpus = corpus(folder.path());
        let expected = naive_counts(&corpus, 6);
        for memory in [0, 12_000, 1 << 20] {
            let mut continue_always = |_| true;
            let mut progress = ProgressReporter::new("counting", None, &mut continue_always);
            let counts = count(&corpus, 6, memory, &mut progress).unwrap();
            let found = read_all(&counts);
            assert_eq!(found.len(), expected.len());
            for (pair, expected) in &expected {
                assert!((found[pair] - expected).abs() < 1e-4 * expected, "{pair:?}");
            }
        }
    }

    #[test]
    fn lists_are_spilled_and_merged() {
        let folder = tempfile::tempdir().unwrap();
        let mut counter = BlockCounter::new(3, 0, 5);
        // More runs than a process may have open files.
        for round in 0..5000u32 {
            for other in [11, 2, 11, 7] {
                counter.add(3, other + round % 2, 0.5);
            }
            counter.write_run(folder.path()).unwrap();
        }
        let (_, lengths) = counter.merge(20, folder.path()).unwrap();
        // The context words 2, 3, 7, 8, 11 and 12, by block.
        assert_eq!(lengths, [1, 0, 1, 2, 1, 0, 0, 1]);
    }
}
