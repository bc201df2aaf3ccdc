//! The convolution over words (Kim, 2014, "Convolutional Neural Networks for Sentence Classification", section 2), as in
//! PyTorch's `nn.Conv1d` with `padding="same"`:
//!
//! ```text
//! state_t = ReLU(b + Σ_k W_k x_{t + k - (width - 1) / 2}),  k = 0 … width - 1
//! ```
//!
//! Each width has its own filters, and their values are concatenated, in ascending order of width. A token's window of
//! width 3 is the token before it, itself and the token after it; one of width 4 has a second token after it. Positions
//! outside the text are zeros, so that every token of every text has a state, however short the text is.
//!
//! Two implementations have the same results: `plain` uses candle's operations and runs on every device; `fused` is a
//! kernel for the CPU.

mod config;
mod fused;
mod kernel;
mod plain;

use std::sync::{Arc, OnceLock};

use candle_core::{Device, Result, Tensor};

pub use self::config::CnnConfig;
use self::fused::Weights;
use self::kernel::Windows;
use super::{Inputs, MAX_PROJECTION_BYTES};
use crate::batch::Batch;
use crate::model::dense_weights::DenseWeights;
use crate::model::pooling::{Reduction, reduce};
use crate::model::{Embedding, Implementation};

/// Returns the number of positions of a window before its token.
fn left_of(width: usize) -> usize {
    (width - 1) / 2
}

/// A convolution with filters of several widths.
#[derive(Clone, Debug)]
pub(in crate::model) struct Cnn {
    windows: Arc<Windows>,
    /// The weight, `[filters, input size, width]`, and the bias, `[filters]`, of each width.
    weights: Vec<[Tensor; 2]>,
    implementation: Implementation,
    /// The weights arranged for the kernel, cached at the first batch if they are not trained.
    cached: OnceLock<Weights>,
}

impl Cnn {
    /// Builds the convolution from its weights. Their names and shapes have been checked.
    pub(super) fn new(
        config: &CnnConfig,
        weights: &DenseWeights,
        implementation: Implementation,
    ) -> Self {
        let of_width =
            |width| ["weight", "bias"].map(|kind| weights[&format!("cnn.{width}.{kind}")].clone());
        let weights: Vec<[Tensor; 2]> = config.widths.iter().map(of_width).collect();
        let input_size = weights[0][0].dims()[1];
        Self {
            windows: Arc::new(Windows::new(input_size, config.filters, &config.widths)),
            weights,
            implementation,
            cached: OnceLock::new(),
        }
    }

    /// See [`super::Encoder::forward`].
    pub(super) fn forward(
        &self,
        words: &Inputs,
        batch: &Batch,
        reduction: Option<Reduction>,
    ) -> Result<Tensor> {
        let Batch {
            layout,
            word_of_token,
            ..
        } = batch;
        match self.implementation {
            Implementation::Fused => {
                fused::forward(words, word_of_token, layout, &self.for_kernel()?, reduction)
            }
            Implementation::Plain => {
                let of_width = self
                    .weights
                    .iter()
                    .map(|weights| plain::convolve(words.vectors(), word_of_token, layout, weights))
                    .collect::<Result<Vec<_>>>()?;
                let states = Tensor::cat(&of_width, 1)?;
                match reduction {
                    Some(reduction) => reduce(reduction, &states, layout, 1),
                    None => Ok(states),
                }
            }
        }
    }

    /// See [`super::Encoder::project_vocabulary`].
    pub(super) fn project_vocabulary(&self, embedding: &Embedding) -> Result<Option<Inputs>> {
        let (words, size) = (embedding.words(), embedding.size());
        let bytes = words * self.windows.columns() * size_of::<f32>();
        if self.implementation == Implementation::Plain || bytes > MAX_PROJECTION_BYTES {
            return Ok(None);
        }
        let vectors = Tensor::from_slice(&embedding.weights(), (words, size), &Device::Cpu)?;
        Ok(Some(fused::project(vectors, &self.for_kernel()?)?))
    }

    /// Returns the weights for the kernel.
    fn for_kernel(&self) -> Result<Weights> {
        if let Some(cached) = self.cached.get() {
            return Ok(cached.clone());
        }
        let flat = self.weights.iter().flatten().map(Tensor::flatten_all);
        let flat = Tensor::cat(&flat.collect::<Result<Vec<_>>>()?, 0)?;
        let weights = Weights::new(Arc::clone(&self.windows), flat);
        if weights.flat().track_op() {
            return Ok(weights);
        }
        let arranged = weights.arranged()?;
        Ok(self.cached.get_or_init(|| arranged).clone())
    }
}
