//! Prepares mini-batches on a separate thread.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::Scope;

use rand::Rng;

use crate::batch::Batch;
use crate::training::averaging::Averaging;
use crate::training::data::training_set::TrainingSet;
use crate::training::random_streams::RandomStream;
use crate::training::recipe::Recipe;
use crate::vocabulary::UNKNOWN_ID;

/// The number of prefetched batches. One is enough to overlap with training; two also cover batches of uneven
/// size.
const PREFETCHED: usize = 2;

/// A mini-batch with its targets.
pub(crate) struct TrainingBatch {
    /// The index in the epoch.
    pub(crate) index: usize,
    /// The encoded texts.
    pub(crate) batch: Batch,
    /// The target probabilities, `[rows, labels]`.
    pub(crate) targets: Vec<f32>,
}

/// The loader of the mini-batches of an epoch.
#[derive(Clone, Debug)]
pub(crate) struct BatchLoader {
    epoch: usize,
    /// The index of each batch in the epoch, and the indices of its texts.
    batches: Vec<(usize, Vec<usize>)>,
    word_dropout: f64,
    seed: u64,
}

impl BatchLoader {
    /// Assigns texts to the batches of an epoch, in an order given by the random seed.
    pub(crate) fn new(data: &TrainingSet, recipe: &Recipe, epoch: usize) -> Self {
        let mut rng = RandomStream::Batches { epoch }.rng(recipe.seed);
        let batches = data
            .texts
            .bucketed(data.targets.texts(), recipe.batch_size, &mut rng);
        Self {
            epoch,
            batches: batches.into_iter().enumerate().collect(),
            word_dropout: recipe.word_dropout,
            seed: recipe.seed,
        }
    }

    /// Returns the loader of a worker's share of the batches.
    pub(crate) fn of_worker(self, averaging: &Averaging) -> Self {
        Self {
            batches: averaging.share(self.batches),
            ..self
        }
    }

    /// Returns the number of batches.
    pub(crate) fn batches(&self) -> usize {
        self.batches.len()
    }

    /// Starts a thread that prepares the batches after the first `first` ones. It ends when the receiver is dropped.
    pub(crate) fn start<'scope>(
        self,
        data: &'scope TrainingSet,
        first: usize,
        scope: &'scope Scope<'scope, '_>,
    ) -> Receiver<TrainingBatch> {
        let (sender, receiver) = sync_channel(PREFETCHED);
        scope.spawn(move || {
            for (index, texts) in self.batches.iter().skip(first) {
                if sender.send(self.batch(data, *index, texts)).is_err() {
                    return;
                }
            }
        });
        receiver
    }

    fn batch(&self, data: &TrainingSet, index: usize, texts: &[usize]) -> TrainingBatch {
        let stream = RandomStream::WordDropout {
            epoch: self.epoch,
            batch: index,
        };
        let mut rng = stream.rng(self.seed);
        let rows: Vec<Vec<u32>> = texts
            .iter()
            .map(|&text| drop_words(data.texts.get(text), self.word_dropout, &mut rng))
            .collect();
        let batch = Batch::pack(&rows);
        let texts = batch.order.iter().map(|&row| texts[row]);
        TrainingBatch {
            index,
            targets: data.targets.select(texts),
            batch,
        }
    }
}

/// Replaces each token by the unknown token with probability `rate`.
fn drop_words(text: &[u32], rate: f64, rng: &mut impl Rng) -> Vec<u32> {
    if rate == 0.0 {
        return text.to_vec();
    }
    text.iter()
        .map(|&id| {
            if rng.random_bool(rate) {
                UNKNOWN_ID
            } else {
                id
            }
        })
        .collect()
}
