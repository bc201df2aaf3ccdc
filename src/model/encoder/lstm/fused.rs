//! The fused implementation of a layer: one candle operation for the kernel and the reduction after it, if any.
//!
//! Autograd sees one node, and intermediate results of the size of the batch stay in the kernel.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};

use super::kernel::{self, Arranged, GradHidden, Gradients, Layer, States};
use crate::batch::PackedLayout;
use crate::model::encoder::{Inputs, Projected};
use crate::model::kernel::{values, with_values};
use crate::model::pooling::{Reduced, Reduction};

/// Returns the hidden state of each token, `[tokens, directions * hidden]`. With a `reduction`, returns the reduced
/// states of each row, `[rows, directions * hidden]`. There must be at least one token.
pub(super) fn forward(
    inputs: &Inputs,
    input_of_token: &[u32],
    layout: &PackedLayout,
    weights: &LayerWeights,
    directions: usize,
    reduction: Option<Reduction>,
) -> Result<Tensor> {
    let LayerWeights { weights, arranged } = weights;
    let layer = FusedLayer {
        directions,
        hidden_size: weights.dim(0)? / (4 * directions),
        reduction,
        layout: layout.clone(),
        input_of_token: input_of_token.to_vec(),
        projected: inputs.projected.clone(),
        arranged: arranged.clone(),
        // Cached projections do not change with the weights, so there is no gradient through them.
        is_training: inputs.projected.is_none()
            && (inputs.vectors.track_op() || weights.track_op()),
        saved: Mutex::new(None),
    };
    let vectors = inputs.vectors.contiguous()?;
    vectors.apply_op2(&weights.contiguous()?, layer)
}

/// Projects the vectors of an embedding, once for many batches.
pub(super) fn project(
    vectors: Tensor,
    weights: &LayerWeights,
    directions: usize,
) -> Result<Inputs> {
    let LayerWeights { weights, arranged } = weights;
    let layout = PackedLayout::new(Vec::new());
    let hidden_size = weights.dim(0)? / (4 * directions);
    let projected = with_values([&vectors, weights], |[inputs, weights]| {
        let layer = Layer {
            directions,
            input_size: weights.len() / (4 * directions * hidden_size) - 1 - hidden_size,
            hidden_size,
            weights,
            inputs,
            input_of_token: &[],
            layout: &layout,
        };
        match arranged {
            Some(arranged) => kernel::project(layer, arranged),
            None => kernel::project(layer, &kernel::arrange(layer)),
        }
    })?;
    Ok(Inputs {
        vectors,
        projected: Some(Arc::new(projected)),
    })
}

/// A layer's weights for the kernel.
#[derive(Clone, Debug)]
pub(super) struct LayerWeights {
    /// In the shape of [`Layer::weights`].
    pub(super) weights: Tensor,
    /// The arranged weights, cached if the weights are not trained.
    pub(super) arranged: Option<Arc<Arranged>>,
}

impl LayerWeights {
    /// Arranges the weights, once for all batches.
    pub(super) fn arranged(self, directions: usize) -> Result<Self> {
        let hidden_size = self.weights.dim(0)? / (4 * directions);
        let input_size = self.weights.dim(1)? - 1 - hidden_size;
        let layout = PackedLayout::new(Vec::new());
        let arranged = with_values([&self.weights], |[weights]| {
            kernel::arrange(Layer {
                directions,
                input_size,
                hidden_size,
                weights,
                inputs: &[],
                input_of_token: &[],
                layout: &layout,
            })
        })?;
        Ok(Self {
            arranged: Some(Arc::new(arranged)),
            ..self
        })
    }
}

struct FusedLayer {
    directions: usize,
    hidden_size: usize,
    reduction: Option<Reduction>,
    layout: PackedLayout,
    input_of_token: Vec<u32>,
    projected: Option<Arc<Projected>>,
    arranged: Option<Arc<Arranged>>,
    is_training: bool,
    /// The results of the forward pass, which the backward pass takes.
    saved: Mutex<Option<(States, Option<Reduced>)>>,
}

impl FusedLayer {
    fn layer<'a>(&'a self, inputs: &'a [f32], weights: &'a [f32]) -> Layer<'a> {
        let gates = self.directions * 4 * self.hidden_size;
        Layer {
            directions: self.directions,
            input_size: weights.len() / gates - 1 - self.hidden_size,
            hidden_size: self.hidden_size,
            weights,
            inputs,
            input_of_token: &self.input_of_token,
            layout: &self.layout,
        }
    }

    fn saved(&self) -> MutexGuard<'_, Option<(States, Option<Reduced>)>> {
        self.saved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CustomOp2 for FusedLayer {
    fn name(&self) -> &'static str {
        "LSTM layer"
    }

    fn cpu_fwd(
        &self,
        inputs: &CpuStorage,
        inputs_layout: &Layout,
        weights: &CpuStorage,
        weights_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let inputs = values(inputs, inputs_layout)?;
        let layer = self.layer(inputs, values(weights, weights_layout)?);
        let arranged = match &self.arranged {
            Some(arranged) => Arc::clone(arranged),
            None => Arc::new(kernel::arrange(layer)),
        };
        let states = match &self.projected {
            Some(projected) => kernel::forward_projected(layer, &arranged, projected),
            None => kernel::forward(layer, &arranged, self.is_training),
        };
        let reduced = self
            .reduction
            .map(|reduction| kernel::reduce(layer, reduction, &states));
        let (values, rows) = match &reduced {
            Some(reduced) => (reduced.values(), self.layout.rows()),
            None => (states.hidden(), self.layout.tokens()),
        };
        let values = CpuStorage::F32(values.to_vec());
        if self.is_training {
            *self.saved() = Some((states, reduced));
        }
        let features = self.directions * self.hidden_size;
        Ok((values, Shape::from((rows, features))))
    }

    fn bwd(
        &self,
        inputs: &Tensor,
        weights: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let Some((states, reduced)) = self.saved().take() else {
            bail!(
                "{}: a backward pass needs its own forward pass, without cached projections",
                self.name()
            );
        };
        let gradient = gradient.contiguous()?;
        let gradients = with_values(
            [inputs, weights, &gradient],
            |[inputs, weights, gradient]| {
                let gradient = match &reduced {
                    Some(reduced) => GradHidden::OfReduced(reduced, gradient),
                    None => GradHidden::OfTokens(gradient),
                };
                kernel::backward(self.layer(inputs, weights), states, gradient)
            },
        )?;
        let Gradients {
            inputs: grad_inputs,
            weights: grad_weights,
        } = gradients;
        let tensor = |values, like: &Tensor| Tensor::from_vec(values, like.shape(), like.device());
        Ok((
            Some(tensor(grad_inputs, inputs)?),
            Some(tensor(grad_weights, weights)?),
        ))
    }
}
