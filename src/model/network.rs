//! The network: from a packed batch to logits.

use candle_core::{D, DType, Device, Tensor};
use candle_nn::{Linear, Module};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::attention::Attention;
use super::lstm::{Inputs, LstmLayer, kernel};
use super::pooling::pool;
use super::{Architecture, Embedding, ModelError, Pooling, Recurrence, Weights};
use crate::batch::{Batch, PackedLayout};

/// The most memory that is spent on keeping what the first layer makes of every word.
const MAX_PROJECTION_BYTES: usize = 256 << 20;

/// Embedding → LSTM → pooling → linear. Softmax is left to the caller.
#[derive(Clone, Debug)]
pub struct Network {
    architecture: Architecture,
    embedding: Embedding,
    lstm: Vec<LstmLayer>,
    attention: Option<Attention>,
    linear: Linear,
    recurrence: Recurrence,
}

/// Dropout while training: which share of values is set to zero, drawn from which generator. What is
/// kept is scaled up, so that nothing is done when scoring.
pub struct Dropout<'a> {
    /// Of the pooled features, and of each text's features between two LSTM layers (the same ones at
    /// every step: Gal and Ghahramani, 2016, section 4.2).
    pub output: f64,
    /// Of the batch's distinct words (the same work, section 5.1).
    pub embedding: f64,
    /// Where the draws come from.
    pub rng: &'a mut ChaCha8Rng,
}

