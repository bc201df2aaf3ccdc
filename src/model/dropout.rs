//! Dropout in training.

use candle_core::{D, Device, Result, Tensor};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::batch::PackedLayout;

/// Inverted dropout: the kept values are scaled up in training, so that scoring needs no change.
pub(crate) struct Dropout<'a> {
    /// The dropout rate of the pooled features, and of each text's features between two layers of the encoder.
    pub(crate) output: f64,
    /// The dropout rate of the batch's distinct words (Gal and Ghahramani, 2016, section 5.1).
    pub(crate) embedding: f64,
    /// The random generator.
    pub(crate) rng: &'a mut ChaCha8Rng,
}

impl Dropout<'_> {
    /// Drops whole word vectors: `[words, embedding size]`.
    pub(super) fn drop_words(&mut self, words: &Tensor) -> Result<Tensor> {
        if self.embedding <= 0.0 {
            return Ok(words.clone());
        }
        let kept = mask((words.dim(0)?, 1), self.embedding, self.rng, words.device())?;
        words.broadcast_mul(&kept)
    }

    /// Drops the same features at every token of a text: `[tokens, features]`.
    pub(super) fn drop_features(
        &mut self,
        hidden: Tensor,
        layout: &PackedLayout,
    ) -> Result<Tensor> {
        if self.output <= 0.0 {
            return Ok(hidden);
        }
        let shape = (layout.rows_with_tokens(), hidden.dim(D::Minus1)?);
        let kept = mask(shape, self.output, self.rng, hidden.device())?;
        let row_of_token = Tensor::new(layout.row_of_token(), hidden.device())?;
        hidden * kept.index_select(&row_of_token, 0)?
    }

    /// Drops pooled features: `[rows, features]`.
    pub(super) fn drop_pooled(&mut self, pooled: Tensor) -> Result<Tensor> {
        if self.output <= 0.0 {
            return Ok(pooled);
        }
        let kept = mask(pooled.dims2()?, self.output, self.rng, pooled.device())?;
        pooled * kept
    }
}

/// Draws a mask: zero with probability `rate`, else `1 / (1 - rate)`.
fn mask(shape: (usize, usize), rate: f64, rng: &mut ChaCha8Rng, device: &Device) -> Result<Tensor> {
    let kept = (1.0 / (1.0 - rate)) as f32;
    let values = (0..shape.0 * shape.1)
        .map(|_| {
            if rng.random::<f64>() < rate {
                0.0
            } else {
                kept
            }
        })
        .collect::<Vec<f32>>();
    Tensor::from_vec(values, shape, device)
}
