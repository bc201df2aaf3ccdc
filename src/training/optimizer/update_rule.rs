//! The update rules of the optimizers, in place on the host.

use std::cell::RefCell;

use candle_core::{CpuStorage, InplaceOp2, Layout, Result, Tensor, Var};
use pulp::Arch;

use serde::{Deserialize, Serialize};

pub(super) const BETA1: f64 = 0.9;
pub(super) const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// The update rule of an optimizer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptimizerKind {
    /// Stochastic gradient descent with momentum, in PyTorch's form: `v = μ v + g; w -= η v`.
    Sgd,
    /// Kingma and Ba (2015), algorithm 1, with β₁ 0.9, β₂ 0.999 and ε 1e-8. Weight decay is added
    /// to the gradient.
    #[default]
    Adam,
    /// Adam with decoupled weight decay: Loshchilov and Hutter (2019), algorithm 2.
    #[serde(rename = "adamw")]
    AdamW,
}

/// The values of an update that are the same for every weight, computed once per step.
#[derive(Clone, Copy)]
pub(super) struct UpdateRule {
    pub(super) kind: OptimizerKind,
    pub(super) momentum: f32,
    pub(super) weight_decay: f32,
    /// The factor of the gradients.
    pub(super) scale: f32,
    pub(super) learning_rate: f32,
    /// `learning_rate / (1 - β₁^t)`: corrects the bias of the first moment.
    pub(super) corrected_rate: f32,
    /// `1 / sqrt(1 - β₂^t)`: corrects the bias of the second moment.
    pub(super) second_scale: f32,
}

impl UpdateRule {
    /// Returns the rule with the learning rate multiplied by `factor`.
    pub(super) fn with_rate_factor(self, factor: f32) -> Self {
        Self {
            learning_rate: self.learning_rate * factor,
            corrected_rate: self.corrected_rate * factor,
            ..self
        }
    }

    /// Updates a weight and its moments; SGD has no second moment. Uses the widest SIMD vectors of the
    /// machine, which do not change the result.
    pub(super) fn update(
        self,
        weight: &mut [f32],
        gradient: &[f32],
        first: &mut [f32],
        second: &mut [f32],
    ) {
        Arch::new().dispatch(|| self.update_vectors(weight, gradient, first, second));
    }

    #[inline(always)]
    fn update_vectors(
        self,
        weight: &mut [f32],
        gradient: &[f32],
        first: &mut [f32],
        second: &mut [f32],
    ) {
        let gradients = gradient.iter().map(|gradient| gradient * self.scale);
        match self.kind {
            OptimizerKind::Sgd => {
                for ((weight, gradient), velocity) in weight.iter_mut().zip(gradients).zip(first) {
                    *velocity = self.momentum * *velocity + gradient + self.weight_decay * *weight;
                    *weight -= self.learning_rate * *velocity;
                }
            }
            OptimizerKind::Adam | OptimizerKind::AdamW => {
                let (coupled, decoupled) = match self.kind {
                    OptimizerKind::AdamW => (0.0, 1.0 - self.learning_rate * self.weight_decay),
                    _ => (self.weight_decay, 1.0),
                };
                let (beta1, beta2, epsilon) = (BETA1 as f32, BETA2 as f32, EPSILON as f32);
                let (new1, new2) = ((1.0 - BETA1) as f32, (1.0 - BETA2) as f32);
                let moments = first.iter_mut().zip(second);
                for ((weight, gradient), (first, second)) in
                    weight.iter_mut().zip(gradients).zip(moments)
                {
                    let gradient = gradient + coupled * *weight;
                    *first = beta1 * *first + new1 * gradient;
                    *second = beta2 * *second + new2 * gradient * gradient;
                    let deviation = second.sqrt() * self.second_scale + epsilon;
                    *weight = *weight * decoupled - self.corrected_rate * *first / deviation;
                }
            }
        }
    }
}

/// Calls `update` with the values of a weight and its gradient. On the CPU it changes candle's memory in
/// place; other devices need a copy to the host and back.
pub(super) fn update_in_place(
    weight: &Var,
    gradient: &Tensor,
    update: impl FnMut(&mut [f32], &[f32]),
) -> Result<()> {
    let gradient = gradient.contiguous()?;
    if weight.device().is_cpu() {
        return weight.inplace_op2(&gradient, &HostUpdate(RefCell::new(update)));
    }
    let mut update = update;
    let mut values = weight.flatten_all()?.to_vec1::<f32>()?;
    update(&mut values, &gradient.flatten_all()?.to_vec1::<f32>()?);
    weight.set(&Tensor::from_vec(values, weight.shape(), weight.device())?)
}

/// A candle operation that calls a closure with the memory of a weight and its gradient.
struct HostUpdate<F>(RefCell<F>);

impl<F: FnMut(&mut [f32], &[f32])> InplaceOp2 for HostUpdate<F> {
    fn name(&self) -> &'static str {
        "optimizer update"
    }

    fn cpu_fwd(
        &self,
        weight: &mut CpuStorage,
        weight_layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<()> {
        let contiguous = |layout: &Layout| {
            layout.contiguous_offsets().ok_or_else(|| {
                candle_core::Error::Msg("a weight and its gradient must be contiguous".into())
            })
        };
        let (from, to) = contiguous(weight_layout)?;
        let CpuStorage::F32(weight) = weight else {
            candle_core::bail!("a weight must be of f32");
        };
        let (gradient_from, gradient_to) = contiguous(gradient_layout)?;
        let gradient = &gradient.as_slice::<f32>()?[gradient_from..gradient_to];
        self.0.borrow_mut()(&mut weight[from..to], gradient);
        Ok(())
    }
}