impl Network {
    /// Makes a network of weights. Where those are `Var`s, gradients reach them, and what changes
    /// them changes the network.
    pub fn new(
        architecture: Architecture,
        labels: usize,
        weights: Weights,
        recurrence: Recurrence,
    ) -> Result<Self, ModelError> {
        architecture.check()?;
        weights.check(&architecture, labels)?;
        let Weights { embedding, dense } = weights;
        let with_attention = architecture.pooling == Pooling::Attention;
        Ok(Self {
            lstm: (0..architecture.layers)
                .map(|layer| LstmLayer::new(&architecture, layer, &dense))
                .collect(),
            attention: with_attention.then(|| Attention::new(&dense)),
            linear: Linear::new(
                dense["linear.weight"].clone(),
                Some(dense["linear.bias"].clone()),
            ),
            architecture,
            embedding,
            recurrence,
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
    pub fn embedding_mut(&mut self) -> &mut Embedding {
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

    /// The vectors of all words, with what the first layer makes of them, for scoring many batches of
    /// [`Batch::pack_ids`]; none where that is not the faster way, or needs more than 256 MiB.
    pub fn project_vocabulary(&self) -> Result<Option<Inputs>, ModelError> {
        let words = self.embedding.words();
        let bytes = words * 4 * self.architecture.features() * size_of::<f32>();
        if self.recurrence == Recurrence::Plain || bytes > MAX_PROJECTION_BYTES {
            return Ok(None);
        }
        let shape = (words, self.embedding.size());
        let vectors = Tensor::from_slice(self.embedding.weights(), shape, self.device())?;
        Ok(Some(self.lstm[0].keep_projected(vectors)?))
    }

    /// The logits of each row of the batch, `[rows, labels]`, from the vectors of its distinct words
    /// (see [`Network::embed`]). With `dropout` this is a training step's forward pass.
    pub fn forward(
        &self,
        batch: &Batch,
        words: &Tensor,
        mut dropout: Option<Dropout>,
    ) -> Result<Tensor, ModelError> {
        let words = match &mut dropout {
            Some(Dropout { embedding, rng, .. }) if *embedding > 0.0 => {
                let kept = mask((words.dim(0)?, 1), *embedding, rng, words.device())?;
                words.broadcast_mul(&kept)?
            }
            _ => words.clone(),
        };
        let pooled = self.pooled(batch, words.into(), &mut dropout)?;
        let pooled = match dropout {
            Some(Dropout { output, rng, .. }) if output > 0.0 => {
                (&pooled * mask(pooled.dims2()?, output, rng, self.device())?)?
            }
            _ => pooled,
        };
        Ok(self.linear.forward(&pooled)?)
    }

    /// The last layer's state at every token, `[tokens, features]`, from the vectors of the batch's
    /// distinct words.
    pub fn states(&self, batch: &Batch, words: &Tensor) -> Result<Tensor, ModelError> {
        let (mut input, mut input_of_token) = (Inputs::from(words.clone()), &batch.word_of_token);
        let tokens: Vec<u32> = (0..batch.layout.tokens() as u32).collect();
        let mut hidden = None;
        for layer in &self.lstm {
            let states = layer.forward(&input, input_of_token, &batch.layout, self.recurrence)?;
            (input, input_of_token) = (states.clone().into(), &tokens);
            hidden = Some(states);
        }
        match hidden {
            Some(hidden) => Ok(hidden),
            None => unreachable!("an architecture has at least one layer"),
        }
    }

    /// How much of each text's features each of its tokens is, `[tokens]`, summing to 1 over a text; None where
    /// texts are pooled without attention.
    pub fn attention(&self, batch: &Batch, words: &Tensor) -> Result<Option<Tensor>, ModelError> {
        let Some(attention) = &self.attention else {
            return Ok(None);
        };
        let hidden = self.states(batch, words)?;
        let row_of_token = Tensor::new(batch.layout.row_of_token(), self.device())?;
        let weights = attention.weigh(&hidden, &row_of_token, &batch.layout)?;
        Ok(Some(weights.squeeze(D::Minus1)?))
    }

    /// As [`Network::forward`], from what [`Network::project_vocabulary`] gave.
    pub fn score(&self, batch: &Batch, words: &Inputs) -> Result<Tensor, ModelError> {
        let pooled = self.pooled(batch, words.clone(), &mut None)?;
        Ok(self.linear.forward(&pooled)?)
    }

    /// What the last layer's states are pooled to: `[rows, features]`.
    fn pooled(
        &self,
        batch: &Batch,
        words: Inputs,
        dropout: &mut Option<Dropout>,
    ) -> Result<Tensor, ModelError> {
        let layout = &batch.layout;
        if layout.tokens() == 0 {
            let shape = (layout.rows(), self.architecture.features());
            return Ok(Tensor::zeros(shape, DType::F32, self.device())?);
        }
        let Some((last, below)) = self.lstm.split_last() else {
            unreachable!("an architecture has at least one layer");
        };
        // Above the first layer every token has an input of its own.
        let tokens: Vec<u32> = (0..layout.tokens() as u32).collect();
        let (mut input, mut input_of_token) = (words, &batch.word_of_token);
        for layer in below {
            let mut hidden = layer.forward(&input, input_of_token, layout, self.recurrence)?;
            if let Some(dropout) = dropout.as_mut().filter(|dropout| dropout.output > 0.0) {
                hidden = drop_features(&hidden, layout, dropout)?;
            }
            (input, input_of_token) = (hidden.into(), &tokens);
        }
        let pooling = self.pooling_of_kernel();
        if pooling.is_some() {
            return last.fused(&input, input_of_token, layout, pooling);
        }
        let hidden = last.forward(&input, input_of_token, layout, self.recurrence)?;
        let (pooling, attention) = (self.architecture.pooling, self.attention.as_ref());
        if let (Recurrence::Fused, Some(attention)) = (self.recurrence, attention) {
            return Ok(attention.pool_fused(&hidden, layout)?);
        }
        let directions = self.architecture.directions();
        Ok(pool(pooling, attention, &hidden, layout, directions)?)
    }

    /// The pooling, where it is done in the kernel.
    fn pooling_of_kernel(&self) -> Option<kernel::Pooling> {
        match (self.recurrence, self.architecture.pooling) {
            (Recurrence::Plain, _) | (_, Pooling::Attention) => None,
            (Recurrence::Fused, Pooling::Last) => Some(kernel::Pooling::Last),
            (Recurrence::Fused, Pooling::Mean) => Some(kernel::Pooling::Mean),
            (Recurrence::Fused, Pooling::Max) => Some(kernel::Pooling::Max),
        }
    }
}

/// Drops the same features at every token of a text: `[tokens, features]`.
fn drop_features(
    hidden: &Tensor,
    layout: &PackedLayout,
    dropout: &mut Dropout,
) -> candle_core::Result<Tensor> {
    let shape = (layout.rows_with_tokens(), hidden.dim(D::Minus1)?);
    let kept = mask(shape, dropout.output, dropout.rng, hidden.device())?;
    let row_of_token = Tensor::new(layout.row_of_token(), hidden.device())?;
    hidden * kept.index_select(&row_of_token, 0)?
}

/// Zero with probability `rate`, else `1 / (1 - rate)`.
fn mask(
    shape: (usize, usize),
    rate: f64,
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> candle_core::Result<Tensor> {
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
