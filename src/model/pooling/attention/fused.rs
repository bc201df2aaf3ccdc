//! The fused implementation of attention, as one candle operation.
//!
//! Autograd sees one node, and intermediate results of the size of the batch stay in the kernel.

use std::sync::{Arc, OnceLock};

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};

use super::kernel::{self, AttentionGradients, AttentionInputs, KeyWeights};
use super::weights::AttentionWeights;
use crate::batch::PackedLayout;
use crate::model::kernel::{tensor_like, values, with_values};

/// The fused implementation of attention.
#[derive(Clone, Debug, Default)]
pub(super) struct FusedAttention {
    /// The weights arranged for the kernel, cached at the first batch if they are not trained.
    cached: OnceLock<Arc<CachedWeights>>,
}

#[derive(Debug)]
struct CachedWeights {
    keys: KeyWeights,
    /// The bias and the context: `[2, features]`.
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
            return self.pool_cached(attention, hidden, layout);
        }
        let operation = Attend {
            layout: layout.clone(),
        };
        let parameters = parameters(attention)?;
        hidden.apply_op3(&attention.keys(hidden)?, &parameters, operation)
    }

    /// Runs [`FusedAttention::pool`] without gradients, with cached weights.
    fn pool_cached(
        &self,
        attention: &AttentionWeights,
        hidden: &Tensor,
        layout: &PackedLayout,
    ) -> Result<Tensor> {
        let cached = self.cached(attention)?;
        let pooled = with_values([&hidden.contiguous()?], |[hidden]| {
            kernel::attend(AttentionInputs {
                hidden,
                keys: &cached.keys.keys(hidden),
                parameters: &cached.parameters,
                layout,
            })
        })?;
        Tensor::from_vec(pooled, (layout.rows(), hidden.dim(1)?), hidden.device())
    }

    fn cached(&self, attention: &AttentionWeights) -> Result<Arc<CachedWeights>> {
        if let Some(cached) = self.cached.get() {
            return Ok(cached.clone());
        }
        let weights = attention.weight.t()?.contiguous()?;
        let cached = CachedWeights {
            keys: with_values([&weights], |[values]| {
                KeyWeights::arrange(values, attention.weight.dims()[0])
            })?,
            parameters: parameters(attention)?.flatten_all()?.to_vec1()?,
        };
        Ok(self.cached.get_or_init(|| Arc::new(cached)).clone())
    }
}

/// Returns the bias and the context: `[2, features]`.
fn parameters(attention: &AttentionWeights) -> Result<Tensor> {
    Tensor::stack(&[&attention.bias, &attention.context], 0)
}

/// The kernel's attention as a candle operation.
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
            hidden: grad_hidden,
            keys: grad_keys,
            parameters: grad_parameters,
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
        Ok((
            Some(tensor_like(grad_hidden, hidden)?),
            Some(tensor_like(grad_keys, keys)?),
            Some(tensor_like(grad_parameters, parameters)?),
        ))
    }
}
