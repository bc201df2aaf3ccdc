//! Batches made ready while the one before is computed on.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::Scope;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::Recipe;
use super::draws::Draw;
use crate::batch::{Batch, EncodedTexts};
use crate::vocabulary::UNKNOWN_ID;

/// Batches that wait: one is enough to overlap, two ride out an uneven one.
const WAITING: usize = 2;

/// Encoded texts and their labels.
#[derive(Clone, Debug)]
pub(super) struct LabelledIds {
    pub(super) texts: EncodedTexts,
    pub(super) labels: Vec<u32>,
}

/// A batch to learn from.
pub(super) struct TrainingBatch {
    /// Its place in the epoch.
    pub(super) index: usize,
    /// Its texts.
    pub(super) batch: Batch,
    /// The label of each row.
    pub(super) labels: Vec<u32>,
}

/// An epoch's batches and how they are made.
#[derive(Clone, Debug)]
pub(super) struct Feed {
    epoch: usize,
    /// The texts of each batch.
    batches: Vec<Vec<usize>>,
    word_dropout: f64,
    seed: u64,
}

impl Feed {
    /// The batches of an epoch, as the recipe's seed has them.
    pub(super) fn new(data: &LabelledIds, recipe: &Recipe, epoch: usize) -> Self {
        let mut rng = Draw::Batches { epoch }.rng(recipe.seed);
        Self {
            epoch,
            batches: data.texts.bucketed(recipe.batch_size, &mut rng),
            word_dropout: recipe.word_dropout,
            seed: recipe.seed,
        }
    }

    /// How many batches the epoch has.
    pub(super) fn batches(&self) -> usize {
        self.batches.len()
    }

    /// Starts a thread that makes the batches from the one at `first`, and stops when the receiver
    /// is dropped.
    pub(super) fn start<'scope>(
        self,
        data: &'scope LabelledIds,
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

    fn batch(&self, data: &LabelledIds, index: usize) -> TrainingBatch {
        let texts = &self.batches[index];
        let draw = Draw::Words {
            epoch: self.epoch,
            batch: index,
        };
        let mut rng = draw.rng(self.seed);
        let rows: Vec<Vec<u32>> = texts
            .iter()
            .map(|&text| drop_words(data.texts.get(text), self.word_dropout, &mut rng))
            .collect();
        let batch = Batch::pack(&rows);
        let labels = batch
            .order
            .iter()
            .map(|&row| data.labels[texts[row]])
            .collect();
        TrainingBatch {
            index,
            batch,
            labels,
        }
    }
}

/// Replaces each token by the unknown one with probability `rate`.
fn drop_words(text: &[u32], rate: f64, rng: &mut ChaCha8Rng) -> Vec<u32> {
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
