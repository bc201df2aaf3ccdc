//! How far a run has come.

use serde::{Deserialize, Serialize};

use super::record::Epoch;
use crate::batch::PackedLayout;
use crate::training::recipe::Recipe;

/// How far a run has come. Random draws are a function of the seed, the epoch and the batch, so no
/// generator's state is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunState {
    /// What the run trains and validates on: see [`Dataset::digest`](crate::training::Dataset::digest).
    pub dataset_digest: String,
    /// How many of the vocabulary's tokens had vectors in the file, where there was one.
    pub vectors_found: Option<usize>,
    /// The finished epochs of pre-training.
    pub pretrained_epochs: usize,
    /// How long they took.
    pub pretraining_seconds: f64,
    /// Every finished epoch of learning labels.
    pub history: Vec<Epoch>,
    /// The part of the next epoch that is done, of pre-training until that is over.
    pub epoch: EpochState,
    /// Steps of the optimizer so far: in pre-training, and then in this round.
    pub steps: u64,
    /// Its steps in the rounds before.
    pub steps_before: u64,
    /// How long validation has taken.
    pub validation_seconds: f64,
    /// How often a model labelled the texts without labels: see [`Recipe::self_training`].
    pub round: usize,
    /// The epochs that were over when it did so last.
    pub epochs_before: usize,
}

/// More tokens, batches or guesses than an epoch can have; sums of such numbers do not overflow.
const MOST: u64 = 1 << 48;

impl RunState {
    /// Whether a run by this recipe can be so far: the state may have been read from any file.
    pub(crate) fn fits(&self, recipe: &Recipe) -> bool {
        let epochs = self.history.len();
        let has_begun = epochs > 0 || self.round > 0;
        // An optimizer counts its steps in an i32.
        self.steps < i32::MAX as u64
            && self.steps_before < MOST
            && [self.epoch.batches, self.epoch.weight, self.epoch.tokens]
                .iter()
                .all(|&count| (count as u64) < MOST)
            && self.pretrained_epochs <= recipe.pretraining_epochs
            && (self.is_pretrained(recipe) || !has_begun)
            && self.round <= recipe.self_training
            && (self.round == 0) == (self.epochs_before == 0)
            && self.epochs_before <= epochs
            && epochs - self.epochs_before <= recipe.epochs
            && (1..)
                .zip(&self.history)
                .all(|(number, epoch)| epoch.epoch == number)
    }

    /// The finished epochs since the texts without labels were labelled last.
    pub(crate) fn epochs_of_round(&self) -> &[Epoch] {
        &self.history[self.epochs_before..]
    }

    /// Whether pre-training is over, or was not asked for.
    pub(crate) fn is_pretrained(&self, recipe: &Recipe) -> bool {
        self.pretrained_epochs >= recipe.pretraining_epochs
    }

    /// Ends an epoch of pre-training.
    pub(crate) fn end_pretraining_epoch(&mut self, recipe: &Recipe) {
        self.pretraining_seconds += std::mem::take(&mut self.epoch).seconds;
        self.pretrained_epochs += 1;
        if self.is_pretrained(recipe) {
            self.steps = 0;
        }
    }

    /// Begins to learn anew, from other targets.
    pub(crate) fn begin_round(&mut self) {
        self.round += 1;
        self.epochs_before = self.history.len();
        self.steps_before += self.steps;
        self.steps = 0;
    }

    /// The epoch whose model is the best.
    pub(crate) fn best(&self) -> Option<&Epoch> {
        self.history.iter().reduce(|best, epoch| {
            if epoch.is_better_than(best) {
                epoch
            } else {
                best
            }
        })
    }

    /// How many epochs of the round there were since the best one.
    pub(crate) fn epochs_without_gain(&self) -> usize {
        let of_round = self.epochs_of_round().len();
        self.best()
            .map_or(0, |best| of_round.min(self.history.len() - best.epoch))
    }

