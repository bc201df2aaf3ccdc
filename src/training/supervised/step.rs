//! A step of supervised training: forward pass, loss, backward pass, update.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::Var;

use super::loader::TrainingBatch;
use super::loss::Loss;
use crate::classifier::{Classifier, TokenIndexer};
use crate::model::{
    DenseWeights, Dropout, Embedding, HostTensor, Implementation, ModelConfig, ModelError, Network,
    OutputKind, SavedModel, TensorFile, Weights, weights_to_host,
};
use crate::training::error::TrainingError;
use crate::training::optimizer::parameters::Parameters;
use crate::training::random_streams::RandomStream;
use crate::training::recipe::Recipe;

/// A model in supervised training.
pub(crate) struct SupervisedModel {
    pub(crate) config: ModelConfig,
    pub(crate) indexer: TokenIndexer,
    pub(crate) network: Network,
    pub(crate) parameters: Parameters,
    pub(crate) recipe: Recipe,
    loss: Loss,
}

impl SupervisedModel {
    /// Sets up training of a model. `class_weights` has one weight per label.
    pub(crate) fn new(
        model: SavedModel,
        recipe: Recipe,
        class_weights: Vec<f32>,
    ) -> Result<Self, TrainingError> {
        let SavedModel {
            config,
            vocabulary,
            mut weights,
            ..
        } = model;
        let Weights { embedding, dense } = &mut weights;
        let parameters = Parameters::new(dense, embedding, recipe.optimizer_settings())?;
        let implementation = Implementation::on(dense["linear.bias"].device());
        let architecture = config.architecture.clone();
        Ok(Self {
            parameters,
            loss: Loss {
                class_weights,
                label_smoothing: recipe.label_smoothing as f32,
                is_multi_label: recipe.output == OutputKind::MultiLabel,
            },
            indexer: TokenIndexer::new(&config, vocabulary)?,
            network: Network::new(architecture, config.labels.len(), weights, implementation)?,
            config,
            recipe,
        })
    }

    /// Sets up training of another model with the same recipe and a new optimizer.
    pub(crate) fn restarted(&self, model: SavedModel) -> Result<Self, TrainingError> {
        let class_weights = self.loss.class_weights.clone();
        Self::new(model, self.recipe.clone(), class_weights)
    }

    /// Returns the weight of each label in the loss.
    pub(crate) fn class_weights(&self) -> &[f32] {
        &self.loss.class_weights
    }

    /// Returns a classifier with a copy of the current weights.
    pub(crate) fn classifier(&self) -> Result<Classifier, ModelError> {
        let tensors = weights_to_host(self.network.embedding(), &self.parameters.dense())?;
        let device = self.network.device();
        let model = SavedModel {
            config: self.config.clone(),
            vocabulary: self.indexer.vocabulary().clone(),
            weights: Weights::from_host(tensors, device)?,
            further: DenseWeights::new(),
            ngrams: None,
        };
        Classifier::new(model, Implementation::on(device))
    }

    /// Returns what a step changes.
    pub(crate) fn trained(&mut self) -> (&mut Parameters, &mut Embedding) {
        (&mut self.parameters, self.network.embedding_mut())
    }

    /// Returns the current weights.
    pub(crate) fn weights(&self) -> Weights {
        Weights {
            embedding: self.network.embedding().clone(),
            dense: self.parameters.dense(),
        }
    }

    /// Returns the weights and the optimizer moments, for [`SupervisedModel::restore`].
    pub(crate) fn state(&self) -> Result<BTreeMap<String, HostTensor>, ModelError> {
        self.parameters.state(self.network.embedding())
    }

    /// Restores the optimizer moments saved after `steps` steps. `file` was read from `path`, which errors refer
    /// to. The weights do not change.
    pub(crate) fn restore(
        &mut self,
        steps: u64,
        file: &TensorFile,
        path: &Path,
    ) -> Result<(), ModelError> {
        self.parameters.restore(steps, file, path, |_| false)
    }

    /// Replaces the weights by others of the same shapes.
    pub(crate) fn set_weights(&mut self, weights: Weights) -> Result<(), TrainingError> {
        self.parameters.set_dense(&weights.dense)?;
        *self.network.embedding_mut() = weights.embedding;
        Ok(())
    }

    /// Trains on one batch and returns its mean loss. If the loss or the gradient is not finite, the weights do not
    /// change and the returned loss is not finite.
    pub(crate) fn step(
        &mut self,
        epoch: usize,
        batch: &TrainingBatch,
        learning_rate: f64,
    ) -> Result<f32, TrainingError> {
        // Enters the thread pool once instead of once per operation.
        rayon::scope(|_| self.step_in_pool(epoch, batch, learning_rate))
    }

    fn step_in_pool(
        &mut self,
        epoch: usize,
        TrainingBatch {
            index,
            batch,
            targets,
        }: &TrainingBatch,
        learning_rate: f64,
    ) -> Result<f32, TrainingError> {
        let network = &self.network;
        let vectors = Var::from_tensor(&network.embed(batch)?)?;
        let stream = RandomStream::Dropout {
            epoch,
            batch: *index,
        };
        let dropout = Dropout {
            output: self.recipe.dropout,
            embedding: self.recipe.embedding_dropout,
            rng: &mut stream.rng(self.recipe.seed),
        };
        let logits = network.forward_with_dropout(batch, vectors.as_tensor(), dropout)?;
        let loss = self.loss.mean(&logits, targets)?;
        let value = loss.to_scalar::<f32>()?;
        let embedding = self.network.embedding_mut();
        let is_updated =
            self.parameters
                .step(&loss, embedding, &batch.words, &vectors, learning_rate)?;
        Ok(if is_updated { value } else { f32::NAN })
    }
}
