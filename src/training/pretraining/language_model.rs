//! Pre-training: the network learns to say which word comes next (Dai and Le, 2015, section 2).
//!
//! Each direction has a guess at the word it will read next: its state, projected to the size of a word's
//! vector. The guess is compared with the vectors of the batch's distinct words, one of which is the right
//! one, and the loss is the cross-entropy of that choice: the softmax over the vocabulary, cut to the words
//! at hand (Jean et al., 2015, section 3), with the embedding as the output's weights too (Press and
//! Wolf, 2017). A word's chance to be at hand grows with its frequency, so what is learned is how much
//! more likely than that a word is here (van den Oord et al., 2018, equation 5), and no bias is needed.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::{D, Tensor, Var};
use candle_nn::ops::softmax_last_dim;
use rand::Rng;

use crate::batch::Batch;
use crate::model::{
    Architecture, HostTensor, Implementation, ModelError, Network, TensorFile, Weights,
};
use crate::training::error::TrainingError;
use crate::training::optimizer::parameters::{OptimizerSettings, Parameters};
use crate::training::optimizer::rule::OptimizerKind;
use crate::training::random_streams::RandomStream;
use crate::training::recipe::Recipe;

/// Guesses whose choices are computed at once.
const GUESSES: usize = 512;

/// Of so many neighbouring tokens one makes a guess, in turn: the choice is most of the work, and what
/// many guesses teach in a step differs little from what some of them teach.
const GUESS_STRIDE: usize = 4;

/// The name of a projection begins with this.
const PROJECTION: &str = "projection.";

/// A network that learns to say the next word.
pub(crate) struct LanguageModel {
    network: Network,
    parameters: Parameters,
    /// Of each direction, `[hidden, embedding]`.
    projections: Vec<Tensor>,
}

impl LanguageModel {
    /// Lets the LSTM and the embedding of a classifier learn, by Adam whatever the recipe says of
    /// optimizers.
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
        let mut rng = RandomStream::Projections.rng(recipe.seed);
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

    /// The state that [`LanguageModel::restore`] goes back to, with the weights.
    pub(crate) fn state(&self) -> Result<BTreeMap<String, HostTensor>, ModelError> {
        self.parameters.state(self.network.embedding())
    }

    /// Goes back to where `steps` steps were made, of whose state `rest`, from the file at `path`, has all but
    /// the classifier's weights.
    pub(crate) fn restore(
        &mut self,
        steps: u64,
        rest: &TensorFile,
        path: &Path,
    ) -> Result<(), ModelError> {
        self.parameters
            .restore(steps, rest, path, |name| name.starts_with(PROJECTION))
    }

    /// The classifier's weights as they are now.
    pub(crate) fn into_weights(self) -> Weights {
        let mut dense = self.parameters.dense();
        dense.retain(|name, _| !name.starts_with(PROJECTION));
        Weights {
            embedding: self.network.embedding().clone(),
            dense,
        }
    }

    /// Learns from one batch, the run's batch of this number, and gives its mean loss, which is not finite where
    /// nothing was learned. None, and no step, where its texts are too short for the guesses that are made in it.
    pub(crate) fn step(
        &mut self,
        batch: &Batch,
        number: u64,
        rate: f64,
    ) -> Result<Option<f32>, TrainingError> {
        let phase = (number % GUESS_STRIDE as u64) as usize;
        rayon::scope(|_| self.step_in_pool(batch, phase, rate))
    }

    fn step_in_pool(
        &mut self,
        batch: &Batch,
        phase: usize,
        rate: f64,
    ) -> Result<Option<f32>, TrainingError> {
        if batch.layout.steps() <= 1 + phase {
            return Ok(None);
        }
        let vectors = Var::from_tensor(&self.network.embed(batch)?)?;
        let states = self.network.states(batch, vectors.as_tensor())?;
        let mut surrogate = Vec::new();
        let mut value = 0.0;
        let directions = self.projections.len();
        for (direction, projection) in self.projections.iter().enumerate() {
            let (positions, targets) = neighbours(batch, direction == 1, phase);
            let positions = Tensor::new(positions, states.device())?;
            let hidden = states.dim(1)? / directions;
            let states = states
                .narrow(1, direction * hidden, hidden)?
                .contiguous()?
                .index_select(&positions, 0)?;
            let guesses = states.matmul(projection)?;
            let choice = Choice::of(&guesses.detach(), &vectors.as_detached_tensor(), &targets)?;
            value += choice.loss / directions as f32;
            surrogate.push((&guesses * choice.guesses)?.sum_all()?);
            surrogate.push((vectors.as_tensor() * choice.words)?.sum_all()?);
        }
        let loss = Tensor::stack(&surrogate, 0)?.sum_all()?;
        let embedding = self.network.embedding_mut();
        let is_done = self
            .parameters
            .step(&loss, embedding, &batch.words, &vectors, rate)?;
        Ok(Some(if is_done { value } else { f32::NAN }))
    }
}

