//! A recurrent layer.

use std::sync::OnceLock;

use candle_core::{Result, Tensor};

use super::fused::{self, LayerWeights};
use super::{RecurrentCell, RecurrentConfig, SumWeights, plain, weight_name};
use crate::batch::PackedLayout;
use crate::model::Implementation;
use crate::model::dense_weights::DenseWeights;
use crate::model::encoder::Inputs;
use crate::model::pooling::{Reduction, reduce};

/// A recurrent layer in one or both directions.
#[derive(Clone, Debug)]
pub(super) struct RecurrentLayer<C> {
    /// The weights of each direction, in the order of [`RecurrentCell::weight_specs`].
    weights: Vec<Vec<Tensor>>,
    /// The weights arranged for the kernel, cached at the first batch if they are not trained. Arranging them takes
    /// longer than scoring a sentence.
    cached: OnceLock<LayerWeights<C>>,
}

impl<C: RecurrentCell> RecurrentLayer<C> {
    /// Builds a layer from its weights. Their names and shapes have been checked.
    pub(super) fn new(config: &RecurrentConfig, layer: usize, weights: &DenseWeights) -> Self {
        // The names do not depend on the number of inputs.
        let specs = C::weight_specs(config.features(), config);
        let of_direction = |suffix: &&str| {
            let names = specs.iter();
            let names = names.map(|spec| weight_name::<C>(&spec.name, layer, suffix));
            names.map(|name| weights[&name].clone()).collect()
        };
        Self {
            weights: config.suffixes().iter().map(of_direction).collect(),
            cached: OnceLock::new(),
        }
    }

    /// Returns the hidden state of each token, `[tokens, directions * hidden]`. With a `reduction`, returns the reduced
    /// states of each row, `[rows, directions * hidden]`.
    ///
    /// `input_of_token` is the index of each token's input in `inputs`.
    pub(super) fn forward(
        &self,
        inputs: &Inputs,
        input_of_token: &[u32],
        layout: &PackedLayout,
        reduction: Option<Reduction>,
        implementation: Implementation,
    ) -> Result<Tensor> {
        match implementation {
            Implementation::Fused => fused::forward(
                inputs,
                input_of_token,
                layout,
                &self.for_kernel()?,
                self.directions(),
                reduction,
            ),
            Implementation::Plain => {
                let weights = self.sum_weights()?;
                let hidden = plain::recur::<C>(&inputs.vectors, input_of_token, layout, &weights)?;
                match reduction {
                    Some(reduction) => reduce(reduction, &hidden, layout, self.directions()),
                    None => Ok(hidden),
                }
            }
        }
    }

    /// Projects inputs for the fused implementation, once for many batches.
    pub(super) fn project_fused(&self, vectors: Tensor) -> Result<Inputs> {
        fused::project(vectors, &self.for_kernel()?, self.directions())
    }

    fn directions(&self) -> usize {
        self.weights.len()
    }

    /// Returns the weights of the sums of each direction.
    fn sum_weights(&self) -> Result<Vec<SumWeights>> {
        let weights = self.weights.iter().enumerate();
        weights
            .map(|(direction, weights)| C::sum_weights(weights, direction))
            .collect()
    }

    /// Returns the weights for the kernel.
    fn for_kernel(&self) -> Result<LayerWeights<C>> {
        if let Some(cached) = self.cached.get() {
            return Ok(cached.clone());
        }
        let weights = LayerWeights::new(&self.sum_weights()?)?;
        if weights.weights.track_op() {
            return Ok(weights);
        }
        let arranged = weights.arranged(self.directions())?;
        Ok(self.cached.get_or_init(|| arranged).clone())
    }

    /// Returns the weights of all directions in the shape of [`Layer::weights`](super::kernel::Layer::weights).
    pub(super) fn weights(&self) -> Result<Tensor> {
        Ok(LayerWeights::<C>::new(&self.sum_weights()?)?.weights)
    }
}
