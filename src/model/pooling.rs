//! Pooling: from a hidden state for each token to one vector for each text.

use candle_core::{CpuStorage, CustomOp1, DType, Layout, Result, Shape, Tensor};

use super::{DenseWeights, Pooling};
use crate::batch::PackedLayout;

/// What attention learns; see [`Pooling::Attention`].
#[derive(Clone, Debug)]
pub(super) struct Attention {
    /// `[features, features]`.
    weight: Tensor,
    /// `[features]`.
    bias: Tensor,
    /// `[features]`.
    context: Tensor,
}

impl Attention {
    /// Takes the weights, which are known to be there and of the right shape.
    pub(super) fn new(weights: &DenseWeights) -> Self {
        let of = |name: &str| weights[&format!("attention.{name}")].clone();
        Self {
            weight: of("weight"),
            bias: of("bias"),
            context: of("context"),
        }
    }

    /// The weight of each token, `[tokens, 1]`, summing to 1 over each text.
    fn weigh(
        &self,
        hidden: &Tensor,
        row_of_token: &Tensor,
        layout: &PackedLayout,
    ) -> Result<Tensor> {
        let keys = hidden
            .matmul(&self.weight.t()?)?
            .broadcast_add(&self.bias)?
            .tanh()?;
        let scores = keys.matmul(&self.context.unsqueeze(1)?)?;
        // Exponentials are taken of the distance from the text's largest score, which changes
        // nothing but keeps them finite.
        let largest = max(&scores, layout)?
            .detach()
            .index_select(row_of_token, 0)?;
        let exponentials = (scores - largest)?.exp()?;
        let sums = sum(&exponentials, row_of_token, layout)?.index_select(row_of_token, 0)?;
        exponentials / sums
    }
}

/// Pools the states of a packed batch, `[tokens, features]`, to `[rows, features]`; a text without
/// tokens gives zeros.
pub(super) fn pool(
    pooling: Pooling,
    attention: Option<&Attention>,
    hidden: &Tensor,
    layout: &PackedLayout,
    directions: usize,
) -> Result<Tensor> {
    let pooled = match (pooling, attention) {
        (Pooling::Last, _) => last(hidden, layout, directions)?,
        (Pooling::Max, _) => max(hidden, layout)?,
        (Pooling::Attention, Some(attention)) => {
            let row_of_token = Tensor::new(layout.row_of_token(), hidden.device())?;
            let weights = attention.weigh(hidden, &row_of_token, layout)?;
            let weighed = hidden.broadcast_mul(&weights)?;
            sum(&weighed, &row_of_token, layout)?
        }
        (Pooling::Mean | Pooling::Attention, _) => {
            let row_of_token = Tensor::new(layout.row_of_token(), hidden.device())?;
            let lengths: Vec<f32> = with_tokens(layout).iter().map(|&n| n as f32).collect();
            let lengths = Tensor::new(lengths, hidden.device())?.unsqueeze(1)?;
            sum(hidden, &row_of_token, layout)?.broadcast_div(&lengths)?
        }
    };
    let empty = layout.rows() - layout.rows_with_tokens();
    if empty == 0 {
        return Ok(pooled);
    }
    let zeros = Tensor::zeros((empty, pooled.dim(1)?), pooled.dtype(), pooled.device())?;
    Tensor::cat(&[pooled, zeros], 0)
}

/// The lengths of the rows that have tokens.
fn with_tokens(layout: &PackedLayout) -> &[usize] {
    &layout.lengths()[..layout.rows_with_tokens()]
}

/// The forward direction's state at each text's last token beside the backward one's at its first.
fn last(hidden: &Tensor, layout: &PackedLayout, directions: usize) -> Result<Tensor> {
    let last_tokens: Vec<u32> = with_tokens(layout)
        .iter()
        .enumerate()
        .map(|(row, length)| (layout.offsets()[length - 1] + row) as u32)
        .collect();
    let last_tokens = Tensor::new(last_tokens, hidden.device())?;
    let ends = hidden.index_select(&last_tokens, 0)?;
    if directions == 1 {
        return Ok(ends);
    }
    let size = hidden.dim(1)? / directions;
    let begins = hidden.narrow(0, 0, layout.rows_with_tokens())?;
    Tensor::cat(
        &[ends.narrow(1, 0, size)?, begins.narrow(1, size, size)?],
        1,
    )
}

/// The sum over each text's tokens: `[tokens, n]` to `[rows with tokens, n]`.
fn sum(tokens: &Tensor, row_of_token: &Tensor, layout: &PackedLayout) -> Result<Tensor> {
    let shape = (layout.rows_with_tokens(), tokens.dim(1)?);
    Tensor::zeros(shape, tokens.dtype(), tokens.device())?.index_add(row_of_token, tokens, 0)
}

/// The largest value over each text's tokens: `[tokens, n]` to `[rows with tokens, n]`.
///
/// The gradient goes to the first of equal values alone, as in PyTorch.
fn max(tokens: &Tensor, layout: &PackedLayout) -> Result<Tensor> {
    let largest = if tokens.device().is_cpu() {
        tokens.detach().apply_op1_no_bwd(&ArgMax { layout })?
    } else {
        arg_max_plain(&tokens.detach(), layout)?
    };
    tokens.gather(&largest, 0)
}

