//! The sizes of a convolution and the specification of its weights.

use serde::{Deserialize, Serialize};

use crate::model::ModelError;
use crate::model::dense_weights::WeightSpec;
use crate::model::initializer::Initializer;
use crate::model::limits::{MAX_SIZE, MAX_WIDTH, check_size};

/// The sizes of a convolution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CnnConfig {
    /// The number of filters of each width.
    pub filters: usize,
    /// The widths of the filters in tokens, in ascending order.
    pub widths: Vec<usize>,
}

impl CnnConfig {
    /// Returns the number of features of a state: the number of filters of all widths.
    pub(in crate::model) fn features(&self) -> usize {
        self.filters * self.widths.len()
    }

    /// Checks that all sizes are within bounds and that the widths are in ascending order.
    pub(in crate::model) fn check(&self) -> Result<(), ModelError> {
        check_size("number of filters", self.filters, 1, MAX_SIZE)?;
        check_size("number of widths", self.widths.len(), 1, MAX_WIDTH)?;
        let mut min = 1;
        for &width in &self.widths {
            check_size("width of a filter", width, min, MAX_WIDTH)?;
            min = width + 1;
        }
        Ok(())
    }

    /// Returns the specification of the weights. Each width has those of a PyTorch `nn.Conv1d(embedding, filters, width)`,
    /// with the initial values of a Keras `Conv1D`: uniform weights and zero biases.
    pub(in crate::model) fn weight_specs(&self, embedding_size: usize) -> Vec<WeightSpec> {
        let of_width = |&width: &usize| {
            [
                WeightSpec::new(
                    format!("cnn.{width}.weight"),
                    [self.filters, embedding_size, width],
                    Initializer::GlorotUniform {
                        inputs: embedding_size * width,
                        outputs: self.filters * width,
                    },
                ),
                WeightSpec::new(
                    format!("cnn.{width}.bias"),
                    [self.filters],
                    Initializer::Zeros,
                ),
            ]
        };
        self.widths.iter().flat_map(of_width).collect()
    }
}
