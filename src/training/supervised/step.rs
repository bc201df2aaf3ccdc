//! One step of learning labels: forward, loss, and down its gradient.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::Var;

use super::draws::Draw;
use super::feed::TrainingBatch;
use super::loss::Loss;
use super::trainable::Trainable;
use super::{Recipe, TrainingError};
use crate::classifier::Classifier;
use crate::model::{Dropout, HostTensor, ModelError, Recurrence, SavedModel, TensorFile, Weights};

/// A classifier that learns.
pub(super) struct Learner {
    pub(super) classifier: Classifier,
    pub(super) trainable: Trainable,
    pub(super) recipe: Recipe,
    loss: Loss,
}

impl Learner {
    /// Lets a model learn by a recipe; `class_weights` is one number for each label.
    pub(super) fn new(
        mut model: SavedModel,
        recipe: Recipe,
        class_weights: Vec<f32>,
    ) -> Result<Self, TrainingError> {
        let Weights { embedding, dense } = &mut model.weights;
        let trainable = Trainable::new(dense, embedding, &recipe)?;
        let recurrence = Recurrence::on(dense["linear.bias"].device());
        Ok(Self {
            trainable,
            loss: Loss {
                class_weights,
                label_smoothing: recipe.label_smoothing as f32,
            },
            classifier: Classifier::new(model, recurrence)?,
            recipe,
        })
    }

    /// One that goes on from a model by the same recipe, as if it had not made a step.
    pub(super) fn restarted(&self, model: SavedModel) -> Result<Self, TrainingError> {
        let class_weights = self.loss.class_weights.clone();
        Self::new(model, self.recipe.clone(), class_weights)
    }

    /// The weights as they are now.
    pub(super) fn weights(&self) -> Weights {
        Weights {
            embedding: self.classifier.network().embedding().clone(),
            dense: self.trainable.dense(),
        }
    }

    /// The state that [`Learner::restore`] goes back to, with the weights.
    pub(super) fn state(&self) -> Result<BTreeMap<String, HostTensor>, ModelError> {
        self.trainable.state(self.classifier.network().embedding())
    }

    /// Goes back to where `steps` steps were made, of whose state `rest`, from the file at `path`, has all but
    /// the weights.
    pub(super) fn restore(
        &mut self,
        steps: u64,
        rest: &TensorFile,
        path: &Path,
    ) -> Result<(), ModelError> {
        self.trainable.restore(steps, rest, path, |_| false)
    }

    /// Goes on from other weights of the same shapes.
    pub(super) fn set_weights(&mut self, weights: Weights) -> Result<(), TrainingError> {
        self.trainable.set_dense(&weights.dense)?;
        *self.classifier.network_mut().embedding_mut() = weights.embedding;
        Ok(())
    }

    /// Learns from one batch and gives its mean loss. Where that or the gradient is not finite, the
    /// weights stay as they were and the loss that is given is not finite either.
    pub(super) fn step(
        &mut self,
        epoch: usize,
        batch: &TrainingBatch,
        rate: f64,
    ) -> Result<f32, TrainingError> {
        // All of it on a thread of the pool, which otherwise is entered and left for each piece.
        rayon::scope(|_| self.step_in_pool(epoch, batch, rate))
    }

    fn step_in_pool(
        &mut self,
        epoch: usize,
        TrainingBatch {
            index,
            batch,
            targets,
        }: &TrainingBatch,
        rate: f64,
    ) -> Result<f32, TrainingError> {
        let network = self.classifier.network();
        let vectors = Var::from_tensor(&network.embed(batch)?)?;
        let draw = Draw::Dropout {
            epoch,
            batch: *index,
        };
        let dropout = Dropout {
            output: self.recipe.dropout,
            embedding: self.recipe.embedding_dropout,
            rng: &mut draw.rng(self.recipe.seed),
        };
        let logits = network.forward(batch, vectors.as_tensor(), Some(dropout))?;
        let loss = self.loss.mean(&logits, targets)?;
        let value = loss.to_scalar::<f32>()?;
        let embedding = self.classifier.network_mut().embedding_mut();
        let is_done = self
            .trainable
            .descend(&loss, embedding, &batch.words, &vectors, rate)?;
        Ok(if is_done { value } else { f32::NAN })
    }
}
