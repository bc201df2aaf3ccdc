//! The state of a run that a checkpoint saves, besides tensors.

use serde::{Deserialize, Serialize};

use super::record::Epoch;
use crate::batch::PackedLayout;
use crate::training::recipe::Recipe;

/// The state of a run. Random numbers are a function of the seed, the epoch and the batch, so it needs no state
/// of a generator.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunState {
    /// The [digest](crate::training::Dataset::digest) of the dataset.
    pub dataset_digest: String,
    /// The number of vocabulary tokens with a pre-trained vector, or `None` without a vector file.
    pub vectors_found: Option<usize>,
    /// The number of finished pre-training epochs.
    pub pretrained_epochs: usize,
    /// Their duration in seconds.
    pub pretraining_seconds: f64,
    /// The finished epochs of supervised training.
    pub history: Vec<Epoch>,
    /// The progress of the current epoch, of either stage.
    pub epoch: EpochState,
    /// The number of optimizer steps in pre-training or in the current self-training round.
    pub steps: u64,
    /// The number of optimizer steps in earlier rounds.
    pub steps_before: u64,
    /// The duration of validation in seconds.
    pub validation_seconds: f64,
    /// The number of self-training rounds begun: see [`Recipe::self_training`].
    pub round: usize,
    /// The number of epochs finished before the current round.
    pub epochs_before: usize,
}

/// A bound of the counts of tokens, batches and steps. Sums of such counts do not overflow.
const MAX_COUNT: u64 = 1 << 48;

impl RunState {
    /// Returns whether a run with this recipe can reach this state. The state may come from any file.
    pub(crate) fn is_reachable(&self, recipe: &Recipe) -> bool {
        let epochs = self.history.len();
        let has_begun = epochs > 0 || self.round > 0;
        // The optimizer converts its step count to i32.
        self.steps < i32::MAX as u64
            && self.steps_before < MAX_COUNT
            && [self.epoch.batches, self.epoch.weight, self.epoch.tokens]
                .iter()
                .all(|&count| (count as u64) < MAX_COUNT)
            && self.pretrained_epochs <= recipe.language_model_epochs()
            && (self.is_pretrained(recipe) || !has_begun)
            && self.round <= recipe.self_training
            && (self.round == 0) == (self.epochs_before == 0)
            && self.epochs_before <= epochs
            && epochs - self.epochs_before <= recipe.epochs
            && (1..)
                .zip(&self.history)
                .all(|(number, epoch)| epoch.epoch == number)
    }

    /// Returns the finished epochs of the current self-training round.
    pub(crate) fn epochs_of_round(&self) -> &[Epoch] {
        &self.history[self.epochs_before..]
    }

    /// Returns whether pre-training is finished or disabled.
    pub(crate) fn is_pretrained(&self, recipe: &Recipe) -> bool {
        self.pretrained_epochs >= recipe.language_model_epochs()
    }

    /// Ends an epoch of pre-training.
    pub(crate) fn end_pretraining_epoch(&mut self, recipe: &Recipe) {
        self.pretraining_seconds += std::mem::take(&mut self.epoch).seconds;
        self.pretrained_epochs += 1;
        if self.is_pretrained(recipe) {
            self.steps = 0;
        }
    }

    /// Begins a self-training round.
    pub(crate) fn begin_round(&mut self) {
        self.round += 1;
        self.epochs_before = self.history.len();
        self.steps_before += self.steps;
        self.steps = 0;
    }

    /// Returns the best epoch.
    pub(crate) fn best(&self) -> Option<&Epoch> {
        self.history.iter().reduce(|best, epoch| {
            if epoch.is_better_than(best) {
                epoch
            } else {
                best
            }
        })
    }

    /// Returns the number of epochs of the round since the best epoch.
    pub(crate) fn epochs_without_improvement(&self) -> usize {
        let of_round = self.epochs_of_round().len();
        self.best()
            .map_or(0, |best| of_round.min(self.history.len() - best.epoch))
    }

    /// Returns the number of epochs of the round whose validation loss was not a new minimum.
    pub(crate) fn plateaus(&self) -> u32 {
        let mut lowest = f64::INFINITY;
        let mut plateaus = 0;
        for epoch in self.epochs_of_round() {
            plateaus += u32::from(epoch.validation_loss >= lowest);
            lowest = lowest.min(epoch.validation_loss);
        }
        plateaus
    }

    /// Returns the duration of the run: pre-training, supervised training and validation.
    pub(crate) fn seconds(&self) -> f64 {
        let supervised: f64 = self.history.iter().map(|epoch| epoch.seconds).sum();
        self.pretraining_seconds + supervised + self.epoch.seconds + self.validation_seconds
    }

    /// Returns the number of steps of the stage, over all rounds.
    pub(crate) fn all_steps(&self) -> u64 {
        self.steps_before + self.steps
    }
}

/// The progress of an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EpochState {
    /// The number of batches processed.
    pub batches: usize,
    /// The weighted sum of their losses.
    pub loss_sum: f64,
    /// The sum of their weights.
    pub weight: usize,
    /// The number of tokens.
    pub tokens: usize,
    /// The duration in seconds.
    pub seconds: f64,
}

impl EpochState {
    /// Counts a batch. `seconds` is the duration of the epoch so far.
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

    fn state_after(epochs: usize) -> RunState {
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
    fn inconsistent_states_are_not_reachable() {
        let recipe = Recipe {
            pretraining_epochs: 2,
            epochs: 3,
            self_training: 1,
            ..Recipe::default()
        };
        let begun = RunState {
            pretrained_epochs: 1,
            ..state_after(0)
        };
        let in_round = RunState {
            round: 1,
            epochs_before: 3,
            ..state_after(6)
        };
        for state in [
            RunState::default(),
            begun.clone(),
            state_after(3),
            in_round.clone(),
        ] {
            assert!(state.is_reachable(&recipe), "{state:?}");
        }

        let mut misnumbered = state_after(3);
        misnumbered.history[1].epoch = 5;
        let mut endless = state_after(0);
        endless.epoch.tokens = usize::MAX;
        let unreachable = [
            misnumbered,
            endless,
            state_after(4),
            RunState {
                epochs_before: 3,
                ..state_after(3)
            },
            RunState {
                epochs_before: 2,
                ..in_round.clone()
            },
            RunState {
                pretrained_epochs: 3,
                ..state_after(0)
            },
            RunState {
                pretrained_epochs: 1,
                ..state_after(1)
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
        for state in unreachable {
            assert!(!state.is_reachable(&recipe), "{state:?}");
        }
    }
}
