//! Progress of word vector training.

/// The progress of word vector training, reported after each batch of tokens.
#[derive(Clone, Copy, Debug)]
pub struct VectorProgress {
    /// The current stage.
    pub stage: &'static str,
    /// The number of processed tokens in the current stage, over all epochs.
    pub tokens: u64,
    /// The total number of tokens in the current stage, if known.
    pub of: Option<u64>,
}

/// The progress callback. Returning `false` stops the training; the vectors trained so far are kept.
pub type OnProgress<'a> = &'a mut dyn FnMut(VectorProgress) -> bool;

/// Counts processed tokens and calls the progress callback.
pub(super) struct ProgressReporter<'a> {
    stage: &'static str,
    pub(super) tokens: u64,
    of: Option<u64>,
    pub(super) on_progress: OnProgress<'a>,
}

impl<'a> ProgressReporter<'a> {
    pub(super) fn new(stage: &'static str, of: Option<u64>, on_progress: OnProgress<'a>) -> Self {
        Self {
            stage,
            tokens: 0,
            of,
            on_progress,
        }
    }

    /// Adds processed tokens. Returns whether to stop.
    pub(super) fn add(&mut self, tokens: u64) -> bool {
        self.tokens += tokens;
        !(self.on_progress)(VectorProgress {
            stage: self.stage,
            tokens: self.tokens,
            of: self.of,
        })
    }
}
