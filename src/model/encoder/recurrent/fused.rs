//! The fused implementation of a layer: one candle operation for the kernel and the reduction after it, if any.
//!
//! Autograd sees one node, and intermediate results of the size of the batch stay in the kernel.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};

use super::kernel::{self, Arranged, GradHidden, Gradients, Layer, States};
use super::{RecurrentCell, SumWeights};
use crate::batch::PackedLayout;
use crate::model::encoder::{Inputs, Projected};
use crate::model::kernel::{Saved, tensor_like, values, with_values};
use crate::model::pooling::{Reduced, Reduction};

/// Returns the hidden state of each token, `[tokens, directions * hidden]`. With a `reduction`, returns the reduced
/// states of each row, `[rows, directions * hidden]`. There must be at least one token.
pub(super) fn forward<C: RecurrentCell>(
    inputs: &Inputs,
    input_of_token: &[u32],
    layout: &PackedLayout,
    weights: &LayerWeights<C>,
    directions: usize,
    reduction: Option<Reduction>,
) -> Result<Tensor> {
    let LayerWeights {
        cell,
        weights,
        arranged,
    } = weights;
    let layer = FusedLayer {
        cell: *cell,
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
        saved: Saved::nothing(),
    };
    let vectors = inputs.vectors.contiguous()?;
    vectors.apply_op2(&weights.contiguous()?, layer)
}

/// Projects the vectors of an embedding, once for many batches.
pub(super) fn project<C: RecurrentCell>(
    vectors: Tensor,
    weights: &LayerWeights<C>,
    directions: usize,
) -> Result<Inputs> {
    let layout = PackedLayout::new(Vec::new());
    let projected = with_values([&vectors, &weights.weights], |[inputs, values]| {
        let layer = weights.layer(directions, inputs, values, &layout);
        match &weights.arranged {
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
pub(super) struct LayerWeights<C> {
    cell: C,
    /// In the shape of [`Layer::weights`].
    pub(super) weights: Tensor,
    /// The arranged weights, cached if the weights are not trained.
    arranged: Option<Arc<Arranged>>,
}

impl<C: RecurrentCell> LayerWeights<C> {
    /// Combines the weights of each direction.
    pub(super) fn new(directions: &[SumWeights]) -> Result<Self> {
        let rows = |of: fn(&SumWeights) -> &Tensor| {
            let weights: Vec<&Tensor> = directions.iter().map(of).collect();
            Tensor::cat(&weights, 0)
        };
        let bias = rows(|weights| &weights.bias)?.unsqueeze(1)?;
        let (input, recurrent) = (
            rows(|weights| &weights.input)?,
            rows(|weights| &weights.recurrent)?,
        );
        Ok(Self {
            cell: C::default(),
            weights: Tensor::cat(&[input, bias, recurrent], 1)?,
            arranged: None,
        })
    }

    /// Returns a layer without tokens, from the values of the weights.
    fn layer<'a>(
        &self,
        directions: usize,
        inputs: &'a [f32],
        weights: &'a [f32],
        layout: &'a PackedLayout,
    ) -> Layer<'a, C> {
        let hidden_size = self.weights.dims()[0] / (4 * directions);
        let recurrent = C::RECURRENCE.weights(hidden_size);
        Layer {
            cell: self.cell,
            directions,
            input_size: self.weights.dims()[1] - 1 - recurrent,
            hidden_size,
            weights,
            inputs,
            input_of_token: &[],
            layout,
        }
    }

    /// Arranges the weights, once for all batches.
    pub(super) fn arranged(self, directions: usize) -> Result<Self> {
        let layout = PackedLayout::new(Vec::new());
        let arranged = with_values([&self.weights], |[weights]| {
            kernel::arrange(self.layer(directions, &[], weights, &layout))
        })?;
        Ok(Self {
            arranged: Some(Arc::new(arranged)),
            ..self
        })
    }
}

struct FusedLayer<C> {
    cell: C,
    directions: usize,
    hidden_size: usize,
    reduction: Option<Reduction>,
    layout: PackedLayout,
    input_of_token: Vec<u32>,
    projected: Option<Arc<Projected>>,
    arranged: Option<Arc<Arranged>>,
    is_training: bool,
    /// The results of the forward pass, which the backward pass takes.
    saved: Saved<(States, Option<Reduced>)>,
}

impl<C: RecurrentCell> FusedLayer<C> {
    fn layer<'a>(&'a self, inputs: &'a [f32], weights: &'a [f32]) -> Layer<'a, C> {
        let gates = self.directions * 4 * self.hidden_size;
        let recurrent = C::RECURRENCE.weights(self.hidden_size);
        Layer {
            cell: self.cell,
            directions: self.directions,
            input_size: weights.len() / gates - 1 - recurrent,
            hidden_size: self.hidden_size,
            weights,
            inputs,
            input_of_token: &self.input_of_token,
            layout: &self.layout,
        }
    }
}

impl<C: RecurrentCell> CustomOp2 for FusedLayer<C> {
    fn name(&self) -> &'static str {
        "recurrent layer"
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
            self.saved.put((states, reduced));
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
        let (states, reduced) = self.saved.take(self.name())?;
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
        Ok((
            Some(tensor_like(grad_inputs, inputs)?),
            Some(tensor_like(grad_weights, weights)?),
        ))
    }
}