/// Which token has each feature's largest value over a text: `[tokens, n]` to
/// `[rows with tokens, n]`, of u32.
struct ArgMax<'a> {
    layout: &'a PackedLayout,
}

impl CustomOp1 for ArgMax<'_> {
    fn name(&self) -> &'static str {
        "arg-max over each text"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let Some((start, end)) = layout.contiguous_offsets() else {
            candle_core::bail!("{}: the tokens must be contiguous", self.name());
        };
        let (_, features) = layout.shape().dims2()?;
        let tokens = &storage.as_slice::<f32>()?[start..end];
        let rows = self.layout.rows_with_tokens();
        // Token r of the packed layout is the first of row r.
        let mut largest: Vec<u32> = (0..rows as u32)
            .flat_map(|row| std::iter::repeat_n(row, features))
            .collect();
        let mut values = tokens[..rows * features].to_vec();
        for step in 1..self.layout.steps() {
            let alive = self.layout.step(step);
            let states = tokens[alive.start * features..alive.end * features].chunks(features);
            let best = values
                .chunks_mut(features)
                .zip(largest.chunks_mut(features));
            for ((token, state), (values, largest)) in (alive.start as u32..).zip(states).zip(best)
            {
                for ((value, best), index) in state.iter().zip(values).zip(largest) {
                    if value > best {
                        (*best, *index) = (*value, token);
                    }
                }
            }
        }
        Ok((CpuStorage::U32(largest), Shape::from((rows, features))))
    }
}

/// [`ArgMax`] made of candle's operations: the tokens are laid out as `[rows, steps, n]`, where a
/// text that has ended repeats its first token.
fn arg_max_plain(tokens: &Tensor, layout: &PackedLayout) -> Result<Tensor> {
    let (rows, steps) = (layout.rows_with_tokens(), layout.steps());
    let padded: Vec<u32> = with_tokens(layout)
        .iter()
        .enumerate()
        .flat_map(|(row, &length)| {
            let offsets = layout.offsets();
            (0..steps).map(move |step| {
                let step = if step < length { step } else { 0 };
                (offsets[step] + row) as u32
            })
        })
        .collect();
    let padded = Tensor::new(padded, tokens.device())?;
    let features = tokens.dim(1)?;
    let values = tokens
        .index_select(&padded, 0)?
        .reshape((rows, steps, features))?;
    let best_step = values.transpose(1, 2)?.contiguous()?.argmax(2)?;
    padded
        .reshape((rows, steps))?
        .gather(&best_step.to_dtype(DType::U32)?, 1)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    /// Two texts of lengths 3 and 1, and an empty one; two features.
    fn packed() -> (Tensor, PackedLayout) {
        let values = [[1f32, -1.0], [-5.0, 7.0], [4.0, -2.0], [4.0, -3.0]];
        let layout = PackedLayout::new(vec![3, 1, 0]);
        (Tensor::new(&values, &Device::Cpu).unwrap(), layout)
    }

    fn pooled(pooling: Pooling) -> Vec<Vec<f32>> {
        let (hidden, layout) = packed();
        pool(pooling, None, &hidden, &layout, 1)
            .unwrap()
            .to_vec2()
            .unwrap()
    }

    #[test]
    fn pools_each_text_over_its_own_tokens() {
        assert_eq!(
            pooled(Pooling::Last),
            [[4.0, -3.0], [-5.0, 7.0], [0.0, 0.0]]
        );
        assert_eq!(
            pooled(Pooling::Mean),
            [[3.0, -2.0], [-5.0, 7.0], [0.0, 0.0]]
        );
        assert_eq!(pooled(Pooling::Max), [[4.0, -1.0], [-5.0, 7.0], [0.0, 0.0]]);
    }

    #[test]
    fn last_reads_the_backward_direction_at_the_first_token() {
        let (hidden, layout) = packed();
        let pooled = last(&hidden, &layout, 2).unwrap().to_vec2::<f32>().unwrap();
        assert_eq!(pooled, [[4.0, -1.0], [-5.0, 7.0]]);
    }

    #[test]
    fn both_forms_of_arg_max_agree_and_take_the_first_of_equals() {
        let (hidden, layout) = packed();
        let fast = hidden
            .apply_op1_no_bwd(&ArgMax { layout: &layout })
            .unwrap();
        let plain = arg_max_plain(&hidden, &layout).unwrap();
        let expected = [[2u32, 0], [1, 1]];
        assert_eq!(fast.to_vec2::<u32>().unwrap(), expected);
        assert_eq!(plain.to_vec2::<u32>().unwrap(), expected);
    }

    #[test]
    fn attention_weights_sum_to_one_over_each_text() {
        let (hidden, layout) = packed();
        let attention = Attention {
            weight: Tensor::new(&[[0.3f32, -0.2], [0.1, 0.9]], &Device::Cpu).unwrap(),
            bias: Tensor::new(&[0.1f32, 0.2], &Device::Cpu).unwrap(),
            context: Tensor::new(&[1f32, -2.0], &Device::Cpu).unwrap(),
        };
        let row_of_token = Tensor::new(layout.row_of_token(), &Device::Cpu).unwrap();
        let weights = attention.weigh(&hidden, &row_of_token, &layout).unwrap();
        let weights = weights.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert!((weights[0] + weights[2] + weights[3] - 1.0).abs() < 1e-6);
        assert!((weights[1] - 1.0).abs() < 1e-6);
    }
}
