//! Writes training curves as TensorBoard event files.

use std::path::Path;

use super::event_file::EventWriter;
use super::progress::{Progress, Stage};
use crate::files::FileError;

/// Points of a stage's curves: more than a screen has to show, and quickly read even where a run has a million
/// steps.
const POINTS: f64 = 1000.0;

/// Writes what [`Trainer::run`](crate::training::Trainer::run) tells as points of curves: pre-training's and training's over their own
/// steps, validation's over the steps of training.
#[derive(Debug)]
pub struct TensorBoardLogger {
    events: EventWriter,
    /// Where the last step was: its stage, and how many points that has up to there.
    place: Option<(Stage, u64)>,
    /// The losses of the steps since the last point.
    losses: Vec<f64>,
}

impl TensorBoardLogger {
    /// Begins an event file in the folder; the curves of the files that are there go on with it.
    pub fn create(folder: &Path) -> Result<Self, FileError> {
        Ok(Self {
            events: EventWriter::create(folder)?,
            place: None,
            losses: Vec::new(),
        })
    }

    /// Adds a piece of progress, so that a reader of the file sees it.
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
                let place = (*stage, (POINTS * epochs_done / *epochs as f64) as u64);
                if self.place.replace(place) == Some(place) {
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
            Progress::Epoch { epoch, step, .. } => self.write(
                *step,
                &[
                    ("validation/loss", epoch.validation_loss),
                    ("validation/accuracy", epoch.validation_accuracy),
                ],
            ),
        }
    }

    /// The mean loss of the steps since the last point: one step's would jump about.
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
