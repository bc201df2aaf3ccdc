//! Training by several workers that average their weights: local SGD (Stich, 2019, algorithm 1).

use super::error::TrainingError;
use super::optimizer::parameters::Parameters;
use crate::model::Embedding;

/// Returns the average of the states of all workers, or why there is none. See [`Averaging::average`].
pub type Average = dyn FnMut(Vec<f32>) -> Result<Vec<f32>, String> + Send;

/// The part of one worker in a run of several, all with the same data, recipe and seed.
///
/// A worker trains on its share of the mini-batches of each epoch. At the beginning of the epoch, after every
/// [`Averaging::steps`] of them, and at the end, all workers continue from the average of their weights and optimizer moments.
pub struct Averaging {
    /// The index of the worker.
    pub worker: usize,
    /// The number of workers.
    pub workers: usize,
    /// The number of mini-batches between averages.
    pub steps: usize,
    /// Sends the state of this worker, the values of all weights and moments, and returns the average.
    pub average: Box<Average>,
}

impl Averaging {
    /// Returns the settings of a run of one worker, which averages nothing.
    pub(crate) fn none() -> Self {
        Self {
            worker: 0,
            workers: 1,
            steps: usize::MAX,
            average: Box::new(Ok),
        }
    }

    /// Checks the index and the numbers.
    pub(crate) fn check(&self) -> Result<(), TrainingError> {
        let invalid = |name: &str, allowed: String| {
            Err(TrainingError::Setting {
                name: name.into(),
                allowed,
            })
        };
        match self {
            Self { steps: 0, .. } => invalid("steps between averages", "1 or more".into()),
            Self {
                worker, workers, ..
            } if worker >= workers => {
                invalid("worker", format!("below {workers}, the number of workers"))
            }
            _ => Ok(()),
        }
    }

    /// Returns the share of this worker in the batches of an epoch.
    pub(crate) fn share<T>(&self, batches: Vec<T>) -> Vec<T> {
        let from_own = batches.into_iter().skip(self.worker);
        from_own.step_by(self.workers).collect()
    }

    /// Returns the largest number of batches that a worker has, of all those of an epoch.
    pub(crate) fn largest_share(&self, batches: usize) -> usize {
        batches.div_ceil(self.workers)
    }

    /// Averages before the rest of an epoch: all workers begin with the same weights.
    pub(crate) fn before_epoch(
        &mut self,
        trained: (&mut Parameters, &mut Embedding),
    ) -> Result<(), TrainingError> {
        match self.workers > 1 {
            true => self.continue_from_average(trained),
            false => Ok(()),
        }
    }

    /// Averages if it is due after `finished` batches of this worker.
    pub(crate) fn after_batch(
        &mut self,
        finished: usize,
        trained: (&mut Parameters, &mut Embedding),
    ) -> Result<(), TrainingError> {
        match finished.is_multiple_of(self.steps) {
            true => self.continue_from_average(trained),
            false => Ok(()),
        }
    }

    /// Averages at the end of an epoch of `batches` batches, of which this worker finished `finished`, unless that was done
    /// after the last one. All workers average equally often, although some have one batch less.
    pub(crate) fn after_epoch(
        &mut self,
        finished: usize,
        batches: usize,
        trained: (&mut Parameters, &mut Embedding),
    ) -> Result<(), TrainingError> {
        let rounds = self.largest_share(batches).div_ceil(self.steps);
        match self.workers > 1 && finished / self.steps < rounds {
            true => self.continue_from_average(trained),
            false => Ok(()),
        }
    }

    fn continue_from_average(
        &mut self,
        (parameters, embedding): (&mut Parameters, &mut Embedding),
    ) -> Result<(), TrainingError> {
        let own = parameters.values(embedding)?;
        let length = own.len();
        let average = (self.average)(own).map_err(|reason| TrainingError::Average { reason })?;
        if average.len() != length {
            return Err(TrainingError::Average {
                reason: format!("it has {} values, not {length}", average.len()),
            });
        }
        Ok(parameters.set_values(&average, embedding)?)
    }
}
