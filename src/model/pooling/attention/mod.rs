//! Attention: a vector for each text, to which its tokens add by weights that are learned.

use std::sync::{Arc, OnceLock};

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};

use super::DenseWeights;
use super::host::{values, with_values};
use super::lstm::kernel::{self, AttentionGradients, KeyWeights};
use super::pooling::{max, sum};
use crate::batch::PackedLayout;

/// What attention learns; see [`Pooling::Attention`](super::Pooling::Attention).
#[derive(Clone, Debug)]
pub(super) struct Attention {
    /// `[features, features]`.
    weight: Tensor,
    /// `[features]`.
    bias: Tensor,
    /// `[features]`.
    context: Tensor,
    /// As the kernel takes them, kept from the first batch on where they are not learned.
    kept: OnceLock<Arc<Kept>>,
}

#[derive(Debug)]
struct Kept {
    keys: KeyWeights,
    /// The bias, and then the context: `[2, features]`.
    parameters: Vec<f32>,
}

impl Attention {
    /// Takes the weights, which are known to be there and of the right shape.
    pub(super) fn new(weights: &DenseWeights) -> Self {
        let of = |name: &str| weights[&format!("attention.{name}")].clone();
        Self {
            weight: of("weight"),
            bias: of("bias"),
            context: of("context"),
            kept: OnceLock::new(),
        }
    }

    /// The weight of each token, `[tokens, 1]`, summing to 1 over each text.
    pub(super) fn weigh(
        &self,
        hidden: &Tensor,
        row_of_token: &Tensor,
        layout: &PackedLayout,
    ) -> Result<Tensor> {
        let keys = self.keys(hidden)?.broadcast_add(&self.bias)?.tanh()?;
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

    /// The vectors of the texts, `[rows, features]`, from the states `[tokens, features]`; zeros for a text without
    /// tokens. On the CPU, in the kernel.
    pub(super) fn pool_fused(&self, hidden: &Tensor, layout: &PackedLayout) -> Result<Tensor> {
        if !self.weight.track_op() && !hidden.track_op() {
            return self.pool_kept(hidden, layout);
        }
        let parameters = self.parameters()?;
        let operation = Attend {
            layout: layout.clone(),
        };
        hidden.apply_op3(&self.keys(hidden)?, &parameters, operation)
    }

    /// As [`Attention::pool_fused`], where nothing is learned through it.
    fn pool_kept(&self, hidden: &Tensor, layout: &PackedLayout) -> Result<Tensor> {
        let kept = self.kept()?;
        let pooled = with_values([&hidden.contiguous()?], |[hidden]| {
            kernel::attend(kernel::AttentionInputs {
                hidden,
                keys: &kept.keys.keys(hidden),
                parameters: &kept.parameters,
                layout,
            })
        })?;
        Tensor::from_vec(pooled, (layout.rows(), hidden.dim(1)?), hidden.device())
    }

    fn kept(&self) -> Result<Arc<Kept>> {
        if let Some(kept) = self.kept.get() {
            return Ok(kept.clone());
        }
        let weights = self.weight.t()?.contiguous()?;
        let kept = Kept {
            keys: with_values([&weights], |[values]| {
                KeyWeights::arrange(values, self.weight.dims()[0])
            })?,
            parameters: self.parameters()?.flatten_all()?.to_vec1()?,
        };
        Ok(self.kept.get_or_init(|| Arc::new(kept)).clone())
    }

    /// The bias, and then the context: `[2, features]`.
    fn parameters(&self) -> Result<Tensor> {
        Tensor::stack(&[&self.bias, &self.context], 0)
    }

    /// `[tokens, features]`
    fn keys(&self, hidden: &Tensor) -> Result<Tensor> {
        hidden.matmul(&self.weight.t()?)
    }
}

/// The kernel's attention as one operation of candle's.
struct Attend {
    layout: PackedLayout,
}

impl CustomOp3 for Attend {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(
        &self,
        hidden: &CpuStorage,
        hidden_layout: &Layout,
        keys: &CpuStorage,
        keys_layout: &Layout,
        parameters: &CpuStorage,
        parameters_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let pooled = kernel::attend(kernel::AttentionInputs {
            hidden: values(hidden, hidden_layout)?,
            keys: values(keys, keys_layout)?,
            parameters: values(parameters, parameters_layout)?,
            layout: &self.layout,
        });
        let shape = (self.layout.rows(), parameters_layout.dims()[1]);
        Ok((CpuStorage::F32(pooled), Shape::from(shape)))
    }

    fn bwd(
        &self,
        hidden: &Tensor,
        keys: &Tensor,
        parameters: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let gradient = gradient.contiguous()?;
        let AttentionGradients {
            hidden: of_hidden,
            keys: of_keys,
            parameters: of_parameters,
        } = with_values(
            [hidden, keys, parameters, &gradient],
            |[hidden, keys, parameters, gradient]| {
                let attention = kernel::AttentionInputs {
                    hidden,
                    keys,
                    parameters,
                    layout: &self.layout,
                };
                kernel::attend_backward(attention, gradient)
            },
        )?;
        let tensor = |values, like: &Tensor| Tensor::from_vec(values, like.shape(), like.device());
        Ok((
            Some(tensor(of_hidden, hidden)?),
            Some(tensor(of_keys, keys)?),
            Some(tensor(of_parameters, parameters)?),
        ))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn attention_weights_sum_to_one_over_each_text() {
        // Two texts of lengths 3 and 1, and an empty one; two features.
        let layout = PackedLayout::new(vec![3, 1, 0]);
        let hidden = [[1f32, -1.0], [-5.0, 7.0], [4.0, -2.0], [4.0, -3.0]];
        let hidden = Tensor::new(&hidden, &Device::Cpu).unwrap();
        let attention = Attention {
            weight: Tensor::new(&[[0.3f32, -0.2], [0.1, 0.9]], &Device::Cpu).unwrap(),
            bias: Tensor::new(&[0.1f32, 0.2], &Device::Cpu).unwrap(),
            context: Tensor::new(&[1f32, -2.0], &Device::Cpu).unwrap(),
            kept: OnceLock::new(),
        };
        let row_of_token = Tensor::new(layout.row_of_token(), &Device::Cpu).unwrap();
        let weights = attention.weigh(&hidden, &row_of_token, &layout).unwrap();
        let weights = weights.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert!((weights[0] + weights[2] + weights[3] - 1.0).abs() < 1e-6);
        assert!((weights[1] - 1.0).abs() < 1e-6);
    }
}
