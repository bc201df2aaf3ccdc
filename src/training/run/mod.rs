//! The state, checkpoints, progress and metrics of a run.

pub(super) mod checkpoint;
pub(super) mod epoch_meter;
mod event_file;
pub(super) mod progress;
pub(super) mod record;
pub(super) mod state;
pub(super) mod tensorboard;
