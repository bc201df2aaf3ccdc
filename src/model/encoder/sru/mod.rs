//! The SRU (Lei et al., 2018, "Simple Recurrent Units for Highly Parallelizable Recurrence", equations 3 to 7):
//!
//! ```text
//! f_t = σ(W_f x_t + v_f ⊙ c_{t-1} + b_f)
//! c_t = f_t ⊙ c_{t-1} + (1 - f_t) ⊙ W x_t
//! r_t = σ(W_r x_t + v_r ⊙ c_{t-1} + b_r)
//! h_t = r_t ⊙ c_t + (1 - r_t) ⊙ α x_t
//! ```
//!
//! No matrix multiplies the state, so a step costs little beside the products of the inputs. If an input has another size
//! than the hidden states, its projection `W_x x_t` replaces it in the last equation; else each direction takes its part of
//! it. The factor `α = √3` keeps the variance of the output at first, when `r_t` is about 1/2 (section 3.2).

mod kernel;

use candle_core::{Result, Tensor};
use candle_nn::ops::sigmoid;

use super::RecurrentConfig;
use super::recurrent::{RecurrentCell, SumWeights};
use crate::model::dense_weights::WeightSpec;
use crate::model::initializer::Initializer;

/// `α = √(1 + 2 exp(b))` for the initial bias `b = 0` of `r_t`.
const SCALE: f64 = 1.732_050_807_568_877_2;

/// The cell of the SRU. Its memory is `c_t`, and its sums are `W x_t`, f, r and `α x_t`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SruCell;

impl RecurrentCell for SruCell {
    const NAME: &'static str = "sru";

    /// The order of the rows is `W`, `W_f`, `W_r` and, if there is one, `W_x`; in `weight_c` it is `v_f`, `v_r`, and in the bias
    /// `b_f`, `b_r`. Input weights have the variance of section 3.2, `1 / inputs`; the others are zero.
    fn weight_specs(inputs: usize, config: &RecurrentConfig) -> Vec<WeightSpec> {
        let hidden = config.hidden_size;
        let rows = match inputs == config.features() {
            true => 3 * hidden,
            false => 4 * hidden,
        };
        let uniform = Initializer::GlorotUniform {
            inputs,
            outputs: inputs,
        };
        vec![
            WeightSpec::new("weight", [rows, inputs], uniform),
            WeightSpec::new("weight_c", [2 * hidden], Initializer::Zeros),
            WeightSpec::new("bias", [2 * hidden], Initializer::Zeros),
        ]
    }

    fn sum_weights(weights: &[Tensor], direction: usize) -> Result<SumWeights> {
        let [weight, weight_c, bias] = weights else {
            unreachable!("an SRU has three weights a direction");
        };
        let hidden = bias.dim(0)? / 2;
        let gates = weight.narrow(0, 0, 3 * hidden)?;
        let highway = match weight.dim(0)? == 3 * hidden {
            true => part_of_input(weight, direction, hidden)?,
            false => weight.narrow(0, 3 * hidden, hidden)?,
        };
        let none = bias.narrow(0, 0, hidden)?.detach().zeros_like()?;
        Ok(SumWeights {
            input: Tensor::cat(&[gates, (highway * SCALE)?], 0)?,
            bias: Tensor::cat(&[&none, bias, &none], 0)?,
            recurrent: Tensor::cat(&[&none, weight_c, &none], 0)?.unsqueeze(1)?,
        })
    }

    fn advance(sums: &Tensor, cell: &Tensor) -> Result<(Tensor, Tensor)> {
        let size = cell.dim(1)?;
        let gates = sigmoid(&sums.narrow(1, size, 2 * size)?.contiguous()?)?;
        let (forget, reset) = (gates.narrow(1, 0, size)?, gates.narrow(1, size, size)?);
        let (candidate, input) = (sums.narrow(1, 0, size)?, sums.narrow(1, 3 * size, size)?);
        let cell = (&candidate + (forget * (cell - &candidate)?)?)?;
        let hidden = (&input + (reset * (&cell - &input)?)?)?;
        Ok((hidden, cell))
    }
}

/// Returns the matrix, `[hidden, inputs]`, that selects the part of an input of one direction.
fn part_of_input(weight: &Tensor, direction: usize, hidden: usize) -> Result<Tensor> {
    let inputs = weight.dim(1)?;
    let mut values = vec![0f32; hidden * inputs];
    for (unit, row) in values.chunks_exact_mut(inputs).enumerate() {
        row[direction * hidden + unit] = 1.0;
    }
    Tensor::from_vec(values, (hidden, inputs), weight.device())
}
