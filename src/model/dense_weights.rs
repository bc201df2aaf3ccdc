//! The weights of a network that are tensors: all except the embedding, which stays on the host.

use std::collections::BTreeMap;

use candle_core::Tensor;

use super::initializer::Initializer;

/// All weights except the embedding, by their PyTorch names. Sorted, so that sums over them have a fixed order.
pub type DenseWeights = BTreeMap<String, Tensor>;

/// The specification of a weight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WeightSpec {
    /// The PyTorch name.
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
