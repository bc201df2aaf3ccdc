//! Draws the pairs of a text: words with their context, and negative samples.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::input_means::{InputMeans, InputRows};
use super::negative_sampler::NegativeSampler;
use super::pairs::{Pair, Pairs};
use crate::embeddings::training::encoded_corpus::EncodedCorpus;
use crate::embeddings::training::partition::BLOCKS;
use crate::embeddings::training::settings::Word2Vec;

/// How pairs are drawn.
pub(super) struct PairSampler {
    window: usize,
    negative: usize,
    keep: Vec<f32>,
    negatives: NegativeSampler,
}

impl PairSampler {
    pub(super) fn new(corpus: &EncodedCorpus, window: usize, word2vec: &Word2Vec) -> Self {
        Self {
            window,
            negative: word2vec.negative,
            keep: keep_chances(&corpus.counts, word2vec.subsample),
            negatives: NegativeSampler::new(&corpus.counts),
        }
    }
}

/// The chance that an occurrence of each word is kept: word2vec.c's `sqrt(t/f) + t/f`, at most 1.
fn keep_chances(counts: &[u64], subsample: f64) -> Vec<f32> {
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

/// The pairs that one thread draws from a batch. Their memory is kept from batch to batch.
#[derive(Default)]
pub(super) struct SampledPairs {
    pub(super) pairs: Pairs,
    pub(super) means: InputMeans,
    /// The text's words that are kept.
    kept: Vec<u32>,
}

impl SampledPairs {
    /// Replaces the pairs by those of `texts`.
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
            let keep = |word: &&u32| rng.random::<f32>() < sampler.keep[**word as usize];
            self.kept.clear();
            self.kept.extend(text.iter().filter(keep));
            for place in 0..self.kept.len() {
                // Nearer words are taken more often, as in word2vec.c.
                let window = rng.random_range(1..=sampler.window);
                let start = place.saturating_sub(window);
                let end = (place + window + 1).min(self.kept.len());
                let around = (start..end).filter(|&other| other != place);
                self.draw_around(place, around, sampler, inputs, rng);
            }
        }
    }

    /// The pairs of one word and those around it.
    fn draw_around(
        &mut self,
        place: usize,
        around: impl Iterator<Item = usize> + Clone,
        sampler: &PairSampler,
        inputs: Option<&InputRows>,
        rng: &mut ChaCha8Rng,
    ) {
        let Self { pairs, means, kept } = self;
        let word = kept[place];
        let mut add = |left: usize, left_block: usize, seen: u32| {
            pairs.add(left, left_block, Pair::positive(seen));
            for _ in 0..sampler.negative {
                let other = sampler.negatives.draw(rng);
                if other != seen {
                    pairs.add(left, left_block, Pair::negative(other));
                }
            }
        };
        match inputs {
            None => {
                let (index, block) = (word as usize / BLOCKS, word as usize % BLOCKS);
                around.for_each(|other| add(index, block, kept[other]));
            }
            Some(inputs) if inputs.is_cbow() => {
                let words = around.map(|other| kept[other]);
                if let Some(row) = means.add(words.flat_map(|word| inputs.of(word))) {
                    add(row, 0, word);
                }
            }
            Some(inputs) => {
                if let Some(row) = means.add(inputs.of(word)) {
                    around.for_each(|other| add(row, 0, kept[other]));
                }
            }
        }
    }
}
