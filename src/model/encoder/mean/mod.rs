//! Word vectors without an encoder, to be averaged (Joulin et al., 2017, "Bag of Tricks for Efficient Text
//! Classification"; Iyyer et al., 2015, "Deep Unordered Composition Rivals Syntactic Methods").

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::Inputs;
use crate::batch::Batch;
use crate::model::ModelError;
use crate::model::pooling::{Reduction, reduce};

/// The configuration of word vectors without an encoder, which has no settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeanConfig {}

/// See [`super::Encoder::forward`]: the hidden state of a token is its word vector.
pub(super) fn forward(
    words: &Inputs,
    batch: &Batch,
    reduction: Option<Reduction>,
) -> Result<Tensor, ModelError> {
    let vectors = &words.vectors;
    let word_of_token = Tensor::new(batch.word_of_token.as_slice(), vectors.device())?;
    let states = vectors.index_select(&word_of_token, 0)?;
    match reduction {
        Some(reduction) => Ok(reduce(reduction, &states, &batch.layout, 1)?),
        None => Ok(states),
    }
}
