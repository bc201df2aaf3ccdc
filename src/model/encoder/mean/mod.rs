//! Averaged embeddings (Joulin et al., 2017, "Bag of Tricks for Efficient Text Classification", section 2; Iyyer et al.,
//! 2015, without hidden layers). The state of a token is the vector of its word, so this encoder has no weights. With mean
//! pooling, a text's features are the mean of its word vectors.
//!
//! Two implementations have the same results: `plain` uses candle's operations and runs on every device; `fused` reduces
//! the word vectors on the CPU without copying one for each token.

mod fused;

use candle_core::{Device, Result, Tensor};
use serde::{Deserialize, Serialize};

use super::Inputs;
use crate::batch::Batch;
use crate::model::pooling::{Reduction, reduce};
use crate::model::{Embedding, Implementation};

/// The configuration of averaged embeddings, which have no settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeanConfig {}

/// Averaged embeddings.
#[derive(Clone, Debug)]
pub(in crate::model) struct Mean {
    implementation: Implementation,
}

impl Mean {
    pub(super) fn new(implementation: Implementation) -> Self {
        Self { implementation }
    }

    /// See [`super::Encoder::forward`].
    pub(super) fn forward(
        &self,
        words: &Inputs,
        batch: &Batch,
        reduction: Option<Reduction>,
    ) -> Result<Tensor> {
        let (vectors, layout) = (words.vectors(), &batch.layout);
        match (reduction, self.implementation) {
            (Some(reduction), Implementation::Fused) => {
                fused::reduce(vectors, &batch.word_of_token, layout, reduction)
            }
            (Some(reduction), Implementation::Plain) => {
                reduce(reduction, &of_tokens(vectors, batch)?, layout, 1)
            }
            (None, _) => of_tokens(vectors, batch),
        }
    }

    /// See [`super::Encoder::project_vocabulary`]. There is nothing to project, but the batches need not gather the vectors of
    /// their words.
    pub(super) fn project_vocabulary(&self, embedding: &Embedding) -> Result<Option<Inputs>> {
        let shape = (embedding.words(), embedding.size());
        match self.implementation {
            Implementation::Fused => Ok(Some(
                Tensor::from_slice(&embedding.weights(), shape, &Device::Cpu)?.into(),
            )),
            Implementation::Plain => Ok(None),
        }
    }
}

/// Returns the vector of each token's word: `[tokens, embedding size]`.
fn of_tokens(vectors: &Tensor, batch: &Batch) -> Result<Tensor> {
    let word_of_token = Tensor::new(batch.word_of_token.as_slice(), vectors.device())?;
    vectors.index_select(&word_of_token, 0)
}