/// Where a direction has a word before it, and which of the batch's words that is: the tokens that have a
/// next one, and those; for the backward direction the tokens that have an earlier one, and those. Of the
/// text's steps one in [`GUESS_STRIDE`] is taken, the first of them at `phase`.
fn neighbours(batch: &Batch, backward: bool, phase: usize) -> (Vec<u32>, Vec<u32>) {
    let layout = &batch.layout;
    let (mut positions, mut targets) = (Vec::new(), Vec::new());
    for step in (1 + phase..layout.steps()).step_by(GUESS_STRIDE) {
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

/// The mean cross-entropy of choosing words, and its gradients.
struct Choice {
    loss: f32,
    /// `[guesses, size]`
    guesses: Tensor,
    /// `[words, size]`
    words: Tensor,
}

impl Choice {
    /// `guesses` are `[guesses, size]`, `words` `[words, size]`, and `targets` says which word each guess
    /// is to be.
    fn of(guesses: &Tensor, words: &Tensor, targets: &[u32]) -> candle_core::Result<Self> {
        let by_word = words.t()?.contiguous()?;
        let scale = 1.0 / targets.len() as f64;
        let mut loss = 0f64;
        let mut of_guesses = Vec::new();
        let mut of_words = words.zeros_like()?;
        for (index, targets) in targets.chunks(GUESSES).enumerate() {
            let guesses = guesses.narrow(0, index * GUESSES, targets.len())?;
            let chances = softmax_last_dim(&guesses.matmul(&by_word)?)?;
            let targets = Tensor::new(targets, words.device())?.unsqueeze(1)?;
            let right = chances.gather(&targets, D::Minus1)?;
            loss -= f64::from(right.maximum(1e-30)?.log()?.sum_all()?.to_scalar::<f32>()?);
            let ones = right.ones_like()?;
            let errors = (chances.scatter_add(&targets, &ones.neg()?, D::Minus1)? * scale)?;
            of_guesses.push(errors.matmul(words)?);
            of_words = (of_words + errors.t()?.matmul(&guesses)?)?;
        }
        Ok(Self {
            loss: (loss * scale) as f32,
            guesses: Tensor::cat(&of_guesses, 0)?,
            words: of_words,
        })
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;
    use candle_nn::ops::log_softmax;

    use super::*;

    /// The loss and its gradients are those of candle's cross-entropy, also over more than one chunk.
    #[test]
    fn choosing_is_the_cross_entropy() {
        let values = |count: usize, step: f32| (0..count).map(move |i| (i as f32 * step).sin());
        let count = GUESSES + 3;
        let guesses: Vec<f32> = values(count * 4, 0.37).collect();
        let guesses = Var::from_vec(guesses, (count, 4), &Device::Cpu).unwrap();
        let words: Vec<f32> = values(7 * 4, 0.91).collect();
        let words = Var::from_vec(words, (7, 4), &Device::Cpu).unwrap();
        let targets: Vec<u32> = (0..count as u32).map(|i| i * i % 7).collect();

        let logits = guesses.matmul(&words.t().unwrap()).unwrap();
        let chosen = Tensor::new(targets.as_slice(), &Device::Cpu).unwrap();
        let loss = candle_nn::loss::nll(&log_softmax(&logits, 1).unwrap(), &chosen).unwrap();
        let gradients = loss.backward().unwrap();
        let choice = Choice::of(&guesses, &words, &targets).unwrap();
        assert!((choice.loss - loss.to_scalar::<f32>().unwrap()).abs() < 1e-5);
        for (found, var) in [(choice.guesses, &guesses), (choice.words, &words)] {
            let difference = (found - gradients.get(var).unwrap()).unwrap();
            let largest = difference.abs().unwrap().max_all().unwrap();
            assert!(largest.to_scalar::<f32>().unwrap() < 1e-6);
        }
    }

    /// Texts `5 6 7` and `8 9`: forward the first step sees 6 and 9, backward the second sees 5 and 8.
    #[test]
    fn guesses_are_of_the_next_token_in_reading_order() {
        let batch = Batch::pack(&[[5u32, 6, 7].as_slice(), &[8, 9]]);
        let words = |targets: Vec<u32>| -> Vec<u32> {
            targets
                .iter()
                .map(|&word| batch.words[word as usize])
                .collect()
        };
        let (positions, targets) = neighbours(&batch, false, 0);
        assert_eq!((positions, words(targets)), (vec![0, 1], vec![6, 9]));
        let (positions, targets) = neighbours(&batch, true, 0);
        assert_eq!((positions, words(targets)), (vec![2, 3], vec![5, 8]));
        let (positions, targets) = neighbours(&batch, false, 1);
        assert_eq!((positions, words(targets)), (vec![2], vec![7]));
    }
}
