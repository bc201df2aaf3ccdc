//! Logs training curves to TensorBoard event files.

use std::path::Path;

use super::event_file::EventWriter;
use super::progress::{Progress, Stage};
use crate::files::FileError;

/// The number of points of a stage's curves: more than the width of a screen, and fast to load even for a run of a
/// million steps.
const POINTS: f64 = 1000.0;

/// A logger of the progress of [`Trainer::run`](crate::training::Trainer::run). The x-axis of pre-training curves is
/// the step of pre-training; that of training and validation curves is the step of supervised training; that of cross-validation is the
/// number of the candidate.
#[derive(Debug)]
pub struct TensorBoardLogger {
    events: EventWriter,
    /// The stage and the point index of the last step.
    last_point: Option<(Stage, u64)>,
    /// The losses of the steps since the last point.
    losses: Vec<f64>,
}

impl TensorBoardLogger {
    /// Creates an event file in a folder. It continues the curves of the files that are already there.
    pub fn create(folder: &Path) -> Result<Self, FileError> {
        Ok(Self {
            events: EventWriter::create(folder)?,
            last_point: None,
            losses: Vec::new(),
        })
    }

    /// Logs progress and flushes the file.
    pub fn add(&mut self, progress: &Progress) -> Result<(), FileError> {
        match progress {
            Progress::Step {
                stage,
                epoch,
                epochs,
                tokens,
                epoch_tokens,
                step,
                step_loss,
                learning_rate,
                tokens_per_second,
                ..
            } => {
                self.losses.push(f64::from(*step_loss));
                let epochs_done =
                    *epoch as f64 - 1.0 + *tokens as f64 / (*epoch_tokens).max(1) as f64;
                let point = (*stage, (POINTS * epochs_done / *epochs as f64) as u64);
                if self.last_point.replace(point) == Some(point) {
                    return Ok(());
                }
                let loss = self.take_mean_loss();
                match stage {
                    Stage::Pretraining => self.write(*step, &[("pretraining/loss", loss)]),
                    Stage::Supervised => self.write(
                        *step,
                        &[
                            ("train/loss", loss),
                            ("train/learning_rate", *learning_rate),
                            ("train/tokens_per_second", *tokens_per_second),
                        ],
                    ),
                }
            }
            Progress::PretrainingEpoch { .. } => Ok(()),
            Progress::CrossValidation {
                candidate, loss, ..
            } => self.write(*candidate as u64, &[("cross_validation/loss", *loss)]),
            Progress::Epoch { epoch, step, .. } => self.write(
                *step,
                &[
                    ("validation/loss", epoch.validation_loss),
                    ("validation/accuracy", epoch.validation_accuracy),
                ],
            ),
        }
    }

    /// Returns the mean loss of the steps since the last point, which is less noisy than one step's.
    fn take_mean_loss(&mut self) -> f64 {
        let losses = std::mem::take(&mut self.losses);
        losses.iter().sum::<f64>() / losses.len() as f64
    }

    fn write(&mut self, step: u64, values: &[(&str, f64)]) -> Result<(), FileError> {
        for (tag, value) in values {
            self.events.scalar(tag, step, *value)?;
        }
        self.events.flush()
    }
}
