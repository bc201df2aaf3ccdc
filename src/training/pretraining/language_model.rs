//! Language-model pre-training: each direction predicts the next word it will read (Dai and Le, 2015,
//! section 2).
//!
//! A projection maps the hidden state to the embedding dimension. The loss is the cross-entropy of a softmax
//! over the distinct words of the batch instead of the whole vocabulary (Jean et al., 2015, section 3). The
//! embedding is also the output layer (weight tying: Press and Wolf, 2017). Frequent words are in more
//! batches, so the model learns the ratio of a word's probability in its context to its frequency (van den
//! Oord et al., 2018, equation 5), and needs no bias.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::{D, Tensor, Var};
use candle_nn::ops::softmax_last_dim;
use rand::Rng;

use crate::batch::Batch;
use crate::model::{
    Architecture, Embedding, HostTensor, Implementation, ModelError, Network, TensorFile, Weights,
};
use crate::training::error::TrainingError;
use crate::training::optimizer::parameters::{OptimizerSettings, Parameters};
use crate::training::optimizer::update_rule::OptimizerKind;
use crate::training::random_streams::RandomStream;
use crate::training::recipe::Recipe;

/// The number of predictions per chunk, which bounds the memory of their logits.
const CHUNK: usize = 512;

/// One in this number of time steps is predicted, and the offset changes from batch to batch. The softmax takes
/// most of the time, and predicting every token changes the gradient little.
const PREDICTION_STRIDE: usize = 4;

/// The prefix of the names of projections.
const PROJECTION: &str = "projection.";

/// A network in language-model pre-training.
pub(crate) struct LanguageModel {
    network: Network,
    parameters: Parameters,
    /// The output projection of each direction, `[hidden, embedding]`.
    projections: Vec<Tensor>,
}

impl LanguageModel {
    /// Sets up pre-training of a classifier's encoder and embedding. The optimizer is Adam, whatever the
    /// optimizer of the recipe.
    pub(crate) fn new(
        architecture: &Architecture,
        weights: Weights,
        recipe: &Recipe,
    ) -> Result<Self, TrainingError> {
        let Weights {
            embedding,
            mut dense,
        } = weights;
        let labels = dense["linear.bias"].elem_count();
        let device = dense["linear.bias"].device().clone();
        let hidden = architecture.features() / architecture.directions();
        let size = embedding.size();
        let mut rng = RandomStream::InitialProjections.rng(recipe.seed);
        let bound = (6.0 / (hidden + size) as f32).sqrt();
        let names: Vec<String> = (0..architecture.directions())
            .map(|direction| format!("{PROJECTION}{direction}"))
            .collect();
        for name in &names {
            let values: Vec<f32> = (0..hidden * size)
                .map(|_| rng.random_range(-bound..bound))
                .collect();
            let tensor = Tensor::from_vec(values, (hidden, size), &device)?;
            dense.insert(name.clone(), tensor);
        }
        let settings = OptimizerSettings {
            kind: OptimizerKind::Adam,
            weight_decay: 0.0,
            ..recipe.optimizer_settings()
        };
        let parameters = Parameters::new(&mut dense, &embedding, settings)?;
        let projections = names.iter().filter_map(|name| dense.remove(name)).collect();
        let weights = Weights { embedding, dense };
        Ok(Self {
            network: Network::new(
                architecture.clone(),
                labels,
                weights,
                Implementation::on(&device),
            )?,
            parameters,
            projections,
        })
    }

    /// Returns the weights and the optimizer moments, for [`LanguageModel::restore`].
    pub(crate) fn state(&self) -> Result<BTreeMap<String, HostTensor>, ModelError> {
        self.parameters.state(self.network.embedding())
    }

    /// Restores the optimizer moments and the projections saved after `steps` steps. `file` was read from
    /// `path`, which errors refer to. The classifier's weights do not change.
    pub(crate) fn restore(
        &mut self,
        steps: u64,
        file: &TensorFile,
        path: &Path,
    ) -> Result<(), ModelError> {
        self.parameters
            .restore(steps, file, path, |name| name.starts_with(PROJECTION))
    }

