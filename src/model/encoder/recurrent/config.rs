//! The sizes of a recurrent encoder.

use serde::{Deserialize, Serialize};

use crate::model::ModelError;
use crate::model::limits::{MAX_LAYERS, MAX_SIZE, check_size};

/// The sizes of a recurrent encoder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecurrentConfig {
    /// The hidden size of each direction.
    pub hidden_size: usize,
    /// The number of stacked layers.
    pub layers: usize,
    /// Whether a second direction reads each text from its end.
    pub bidirectional: bool,
}

impl RecurrentConfig {
    /// Returns the number of directions: 2 if bidirectional, else 1.
    pub(in crate::model) fn directions(&self) -> usize {
        if self.bidirectional { 2 } else { 1 }
    }

    /// Returns the number of features of a hidden state: the hidden size times the number of directions.
    pub(in crate::model) fn features(&self) -> usize {
        self.directions() * self.hidden_size
    }

    /// Returns the suffix of the weight names of each direction.
    pub(crate) fn suffixes(&self) -> &'static [&'static str] {
        &["", "_reverse"][..self.directions()]
    }

    /// Returns the number of inputs of a layer.
    pub(in crate::model) fn inputs(&self, layer: usize, embedding_size: usize) -> usize {
        match layer {
            0 => embedding_size,
            _ => self.features(),
        }
    }

    /// Checks that all sizes are within bounds.
    pub(in crate::model) fn check(&self) -> Result<(), ModelError> {
        check_size("hidden size", self.hidden_size, 1, MAX_SIZE)?;
        check_size("number of layers", self.layers, 1, MAX_LAYERS)
    }
}
