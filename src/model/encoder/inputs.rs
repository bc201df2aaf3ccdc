//! The inputs of an encoder's layer.

use std::sync::Arc;

use candle_core::Tensor;

use crate::model::kernel::Buffer;

/// The distinct inputs of a layer. For the first layer these are word vectors.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// `[inputs, input size]`
    pub(super) vectors: Tensor,
    /// The cached projection of each input, if there is one.
    pub(super) projected: Option<Arc<Projected>>,
}

impl Inputs {
    /// Returns the vectors, `[inputs, input size]`.
    pub(in crate::model) fn vectors(&self) -> &Tensor {
        &self.vectors
    }
}

impl From<Tensor> for Inputs {
    fn from(vectors: Tensor) -> Self {
        Self {
            vectors,
            projected: None,
        }
    }
}

/// Products of inputs with a layer's weights, in the order in which the kernel reads them.
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