    /// Returns what a step changes.
    pub(crate) fn trained(&mut self) -> (&mut Parameters, &mut Embedding) {
        (&mut self.parameters, self.network.embedding_mut())
    }

    /// Returns the classifier's weights.
    pub(crate) fn into_weights(self) -> Weights {
        let mut dense = self.parameters.dense();
        dense.retain(|name, _| !name.starts_with(PROJECTION));
        Weights {
            embedding: self.network.embedding().clone(),
            dense,
        }
    }

    /// Trains on one batch, whose number in the run selects the predicted time steps. Returns the mean loss, which
    /// is not finite if the weights did not change. Returns `None` without a step if all texts are too short for a
    /// prediction.
    pub(crate) fn step(
        &mut self,
        batch: &Batch,
        number: u64,
        learning_rate: f64,
    ) -> Result<Option<f32>, TrainingError> {
        let offset = (number % PREDICTION_STRIDE as u64) as usize;
        rayon::scope(|_| self.step_in_pool(batch, offset, learning_rate))
    }

    fn step_in_pool(
        &mut self,
        batch: &Batch,
        offset: usize,
        learning_rate: f64,
    ) -> Result<Option<f32>, TrainingError> {
        if batch.layout.steps() <= 1 + offset {
            return Ok(None);
        }
        let vectors = Var::from_tensor(&self.network.embed(batch)?)?;
        let states = self.network.states(batch, vectors.as_tensor())?;
        let mut surrogate = Vec::new();
        let mut value = 0.0;
        let directions = self.projections.len();
        for (direction, projection) in self.projections.iter().enumerate() {
            let (positions, targets) = next_words(batch, direction == 1, offset);
            let positions = Tensor::new(positions, states.device())?;
            let hidden = states.dim(1)? / directions;
            let states = states
                .narrow(1, direction * hidden, hidden)?
                .contiguous()?
                .index_select(&positions, 0)?;
            let predicted = states.matmul(projection)?;
            let softmax =
                SoftmaxLoss::of(&predicted.detach(), &vectors.as_detached_tensor(), &targets)?;
            value += softmax.loss / directions as f32;
            // Its gradient equals that of the loss.
            surrogate.push((&predicted * softmax.predicted_gradient)?.sum_all()?);
            surrogate.push((vectors.as_tensor() * softmax.vectors_gradient)?.sum_all()?);
        }
        let loss = Tensor::stack(&surrogate, 0)?.sum_all()?;
        let embedding = self.network.embedding_mut();
        let is_updated =
            self.parameters
                .step(&loss, embedding, &batch.words, &vectors, learning_rate)?;
        Ok(Some(if is_updated { value } else { f32::NAN }))
    }
}

/// Returns the tokens that predict a word, and the index of that word among the distinct words of the batch.
/// The forward direction predicts the next token, the backward direction the previous one. One in
/// [`PREDICTION_STRIDE`] time steps is predicted, the first at `offset`.
fn next_words(batch: &Batch, backward: bool, offset: usize) -> (Vec<u32>, Vec<u32>) {
    let layout = &batch.layout;
    let (mut positions, mut targets) = (Vec::new(), Vec::new());
    for step in (1 + offset..layout.steps()).step_by(PREDICTION_STRIDE) {
        let (before, here) = (layout.step(step - 1).start, layout.step(step));
        for (row, token) in here.enumerate() {
            let (position, target) = match backward {
                false => (before + row, token),
                true => (token, before + row),
            };
            positions.push(position as u32);
            targets.push(batch.word_of_token[target]);
        }
    }
    (positions, targets)
}

/// The mean cross-entropy of predicting words, and its gradients.
struct SoftmaxLoss {
    loss: f32,
    /// `[predictions, size]`
    predicted_gradient: Tensor,
    /// `[words, size]`
    vectors_gradient: Tensor,
}

