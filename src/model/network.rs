//! The network, from a packed batch to logits.

use std::sync::Arc;

use candle_core::{DType, Device, Tensor};
use candle_nn::{Linear, Module};

use super::dropout::Dropout;
use super::encoder::{Encoder, Inputs};
use super::pooling::{Attention, Reduction, reduce};
use super::quantized::QuantizedNetwork;
use super::{
    Architecture, Embedding, Implementation, LabelSubset, ModelError, Pooling, ScoringPrecision,
    Weights,
};
use crate::batch::Batch;

/// The network: embedding → encoder → pooling → linear. It returns logits, without the softmax.
#[derive(Clone, Debug)]
pub struct Network {
    architecture: Architecture,
    /// Shared by networks that differ in their labels.
    embedding: Arc<Embedding>,
    encoder: Encoder,
    /// The weights of attention pooling. Other poolings have no weights.
    attention: Option<Attention>,
    linear: Linear,
    /// The encoder and pooling in 8 bits, if texts are scored so.
    quantized: Option<Arc<QuantizedNetwork>>,
}

impl Network {
    /// Builds a network from its weights. If they are `Var`s, gradients reach them and updates change the network.
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
            embedding: Arc::new(embedding),
            quantized: None,
        })
    }

    /// Returns the network with the outputs of some labels.
    pub(crate) fn restricted_to(&self, subset: &LabelSubset) -> Result<Self, ModelError> {
        let Self { linear, .. } = self;
        let bias = linear.bias();
        let bias = bias.map(|bias| subset.select_rows(bias)).transpose()?;
        Ok(Self {
            architecture: self.architecture.clone(),
            embedding: Arc::clone(&self.embedding),
            encoder: self.encoder.clone(),
            attention: self.attention.clone(),
            linear: Linear::new(subset.select_rows(linear.weight())?, bias),
            quantized: self.quantized.clone(),
        })
    }

    /// Returns the network with another precision for scoring texts. A network without an 8-bit form keeps `f32`.
    pub(crate) fn scoring_in(self, precision: ScoringPrecision) -> Result<Self, ModelError> {
        let quantized = match precision {
            ScoringPrecision::F32 => None,
            ScoringPrecision::Int8 => {
                let reduction = self.architecture.pooling.reduction();
                QuantizedNetwork::new(&self.encoder, self.attention.as_ref(), reduction)?
            }
        };
        Ok(Self {
            quantized: quantized.map(Arc::new),
            ..self
        })
    }

    /// Returns the quantized encoder and pooling, if texts are scored by them.
    pub(crate) fn quantized(&self) -> Option<&QuantizedNetwork> {
        self.quantized.as_deref()
    }

    /// Returns the architecture.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Returns the embedding table.
    pub fn embedding(&self) -> &Embedding {
        &self.embedding
    }

    /// Returns the embedding table for updates.
    pub(crate) fn embedding_mut(&mut self) -> &mut Embedding {
        Arc::make_mut(&mut self.embedding)
    }

    /// Returns the number of weights, including the embedding.
    pub fn weights(&self) -> usize {
        let labels = self.linear.weight().dims()[0];
        Weights::shapes(&self.architecture, self.embedding.words(), labels)
            .iter()
            .map(|(_, shape)| shape.iter().product::<usize>())
            .sum()
    }

    /// Returns the device of the weights.
    pub fn device(&self) -> &Device {
        self.linear.weight().device()
    }

    /// Returns the vectors of the batch's distinct words: `[words, embedding size]`.
    pub fn embed(&self, batch: &Batch) -> Result<Tensor, ModelError> {
        Ok(self.embedding.gather(&batch.words, self.device())?)
    }

    /// Projects the whole vocabulary by the encoder's first layer, to score many batches of [`Batch::pack_ids`].
    ///
    /// Returns `None` if that is not faster or needs more than 256 MiB.
    pub fn project_vocabulary(&self) -> Result<Option<Inputs>, ModelError> {
        self.encoder.project_vocabulary(&self.embedding)
    }

    /// Returns the logits of a batch, `[rows, labels]`, from the vectors of its distinct words (see [`Network::embed`]).
    pub fn forward(&self, batch: &Batch, words: &Tensor) -> Result<Tensor, ModelError> {
        Ok(self
            .linear
            .forward(&self.features(batch, &words.clone().into())?)?)
    }

    /// Returns the logits of a batch, `[rows, labels]`, from the result of [`Network::project_vocabulary`]. They have no
    /// gradient, and on the CPU those of a row do not depend on other rows.
    pub fn score(&self, batch: &Batch, words: &Inputs) -> Result<Tensor, ModelError> {
        let features = self.features(batch, words)?;
        match features.device() {
            Device::Cpu => Ok(linear_scores(&features, &self.linear)?),
            _ => Ok(self.linear.forward(&features)?),
        }
    }

    /// Returns the logits of a batch of [`Batch::pack_ids`], `[rows, labels]`, by the quantized encoder and pooling. Those of
    /// a row do not depend on other rows.
    pub(crate) fn score_quantized(
        &self,
        quantized: &QuantizedNetwork,
        batch: &Batch,
    ) -> Result<Tensor, ModelError> {
        let (rows, width) = (batch.layout.rows(), self.architecture.features());
        let mut pooled = match batch.layout.tokens() {
            0 => vec![0.0; rows * width],
            _ => quantized.pooled(batch, &self.embedding),
        };
        if self.architecture.word_mean {
            pooled = self.with_word_means(&pooled, batch);
        }
        let shape = (rows, self.architecture.pooled_features());
        let features = Tensor::from_vec(pooled, shape, &Device::Cpu)?;
        Ok(linear_scores(&features, &self.linear)?)
    }

    /// Appends the mean of each text's word vectors to its pooled features.
    fn with_word_means(&self, pooled: &[f32], batch: &Batch) -> Vec<f32> {
        let (layout, size) = (&batch.layout, self.embedding.size());
        let mut means = vec![0.0; layout.rows() * size];
        for step in 0..layout.steps() {
            let words = &batch.word_of_token[layout.step(step)];
            for (&word, sums) in words.iter().zip(means.chunks_exact_mut(size)) {
                self.embedding.add_row(word, sums);
            }
        }
        let rows = pooled.chunks_exact(self.architecture.features());
        let means = means.chunks_exact(size).zip(layout.lengths());
        rows.zip(means)
            .flat_map(|(row, (sums, &length))| {
                let length = length.max(1) as f32;
                let means = sums.iter().map(move |sum| sum / length);
                row.iter().copied().chain(means)
            })
            .collect()
    }

    /// Returns the pooled features of a batch, `[rows, features]`, which the linear layer reads. See [`Network::score`].
    pub fn features(&self, batch: &Batch, words: &Inputs) -> Result<Tensor, ModelError> {
        self.pooled(batch, words, &mut None)
    }

    /// Runs [`Network::forward`] with dropout, in training.
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

    /// Returns the last layer's hidden state of each token, `[tokens, features]`, from the vectors of the batch's
    /// distinct words.
    pub fn states(&self, batch: &Batch, words: &Tensor) -> Result<Tensor, ModelError> {
        let words = words.clone().into();
        self.encoder.forward(&words, batch, &mut None, None)
    }

    /// Returns the attention weight of each token, `[tokens]`, which sum to 1 over a text. Returns `None` for other
    /// poolings.
    pub fn attention(&self, batch: &Batch, words: &Tensor) -> Result<Option<Tensor>, ModelError> {
        let Some(attention) = &self.attention else {
            return Ok(None);
        };
        let hidden = self.states(batch, words)?;
        Ok(Some(attention.token_weights(&hidden, &batch.layout)?))
    }

    /// Returns the pooled hidden states of the last layer: `[rows, features]`.
    fn pooled(
        &self,
        batch: &Batch,
        words: &Inputs,
        dropout: &mut Option<Dropout>,
    ) -> Result<Tensor, ModelError> {
        let layout = &batch.layout;
        if layout.tokens() == 0 {
            let shape = (layout.rows(), self.architecture.pooled_features());
            return Ok(Tensor::zeros(shape, DType::F32, self.device())?);
        }
        let reduction = self.architecture.pooling.reduction();
        let states = self.encoder.forward(words, batch, dropout, reduction)?;
        let pooled = match &self.attention {
            Some(attention) => attention.pool(&states, layout)?,
            None => states,
        };
        match self.architecture.word_mean {
            true => Ok(Tensor::cat(&[pooled, mean_word_vectors(batch, words)?], 1)?),
            false => Ok(pooled),
        }
    }
}

