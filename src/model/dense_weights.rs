//! The weights of a network that are tensors: all but the embedding, which stays on the host.

use std::collections::BTreeMap;

use candle_core::Tensor;

use super::initializer::Initializer;

/// Every weight but the embedding, by PyTorch's name for it. Sorted, so that a sum over all of them
/// is taken in one order.
pub type DenseWeights = BTreeMap<String, Tensor>;

/// What a layer says of one of its weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WeightSpec {
    /// PyTorch's name for it.
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) initializer: Initializer,
}

impl WeightSpec {
    pub(super) fn new(
        name: impl Into<String>,
        shape: impl Into<Vec<usize>>,
        initializer: Initializer,
    ) -> Self {
        Self {
            name: name.into(),
            shape: shape.into(),
            initializer,
        }
    }
}
