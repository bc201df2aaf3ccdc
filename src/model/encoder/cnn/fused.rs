//! The fused implementation of the convolution: one candle operation for the kernel and the reduction after it, if any.
//!
//! Autograd sees one node, and intermediate results of the size of the batch stay in the kernel.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};

use super::kernel::{self, Arranged, GradStates, Gradients, Layer, Output, Windows};
use crate::batch::PackedLayout;
use crate::model::encoder::{Inputs, Projected};
use crate::model::kernel::{Saved, tensor_like, values, with_values};
use crate::model::pooling::Reduction;

/// Returns the state of each token, `[tokens, features]`. With a `reduction`, returns the reduced states of each row,
/// `[rows, features]`. There must be at least one token.
pub(super) fn forward(
    inputs: &Inputs,
    input_of_token: &[u32],
    layout: &PackedLayout,
    weights: &Weights,
    reduction: Option<Reduction>,
) -> Result<Tensor> {
    let convolution = FusedConvolution {
        windows: Arc::clone(&weights.windows),
        reduction,
        layout: layout.clone(),
        input_of_token: input_of_token.to_vec(),
        projected: inputs.projected.clone(),
        arranged: weights.arranged.clone(),
        // Cached projections do not change with the weights, so there is no gradient through them.
        is_training: inputs.projected.is_none()
            && (inputs.vectors.track_op() || weights.flat.track_op()),
        saved: Saved::nothing(),
    };
    let vectors = inputs.vectors.contiguous()?;
    vectors.apply_op2(&weights.flat, convolution)
}

/// Projects the vectors of an embedding, once for many batches.
pub(super) fn project(vectors: Tensor, weights: &Weights) -> Result<Inputs> {
    let arranged = match &weights.arranged {
        Some(arranged) => Arc::clone(arranged),
        None => weights.arrange()?,
    };
    let projected = with_values([&vectors], |[vectors]| {
        kernel::project(&weights.windows, vectors, &arranged)
    })?;
    Ok(Inputs {
        vectors,
        projected: Some(Arc::new(Projected::new(projected))),
    })
}

/// The weights of a convolution for the kernel.
#[derive(Clone, Debug)]
pub(super) struct Weights {
    windows: Arc<Windows>,
    /// The weight and the bias of each width, one after the other.
    flat: Tensor,
    /// The arranged weights, cached if the weights are not trained.
    arranged: Option<Arc<Arranged>>,
}

impl Weights {
    pub(super) fn new(windows: Arc<Windows>, flat: Tensor) -> Self {
        Self {
            windows,
            flat,
            arranged: None,
        }
    }

    pub(super) fn flat(&self) -> &Tensor {
        &self.flat
    }

    /// Arranges the weights, once for all batches.
    pub(super) fn arranged(self) -> Result<Self> {
        Ok(Self {
            arranged: Some(self.arrange()?),
            ..self
        })
    }

    fn arrange(&self) -> Result<Arc<Arranged>> {
        let arranged = with_values([&self.flat], |[flat]| kernel::arrange(&self.windows, flat))?;
        Ok(Arc::new(arranged))
    }
}

struct FusedConvolution {
    windows: Arc<Windows>,
    reduction: Option<Reduction>,
    layout: PackedLayout,
    input_of_token: Vec<u32>,
    projected: Option<Arc<Projected>>,
    arranged: Option<Arc<Arranged>>,
    is_training: bool,
    /// The results of the forward pass, which the backward pass takes.
    saved: Saved<(Arc<Arranged>, Output)>,
}

impl FusedConvolution {
    fn layer<'a>(&'a self, arranged: &'a Arranged) -> Layer<'a> {
        Layer {
            windows: &self.windows,
            weights: arranged,
            input_of_token: &self.input_of_token,
            layout: &self.layout,
        }
    }
}

impl CustomOp2 for FusedConvolution {
    fn name(&self) -> &'static str {
        "convolution"
    }

    fn cpu_fwd(
        &self,
        inputs: &CpuStorage,
        inputs_layout: &Layout,
        weights: &CpuStorage,
        weights_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let inputs = values(inputs, inputs_layout)?;
        let arranged = match &self.arranged {
            Some(arranged) => Arc::clone(arranged),
            None => {
                let weights = values(weights, weights_layout)?;
                Arc::new(kernel::arrange(&self.windows, weights))
            }
        };
        let layer = self.layer(&arranged);
        let output = match &self.projected {
            Some(projected) => kernel::forward(layer, projected.values(), self.reduction),
            None => {
                let projected = kernel::project(&self.windows, inputs, &arranged);
                kernel::forward(layer, &projected, self.reduction)
            }
        };
        let (rows, features) = (output.rows(&self.layout), self.windows.features());
        let values = CpuStorage::F32(output.values().to_vec());
        if self.is_training {
            self.saved.put((arranged, output));
        }
        Ok((values, Shape::from((rows, features))))
    }

    fn bwd(
        &self,
        inputs: &Tensor,
        weights: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (arranged, output) = self.saved.take(self.name())?;
        let gradient = gradient.contiguous()?;
        let gradients = with_values([inputs, &gradient], |[inputs, gradient]| {
            let gradient = GradStates {
                output: &output,
                gradient,
            };
            kernel::backward(self.layer(&arranged), inputs, gradient)
        })?;
        let Gradients {
            inputs: grad_inputs,
            weights: grad_weights,
        } = gradients;
        Ok((
            Some(tensor_like(grad_inputs, inputs)?),
            Some(tensor_like(grad_weights, weights)?),
        ))
    }
}
