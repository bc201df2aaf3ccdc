//! The weights of a network and the optimizer steps on them.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::backprop::GradStore;
use candle_core::{Tensor, Var};

use super::Optimizer;
use super::update_rule::OptimizerKind;
use crate::model::{
    DenseWeights, EMBEDDING, Embedding, HostTensor, ModelError, TensorFile, weights_to_host,
};

/// The settings of the optimizer; [`Recipe`](crate::training::Recipe) documents each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OptimizerSettings {
    pub(crate) kind: OptimizerKind,
    pub(crate) momentum: f64,
    pub(crate) weight_decay: f64,
    pub(crate) clip_norm: f64,
    pub(crate) freeze_embeddings: bool,
    pub(crate) layer_decay: f64,
}

/// The trainable weights of a network and their optimizer. The network owns the embedding; the optimizer has
/// its moments.
pub(crate) struct Parameters {
    pub(crate) optimizer: Optimizer,
    /// Every weight except the embedding. The network shares their memory.
    dense: Vec<(String, Var)>,
    freeze_embeddings: bool,
    clip_norm: f64,
}

impl Parameters {
    /// Converts `dense` to variables with a new optimizer.
    pub(crate) fn new(
        dense: &mut DenseWeights,
        embedding: &Embedding,
        settings: OptimizerSettings,
    ) -> candle_core::Result<Self> {
        let mut vars = Vec::new();
        for (name, tensor) in dense {
            let var = Var::from_tensor(tensor)?;
            *tensor = var.as_tensor().clone();
            vars.push((name.clone(), var));
        }
        let mut sizes: Vec<(String, usize)> = vars
            .iter()
            .map(|(name, var)| (name.clone(), var.elem_count()))
            .collect();
        if !settings.freeze_embeddings {
            sizes.push((EMBEDDING.into(), embedding.words() * embedding.size()));
        }
        let rate_factors = rate_factors(sizes.iter().map(|(name, _)| name), settings.layer_decay);
        let optimizer = Optimizer::new(
            settings.kind,
            settings.momentum,
            settings.weight_decay,
            sizes,
        );
        Ok(Self {
            optimizer: optimizer.with_rate_factors(rate_factors),
            dense: vars,
            freeze_embeddings: settings.freeze_embeddings,
            clip_norm: settings.clip_norm,
        })
    }

    /// Returns the current weights except the embedding.
    pub(crate) fn dense(&self) -> DenseWeights {
        let tensor = |(name, var): &(String, Var)| (name.clone(), var.as_detached_tensor());
        self.dense.iter().map(tensor).collect()
    }

    /// Returns the weights and the optimizer's moments by name.
    pub(crate) fn state(
        &self,
        embedding: &Embedding,
    ) -> Result<BTreeMap<String, HostTensor>, ModelError> {
        let mut tensors = weights_to_host(embedding, &self.dense())?;
        tensors.extend(self.optimizer.state());
        Ok(tensors)
    }

    /// Returns the values of all weights and moments in one vector, for [`Parameters::set_values`].
    pub(crate) fn values(&self, embedding: &Embedding) -> Result<Vec<f32>, ModelError> {
        let state = self.state(embedding)?;
        Ok(state
            .into_values()
            .flat_map(|tensor| tensor.values)
            .collect())
    }

    /// Replaces all weights and moments. `values` has as many values as [`Parameters::values`] returns.
    pub(crate) fn set_values(
        &mut self,
        mut values: &[f32],
        embedding: &mut Embedding,
    ) -> Result<(), ModelError> {
        let mut state = self.state(embedding)?;
        for tensor in state.values_mut() {
            let of_tensor = values.split_off(..tensor.values.len()).unwrap_or_default();
            tensor.values = of_tensor.to_vec();
        }
        self.optimizer.restore(self.optimizer.steps(), &state);
        self.copy_from_host(self.dense(), &state)?;
        if let Some(tensor) = state.remove(EMBEDDING) {
            *embedding = Embedding::new(tensor.values, embedding.size());
        }
        Ok(())
    }

    /// Restores the optimizer moments saved after `steps` steps, and the weights for whose names
    /// `is_restored` is true. `file` was read from `path`, which errors refer to.
    pub(crate) fn restore(
        &mut self,
        steps: u64,
        file: &TensorFile,
        path: &Path,
        is_restored: impl Fn(&str) -> bool,
    ) -> Result<(), ModelError> {
        let mut weights = self.dense();
        weights.retain(|name, _| is_restored(name));
        let mut shapes = self.optimizer.state_shapes();
        let weight_shape =
            |(name, tensor): (&String, &Tensor)| (name.clone(), tensor.dims().to_vec());
        shapes.extend(weights.iter().map(weight_shape));
        file.check(&shapes).map_err(ModelError::weights(path))?;
        self.optimizer.restore(steps, &file.tensors);
        Ok(self.copy_from_host(weights, &file.tensors)?)
    }