impl SoftmaxLoss {
    /// Computes the loss of `predicted`, `[predictions, size]`, against the embeddings `vectors`, `[words, size]`.
    /// `targets` are the indices of the correct words, `[predictions]`.
    fn of(predicted: &Tensor, vectors: &Tensor, targets: &[u32]) -> candle_core::Result<Self> {
        let transposed = vectors.t()?.contiguous()?;
        let scale = 1.0 / targets.len() as f64;
        let mut loss = 0f64;
        let mut predicted_gradient = Vec::new();
        let mut vectors_gradient = vectors.zeros_like()?;
        for (index, targets) in targets.chunks(CHUNK).enumerate() {
            let predicted = predicted.narrow(0, index * CHUNK, targets.len())?;
            let probabilities = softmax_last_dim(&predicted.matmul(&transposed)?)?;
            let targets = Tensor::new(targets, vectors.device())?.unsqueeze(1)?;
            let correct = probabilities.gather(&targets, D::Minus1)?;
            loss -= f64::from(
                correct
                    .maximum(1e-30)?
                    .log()?
                    .sum_all()?
                    .to_scalar::<f32>()?,
            );
            let ones = correct.ones_like()?;
            let errors = (probabilities.scatter_add(&targets, &ones.neg()?, D::Minus1)? * scale)?;
            predicted_gradient.push(errors.matmul(vectors)?);
            vectors_gradient = (vectors_gradient + errors.t()?.matmul(&predicted)?)?;
        }
        Ok(Self {
            loss: (loss * scale) as f32,
            predicted_gradient: Tensor::cat(&predicted_gradient, 0)?,
            vectors_gradient,
        })
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;
    use candle_nn::ops::log_softmax;

    use super::*;

    /// Compares with candle's cross-entropy, for more than one chunk.
    #[test]
    fn loss_and_gradients_match_the_cross_entropy() {
        let values = |count: usize, step: f32| (0..count).map(move |i| (i as f32 * step).sin());
        let count = CHUNK + 3;
        let predicted: Vec<f32> = values(count * 4, 0.37).collect();
        let predicted = Var::from_vec(predicted, (count, 4), &Device::Cpu).unwrap();
        let vectors: Vec<f32> = values(7 * 4, 0.91).collect();
        let vectors = Var::from_vec(vectors, (7, 4), &Device::Cpu).unwrap();
        let targets: Vec<u32> = (0..count as u32).map(|i| i * i % 7).collect();

        let logits = predicted.matmul(&vectors.t().unwrap()).unwrap();
        let classes = Tensor::new(targets.as_slice(), &Device::Cpu).unwrap();
        let loss = candle_nn::loss::nll(&log_softmax(&logits, 1).unwrap(), &classes).unwrap();
        let gradients = loss.backward().unwrap();
        let softmax = SoftmaxLoss::of(&predicted, &vectors, &targets).unwrap();
        assert!((softmax.loss - loss.to_scalar::<f32>().unwrap()).abs() < 1e-5);
        for (found, var) in [
            (softmax.predicted_gradient, &predicted),
            (softmax.vectors_gradient, &vectors),
        ] {
            let difference = (found - gradients.get(var).unwrap()).unwrap();
            let largest = difference.abs().unwrap().max_all().unwrap();
            assert!(largest.to_scalar::<f32>().unwrap() < 1e-6);
        }
    }

    /// Texts `5 6 7` and `8 9`: forward, step 1 predicts 6 and 9; backward, step 2 predicts 5 and 8.
    #[test]
    fn each_direction_predicts_its_next_token() {
        let batch = Batch::pack(&[[5u32, 6, 7].as_slice(), &[8, 9]]);
        let words = |targets: Vec<u32>| -> Vec<u32> {
            targets
                .iter()
                .map(|&word| batch.words[word as usize])
                .collect()
        };
        let (positions, targets) = next_words(&batch, false, 0);
        assert_eq!((positions, words(targets)), (vec![0, 1], vec![6, 9]));
        let (positions, targets) = next_words(&batch, true, 0);
        assert_eq!((positions, words(targets)), (vec![2, 3], vec![5, 8]));
        let (positions, targets) = next_words(&batch, false, 1);
        assert_eq!((positions, words(targets)), (vec![2], vec![7]));
    }
}
