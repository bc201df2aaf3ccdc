//! The LSTM (Hochreiter and Schmidhuber, 1997; with the forget gate of Gers et al., 2000), as in PyTorch's `nn.LSTM`:
//!
//! ```text
//! i, f, g, o = split(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)
//! c_t = σ(f) ⊙ c_{t-1} + σ(i) ⊙ tanh(g)
//! h_t = σ(o) ⊙ tanh(c_t)
//! ```

mod kernel;
mod quantized;

use candle_core::{D, Result, Tensor};
use candle_nn::ops::sigmoid;

pub(in crate::model) use self::quantized::QuantizedLstm;
use super::RecurrentConfig;
use super::recurrent::{RecurrentCell, SumWeights};
use crate::model::dense_weights::WeightSpec;
use crate::model::initializer::Initializer;

/// The cell of the LSTM. Its memory is `c_t`, and its sums are i, f, g and o.
#[derive(Clone, Copy, Debug, Default)]
pub struct LstmCell;

impl RecurrentCell for LstmCell {
    const NAME: &'static str = "lstm";

    /// The initial values are Keras's: input weights are uniform, the recurrent weights of each gate orthogonal, and biases
    /// zero. Only the forget gate's bias is one, so that the cell keeps its state at first (Jozefowicz et al., 2015, section
    /// 3.2).
    fn weight_specs(inputs: usize, config: &RecurrentConfig) -> Vec<WeightSpec> {
        let hidden = config.hidden_size;
        let gates = 4 * hidden;
        let glorot = Initializer::GlorotUniform {
            inputs,
            outputs: hidden,
        };
        let orthogonal = Initializer::Orthogonal { size: hidden };
        let forget_gate = Initializer::OnesAt(hidden..2 * hidden);
        vec![
            WeightSpec::new("weight_ih", [gates, inputs], glorot),
            WeightSpec::new("weight_hh", [gates, hidden], orthogonal),
            WeightSpec::new("bias_ih", [gates], forget_gate),
            WeightSpec::new("bias_hh", [gates], Initializer::Zeros),
        ]
    }

    fn sum_weights(weights: &[Tensor], _: usize) -> Result<SumWeights> {
        let [weight_ih, weight_hh, bias_ih, bias_hh] = weights else {
            unreachable!("an LSTM has four weights a direction");
        };
        Ok(SumWeights {
            input: weight_ih.clone(),
            bias: (bias_ih + bias_hh)?,
            recurrent: weight_hh.clone(),
        })
    }

    fn advance(sums: &Tensor, cell: &Tensor) -> Result<(Tensor, Tensor)> {
        let size = cell.dim(1)?;
        let input_forget = sigmoid(&sums.narrow(D::Minus1, 0, 2 * size)?.contiguous()?)?;
        let candidate = sums.narrow(D::Minus1, 2 * size, size)?.tanh()?;
        let output = sigmoid(&sums.narrow(D::Minus1, 3 * size, size)?.contiguous()?)?;

        let input = input_forget.narrow(D::Minus1, 0, size)?;
        let forget = input_forget.narrow(D::Minus1, size, size)?;
        let cell = ((forget * cell)? + (input * candidate)?)?;
        let hidden = (output * cell.tanh()?)?;
        Ok((hidden, cell))
    }
}
