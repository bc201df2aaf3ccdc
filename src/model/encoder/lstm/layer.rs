//! A layer of the LSTM.

use std::sync::OnceLock;

use candle_core::{Result, Tensor};

use super::fused::{self, LayerWeights};
use super::{LstmConfig, plain};
use crate::batch::PackedLayout;
use crate::model::Implementation;
use crate::model::dense_weights::DenseWeights;
use crate::model::encoder::Inputs;
use crate::model::pooling::{Reduction, reduce};

/// An LSTM layer in one or both directions.
#[derive(Clone, Debug)]
pub(super) struct LstmLayer {
    /// `[4 * hidden, input]` for each direction.
    weight_ih: Vec<Tensor>,
    /// `[4 * hidden, hidden]` for each direction.
    weight_hh: Vec<Tensor>,
    /// `b_ih` and `b_hh`, `[4 * hidden]` each, for each direction.
    biases: Vec<[Tensor; 2]>,
    /// The weights arranged for the kernel, cached at the first batch if they are not trained. Arranging them takes
    /// longer than scoring a sentence.
    cached: OnceLock<LayerWeights>,
}

impl LstmLayer {
    /// Builds a layer from its weights. Their names and shapes have been checked.
    pub(super) fn new(config: &LstmConfig, layer: usize, weights: &DenseWeights) -> Self {
        let suffixes = config.suffixes();
        let of =
            |kind: &str, suffix: &str| weights[&format!("lstm.{kind}_l{layer}{suffix}")].clone();
        Self {
            weight_ih: suffixes.iter().map(|s| of("weight_ih", s)).collect(),
            weight_hh: suffixes.iter().map(|s| of("weight_hh", s)).collect(),
            biases: suffixes
                .iter()
                .map(|s| [of("bias_ih", s), of("bias_hh", s)])
                .collect(),
            cached: OnceLock::new(),
        }
    }

    /// Returns the hidden state of each token, `[tokens, directions * hidden]`. With a `reduction`, returns the reduced
    /// states of each row, `[rows, directions * hidden]`.
    ///
    /// `input_of_token` is the index of each token's input in `inputs`.
    pub(super) fn forward(
        &self,
        inputs: &Inputs,
        input_of_token: &[u32],
        layout: &PackedLayout,
        reduction: Option<Reduction>,
        implementation: Implementation,
    ) -> Result<Tensor> {
        match implementation {
            Implementation::Fused => fused::forward(
                inputs,
                input_of_token,
                layout,
                &self.for_kernel()?,
                self.directions(),
                reduction,
            ),
            Implementation::Plain => {
                let weight_hh = Tensor::stack(&self.weight_hh, 0)?;
                let projected = self.project(&inputs.vectors)?;
                let hidden = plain::recur(&projected, input_of_token, layout, &weight_hh)?;
                match reduction {
                    Some(reduction) => reduce(reduction, &hidden, layout, self.directions()),
                    None => Ok(hidden),
                }
            }
        }
    }

    /// Projects inputs for the fused implementation, once for many batches.
    pub(super) fn project_fused(&self, vectors: Tensor) -> Result<Inputs> {
        fused::project(vectors, &self.for_kernel()?, self.directions())
    }

    fn directions(&self) -> usize {
        self.weight_hh.len()
    }

    /// Projects inputs: `[n, input]` to `[n, directions * 4 * hidden]`.
    fn project(&self, inputs: &Tensor) -> Result<Tensor> {
        inputs
            .matmul(&Tensor::cat(&self.weight_ih, 0)?.t()?)?
            .broadcast_add(&self.bias()?)
    }

    /// Returns `b_ih + b_hh`: `[directions * 4 * hidden]`.
    fn bias(&self) -> Result<Tensor> {
        let biases: Vec<Tensor> = self
            .biases
            .iter()
            .map(|[ih, hh]| ih + hh)
            .collect::<Result<_>>()?;
        Tensor::cat(&biases, 0)
    }

    /// Returns the weights for the kernel.
    fn for_kernel(&self) -> Result<LayerWeights> {
        if let Some(cached) = self.cached.get() {
            return Ok(cached.clone());
        }
        let weights = LayerWeights {
            weights: self.weights()?,
            arranged: None,
        };
        if weights.weights.track_op() {
            return Ok(weights);
        }
        let arranged = weights.arranged(self.directions())?;
        Ok(self.cached.get_or_init(|| arranged).clone())
    }

    /// Returns all weights in the shape of [`Layer::weights`](super::kernel::Layer::weights).
    pub(super) fn weights(&self) -> Result<Tensor> {
        let weight_ih = Tensor::cat(&self.weight_ih, 0)?;
        let weight_hh = Tensor::cat(&self.weight_hh, 0)?;
        Tensor::cat(&[weight_ih, self.bias()?.unsqueeze(1)?, weight_hh], 1)
    }
}
