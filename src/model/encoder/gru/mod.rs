//! The GRU (Cho et al., 2014, "Learning Phrase Representations using RNN Encoder-Decoder"), as in PyTorch's `nn.GRU`:
//!
//! ```text
//! r = σ(W_ir x_t + b_ir + W_hr h_{t-1} + b_hr)
//! z = σ(W_iz x_t + b_iz + W_hz h_{t-1} + b_hz)
//! n = tanh(W_in x_t + b_in + r ⊙ (W_hn h_{t-1} + b_hn))
//! h_t = (1 - z) ⊙ n + z ⊙ h_{t-1}
//! ```

mod kernel;

use candle_core::{Result, Tensor};
use candle_nn::ops::sigmoid;

use super::RecurrentConfig;
use super::recurrent::{RecurrentCell, SumWeights};
use crate::model::dense_weights::WeightSpec;
use crate::model::initializer::Initializer;

/// The cell of the GRU. Its memory is `h_t`, and its sums are `W_in x_t + b_in`, r, z and `W_hn h_{t-1} + b_hn`. So the
/// sums with input weights are adjacent, and so are those with recurrent weights.
#[derive(Clone, Copy, Debug, Default)]
pub struct GruCell;

impl RecurrentCell for GruCell {
    const NAME: &'static str = "gru";

    /// The initial values are Keras's: input weights are uniform, the recurrent weights of each gate orthogonal, and biases
    /// zero. The order of the gates is PyTorch's: r, z, n.
    fn weight_specs(inputs: usize, config: &RecurrentConfig) -> Vec<WeightSpec> {
        let hidden = config.hidden_size;
        let gates = 3 * hidden;
        let glorot = Initializer::GlorotUniform {
            inputs,
            outputs: hidden,
        };
        let orthogonal = Initializer::Orthogonal { size: hidden };
        vec![
            WeightSpec::new("weight_ih", [gates, inputs], glorot),
            WeightSpec::new("weight_hh", [gates, hidden], orthogonal),
            WeightSpec::new("bias_ih", [gates], Initializer::Zeros),
            WeightSpec::new("bias_hh", [gates], Initializer::Zeros),
        ]
    }

    fn sum_weights(weights: &[Tensor], _: usize) -> Result<SumWeights> {
        let [weight_ih, weight_hh, bias_ih, bias_hh] = weights else {
            unreachable!("a GRU has four weights a direction");
        };
        let hidden = weight_hh.dim(1)?;
        let rz = |weight: &Tensor| weight.narrow(0, 0, 2 * hidden);
        let n = |weight: &Tensor| weight.narrow(0, 2 * hidden, hidden);
        let no_input = n(weight_ih)?.detach().zeros_like()?;
        let no_recurrent = n(weight_hh)?.detach().zeros_like()?;
        let bias_rz = (rz(bias_ih)? + rz(bias_hh)?)?;
        Ok(SumWeights {
            input: Tensor::cat(&[n(weight_ih)?, rz(weight_ih)?, no_input], 0)?,
            bias: Tensor::cat(&[n(bias_ih)?, bias_rz, n(bias_hh)?], 0)?,
            recurrent: Tensor::cat(&[&no_recurrent, weight_hh], 0)?,
        })
    }

    fn advance(sums: &Tensor, previous: &Tensor) -> Result<(Tensor, Tensor)> {
        let size = previous.dim(1)?;
        let reset_update = sigmoid(&sums.narrow(1, size, 2 * size)?.contiguous()?)?;
        let reset = reset_update.narrow(1, 0, size)?;
        let update = reset_update.narrow(1, size, size)?;
        let input = sums.narrow(1, 0, size)?;
        let recurrent = sums.narrow(1, 3 * size, size)?;
        let candidate = (input + (reset * recurrent)?)?.tanh()?;
        let hidden = (&candidate + (update * (previous - &candidate)?)?)?;
        Ok((hidden.clone(), hidden))
    }
}
