//! The convolution over windows of words (Kim, 2014, "Convolutional Neural Networks for Sentence Classification").

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::Inputs;
use crate::batch::{Batch, PackedLayout};
use crate::model::ModelError;
use crate::model::dense_weights::{DenseWeights, WeightSpec};
use crate::model::initializer::Initializer;
use crate::model::limits::{MAX_SIZE, check_size};
use crate::model::pooling::{Reduction, reduce};

/// The sizes of a convolution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CnnConfig {
    /// The number of filters of each width.
    pub filters: usize,
    /// The widths of the windows in tokens, which ascend.
    pub widths: Vec<usize>,
}

/// The maximum number of widths, and the maximum width.
const MAX_WIDTH: usize = 16;

impl CnnConfig {
    /// Returns the number of features of a hidden state: a value for each filter.
    pub(super) fn features(&self) -> usize {
        self.filters * self.widths.len()
    }

    /// Checks that all sizes are within bounds.
    pub(super) fn check(&self) -> Result<(), ModelError> {
        check_size("number of filters", self.filters, 1, MAX_SIZE)?;
        check_size("number of filter widths", self.widths.len(), 1, MAX_WIDTH)?;
        let widths = self.widths.iter();
        widths.copied().try_fold(1, |least, width| {
            check_size("filter width", width, least, MAX_WIDTH).map(|()| width + 1)
        })?;
        Ok(())
    }

    /// Returns the specification of the weights, with the names and shapes of PyTorch's `nn.Conv1d`.
    pub(super) fn weight_specs(&self, embedding_size: usize) -> Vec<WeightSpec> {
        let of_width = |&width: &usize| {
            let initializer = Initializer::GlorotUniform {
                inputs: width * embedding_size,
                outputs: self.filters,
            };
            let shape = [self.filters, embedding_size, width];
            [
                WeightSpec::new(format!("cnn.{width}.weight"), shape, initializer),
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

/// Convolutions of several widths.
#[derive(Clone, Debug)]
pub(in crate::model) struct Cnn {
    /// The weight, `[filters, embedding size, width]`, and the bias, `[filters]`, of each width.
    filters: Vec<(Tensor, Tensor)>,
}

impl Cnn {
    /// Builds the convolutions from their weights. Their names and shapes have been checked.
    pub(super) fn new(config: &CnnConfig, weights: &DenseWeights) -> Self {
        let weight = |width: &usize, kind: &str| weights[&format!("cnn.{width}.{kind}")].clone();
        let widths = config.widths.iter();
        Self {
            filters: widths
                .map(|width| (weight(width, "weight"), weight(width, "bias")))
                .collect(),
        }
    }

    /// See [`super::Encoder::forward`].
    pub(super) fn forward(
        &self,
        words: &Inputs,
        batch: &Batch,
        reduction: Option<Reduction>,
    ) -> Result<Tensor, ModelError> {
        let vectors = &words.vectors;
        let zero = vectors.zeros_like()?.narrow(0, 0, 1)?;
        let padded = Tensor::cat(&[vectors, &zero], 0)?;
        let states = self.filters.iter().map(|(weight, bias)| {
            let width = weight.dim(2)?;
            let windows = (0..width).map(|position| {
                let offset = position as isize - ((width - 1) / 2) as isize;
                let inputs = neighbours(batch, offset, vectors.dim(0)? as u32);
                padded.index_select(&Tensor::new(inputs, vectors.device())?, 0)
            });
            let windows = windows.collect::<candle_core::Result<Vec<Tensor>>>()?;
            let weight = weight.transpose(1, 2)?.flatten_from(1)?;
            Tensor::cat(&windows, 1)?
                .matmul(&weight.t()?)?
                .broadcast_add(bias)?
                .relu()
        });
        let states = states.collect::<candle_core::Result<Vec<Tensor>>>()?;
        let states = Tensor::cat(&states, 1)?;
        match reduction {
            Some(reduction) => Ok(reduce(reduction, &states, &batch.layout, 1)?),
            None => Ok(states),
        }
    }
}

/// Returns the input of the token `offset` steps after each token, or `none` past the ends of its text: `[tokens]`.
fn neighbours(batch: &Batch, offset: isize, none: u32) -> Vec<u32> {
    let layout: &PackedLayout = &batch.layout;
    let of_step = |step: usize| {
        let other = step.checked_add_signed(offset);
        let other = other.map_or(0..0, |other| layout.step(other));
        (0..layout.step(step).len()).map(move |row| match row < other.len() {
            true => batch.word_of_token[other.start + row],
            false => none,
        })
    };
    (0..layout.steps()).flat_map(of_step).collect()
}
