//! The network: from a packed batch to logits.

use candle_core::{DType, Device, Tensor};
use candle_nn::{Linear, Module};

use super::dropout::Dropout;
use super::encoder::{Encoder, Inputs};
use super::pooling::Attention;
use super::{Architecture, Embedding, Implementation, ModelError, Pooling, Weights};
use crate::batch::Batch;

/// Embedding → encoder → pooling → linear. Softmax is left to the caller.
#[derive(Debug)]
pub struct Network {
    architecture: Architecture,
    embedding: Embedding,
    encoder: Encoder,
    /// Where that is the pooling; other poolings have no weights.
    attention: Option<Attention>,
    linear: Linear,
}

impl Network {
    /// Makes a network of weights. Where those are `Var`s, gradients reach them, and what changes
    /// them changes the network.
    pub fn new(
        architecture: Architecture,
        labels: usize,
        weights: Weights,
        implementation: Implementation,
    ) -> Result<Self, ModelError> {
        architecture.check()?;
        weights.check(&architecture, labels)?;
        let Weights { embedding, dense } = weights;
        let with_attention = architecture.pooling == Pooling::Attention;
        Ok(Self {
            encoder: Encoder::new(&architecture.encoder, &dense, implementation),
            attention: with_attention.then(|| Attention::new(&dense, implementation)),
            linear: Linear::new(
                dense["linear.weight"].clone(),
                Some(dense["linear.bias"].clone()),
            ),
            architecture,
            embedding,
        })
    }

    /// The network's shape.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// The words' vectors.
    pub fn embedding(&self) -> &Embedding {
        &self.embedding
    }

    /// As [`Network::embedding`], to change them.
    pub(crate) fn embedding_mut(&mut self) -> &mut Embedding {
        &mut self.embedding
    }

    /// How many weights there are, those of the embedding among them.
    pub fn weights(&self) -> usize {
        let labels = self.linear.weight().dims()[0];
        Weights::shapes(&self.architecture, self.embedding.words(), labels)
            .iter()
            .map(|(_, shape)| shape.iter().product::<usize>())
            .sum()
    }

    /// Where the network computes.
    pub fn device(&self) -> &Device {
        self.linear.weight().device()
    }

    /// The vectors of the batch's distinct words: `[words, embedding size]`.
    pub fn embed(&self, batch: &Batch) -> Result<Tensor, ModelError> {
        Ok(self.embedding.gather(&batch.words, self.device())?)
    }

    /// The vectors of all words, with what the encoder's first layer computes from them, for scoring many batches of
    /// [`Batch::pack_ids`]; `None` where that is not faster, or needs more than 256 MiB.
    pub fn project_vocabulary(&self) -> Result<Option<Inputs>, ModelError> {
        self.encoder.project_vocabulary(&self.embedding)
    }

    /// The logits of each row of the batch, `[rows, labels]`, from the vectors of its distinct words
    /// (see [`Network::embed`]).
    pub fn forward(&self, batch: &Batch, words: &Tensor) -> Result<Tensor, ModelError> {
        self.score(batch, &words.clone().into())
    }

    /// As [`Network::forward`], from what [`Network::project_vocabulary`] gave.
    pub fn score(&self, batch: &Batch, words: &Inputs) -> Result<Tensor, ModelError> {
        let pooled = self.pooled(batch, words, &mut None)?;
        Ok(self.linear.forward(&pooled)?)
    }

    /// As [`Network::forward`], with dropout: the forward pass of a training step.
    pub(crate) fn forward_with_dropout(
        &self,
        batch: &Batch,
        words: &Tensor,
        mut dropout: Dropout,
    ) -> Result<Tensor, ModelError> {
        let words = dropout.drop_words(words)?;
        let mut dropout = Some(dropout);
        let mut pooled = self.pooled(batch, &words.into(), &mut dropout)?;
        if let Some(dropout) = &mut dropout {
            pooled = dropout.drop_pooled(pooled)?;
        }
        Ok(self.linear.forward(&pooled)?)
    }

    /// The last layer's state at every token, `[tokens, features]`, from the vectors of the batch's
    /// distinct words.
    pub fn states(&self, batch: &Batch, words: &Tensor) -> Result<Tensor, ModelError> {
        let words = words.clone().into();
        self.encoder.forward(&words, batch, &mut None, None)
    }

    /// The attention weight of each token, `[tokens]`, summing to 1 over a text; `None` where
    /// texts are pooled without attention.
    pub fn attention(&self, batch: &Batch, words: &Tensor) -> Result<Option<Tensor>, ModelError> {
        let Some(attention) = &self.attention else {
            return Ok(None);
        };
        let hidden = self.states(batch, words)?;
        Ok(Some(attention.token_weights(&hidden, &batch.layout)?))
    }

    /// The vectors that the last layer's states are pooled to: `[rows, features]`.
    fn pooled(
        &self,
        batch: &Batch,
        words: &Inputs,
        dropout: &mut Option<Dropout>,
    ) -> Result<Tensor, ModelError> {
        let layout = &batch.layout;
        if layout.tokens() == 0 {
            let shape = (layout.rows(), self.architecture.features());
            return Ok(Tensor::zeros(shape, DType::F32, self.device())?);
        }
        let reduction = self.architecture.pooling.reduction();
        let states = self.encoder.forward(words, batch, dropout, reduction)?;
        match &self.attention {
            Some(attention) => Ok(attention.pool(&states, layout)?),
            None => Ok(states),
        }
    }
}
