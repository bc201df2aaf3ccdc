//! word2vec: skip-gram and CBOW with negative sampling and subsampling of frequent words (Mikolov et al.,
//! 2013, "Distributed Representations of Words and Phrases and their Compositionality").
//!
//! A pair is a context's row and a word's row, and whether they were seen together. Pairs of a batch of
//! tokens are sorted by the blocks of their rows and processed block by block (see
//! [`super::partition`]): stochastic gradient descent in another order, with no update lost.

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
use super::initial_table::{random_rows, set_start};
use super::partition::{BLOCKS, Table, process_all_strata};
use super::progress::{OnProgress, ProgressReporter};
use super::settings::{VectorSettings, Word2Vec};
use crate::embeddings::subwords::{SUBWORD_ROWS, subword_rows};
use crate::embeddings::vectors::WordVectors;

/// Tokens whose pairs are sorted together.
const TOKENS_PER_BATCH: usize = 4096;

/// As [`TOKENS_PER_BATCH`] where rows are made of several: so few that the means made once a batch are not old.
const TOKENS_PER_MEAN_BATCH: usize = 1024;

/// The learning rate does not fall below this share of what it was at first.
const LEAST_RATE: f64 = 1e-4;

/// The tables that are trained.
struct Tables {
    /// A row for each word, then for each bucket of n-grams.
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
    set_start(&mut inputs, corpus, start, 1.0);
    let mut tables = Tables {
        inputs,
        outputs: Table::new(words, dimension, || 0.0),
    };
    let all = corpus.tokens() * settings.epochs as u64;
    let mut progress = ProgressReporter::new("learning", Some(all), on_progress);
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
    let batch = if inputs.is_some() {
        TOKENS_PER_MEAN_BATCH
    } else {
        TOKENS_PER_BATCH
    };
    let all = corpus.tokens() * settings.epochs as u64;
    let mut parts: Vec<SampledPairs> = (0..BLOCKS).map(|_| SampledPairs::default()).collect();
    let mut texts = Vec::new();
    for epoch in 0..settings.epochs {
        let mut reader = corpus.reader()?;
        for index in 0u64.. {
            reader.next(batch, &mut texts)?;
            let tokens: usize = texts.iter().map(Vec::len).sum();
            if tokens == 0 {
                break;
            }
            let rng = |part: usize| {
                let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
                rng.set_stream((epoch as u64) << 48 | index << 8 | part as u64);
                rng
            };
            let part_size = texts.len().div_ceil(BLOCKS).max(1);
            parts.par_iter_mut().enumerate().for_each(|(number, part)| {
                let texts = texts.chunks(part_size).nth(number).unwrap_or_default();
                part.draw(texts, &sampler, inputs.as_ref(), &mut rng(number));
            });
            let done = progress.tokens as f64 / all as f64;
            let rate = (settings.learning_rate * (1.0 - done).max(LEAST_RATE)) as f32;
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

/// The step where both rows are words' own.
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

/// The step where left rows are means: each part computes its means and updates them, and the updates
/// are added to the input rows.
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
