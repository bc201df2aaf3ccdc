//! Prepares mini-batches on a thread of its own.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::Scope;

use rand::Rng;

use crate::batch::Batch;
use crate::training::data::training_set::TrainingSet;
use crate::training::random_streams::RandomStream;
use crate::training::recipe::Recipe;
use crate::vocabulary::UNKNOWN_ID;

/// Batches that wait: one is enough to overlap, two ride out an uneven one.
const WAITING: usize = 2;

/// A batch to learn from.
pub(crate) struct TrainingBatch {
    /// Its place in the epoch.
    pub(crate) index: usize,
    /// Its texts.
    pub(crate) batch: Batch,
    /// The probability of each label for each row: `[rows, labels]`.
    pub(crate) targets: Vec<f32>,
}

/// An epoch's batches and how they are made.
#[derive(Clone, Debug)]
pub(crate) struct BatchLoader {
    epoch: usize,
    /// The texts of each batch.
    batches: Vec<Vec<usize>>,
    word_dropout: f64,
    seed: u64,
}

impl BatchLoader {
    /// The batches of an epoch, as the recipe's seed has them.
    pub(crate) fn new(data: &TrainingSet, recipe: &Recipe, epoch: usize) -> Self {
        let mut rng = RandomStream::Batches { epoch }.rng(recipe.seed);
        Self {
            epoch,
            batches: data
                .texts
                .bucketed(data.targets.texts(), recipe.batch_size, &mut rng),
            word_dropout: recipe.word_dropout,
            seed: recipe.seed,
        }
    }

    /// How many batches the epoch has.
    pub(crate) fn batches(&self) -> usize {
        self.batches.len()
    }

    /// Starts a thread that makes the batches from the one at `first`, and stops when the receiver
    /// is dropped.
    pub(crate) fn start<'scope>(
        self,
        data: &'scope TrainingSet,
        first: usize,
        scope: &'scope Scope<'scope, '_>,
    ) -> Receiver<TrainingBatch> {
        let (sender, receiver) = sync_channel(WAITING);
        scope.spawn(move || {
            for index in first..self.batches.len() {
                if sender.send(self.batch(data, index)).is_err() {
                    return;
                }
            }
        });
        receiver
    }

    fn batch(&self, data: &TrainingSet, index: usize) -> TrainingBatch {
        let texts = &self.batches[index];
        let draw = RandomStream::Words {
            epoch: self.epoch,
            batch: index,
        };
        let mut rng = draw.rng(self.seed);
        let rows: Vec<Vec<u32>> = texts
            .iter()
            .map(|&text| drop_words(data.texts.get(text), self.word_dropout, &mut rng))
            .collect();
        let batch = Batch::pack(&rows);
        let texts = batch.order.iter().map(|&row| texts[row]);
        TrainingBatch {
            index,
            targets: data.targets.of_texts(texts),
            batch,
        }
    }
}

/// Replaces each token by the unknown one with probability `rate`.
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
