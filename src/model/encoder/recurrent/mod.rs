//! Recurrent encoders: stacked layers in one or both directions.
//!
//! A `RecurrentCell` has the equations of one step. Everything else is the same for all cells.
//!
//! The product of the inputs with the weights is one for all tokens (in the first layer, for all distinct words). A layer
//! has two implementations with the same results: `plain` uses candle's operations and runs on every device; `fused` is a
//! kernel for the CPU.

mod config;
mod fused;
// Public for benches/recurrent_kernel.rs, which measures the kernel without the network.
#[doc(hidden)]
pub mod kernel;
mod layer;
mod plain;

use std::fmt::Debug;

use candle_core::{Device, Tensor};

pub use self::config::RecurrentConfig;
use self::kernel::Cell;
use self::layer::RecurrentLayer;
use super::{Inputs, MAX_PROJECTION_BYTES};
use crate::batch::Batch;
use crate::model::dense_weights::{DenseWeights, WeightSpec};
use crate::model::dropout::Dropout;
use crate::model::pooling::Reduction;
use crate::model::{Embedding, Implementation, ModelError};

/// A cell with its weights and its plain equations.
pub(in crate::model) trait RecurrentCell: Cell + Debug + Default {
    /// The first part of the names of the weights.
    const NAME: &'static str;

    /// Returns the specification of the weights of one direction of a layer, without the layer and the direction in their
    /// names.
    fn weight_specs(inputs: usize, config: &RecurrentConfig) -> Vec<WeightSpec>;

    /// Returns the weights of the sums of one direction from those of [`RecurrentCell::weight_specs`].
    fn sum_weights(weights: &[Tensor], direction: usize) -> candle_core::Result<SumWeights>;

    /// Returns the hidden state and the memory, `[rows, hidden]` each, from the sums, `[rows, 4 * hidden]`, and the previous
    /// memory.
    fn advance(sums: &Tensor, memory: &Tensor) -> candle_core::Result<(Tensor, Tensor)>;
}

/// The weights of the sums of one direction of a layer (see [`Cell`]).
pub(in crate::model) struct SumWeights {
    /// `[4 * hidden, inputs]`
    pub(super) input: Tensor,
    /// `[4 * hidden]`
    pub(super) bias: Tensor,
    /// `[4 * hidden, hidden]`, or `[4 * hidden, 1]` for an elementwise recurrence.
    pub(super) recurrent: Tensor,
}

/// Returns the specification of the weights for this embedding dimension.
pub(super) fn weight_specs<C: RecurrentCell>(
    config: &RecurrentConfig,
    embedding_size: usize,
) -> Vec<WeightSpec> {
    let mut weights = Vec::new();
    for layer in 0..config.layers {
        let inputs = config.inputs(layer, embedding_size);
        for suffix in config.suffixes() {
            let specs = C::weight_specs(inputs, config).into_iter();
            weights.extend(specs.map(|spec| WeightSpec {
                name: weight_name::<C>(&spec.name, layer, suffix),
                ..spec
            }));
        }
    }
    weights
}

/// Returns PyTorch's name of a weight, such as `lstm.weight_ih_l0_reverse`.
fn weight_name<C: RecurrentCell>(kind: &str, layer: usize, suffix: &str) -> String {
    format!("{}.{kind}_l{layer}{suffix}", C::NAME)
}

/// Stacked recurrent layers.
#[derive(Clone, Debug)]
pub(in crate::model) struct Recurrent<C> {
    config: RecurrentConfig,
    layers: Vec<RecurrentLayer<C>>,
    implementation: Implementation,
}

impl<C: RecurrentCell> Recurrent<C> {
    /// Builds the layers from their weights. Their names and shapes have been checked.
    pub(super) fn new(
        config: &RecurrentConfig,
        weights: &DenseWeights,
        implementation: Implementation,
    ) -> Self {
        Self {
            layers: (0..config.layers)
                .map(|layer| RecurrentLayer::new(config, layer, weights))
                .collect(),
            config: config.clone(),
            implementation,
        }
    }

    /// See [`super::Encoder::forward`]. Dropout drops the same features at all steps of a text (Gal and Ghahramani, 2016,
    /// section 4.2).
    pub(super) fn forward(
        &self,
        words: &Inputs,
        batch: &Batch,
        dropout: &mut Option<Dropout>,
        reduction: Option<Reduction>,
    ) -> Result<Tensor, ModelError> {
        let Some((last, below)) = self.layers.split_last() else {
            unreachable!("an architecture has at least one layer");
        };
        let layout = &batch.layout;
        // Above the first layer, each token has its own input.
        let tokens: Vec<u32> = (0..layout.tokens() as u32).collect();
        let (mut inputs, mut input_of_token) = (words.clone(), &batch.word_of_token);
        for layer in below {
            let mut hidden =
                layer.forward(&inputs, input_of_token, layout, None, self.implementation)?;
            if let Some(dropout) = dropout {
                hidden = dropout.drop_features(hidden, layout)?;
            }
            (inputs, input_of_token) = (hidden.into(), &tokens);
        }
        Ok(last.forward(
            &inputs,
            input_of_token,
            layout,
            reduction,
            self.implementation,
        )?)
    }

    /// Returns the hidden size of a direction.
    pub(super) fn hidden_size(&self) -> usize {
        self.config.hidden_size
    }

    /// Returns the weights of each layer in the shape of [`kernel::Layer::weights`], or `None` if the kernel does not run.
    pub(super) fn fused_weights(&self) -> candle_core::Result<Option<Vec<Tensor>>> {
        match self.implementation {
            Implementation::Fused => self
                .layers
                .iter()
                .map(|layer| layer.weights())
                .collect::<candle_core::Result<_>>()
                .map(Some),
            Implementation::Plain => Ok(None),
        }
    }

    /// See [`super::Encoder::project_vocabulary`].
    pub(super) fn project_vocabulary(
        &self,
        embedding: &Embedding,
    ) -> Result<Option<Inputs>, ModelError> {
        let (words, size) = (embedding.words(), embedding.size());
        let bytes = words * 4 * self.config.features() * size_of::<f32>();
        if self.implementation == Implementation::Plain || bytes > MAX_PROJECTION_BYTES {
            return Ok(None);
        }
        let vectors = Tensor::from_slice(&embedding.weights(), (words, size), &Device::Cpu)?;
        Ok(Some(self.layers[0].project_fused(vectors)?))
    }
}
