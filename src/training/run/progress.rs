//! What a run tells while it goes on, and how it ends.

use super::record::Epoch;

/// What a run learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Which word comes next.
    Pretraining,
    /// Which label a text has.
    Supervised,
}

impl Stage {
    /// What its epochs are called.
    pub fn epoch_name(self) -> &'static str {
        match self {
            Self::Pretraining => "pre-training epoch",
            Self::Supervised => "epoch",
        }
    }
}

/// What a run tells of itself while it goes on.
#[derive(Clone, Debug)]
pub enum Progress<'a> {
    /// A step of an epoch is done.
    Step {
        /// What is learned.
        stage: Stage,
        /// Which epoch of the stage, from 1.
        epoch: usize,
        /// How many epochs it has at most.
        epochs: usize,
        /// Tokens learned from in this epoch.
        tokens: usize,
        /// Tokens of an epoch.
        epoch_tokens: usize,
        /// The epoch's mean loss so far.
        loss: f64,
        /// The step of the stage, from 1; it goes on over rounds of self-training.
        step: u64,
        /// The mean loss of its batch.
        step_loss: f32,
        /// The learning rate it was made with.
        learning_rate: f64,
        /// Tokens learned from in a second.
        tokens_per_second: f64,
    },
    /// An epoch of pre-training is over.
    PretrainingEpoch {
        /// Which, from 1.
        epoch: usize,
        /// How many there are.
        epochs: usize,
        /// Its mean loss; None where no text was long enough for a guess.
        loss: Option<f64>,
        /// Tokens learned from in a second.
        tokens_per_second: f64,
    },
    /// An epoch of labels is over.
    Epoch {
        /// Its figures.
        epoch: &'a Epoch,
        /// Its last step, counted as in [`Progress::Step`].
        step: u64,
        /// Whether its model is the best so far, and now the saved one.
        is_best: bool,
    },
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All epochs were gone through.
    Finished,
    /// Validation did not get better any more.
    StoppedEarly,
    /// It was asked to stop; its state is saved.
    Interrupted,
}
