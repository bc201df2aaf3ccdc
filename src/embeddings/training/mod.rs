//! Word vectors trained on a corpus: GloVe, and word2vec's skip-gram and CBOW.
//!
//! The corpus is read and tokenized once; what is needed of it lies in temporary files, so that memory
//! follows the vocabulary and, for GloVe, what is allowed for counting. Work is split by blocks of words
//! (see `blocks`), and the result is the same for any number of threads.

mod blocks;
mod composite;
mod cooccurrence;
mod encoded;
mod error;
mod glove;
mod noise;
mod pairs;
mod runs;
mod settings;
mod word2vec;

use std::error::Error;
use std::path::Path;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use self::blocks::{BLOCKS, Table};
use self::encoded::EncodedCorpus;
use self::glove::Side;
use self::word2vec::Word2VecTables;
use super::WordVectors;
use super::subwords::{SUBWORD_ROWS, subword_rows};
use crate::text::Preprocessor;

pub use error::VectorTrainingError;
pub use settings::{Method, VectorSettings, Word2Vec};

/// How far training is, told every stretch of the corpus.
#[derive(Clone, Copy, Debug)]
pub struct VectorProgress {
    /// What is done now.
    pub stage: &'static str,
    /// Tokens done, over all epochs.
    pub tokens: u64,
    /// Of how many, once that is known.
    pub of: Option<u64>,
}

/// What is called to tell how far training is; that it gives false ends the training, which then gives
/// what there is.
pub type OnProgress<'a> = &'a mut dyn FnMut(VectorProgress) -> bool;

/// Trains vectors on texts, whose words are what `preprocessor` makes of them, with the vectors that
/// words begin from where `start` has any. Temporary files are made in `folder`.
///
/// # Errors
/// Where the settings are out of range, a text could not be read, no word is frequent enough, or there
/// is no room for temporary files.
pub fn train<E: Into<Box<dyn Error + Send + Sync>>>(
    texts: impl Iterator<Item = Result<String, E>>,
    preprocessor: &Preprocessor,
    settings: &VectorSettings,
    start: Option<&WordVectors>,
    folder: &Path,
    on_progress: OnProgress,
) -> Result<WordVectors, VectorTrainingError> {
    settings.check()?;
    if let Some(start) = start.filter(|start| start.dimension() != settings.dimension) {
        return Err(VectorTrainingError::StartDimension {
            found: start.dimension(),
            wanted: settings.dimension,
        });
    }
    let mut control = Control::new("reading", None, on_progress);
    let min_count = settings.min_count;
    let corpus = EncodedCorpus::new(texts, preprocessor, min_count, folder, &mut control)?;
    let on_progress = control.on_progress;
    if corpus.words.len() < 2 {
        return Err(VectorTrainingError::NoWords { min_count });
    }
    match &settings.method {
        Method::Glove { memory } => train_glove(&corpus, settings, *memory, start, on_progress),
        Method::Word2Vec(word2vec) => {
            train_word2vec(&corpus, settings, word2vec, start, on_progress)
        }
    }
}

/// The vectors of the corpus's words, given their rows.
fn vectors_of(
    corpus: &EncodedCorpus,
    dimension: usize,
    row: impl Fn(usize) -> Vec<f32>,
) -> WordVectors {
    let mut vectors = WordVectors::new(dimension);
    for (number, word) in corpus.words.iter().enumerate() {
        vectors.push(word.clone(), &row(number)[..dimension]);
    }
    vectors
}

fn train_glove(
    corpus: &EncodedCorpus,
    settings: &VectorSettings,
    memory: usize,
    start: Option<&WordVectors>,
    on_progress: OnProgress,
) -> Result<WordVectors, VectorTrainingError> {
    let mut control = Control::new("counting", Some(corpus.tokens()), on_progress);
    let counts = cooccurrence::count(corpus, settings.window, memory, &mut control)?;

    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    // As Stanford's program; a word's vector is the sum of two rows, which begin with half of it each.
    let mut begin = || first_rows(corpus, settings, start, 0.5, &mut rng);
    let tables = [begin(), begin()];
    let width = tables[0].width;
    let is_held: Option<Vec<bool>> = start.map(|start| {
        let words = corpus.words.iter();
        words.map(|word| start.get(word).is_some()).collect()
    });
    let [mut words, mut contexts] = tables.map(|table| Side::of(table, is_held.as_deref()));
    let all = corpus.tokens() * settings.epochs as u64;
    let mut control = Control::new("learning", Some(all), control.on_progress);
    let sides = [&mut words, &mut contexts];
    glove::learn(corpus, &counts, width, sides, settings, &mut control)?;
    Ok(vectors_of(corpus, settings.dimension, |word| {
        let row =
            |side: &[Side]| side[word % BLOCKS].rows()[word / BLOCKS * width..][..width].to_vec();
        let sum = row(&words).into_iter().zip(row(&contexts));
        sum.map(|(word, context)| word + context).collect()
    }))
}

fn train_word2vec(
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
    let mut tables = Word2VecTables {
        inputs,
        outputs: Table::new(words, dimension, || 0.0),
    };
    let all = corpus.tokens() * settings.epochs as u64;
    let mut control = Control::new("learning", Some(all), on_progress);
    word2vec::learn(corpus, settings, word2vec, &mut tables, &mut control)?;
    let inputs = tables.inputs;
    if !word2vec.subwords {
        return Ok(vectors_of(corpus, dimension, |word| {
            inputs.row(word).to_vec()
        }));
    }
    let mut vectors = vectors_of(corpus, dimension, |word| {
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

/// Rows drawn evenly from -0.5 to 0.5 over the dimension, as both published programs do.
fn random_rows(rows: usize, dimension: usize, rng: &mut ChaCha8Rng) -> Table {
    Table::new(rows, dimension, || {
        (rng.random::<f32>() - 0.5) / dimension as f32
    })
}

/// [`random_rows`] of the words, but `share` of the vectors that they begin from.
fn first_rows(
    corpus: &EncodedCorpus,
    settings: &VectorSettings,
    start: Option<&WordVectors>,
    share: f32,
    rng: &mut ChaCha8Rng,
) -> Table {
    let mut table = random_rows(corpus.words.len(), settings.dimension, rng);
    set_start(&mut table, corpus, start, share);
    table
}

fn set_start(table: &mut Table, corpus: &EncodedCorpus, start: Option<&WordVectors>, share: f32) {
    for (row, word) in corpus.words.iter().enumerate() {
        if let Some(vector) = start.and_then(|start| start.get(word)) {
            for (value, begin) in table.row_mut(row).iter_mut().zip(vector) {
                *value = share * begin;
            }
        }
    }
}

/// Counts what is done, tells it and asks whether to go on.
struct Control<'a> {
    stage: &'static str,
    tokens: u64,
    of: Option<u64>,
    on_progress: OnProgress<'a>,
}

impl<'a> Control<'a> {
    fn new(stage: &'static str, of: Option<u64>, on_progress: OnProgress<'a>) -> Self {
        Self {
            stage,
            tokens: 0,
            of,
            on_progress,
        }
    }

    /// Adds tokens that are done and gives whether to stop.
    fn add(&mut self, tokens: u64) -> bool {
        self.tokens += tokens;
        !(self.on_progress)(VectorProgress {
            stage: self.stage,
            tokens: self.tokens,
            of: self.of,
        })
    }
}
