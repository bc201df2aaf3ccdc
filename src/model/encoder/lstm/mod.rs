//! The LSTM layer (Hochreiter and Schmidhuber, 1997; with the forget gate of Gers et al., 2000), in
//! the form and with the names of PyTorch's `nn.LSTM`:
//!
//! ```text
//! i, f, g, o = split(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)
//! c_t = σ(f) ⊙ c_{t-1} + σ(i) ⊙ tanh(g)
//! h_t = σ(o) ⊙ tanh(c_t)
//! ```
//!
//! The input's part of the gates, `W_ih x_t + b_ih + b_hh`, is one product for all tokens (for the
//! first layer: for all distinct words). A layer has two forms with the same results: `plain` is made
//! of candle's operations and runs on every device; `fused` is our own kernel for the CPU.

mod fused;
pub mod kernel;
mod plain;

use std::sync::{Arc, OnceLock};

use candle_core::{Device, Tensor};

use self::fused::LayerWeights;
use super::{Architecture, DenseWeights, ModelError};
use crate::batch::PackedLayout;

/// Which form of the recurrence computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recurrence {
    /// Made of candle's operations: for CUDA, and the reference for the other.
    Plain,
    /// Our own kernel, for the CPU.
    Fused,
}

impl Recurrence {
    /// The fastest form on this device.
    pub fn on(device: &Device) -> Self {
        match device {
            Device::Cpu => Self::Fused,
            _ => Self::Plain,
        }
    }
}

/// The distinct inputs of a layer.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// `[n, input]`
    vectors: Tensor,
    /// Their part of the gates, where it is kept.
    projected: Option<Arc<kernel::Projected>>,
}

impl From<Tensor> for Inputs {
    fn from(vectors: Tensor) -> Self {
        Self {
            vectors,
            projected: None,
        }
    }
}

/// One LSTM layer in one or both directions.
#[derive(Clone, Debug)]
pub(super) struct LstmLayer {
    /// `[4 * hidden, input]` for each direction.
    weight_ih: Vec<Tensor>,
    /// `[4 * hidden, hidden]` for each direction.
    weight_hh: Vec<Tensor>,
    /// `b_ih` and `b_hh`, `[4 * hidden]` each, for each direction.
    biases: Vec<[Tensor; 2]>,
    /// As the kernel takes them, kept from the first batch on where they are not learned: arranging them takes longer
    /// than scoring a sentence.
    kept: OnceLock<LayerWeights>,
}

impl LstmLayer {
    /// Takes the weights of one layer, which are known to be there and of the right shape.
    pub(super) fn new(architecture: &Architecture, layer: usize, weights: &DenseWeights) -> Self {
        let suffixes = &["", "_reverse"][..architecture.directions()];
        let of =
            |kind: &str, suffix: &str| weights[&format!("lstm.{kind}_l{layer}{suffix}")].clone();
        Self {
            weight_ih: suffixes.iter().map(|s| of("weight_ih", s)).collect(),
            weight_hh: suffixes.iter().map(|s| of("weight_hh", s)).collect(),
            biases: suffixes
                .iter()
                .map(|s| [of("bias_ih", s), of("bias_hh", s)])
                .collect(),
            kept: OnceLock::new(),
        }
    }

    /// The hidden state at every token, `[tokens, directions * hidden]`, from distinct inputs and which
    /// of them each token has.
    pub(super) fn forward(
        &self,
        inputs: &Inputs,
        input_of_token: &[u32],
        layout: &PackedLayout,
        recurrence: Recurrence,
    ) -> Result<Tensor, ModelError> {
        match recurrence {
            Recurrence::Plain => {
                let weight_hh = Tensor::stack(&self.weight_hh, 0)?;
                let projected = self.project(&inputs.vectors)?;
                Ok(plain::recur(
                    &projected,
                    input_of_token,
                    layout,
                    &weight_hh,
                )?)
            }
            Recurrence::Fused => self.fused(inputs, input_of_token, layout, None),
        }
    }

    /// By our own kernel: as [`LstmLayer::forward`], or pooled, `[rows, directions * hidden]`.
    pub(super) fn fused(
        &self,
        inputs: &Inputs,
        input_of_token: &[u32],
        layout: &PackedLayout,
        pooling: Option<kernel::Pooling>,
    ) -> Result<Tensor, ModelError> {
        let (weights, directions) = (self.for_kernel()?, self.weight_hh.len());
        Ok(fused::forward(
            inputs,
            input_of_token,
            layout,
            &weights,
            directions,
            pooling,
        )?)
    }

    /// Inputs for [`LstmLayer::fused`] whose part of the gates is computed here, for many batches.
    pub(super) fn keep_projected(&self, vectors: Tensor) -> Result<Inputs, ModelError> {
        Ok(fused::project(
            vectors,
            &self.for_kernel()?,
            self.weight_hh.len(),
        )?)
    }

    /// The input's part of the gates: `[n, input]` to `[n, directions * 4 * hidden]`.
    fn project(&self, inputs: &Tensor) -> candle_core::Result<Tensor> {
        inputs
            .matmul(&Tensor::cat(&self.weight_ih, 0)?.t()?)?
            .broadcast_add(&self.bias()?)
    }

    /// `b_ih + b_hh`: `[directions * 4 * hidden]`.
    fn bias(&self) -> candle_core::Result<Tensor> {
        let biases: Vec<Tensor> = self
            .biases
            .iter()
            .map(|[ih, hh]| ih + hh)
            .collect::<Result<_, _>>()?;
        Tensor::cat(&biases, 0)
    }

    /// All weights as the kernel takes them.
    fn for_kernel(&self) -> candle_core::Result<LayerWeights> {
        if let Some(kept) = self.kept.get() {
            return Ok(kept.clone());
        }
        let weights = LayerWeights {
            weights: self.weights()?,
            arranged: None,
        };
        if weights.weights.track_op() {
            return Ok(weights);
        }
        let arranged = weights.arranged(self.weight_hh.len())?;
        Ok(self.kept.get_or_init(|| arranged).clone())
    }

    /// All weights in the shape of [`kernel::Layer::weights`].
    fn weights(&self) -> candle_core::Result<Tensor> {
        let weight_ih = Tensor::cat(&self.weight_ih, 0)?;
        let weight_hh = Tensor::cat(&self.weight_hh, 0)?;
        Tensor::cat(&[weight_ih, self.bias()?.unsqueeze(1)?, weight_hh], 1)
    }
}
