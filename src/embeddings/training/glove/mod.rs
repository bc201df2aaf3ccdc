//! GloVe: Pennington, Socher and Manning (2014), "GloVe: Global Vectors for Word Representation".
//! It counts co-occurrences of words and fits vectors to the logarithms of the counts.

mod adagrad;
mod cooccurrence;
mod spill;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use self::adagrad::ParameterBlock;
use super::encoded_corpus::EncodedCorpus;
use super::error::VectorTrainingError;
use super::initial_table::{random_rows, set_initial_vectors};
use super::partition::BLOCKS;
use super::progress::{OnProgress, ProgressReporter};
use super::settings::VectorSettings;
use crate::embeddings::vectors::WordVectors;

/// Trains GloVe vectors, using about `memory` bytes for counting.
pub(super) fn train(
    corpus: &EncodedCorpus,
    settings: &VectorSettings,
    memory: usize,
    start: Option<&WordVectors>,
    on_progress: OnProgress,
) -> Result<WordVectors, VectorTrainingError> {
    let mut progress = ProgressReporter::new("counting", Some(corpus.tokens()), on_progress);
    let counts = cooccurrence::count(corpus, settings.window, memory, &mut progress)?;

    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    // A word's vector is the sum of its rows in both tables, as in Stanford's program. Each row starts
    // with half of the initial vector.
    let mut initial_table = || {
        let mut table = random_rows(corpus.words.len(), settings.dimension, &mut rng);
        set_initial_vectors(&mut table, corpus, start, 0.5);
        table
    };
    let tables = [initial_table(), initial_table()];
    let width = tables[0].width;
    let is_anchored: Option<Vec<bool>> = start.map(|start| {
        let words = corpus.words.iter();
        words.map(|word| start.get(word).is_some()).collect()
    });
    let [mut words, mut contexts] =
        tables.map(|table| ParameterBlock::from_table(table, is_anchored.as_deref()));
    let all = corpus.tokens() * settings.epochs as u64;
    let mut progress = ProgressReporter::new("training", Some(all), progress.on_progress);
    let blocks = [&mut words, &mut contexts];
    adagrad::train_epochs(corpus, &counts, width, blocks, settings, &mut progress)?;
    Ok(corpus.word_vectors(settings.dimension, |word| {
        let row = |blocks: &[ParameterBlock]| {
            blocks[word % BLOCKS].rows()[word / BLOCKS * width..][..width].to_vec()
        };
        let sum = row(&words).into_iter().zip(row(&contexts));
        sum.map(|(word, context)| word + context).collect()
    }))
}