/// The number of partial sums of [`dot`].
const LANES: usize = 16;

/// Computes a linear layer, `[rows, features]` to `[rows, labels]`. The order of its sums is fixed: that of candle's product
/// depends on the number of rows and on the addresses of the tensors.
fn linear_scores(features: &Tensor, linear: &Linear) -> candle_core::Result<Tensor> {
    let (rows, width) = features.dims2()?;
    let labels = linear.weight().dims()[0];
    let features = features.flatten_all()?.to_vec1::<f32>()?;
    let weights = linear.weight().flatten_all()?.to_vec1::<f32>()?;
    let biases = match linear.bias() {
        Some(bias) => bias.to_vec1::<f32>()?,
        None => vec![0.0; labels],
    };
    let mut logits = Vec::with_capacity(rows * labels);
    for row in features.chunks_exact(width) {
        let of_labels = weights.chunks_exact(width).zip(&biases);
        logits.extend(of_labels.map(|(weights, bias)| dot(row, weights) + bias));
    }
    Tensor::from_vec(logits, (rows, labels), &Device::Cpu)
}

/// Returns the dot product of two vectors of the same length.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0f32; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a_chunks.remainder().iter().zip(b_chunks.remainder());
    let rest: f32 = rest.map(|(a, b)| a * b).sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// Returns the mean of each text's word vectors: `[rows, embedding size]`.
fn mean_word_vectors(batch: &Batch, words: &Inputs) -> candle_core::Result<Tensor> {
    let vectors = words.vectors();
    let word_of_token = Tensor::new(batch.word_of_token.as_slice(), vectors.device())?;
    let of_tokens = vectors.index_select(&word_of_token, 0)?;
    reduce(Reduction::Mean, &of_tokens, &batch.layout, 1)
}
