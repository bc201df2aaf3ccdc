//! Attention on the CPU as one operation of candle's: autograd sees one node, and what is as large as the batch stays
//! in the kernel.

use std::sync::{Arc, OnceLock};

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};

use super::kernel::{self, AttentionGradients, AttentionInputs, KeyWeights};
use super::weights::AttentionWeights;
use crate::batch::PackedLayout;
use crate::model::kernel::{values, with_values};

/// The fused implementation of attention.
#[derive(Clone, Debug, Default)]
pub(super) struct FusedAttention {
    /// The weights as the kernel takes them, kept from the first batch on where they are not learned.
    kept: OnceLock<Arc<Kept>>,
}

#[derive(Debug)]
struct Kept {
    keys: KeyWeights,
    /// The bias, and then the context: `[2, features]`.
    parameters: Vec<f32>,
}

impl FusedAttention {
    /// See [`Attention::pool`](super::Attention::pool).
    pub(super) fn pool(
        &self,
        attention: &AttentionWeights,
        hidden: &Tensor,
        layout: &PackedLayout,
    ) -> Result<Tensor> {
        if !attention.weight.track_op() && !hidden.track_op() {
            return self.pool_kept(attention, hidden, layout);
        }
        let operation = Attend {
            layout: layout.clone(),
        };
        let parameters = parameters(attention)?;
        hidden.apply_op3(&attention.keys(hidden)?, &parameters, operation)
    }

    /// As [`FusedAttention::pool`], where nothing is learned through it.
    fn pool_kept(
        &self,
        attention: &AttentionWeights,
        hidden: &Tensor,
        layout: &PackedLayout,
    ) -> Result<Tensor> {
        let kept = self.kept(attention)?;
        let pooled = with_values([&hidden.contiguous()?], |[hidden]| {
            kernel::attend(AttentionInputs {
                hidden,
                keys: &kept.keys.keys(hidden),
                parameters: &kept.parameters,
                layout,
            })
        })?;
        Tensor::from_vec(pooled, (layout.rows(), hidden.dim(1)?), hidden.device())
    }

    fn kept(&self, attention: &AttentionWeights) -> Result<Arc<Kept>> {
        if let Some(kept) = self.kept.get() {
            return Ok(kept.clone());
        }
        let weights = attention.weight.t()?.contiguous()?;
        let kept = Kept {
            keys: with_values([&weights], |[values]| {
                KeyWeights::arrange(values, attention.weight.dims()[0])
            })?,
            parameters: parameters(attention)?.flatten_all()?.to_vec1()?,
        };
        Ok(self.kept.get_or_init(|| Arc::new(kept)).clone())
    }
}

/// The bias, and then the context: `[2, features]`.
fn parameters(attention: &AttentionWeights) -> Result<Tensor> {
    Tensor::stack(&[&attention.bias, &attention.context], 0)
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
        let pooled = kernel::attend(AttentionInputs {
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
                let attention = AttentionInputs {
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
