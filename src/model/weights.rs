//! The weights of a network, by name.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor};

use super::dense_weights::DenseWeights;
use super::{Architecture, Embedding, ModelError};
use crate::tensor_file::HostTensor;

/// The name of the embedding table.
pub const EMBEDDING: &str = "embedding.weight";

/// The names of the weights of the output layer, which have a row for each label.
pub(super) const OUTPUT_WEIGHTS: [&str; 2] = ["linear.weight", "linear.bias"];

/// All the weights of a network.
#[derive(Clone, Debug)]
pub struct Weights {
    /// The embedding table.
    pub embedding: Embedding,
    /// All other weights.
    pub dense: DenseWeights,
}

/// Copies an embedding table and dense weights to the host, by name.
pub fn weights_to_host(
    embedding: &Embedding,
    dense: &DenseWeights,
) -> Result<BTreeMap<String, HostTensor>, ModelError> {
    let mut tensors = dense_to_host(dense)?;
    let shape = vec![embedding.words(), embedding.size()];
    let values = embedding.weights().into_owned();
    tensors.insert(EMBEDDING.into(), HostTensor { shape, values });
    Ok(tensors)
}

/// Copies dense weights to the host, by name.
pub(super) fn dense_to_host(
    dense: &DenseWeights,
) -> Result<BTreeMap<String, HostTensor>, ModelError> {
    let to_host = |(name, tensor): (&String, &Tensor)| {
        let shape = tensor.dims().to_vec();
        let values = tensor.flatten_all()?.to_vec1()?;
        Ok((name.clone(), HostTensor { shape, values }))
    };
    dense.iter().map(to_host).collect()
}

/// Creates dense weights on `device`.
pub(super) fn dense_weights(
    tensors: BTreeMap<String, HostTensor>,
    device: &Device,
) -> Result<DenseWeights, ModelError> {
    tensors
        .into_iter()
        .map(|(name, HostTensor { shape, values })| {
            Ok((name, Tensor::from_vec(values, shape, device)?))
        })
        .collect()
}

impl Weights {
    /// Returns the name and shape of each weight.
    pub fn shapes(
        architecture: &Architecture,
        words: usize,
        labels: usize,
    ) -> Vec<(String, Vec<usize>)> {
        let mut shapes = architecture.dense_shapes(labels);
        shapes.push((EMBEDDING.into(), vec![words, architecture.embedding_size]));
        shapes
    }

    /// Scales the network's logits by a factor.
    pub fn scale_logits(&mut self, factor: f64) -> Result<(), ModelError> {
        for name in OUTPUT_WEIGHTS {
            if let Some(weight) = self.dense.get_mut(name) {
                *weight = (&*weight * factor)?;
            }
        }
        Ok(())
    }

    /// Copies the weights to the host, by name.
    pub fn to_host(&self) -> Result<BTreeMap<String, HostTensor>, ModelError> {
        weights_to_host(&self.embedding, &self.dense)
    }

    /// Creates weights on `device` from the result of [`Weights::to_host`].
    pub fn from_host(
        mut tensors: BTreeMap<String, HostTensor>,
        device: &Device,
    ) -> Result<Self, ModelError> {
        let embedding = tensors
            .remove(EMBEDDING)
            .filter(|table| table.shape.len() == 2);
        let embedding = embedding.ok_or_else(|| ModelError::Shape {
            name: EMBEDDING.into(),
            shape: Vec::new(),
        })?;
        Ok(Self {
            embedding: Embedding::new(embedding.values, embedding.shape[1]),
            dense: dense_weights(tensors, device)?,
        })
    }

    /// Checks that the weights have the names and shapes of this architecture, with none missing or extra.
    pub(super) fn check(
        &self,
        architecture: &Architecture,
        labels: usize,
    ) -> Result<(), ModelError> {
        let shapes = architecture.dense_shapes(labels);
        for (name, shape) in &shapes {
            let found = self.dense.get(name).map(Tensor::dims);
            if found != Some(shape) {
                return Err(ModelError::Shape {
                    name: name.clone(),
                    shape: shape.clone(),
                });
            }
        }
        if shapes.len() != self.dense.len() || self.embedding.size() != architecture.embedding_size
        {
            return Err(ModelError::Shape {
                name: EMBEDDING.into(),
                shape: vec![self.embedding.words(), architecture.embedding_size],
            });
        }
        Ok(())
    }
}