    /// How many epochs of the round had no lower validation loss than all before.
    pub(crate) fn plateaus(&self) -> u32 {
        let mut lowest = f64::INFINITY;
        let mut plateaus = 0;
        for epoch in self.epochs_of_round() {
            plateaus += u32::from(epoch.validation_loss >= lowest);
            lowest = lowest.min(epoch.validation_loss);
        }
        plateaus
    }

    /// How long the run has taken: pre-training, learning and validation.
    pub(crate) fn seconds(&self) -> f64 {
        let learning: f64 = self.history.iter().map(|epoch| epoch.seconds).sum();
        self.pretraining_seconds + learning + self.epoch.seconds + self.validation_seconds
    }

    /// Steps so far, over all rounds.
    pub(crate) fn all_steps(&self) -> u64 {
        self.steps_before + self.steps
    }
}

/// How far an epoch has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EpochState {
    /// Batches done.
    pub batches: usize,
    /// The sum of their losses, each times its weight.
    pub loss_sum: f64,
    /// The sum of their weights.
    pub weight: usize,
    /// Their tokens.
    pub tokens: usize,
    /// How long they took.
    pub seconds: f64,
}

impl EpochState {
    /// Counts a batch, `seconds` after the epoch's begin. Its loss counts as often as its
    /// weight says.
    pub(crate) fn add(&mut self, layout: &PackedLayout, loss: f32, weight: usize, seconds: f64) {
        self.batches += 1;
        self.loss_sum += f64::from(loss) * weight as f64;
        self.weight += weight;
        self.tokens += layout.tokens();
        self.seconds = seconds;
    }

    pub(crate) fn mean_loss(&self) -> f64 {
        self.loss_sum / self.weight.max(1) as f64
    }

    pub(crate) fn tokens_per_second(&self) -> f64 {
        self.tokens as f64 / self.seconds.max(f64::MIN_POSITIVE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(epochs: usize) -> RunState {
        let epoch = |epoch| Epoch {
            epoch,
            train_loss: 0.5,
            validation_loss: 0.5,
            validation_accuracy: 0.75,
            learning_rate: 0.001,
            seconds: 1.0,
            tokens_per_second: 1000.0,
        };
        RunState {
            pretrained_epochs: 2,
            history: (1..=epochs).map(epoch).collect(),
            steps: 7,
            ..RunState::default()
        }
    }

    #[test]
    fn a_state_that_no_run_comes_to_does_not_fit() {
        let recipe = Recipe {
            pretraining_epochs: 2,
            epochs: 3,
            self_training: 1,
            ..Recipe::default()
        };
        let begun = RunState {
            pretrained_epochs: 1,
            ..after(0)
        };
        let in_round = RunState {
            round: 1,
            epochs_before: 3,
            ..after(6)
        };
        for state in [
            RunState::default(),
            begun.clone(),
            after(3),
            in_round.clone(),
        ] {
            assert!(state.fits(&recipe), "{state:?}");
        }

        let mut misnumbered = after(3);
        misnumbered.history[1].epoch = 5;
        let mut endless = after(0);
        endless.epoch.tokens = usize::MAX;
        let unfit = [
            misnumbered,
            endless,
            after(4),
            RunState {
                epochs_before: 3,
                ..after(3)
            },
            RunState {
                epochs_before: 2,
                ..in_round.clone()
            },
            RunState {
                pretrained_epochs: 3,
                ..after(0)
            },
            RunState {
                pretrained_epochs: 1,
                ..after(1)
            },
            RunState {
                round: 2,
                ..in_round.clone()
            },
            RunState {
                epochs_before: 7,
                ..in_round
            },
            RunState {
                steps: u64::MAX,
                ..begun.clone()
            },
            RunState {
                steps_before: u64::MAX,
                ..begun
            },
        ];
        for state in unfit {
            assert!(!state.fits(&recipe), "{state:?}");
        }
    }
}
