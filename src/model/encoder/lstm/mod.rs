//! The LSTM (Hochreiter and Schmidhuber, 1997; with the forget gate of Gers et al., 2000), as in PyTorch's `nn.LSTM`:
//!
//! ```text
//! i, f, g, o = split(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)
//! c_t = σ(f) ⊙ c_{t-1} + σ(i) ⊙ tanh(g)
//! h_t = σ(o) ⊙ tanh(c_t)
//! ```
//!
//! The input projection, `W_ih x_t + b_ih + b_hh`, is one product for all tokens (in the first layer, for all distinct
//! words). A layer has two implementations with the same results: `plain` uses candle's operations and runs on every
//! device; `fused` is a kernel for the CPU.

mod config;
mod fused;
// Public for benches/lstm_kernel.rs, which measures the kernel without the network.
#[doc(hidden)]
pub mod kernel;
mod layer;
mod plain;
mod quantized;

use candle_core::{Device, Tensor};

pub use self::config::LstmConfig;
use self::layer::LstmLayer;
pub(in crate::model) use self::quantized::QuantizedLstm;
use super::Inputs;
use crate::batch::Batch;
use crate::model::dense_weights::DenseWeights;
use crate::model::dropout::Dropout;
use crate::model::kernel::Int8Arch;
use crate::model::pooling::Reduction;
use crate::model::{Embedding, Implementation, ModelError};

/// The maximum memory for the projected vocabulary.
const MAX_PROJECTION_BYTES: usize = 256 << 20;

/// Stacked LSTM layers.
#[derive(Clone, Debug)]
pub(in crate::model) struct Lstm {
    config: LstmConfig,
    layers: Vec<LstmLayer>,
    implementation: Implementation,
}

impl Lstm {
    /// Builds the layers from their weights. Their names and shapes have been checked.
    pub(super) fn new(
        config: &LstmConfig,
        weights: &DenseWeights,
        implementation: Implementation,
    ) -> Self {
        Self {
            layers: (0..config.layers)
                .map(|layer| LstmLayer::new(config, layer, weights))
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
        let vectors = Tensor::from_slice(embedding.weights(), (words, size), &Device::Cpu)?;
        Ok(Some(self.layers[0].project_fused(vectors)?))
    }

    /// See [`super::Encoder::quantized`].
    pub(super) fn quantized(&self, arch: Int8Arch) -> candle_core::Result<Option<QuantizedLstm>> {
        match self.implementation {
            Implementation::Fused => QuantizedLstm::new(self, arch).map(Some),
            Implementation::Plain => Ok(None),
        }
    }
}
