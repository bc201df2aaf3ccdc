//! Weighted least squares on the logarithms of co-occurrence counts, with AdaGrad (Duchi et al., 2011).

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use pulp::{Arch, Simd, WithSimd};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::cooccurrence::{Cooccurrences, StoredCount};
use crate::embeddings::training::encoded_corpus::EncodedCorpus;
use crate::embeddings::training::error::VectorTrainingError;
use crate::embeddings::training::partition::{BLOCKS, Table, process_stratum};
use crate::embeddings::training::progress::ProgressReporter;
use crate::embeddings::training::settings::VectorSettings;

/// The count from which the weight is 1: x_max, section 3.1.
const MAX_WEIGHTED_COUNT: f32 = 100.0;

/// The exponent of the weight of smaller counts: α, section 3.1.
const WEIGHT_EXPONENT: f32 = 0.75;

/// The limit of gradient clipping, as in Stanford's program.
const MAX_GRADIENT: f32 = 100.0;

/// The penalty weight of the distance from initial vectors: μ of Mittens, 0.1 in the paper.
const PENALTY: f32 = 0.1;

/// The number of counts read, shuffled and processed together.
const CHUNK: usize = 1 << 20;

/// A block of word or context rows, with biases and sums of squared gradients.
pub(super) struct ParameterBlock {
    rows: Vec<f32>,
    squares: Vec<f32>,
    /// Each row's bias, and the sum of its squared gradients.
    biases: Vec<(f32, f32)>,
    /// The initial rows, and for each row whether it is pulled towards its initial value.
    anchors: Option<(Vec<f32>, Vec<bool>)>,
}

impl ParameterBlock {
    /// Splits a table into its blocks. `is_anchored` is true for words whose row is pulled towards its
    /// initial value.
    pub(super) fn from_table(table: Table, is_anchored: Option<&[bool]>) -> Vec<Self> {
        let width = table.width;
        let blocks = table
            .blocks
            .into_iter()
            .enumerate()
            .map(|(block, rows)| Self {
                squares: vec![1.0; rows.len()],
                biases: vec![(0.0, 1.0); rows.len() / width],
                anchors: is_anchored.map(|is_anchored| {
                    let of_block = is_anchored.iter().skip(block).step_by(BLOCKS);
                    (rows.clone(), of_block.copied().collect())
                }),
                rows,
            });
        blocks.collect()
    }

    /// Pulls anchored rows towards their initial values: the proximal step of Mittens' penalty on the
    /// distance (Dingwall and Potts, 2018, equation 3), separately for words and contexts.
    fn pull_to_anchors(&mut self, width: usize) {
        let Some((anchors, is_anchored)) = &self.anchors else {
            return;
        };
        let rows = self
            .rows
            .chunks_exact_mut(width)
            .zip(anchors.chunks_exact(width));
        for ((row, anchor), _) in rows
            .zip(is_anchored)
            .filter(|(_, is_anchored)| **is_anchored)
        {
            for (value, anchor) in row.iter_mut().zip(anchor) {
                *value = (*value + PENALTY * anchor) / (1.0 + PENALTY);
            }
        }
    }

    /// Returns the rows, `[rows of the block, width]`.
    pub(super) fn rows(&self) -> &[f32] {
        &self.rows
    }
}

/// Runs the epochs over the counts. Stops early if the progress callback asks for it.
pub(super) fn train_epochs(
    corpus: &EncodedCorpus,
    counts: &Cooccurrences,
    width: usize,
    [words, contexts]: [&mut Vec<ParameterBlock>; 2],
    settings: &VectorSettings,
    progress: &mut ProgressReporter,
) -> Result<(), VectorTrainingError> {
    let tokens_per_round = corpus.tokens().div_ceil(BLOCKS as u64);
    for epoch in 0..settings.epochs {
        let process_blocks =
            |word: &mut ParameterBlock, context: &mut ParameterBlock, a: usize, b: usize| {
                let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
                rng.set_stream((epoch * BLOCKS * BLOCKS + a * BLOCKS + b) as u64 + 1);
                let mut file = &counts.files[a][b];
                let process = |chunk: &[StoredCount]| {
                    let rate = settings.learning_rate as f32;
                    Arch::new().dispatch(Descent {
                        chunk,
                        width,
                        word,
                        context,
                        rate,
                    });
                };
                for_each_chunk(&mut file, counts.lengths[a][b], &mut rng, process)
                    .map_err(VectorTrainingError::temporary_data(&corpus.folder))
            };
        for round in 0..BLOCKS {
            process_stratum(words, contexts, round, process_blocks)?;
            if progress.add(tokens_per_round) {
                return Ok(());
            }
        }
        words
            .par_iter_mut()
            .chain(&mut *contexts)
            .for_each(|block| block.pull_to_anchors(width));
    }
    Ok(())
}

/// Reads a file of counts in chunks and shuffles each chunk.
fn for_each_chunk(
    file: &mut &File,
    length: u64,
    rng: &mut ChaCha8Rng,
    mut process: impl FnMut(&[StoredCount]),
) -> std::io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    let mut left = length;
    let mut chunk: Vec<StoredCount> = Vec::new();
    while left > 0 {
        chunk.resize(left.min(CHUNK as u64) as usize, [0; 3]);
        file.read_exact(bytemuck::cast_slice_mut(&mut chunk))?;
        chunk.shuffle(rng);
        process(&chunk);
        left -= chunk.len() as u64;
    }
    Ok(())
}

