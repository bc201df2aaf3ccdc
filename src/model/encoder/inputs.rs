//! What an encoder's layer computes on.

use std::sync::Arc;

use candle_core::Tensor;

use crate::model::kernel::Buffer;

/// The distinct inputs of a layer: for the first one, the vectors of words.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// `[inputs, input size]`
    pub(super) vectors: Tensor,
    /// What the layer computes from each input, where it is kept.
    pub(super) projected: Option<Arc<Projected>>,
}

impl From<Tensor> for Inputs {
    fn from(vectors: Tensor) -> Self {
        Self {
            vectors,
            projected: None,
        }
    }
}

/// Products of inputs with a layer's weights, in the order in which the layer's kernel reads them.
#[derive(Debug)]
pub struct Projected(Buffer);

impl Projected {
    pub(super) fn new(values: Buffer) -> Self {
        Self(values)
    }

    pub(super) fn values(&self) -> &[f32] {
        &self.0
    }
}
