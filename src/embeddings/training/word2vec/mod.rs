//! word2vec: skip-gram and CBOW with negative sampling and subsampling of frequent words (Mikolov et al.,
//! 2013, "Distributed Representations of Words and Phrases and their Compositionality").
//!
//! A pair has an input row, an output row and a label: positive or negative. The pairs of a batch of
//! tokens are sorted by the blocks of their rows and processed block by block (see
//! [`super::partition`]). This is stochastic gradient descent in another order, without lost updates.

mod input_means;
mod negative_sampler;
mod pair_sampler;
mod pairs;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use self::input_means::InputRows;
use self::pair_sampler::{PairSampler, SampledPairs};
use super::encoded_corpus::EncodedCorpus;
use super::error::VectorTrainingError;
use super::initial_table::{random_rows, set_initial_vectors};
use super::partition::{BLOCKS, Table, process_all_strata};
use super::progress::{OnProgress, ProgressReporter};
use super::settings::{VectorSettings, Word2Vec};
use crate::embeddings::subwords::{SUBWORD_ROWS, subword_rows};
use crate::embeddings::vectors::WordVectors;

/// The number of tokens whose pairs are sorted together.
const TOKENS_PER_BATCH: usize = 4096;

/// The batch size in tokens when input rows are means. It is small because the means are computed only
/// once per batch.
const TOKENS_PER_MEAN_BATCH: usize = 1024;

/// The minimum learning rate, as a factor of the initial learning rate.
const MIN_RATE_FACTOR: f64 = 1e-4;

/// The trained tables.
struct Tables {
    /// A row for each word, then a row for each hash bucket of n-grams.
    inputs: Table,
    /// A row for each word.
    outputs: Table,
}

/// Trains word2vec vectors.
pub(super) fn train(
    corpus: &EncodedCorpus,
    settings: &VectorSettings,
    word2vec: &Word2Vec,
    start: Option<&WordVectors>,
    on_progress: OnProgress,
) -> Result<WordVectors, VectorTrainingError> {
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    let words = corpus.words.len();
    let dimension = settings.dimension;
    let subwords = if word2vec.subwords { SUBWORD_ROWS } else { 0 };
    let mut inputs = random_rows(words + subwords, dimension, &mut rng);
    set_initial_vectors(&mut inputs, corpus, start, 1.0);
    let mut tables = Tables {
        inputs,
        outputs: Table::new(words, dimension, || 0.0),
    };
    let all = corpus.tokens() * settings.epochs as u64;
    let mut progress = ProgressReporter::new("training", Some(all), on_progress);
    train_epochs(corpus, settings, word2vec, &mut tables, &mut progress)?;
    let inputs = tables.inputs;
    if !word2vec.subwords {
        return Ok(corpus.word_vectors(dimension, |word| inputs.row(word).to_vec()));
    }
    let mut vectors = corpus.word_vectors(dimension, |word| {
        let subwords = subword_rows(&corpus.words[word]).map(|row| words + row as usize);
        mean_of_rows(&inputs, [word].into_iter().chain(subwords))
    });
    let rows = (0..subwords).flat_map(|row| inputs.row(words + row)[..dimension].to_vec());
    vectors.set_subwords(rows.collect());
    Ok(vectors)
}

fn mean_of_rows(table: &Table, rows: impl Iterator<Item = usize>) -> Vec<f32> {
    let mut mean = vec![0.0; table.width];
    let mut count = 0;
    for row in rows {
        mean.iter_mut()
            .zip(table.row(row))
            .for_each(|(sum, value)| *sum += value);
        count += 1;
    }
    mean.iter_mut().for_each(|value| *value /= count as f32);
    mean
}

/// Runs the epochs over the corpus. Stops early if the progress callback asks for it.
fn train_epochs(
    corpus: &EncodedCorpus,
    settings: &VectorSettings,
    word2vec: &Word2Vec,
    tables: &mut Tables,
    progress: &mut ProgressReporter,
) -> Result<(), VectorTrainingError> {
    let sampler = PairSampler::new(corpus, settings.window, word2vec);
    let inputs = InputRows::new(corpus, word2vec);
    let tokens_per_batch = if inputs.is_some() {
        TOKENS_PER_MEAN_BATCH
    } else {
        TOKENS_PER_BATCH
    };
    let all = corpus.tokens() * settings.epochs as u64;
    let mut parts: Vec<SampledPairs> = (0..BLOCKS).map(|_| SampledPairs::default()).collect();
    let mut texts = Vec::new();
    for epoch in 0..settings.epochs {
        let mut reader = corpus.reader()?;
        for batch in 0u64.. {
            reader.next(tokens_per_batch, &mut texts)?;
            let tokens: usize = texts.iter().map(Vec::len).sum();
            if tokens == 0 {
                break;
            }
            let rng = |part: usize| {
                let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
                rng.set_stream((epoch as u64) << 48 | batch << 8 | part as u64);
                rng
            };
            let part_size = texts.len().div_ceil(BLOCKS).max(1);
            parts.par_iter_mut().enumerate().for_each(|(index, part)| {
                let texts = texts.chunks(part_size).nth(index).unwrap_or_default();
                part.draw(texts, &sampler, inputs.as_ref(), &mut rng(index));
            });
            let done = progress.tokens as f64 / all as f64;
            let rate = (settings.learning_rate * (1.0 - done).max(MIN_RATE_FACTOR)) as f32;
            match &inputs {
                None => descend(&parts, tables, rate),
                Some(_) => descend_means(&mut parts, tables, rate),
            }
            if progress.add(tokens as u64) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Runs the gradient steps of pairs whose input rows are rows of the table.
fn descend(parts: &[SampledPairs], tables: &mut Tables, rate: f32) {
    let width = tables.inputs.width;
    let Tables { inputs, outputs } = tables;
    process_all_strata(
        &mut inputs.blocks,
        &mut outputs.blocks,
        |left, right, a, b| {
            for part in parts {
                part.pairs.get(a, b).descend(left, right, width, rate);
            }
        },
    );
}

/// Runs the gradient steps of pairs whose input rows are means. Each part computes and updates its
/// means; then the updates are added to the rows of the table.
fn descend_means(parts: &mut [SampledPairs], tables: &mut Tables, rate: f32) {
    let Tables { inputs, outputs } = tables;
    let width = inputs.width;
    parts
        .par_iter_mut()
        .for_each(|part| part.means.compute(inputs));
    process_all_strata(parts, &mut outputs.blocks, |part, right, _, b| {
        let pairs = part.pairs.get(0, b);
        pairs.descend(part.means.rows_mut(), right, width, rate);
    });
    let parts = &*parts;
    inputs
        .blocks
        .par_iter_mut()
        .enumerate()
        .for_each(|(block, rows)| {
            parts
                .iter()
                .for_each(|part| part.means.apply_updates(block, rows));
        });
}
