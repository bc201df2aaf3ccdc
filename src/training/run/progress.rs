//! The progress and the outcome of a run.

use super::record::Epoch;

/// A stage of training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Language-model pre-training.
    Pretraining,
    /// Supervised training, including self-training rounds.
    Supervised,
}

impl Stage {
    /// Returns the name of the stage's epochs to display.
    pub fn epoch_name(self) -> &'static str {
        match self {
            Self::Pretraining => "pre-training epoch",
            Self::Supervised => "epoch",
        }
    }
}

/// An epoch of a run, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedEpoch {
    /// Its stage.
    pub stage: Stage,
    /// The number of tokens.
    pub tokens: usize,
}

/// The progress of a run.
#[derive(Clone, Debug)]
pub enum Progress<'a> {
    /// A candidate of the cross-validation that selects the linear layer was measured.
    CrossValidation {
        /// The number of the candidate, from 1.
        candidate: usize,
        /// The maximum number of candidates.
        candidates: usize,
        /// The lowest log loss so far.
        loss: f64,
    },
    /// A step ended.
    Step {
        /// The stage of training.
        stage: Stage,
        /// The epoch of the stage, from 1.
        epoch: usize,
        /// The maximum number of epochs of the stage.
        epochs: usize,
        /// The number of tokens processed in this epoch.
        tokens: usize,
        /// The number of tokens per epoch.
        epoch_tokens: usize,
        /// The mean loss of the epoch so far.
        loss: f64,
        /// The step of the stage, from 1; self-training rounds continue the count.
        step: u64,
        /// The mean loss of the mini-batch.
        step_loss: f32,
        /// The learning rate of the step.
        learning_rate: f64,
        /// The training throughput of the epoch so far.
        tokens_per_second: f64,
    },
    /// An epoch of pre-training ended.
    PretrainingEpoch {
        /// The epoch, from 1.
        epoch: usize,
        /// The number of pre-training epochs.
        epochs: usize,
        /// The mean loss, or `None` if every text was too short for a prediction.
        loss: Option<f64>,
        /// The training throughput.
        tokens_per_second: f64,
    },
    /// An epoch of supervised training ended.
    Epoch {
        /// The metrics of the epoch.
        epoch: &'a Epoch,
        /// The last step, counted as in [`Progress::Step`].
        step: u64,
        /// Whether the epoch is the best so far, so that its model was saved.
        is_best: bool,
    },
}

/// The outcome of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All epochs were trained.
    Finished,
    /// Early stopping: the validation metrics did not improve for `patience` epochs.
    StoppedEarly,
    /// The run was interrupted, and its checkpoint is saved.
    Interrupted,
}