    /// Copies the values of `weights`, some of those of [`Parameters::dense`], from host tensors of the same names and shapes.
    fn copy_from_host(
        &self,
        mut weights: DenseWeights,
        tensors: &BTreeMap<String, HostTensor>,
    ) -> candle_core::Result<()> {
        for (name, tensor) in &mut weights {
            let HostTensor { shape, values } = &tensors[name];
            *tensor = Tensor::from_slice(values, shape.as_slice(), tensor.device())?;
        }
        self.set_dense(&weights)
    }

    /// Copies weights of the same names; the embedding does not change.
    pub(crate) fn set_dense(&self, weights: &DenseWeights) -> candle_core::Result<()> {
        for (name, var) in &self.dense {
            if let Some(tensor) = weights.get(name) {
                var.set(tensor)?;
            }
        }
        Ok(())
    }

    /// Makes an optimizer step on the gradient of `loss`, which was computed with `vectors`, the rows `words`
    /// of `embedding`. Returns `false` and changes nothing if the gradient is not finite.
    pub(crate) fn step(
        &mut self,
        loss: &Tensor,
        embedding: &mut Embedding,
        words: &[u32],
        vectors: &Var,
        learning_rate: f64,
    ) -> candle_core::Result<bool> {
        let gradients = loss.backward()?;
        let norm = self.gradient_norm(&gradients, vectors)?;
        if !norm.is_finite() {
            return Ok(false);
        }
        let mut step = self
            .optimizer
            .begin_step(learning_rate, clip_scale(norm, self.clip_norm));
        for (name, var) in &self.dense {
            if let Some(gradient) = gradients.get(var) {
                step.update(name, var, gradient)?;
            }
        }
        if let (false, Some(rows)) = (self.freeze_embeddings, gradients.get(vectors)) {
            let rows = rows.flatten_all()?.to_vec1::<f32>()?;
            step.update_rows(EMBEDDING, embedding, words, &rows);
        }
        Ok(true)
    }

    /// Returns the norm of all gradients as one vector (Pascanu et al., 2013, algorithm 1).
    fn gradient_norm(&self, gradients: &GradStore, vectors: &Var) -> candle_core::Result<f64> {
        let vectors = (!self.freeze_embeddings).then_some(vectors);
        let weights = self.dense.iter().map(|(_, var)| var).chain(vectors);
        let mut sum = 0.0;
        for gradient in weights.filter_map(|weight| gradients.get(weight)) {
            sum += f64::from(gradient.sqr()?.sum_all()?.to_scalar::<f32>()?);
        }
        Ok(sum.sqrt())
    }
}

/// Returns the factor of the learning rate of each weight: `decay` to the power of the number of layers above its own
/// (discriminative fine-tuning; Howard and Ruder, 2018, section 3.2).
fn rate_factors<'a>(
    names: impl Iterator<Item = &'a String> + Clone,
    decay: f64,
) -> BTreeMap<String, f32> {
    if decay == 1.0 {
        return BTreeMap::new();
    }
    let layer = |name: &str| -> Option<i32> {
        let (_, number) = name.trim_end_matches("_reverse").rsplit_once("_l")?;
        number.parse().ok()
    };
    let layers = names
        .clone()
        .filter_map(|name| layer(name))
        .max()
        .map_or(0, |last| last + 1);
    let layers_above = |name: &str| match layer(name) {
        Some(layer) => layers - layer,
        None if name == EMBEDDING => layers + 1,
        None => 0,
    };
    let factor = |name: &String| (name.clone(), decay.powi(layers_above(name)) as f32);
    names.map(factor).collect()
}

/// Returns the factor that clips gradients to `max_norm`; 0 disables clipping.
fn clip_scale(norm: f64, max_norm: f64) -> f32 {
    match max_norm > 0.0 && norm > max_norm {
        true => (max_norm / norm) as f32,
        false => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lower_layers_have_lower_learning_rates() {
        let names = [
            "linear.bias",
            "attention.weight",
            "lstm.weight_hh_l1_reverse",
            "lstm.bias_ih_l0",
            EMBEDDING,
        ]
        .map(String::from);
        let factors = rate_factors(names.iter(), 0.5);
        let factors = names.each_ref().map(|name| factors[name]);
        assert_eq!(factors, [1.0, 1.0, 0.5, 0.25, 0.125]);
        assert!(rate_factors(names.iter(), 1.0).is_empty());
    }
}