/// Runs one AdaGrad step for each count, in order, on the loss of equation 8.
struct Descent<'a> {
    chunk: &'a [StoredCount],
    width: usize,
    word: &'a mut ParameterBlock,
    context: &'a mut ParameterBlock,
    rate: f32,
}

impl WithSimd for Descent<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for &[word, context, count] in self.chunk {
            let (word, context) = (word as usize, context as usize);
            let count = f32::from_bits(count);
            let rows = [(&*self.word, word), (&*self.context, context)];
            let [left, right] = rows
                .map(|(side, row)| S::as_simd_f32s(&side.rows[row * self.width..][..self.width]).0);
            let mut sum = simd.splat_f32s(0.0);
            for (left, right) in left.iter().zip(right) {
                sum = simd.mul_add_e_f32s(*left, *right, sum);
            }
            let biases = self.word.biases[word].0 + self.context.biases[context].0;
            let logarithm = count.ln();
            let error = simd.reduce_sum_f32s(sum) + biases - logarithm;
            // (count / MAX_WEIGHTED_COUNT)^WEIGHT_EXPONENT, at most 1.
            let weight = (WEIGHT_EXPONENT * (logarithm - MAX_WEIGHTED_COUNT.ln()).min(0.0)).exp();
            let gradient = (weight * error).clamp(-MAX_GRADIENT, MAX_GRADIENT);
            self.update_rows(simd, word, context, gradient);
            for bias in [
                &mut self.word.biases[word],
                &mut self.context.biases[context],
            ] {
                bias.0 -= self.rate * gradient / bias.1.sqrt();
                bias.1 += gradient * gradient;
            }
        }
    }
}

impl Descent<'_> {
    #[inline(always)]
    fn update_rows<S: Simd>(&mut self, simd: S, word: usize, context: usize, gradient: f32) {
        let range = |row: usize| row * self.width..(row + 1) * self.width;
        let (left, _) = S::as_mut_simd_f32s(&mut self.word.rows[range(word)]);
        let (left_squares, _) = S::as_mut_simd_f32s(&mut self.word.squares[range(word)]);
        let (right, _) = S::as_mut_simd_f32s(&mut self.context.rows[range(context)]);
        let (right_squares, _) = S::as_mut_simd_f32s(&mut self.context.squares[range(context)]);
        let (gradient, rate) = (simd.splat_f32s(gradient), simd.splat_f32s(self.rate));
        let left = left.iter_mut().zip(left_squares);
        for ((left, left_squares), (right, right_squares)) in
            left.zip(right.iter_mut().zip(right_squares))
        {
            let of_left = simd.mul_f32s(gradient, *right);
            let of_right = simd.mul_f32s(gradient, *left);
            *left = adagrad(simd, *left, of_left, left_squares, rate);
            *right = adagrad(simd, *right, of_right, right_squares, rate);
        }
    }
}

/// Returns the updated value `w - η g / sqrt(Σ g²)`, with the sum over the previous steps, and adds `g²`
/// to the sum.
#[inline(always)]
fn adagrad<S: Simd>(
    simd: S,
    value: S::f32s,
    gradient: S::f32s,
    squares: &mut S::f32s,
    rate: S::f32s,
) -> S::f32s {
    let step = simd.div_f32s(simd.mul_f32s(rate, gradient), simd.sqrt_f32s(*squares));
    *squares = simd.mul_add_e_f32s(gradient, gradient, *squares);
    simd.sub_f32s(value, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(seed: f32) -> ParameterBlock {
        let mut index = 0.0;
        let table = Table::new(BLOCKS, 3, || {
            index += 1.0;
            (index * seed).sin()
        });
        ParameterBlock::from_table(table, None).swap_remove(0)
    }

    /// Compares with two steps in `f64`: the gradient of equation 8, and AdaGrad with initial sums of 1.
    #[test]
    fn steps_follow_the_gradient() {
        let (mut word, mut context) = (side(0.7), side(0.3));
        let widen = |side: &ParameterBlock| {
            side.rows[..3]
                .iter()
                .map(|&v| f64::from(v))
                .collect::<Vec<_>>()
        };
        let mut expected = [widen(&word), widen(&context)];
        let mut squares = [[1.0f64; 4]; 2];
        let mut biases = [0.0f64; 2];
        let counts = [7.5f32, 300.0];
        let chunk = counts.map(|count| [0, 0, count.to_bits()]);
        let descent = Descent {
            chunk: &chunk,
            width: 16,
            word: &mut word,
            context: &mut context,
            rate: 0.05,
        };
        Arch::new().dispatch(descent);
        for count in counts.map(f64::from) {
            let dot: f64 = (0..3).map(|i| expected[0][i] * expected[1][i]).sum();
            let error = dot + biases[0] + biases[1] - count.ln();
            let gradient = (count / 100.0).min(1.0).powf(0.75) * error;
            let before = expected.clone();
            for side in 0..2 {
                for i in 0..3 {
                    let slope = gradient * before[1 - side][i];
                    expected[side][i] -= 0.05 * slope / squares[side][i].sqrt();
                    squares[side][i] += slope * slope;
                }
                biases[side] -= 0.05 * gradient / squares[side][3].sqrt();
                squares[side][3] += gradient * gradient;
            }
        }
        for (side, expected) in [(&word, &expected[0]), (&context, &expected[1])] {
            for (found, expected) in side.rows.iter().zip(expected) {
                assert!(
                    (f64::from(*found) - expected).abs() < 1e-5,
                    "{found}, not {expected}"
                );
            }
            assert_eq!(side.rows[3..16], [0.0; 13]);
        }
        assert!((f64::from(word.biases[0].0) - biases[0]).abs() < 1e-5);
    }
}
