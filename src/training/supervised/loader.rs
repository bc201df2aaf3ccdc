//! Batches made ready while the one before is computed on.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::Scope;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::Recipe;
use super::draws::Draw;
use super::targets::Targets;
use crate::batch::{Batch, EncodedTexts};
use crate::classifier::Classifier;
use crate::model::ModelError;
use crate::vocabulary::UNKNOWN_ID;

/// Batches that wait: one is enough to overlap, two ride out an uneven one.
const WAITING: usize = 2;

/// Encoded texts, and what the first of them are to be taken for: those with labels and, once a model was
/// asked, the others too.
#[derive(Clone, Debug)]
pub(super) struct TrainingIds {
    pub(super) texts: EncodedTexts,
    pub(super) targets: Targets,
}

impl TrainingIds {
    /// The texts that there are targets for.
    pub(super) fn with_targets(&self) -> impl Iterator<Item = &[u32]> {
        self.texts.iter().take(self.targets.texts())
    }

    /// How many tokens those have.
    pub(super) fn tokens(&self) -> usize {
        self.with_targets().map(<[u32]>::len).sum()
    }

    /// How many texts have no label.
    pub(super) fn unlabelled(&self) -> usize {
        self.texts.len() - self.targets.given()
    }

    /// Asks a classifier, which has the same vocabulary, for the targets of the texts without labels.
    pub(super) fn teach(&mut self, teacher: &Classifier) -> Result<(), ModelError> {
        let mut unlabelled = EncodedTexts::default();
        let texts = self.texts.iter().skip(self.targets.given());
        texts.for_each(|ids| unlabelled.push(ids.iter().copied()));
        let predictions = teacher.predict_encoded(&unlabelled)?;
        let probabilities = predictions.iter().flat_map(|one| &one.probabilities);
        let probabilities = probabilities.map(|&share| share as f32).collect();
        self.targets.teach(probabilities);
        Ok(())
    }
}

/// A batch to learn from.
pub(super) struct TrainingBatch {
    /// Its place in the epoch.
    pub(super) index: usize,
    /// Its texts.
    pub(super) batch: Batch,
    /// The probability of each label for each row: `[rows, labels]`.
    pub(super) targets: Vec<f32>,
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
    pub(super) fn new(data: &TrainingIds, recipe: &Recipe, epoch: usize) -> Self {
        let mut rng = Draw::Batches { epoch }.rng(recipe.seed);
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
    pub(super) fn batches(&self) -> usize {
        self.batches.len()
    }

    /// Starts a thread that makes the batches from the one at `first`, and stops when the receiver
    /// is dropped.
    pub(super) fn start<'scope>(
        self,
        data: &'scope TrainingIds,
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

    fn batch(&self, data: &TrainingIds, index: usize) -> TrainingBatch {
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
        let texts = batch.order.iter().map(|&row| texts[row]);
        TrainingBatch {
            index,
            targets: data.targets.of_texts(texts),
            batch,
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use candle_core::Device;

    use super::*;
    use crate::corpus::{self, Corpus};
    use crate::training::{Dataset, Preset, Trainer, Vectors};

    /// Each text without a label has what the teacher says of that text, and those with one keep theirs.
    #[test]
    fn targets_are_what_the_teacher_says_of_each_text() {
        let mut corpus = Corpus::collect(corpus::sample().unwrap()).unwrap();
        corpus.examples.truncate(60);
        let dataset = Dataset::split(corpus, 0.5, 1).unwrap();
        let recipe = Recipe {
            embedding_size: 4,
            hidden_size: 4,
            epochs: 2,
            ..Preset::Sample.recipe()
        };
        let folder = tempfile::tempdir().unwrap();
        let mut trainer = Trainer::new(
            &dataset,
            &Vectors::Random,
            recipe,
            folder.path(),
            &Device::Cpu,
        )
        .unwrap();
        trainer.run(&AtomicBool::new(false), &mut |_| {}).unwrap();
        let teacher = Classifier::load(folder.path(), &Device::Cpu).unwrap();

        let unlabelled = &dataset.validation.texts;
        let mut texts = teacher.encode(&dataset.train.texts);
        texts.append(&teacher.encode(unlabelled));
        let targets = Targets::new(2, dataset.train.labels.clone(), Vec::new());
        let mut data = TrainingIds { texts, targets };
        assert_eq!(data.with_targets().count(), dataset.train.texts.len());
        data.teach(&teacher).unwrap();
        let of_teacher = teacher.predict(unlabelled).unwrap();
        let expected = of_teacher.iter().flat_map(|one| &one.probabilities);
        let expected: Vec<f32> = expected.map(|&share| share as f32).collect();
        assert_eq!(data.targets.taught(), expected);
        assert_eq!(data.with_targets().count(), data.texts.len());
        assert_eq!(data.targets.probability(0, dataset.train.labels[0]), 1.0);
    }
}
