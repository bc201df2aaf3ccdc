//! One step of learning: forward, backward, clipping, update.

use candle_core::backprop::GradStore;
use candle_core::{Tensor, Var};

use super::draws::Draw;
use super::feed::TrainingBatch;
use super::loss::Loss;
use super::{Optimizer, Recipe, TrainingError};
use crate::classifier::Classifier;
use crate::model::{Dropout, EMBEDDING, Recurrence, SavedModel, Weights};

/// A classifier that learns.
pub(super) struct Learner {
    pub(super) classifier: Classifier,
    pub(super) optimizer: Optimizer,
    /// The network's weights but the embedding, in memory that the network shares.
    dense: Vec<(String, Var)>,
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
        let mut dense = Vec::new();
        for (name, tensor) in &mut model.weights.dense {
            let var = Var::from_tensor(tensor)?;
            *tensor = var.as_tensor().clone();
            dense.push((name.clone(), var));
        }
        let mut sizes: Vec<(String, usize)> = dense
            .iter()
            .map(|(name, var)| (name.clone(), var.elem_count()))
            .collect();
        if !recipe.freeze_embeddings {
            sizes.push((EMBEDDING.into(), model.weights.embedding.weights().len()));
        }
        let device = dense[0].1.device().clone();
        Ok(Self {
            optimizer: Optimizer::new(
                recipe.optimizer,
                recipe.momentum,
                recipe.weight_decay,
                sizes,
            ),
            loss: Loss {
                class_weights,
                label_smoothing: recipe.label_smoothing as f32,
            },
            classifier: Classifier::new(model, Recurrence::on(&device))?,
            dense,
            recipe,
        })
    }

    /// The weights as they are now.
    pub(super) fn weights(&self) -> Weights {
        let tensor = |(name, var): &(String, Var)| (name.clone(), var.as_detached_tensor());
        Weights {
            embedding: self.classifier.network().embedding().clone(),
            dense: self.dense.iter().map(tensor).collect(),
        }
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
            labels,
        }: &TrainingBatch,
        rate: f64,
    ) -> Result<f32, TrainingError> {
        let network = self.classifier.network();
        let words = Var::from_tensor(&network.embed(batch)?)?;
        let draw = Draw::Dropout {
            epoch,
            batch: *index,
        };
        let dropout = Dropout {
            output: self.recipe.dropout,
            embedding: self.recipe.embedding_dropout,
            rng: &mut draw.rng(self.recipe.seed),
        };
        let logits = network.forward(batch, words.as_tensor(), Some(dropout))?;
        let loss = self.loss.mean(&logits, labels)?;
        let value = loss.to_scalar::<f32>()?;
        let gradients = loss.backward()?;
        let norm = self.gradient_norm(&gradients, &words)?;
        if !value.is_finite() || !norm.is_finite() {
            return Ok(f32::NAN);
        }
        self.update(
            &batch.words,
            &words,
            &gradients,
            rate,
            self.clip_scale(norm),
        )?;
        Ok(value)
    }

    /// The norm of all gradients as one vector (Pascanu et al., 2013, algorithm 1).
    fn gradient_norm(&self, gradients: &GradStore, words: &Var) -> candle_core::Result<f64> {
        let words = (!self.recipe.freeze_embeddings).then_some(words);
        let weights = self.dense.iter().map(|(_, var)| var).chain(words);
        let mut sum = 0.0;
        for gradient in weights.filter_map(|weight| gradients.get(weight)) {
            sum += f64::from(gradient.sqr()?.sum_all()?.to_scalar::<f32>()?);
        }
        Ok(sum.sqrt())
    }

    /// What gradients are multiplied by so that their norm is within the limit.
    fn clip_scale(&self, norm: f64) -> f32 {
        match self.recipe.clip_norm {
            limit if limit > 0.0 && norm > limit => (limit / norm) as f32,
            _ => 1.0,
        }
    }

    fn update(
        &mut self,
        words: &[u32],
        embedded: &Tensor,
        gradients: &GradStore,
        rate: f64,
        scale: f32,
    ) -> candle_core::Result<()> {
        let mut step = self.optimizer.begin_step(rate, scale);
        for (name, var) in &self.dense {
            if let Some(gradient) = gradients.get(var) {
                step.update(name, var, gradient)?;
            }
        }
        if let (false, Some(rows)) = (self.recipe.freeze_embeddings, gradients.get(embedded)) {
            let rows = rows.flatten_all()?.to_vec1::<f32>()?;
            let table = self.classifier.network_mut().embedding_mut();
            step.update_rows(EMBEDDING, table, words, &rows);
        }
        Ok(())
    }
}
