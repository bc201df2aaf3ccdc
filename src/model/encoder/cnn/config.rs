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
        check_size("number of filter widths", self.widths.len(), 1, MAX_WIDTH)?;
        let most = MAX_SIZE / self.widths.len();
        check_size("number of filters of each width", self.filters, 1, most)?;
        let mut min = 1;
        for &width in &self.widths {
            check_size("filter width", width, min, MAX_WIDTH)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_bounded_and_widths_ascend() {
        let error = |filters, widths: &[usize]| {
            let widths = widths.to_vec();
            let config = CnnConfig { filters, widths };
            config.check().err().map(|error| error.to_string())
        };
        assert_eq!(error(100, &[3, 4, 5]), None);
        for (filters, widths, expected) in [
            (
                0,
                &[3][..],
                "the number of filters of each width is 0: it must be from 1 to 8192",
            ),
            (
                5000,
                &[3, 4],
                "the number of filters of each width is 5000: it must be from 1 to 4096",
            ),
            (
                1,
                &[],
                "the number of filter widths is 0: it must be from 1 to 16",
            ),
            (1, &[3, 3], "the filter width is 3: it must be from 4 to 16"),
            (1, &[17], "the filter width is 17: it must be from 1 to 16"),
        ] {
            assert_eq!(error(filters, widths).as_deref(), Some(expected));
        }
    }
}
