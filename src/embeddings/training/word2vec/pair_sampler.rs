//! Draws the pairs of texts: words with their context words, and negative samples.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::input_means::{InputMeans, InputRows};
use super::negative_sampler::NegativeSampler;
use super::pairs::{Pair, Pairs};
use crate::embeddings::training::encoded_corpus::EncodedCorpus;
use crate::embeddings::training::partition::BLOCKS;
use crate::embeddings::training::settings::Word2Vec;

/// The settings and distributions for drawing pairs.
pub(super) struct PairSampler {
    window: usize,
    negative: usize,
    /// The probability of keeping an occurrence of each word.
    keep_probabilities: Vec<f32>,
    negatives: NegativeSampler,
}

impl PairSampler {
    pub(super) fn new(corpus: &EncodedCorpus, window: usize, word2vec: &Word2Vec) -> Self {
        Self {
            window,
            negative: word2vec.negative,
            keep_probabilities: keep_probabilities(&corpus.counts, word2vec.subsample),
            negatives: NegativeSampler::new(&corpus.counts),
        }
    }
}

/// Returns the probability of keeping an occurrence of each word: `sqrt(t/f) + t/f`, as in word2vec.c.
/// Values above 1 mean that all occurrences are kept.
fn keep_probabilities(counts: &[u64], subsample: f64) -> Vec<f32> {
    let total: u64 = counts.iter().sum();
    let threshold = subsample * total as f64;
    counts
        .iter()
        .map(|&count| {
            let share = threshold / count as f64;
            if subsample == 0.0 {
                1.0
            } else {
                (share.sqrt() + share) as f32
            }
        })
        .collect()
}

/// The pairs drawn by one task from a batch. The memory is reused for the next batch.
#[derive(Default)]
pub(super) struct SampledPairs {
    pub(super) pairs: Pairs,
    pub(super) means: InputMeans,
    /// The words of the current text after subsampling.
    kept: Vec<u32>,
}

impl SampledPairs {
    /// Replaces the pairs by new pairs from `texts`.
    pub(super) fn draw(
        &mut self,
        texts: &[Vec<u32>],
        sampler: &PairSampler,
        inputs: Option<&InputRows>,
        rng: &mut ChaCha8Rng,
    ) {
        self.pairs.clear();
        self.means.clear();
        for text in texts {
            let keep =
                |word: &&u32| rng.random::<f32>() < sampler.keep_probabilities[**word as usize];
            self.kept.clear();
            self.kept.extend(text.iter().filter(keep));
            for position in 0..self.kept.len() {
                // A random window samples nearer words more often, as in word2vec.c.
                let window = rng.random_range(1..=sampler.window);
                let start = position.saturating_sub(window);
                let end = (position + window + 1).min(self.kept.len());
                let context = (start..end).filter(|&other| other != position);
                self.add_pairs(position, context, sampler, inputs, rng);
            }
        }
    }

    /// Adds the pairs of one word and its context, with negative samples.
    fn add_pairs(
        &mut self,
        position: usize,
        context: impl Iterator<Item = usize> + Clone,
        sampler: &PairSampler,
        inputs: Option<&InputRows>,
        rng: &mut ChaCha8Rng,
    ) {
        let Self { pairs, means, kept } = self;
        let word = kept[position];
        let mut add = |left: usize, left_block: usize, target: u32| {
            pairs.add(left, left_block, Pair::positive(target));
            for _ in 0..sampler.negative {
                let other = sampler.negatives.draw(rng);
                if other != target {
                    pairs.add(left, left_block, Pair::negative(other));
                }
            }
        };
        match inputs {
            None => {
                let (index, block) = (word as usize / BLOCKS, word as usize % BLOCKS);
                context.for_each(|other| add(index, block, kept[other]));
            }
            Some(inputs) if inputs.is_cbow() => {
                let words = context.map(|other| kept[other]);
                if let Some(row) = means.add(words.flat_map(|word| inputs.of(word))) {
                    add(row, 0, word);
                }
            }
            Some(inputs) => {
                if let Some(row) = means.add(inputs.of(word)) {
                    context.for_each(|other| add(row, 0, kept[other]));
                }
            }
        }
    }
}
