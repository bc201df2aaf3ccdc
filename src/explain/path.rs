//! The path of integrated gradients, from a baseline to a text.

use candle_core::{D, Tensor, Var};
use candle_nn::ops::softmax;

use super::error::ExplainError;
use super::features::Features;
use super::quadrature::Point;
use super::{IsWanted, check};
use crate::batch::{Batch, PackedLayout};
use crate::classifier::Classifier;
use crate::model::OutputKind;
use crate::vocabulary::UNKNOWN_ID;

/// The number of tokens per batch: the same as in a training batch.
const TOKENS_A_BATCH: usize = 8_192;

/// The path from the baseline to a text.
pub struct Path<'a> {
    classifier: &'a Classifier,
    is_wanted: IsWanted<'a>,
    /// The vector of the unknown token: `[1, embedding size]`.
    unknown: Tensor,
    /// The tokens' vectors minus the unknown token's vector: `[tokens, embedding size]`.
    differences: Tensor,
    /// Each token's share of the n-grams' part of the logits: `[tokens, labels]`.
    ngram_shares: Vec<f64>,
}

impl<'a> Path<'a> {
    pub fn new(
        classifier: &'a Classifier,
        features: &Features,
        is_wanted: IsWanted<'a>,
    ) -> Result<Self, ExplainError> {
        let ids = features.ids();
        let network = classifier.network();
        let gather = |ids: &[u32]| network.embedding().gather(ids, network.device());
        let unknown = gather(&[UNKNOWN_ID])?;
        let labels = classifier.labels().len();
        let ngrams = classifier.ngrams();
        let shares = ngrams.map(|ngrams| ngrams.shares(features.ngram_text()));
        Ok(Self {
            ngram_shares: shares.unwrap_or_else(|| vec![0.0; ids.len() * labels]),
            differences: gather(ids)?.broadcast_sub(&unknown)?,
            unknown,
            classifier,
            is_wanted,
        })
    }

    /// Whether the contributions to one label are the negated contributions to the other.
    pub fn has_complementary_labels(&self) -> bool {
        let output = self.classifier.config().decision.output;
        self.labels() == 2 && output != OutputKind::MultiLabel
    }

    /// The number of labels of the classifier.
    fn labels(&self) -> usize {
        self.classifier.labels().len()
    }

    /// The number of tokens of the text.
    fn tokens(&self) -> usize {
        self.differences.dims()[0]
    }

    /// Returns the labels' probabilities at a point of the path.
    pub fn probabilities(&self, at: f64) -> Result<Vec<f64>, ExplainError> {
        let inputs = self.inputs(&[Point { at, weight: 1.0 }])?;
        let logits: Vec<f32> = self.logits(&inputs)?.squeeze(0)?.to_vec1()?;
        Ok(self.classifier.config().decision.probabilities(&logits))
    }

    /// Returns each token's contribution to the label's probability.
    pub fn integrate(&self, label: usize, points: &[Point]) -> Result<Vec<f64>, ExplainError> {
        let labels = self.labels();
        let mut of_vectors = vec![0.0; self.tokens()];
        let mut of_logits = vec![0.0; labels];
        for points in points.chunks((TOKENS_A_BATCH / self.tokens()).max(1)) {
            check(self.is_wanted)?;
            let (vectors, logits) = self.gradients(label, points)?;
            add(&mut of_vectors, &vectors);
            add(&mut of_logits, &logits);
        }
        let shares = self.ngram_shares.chunks(labels);
        let of_ngrams = shares.map(|shares| {
            let products = shares.iter().zip(&of_logits);
            products
                .map(|(share, gradient)| share * gradient)
                .sum::<f64>()
        });
        Ok(of_vectors
            .iter()
            .zip(of_ngrams)
            .map(|(vector, ngrams)| vector + ngrams)
            .collect())
    }

    /// Returns sums over some points of the path: each token's difference times the sum of its gradients, `[tokens]`,
    /// and the summed gradients of the n-grams' part of the logits, `[labels]`.
    fn gradients(
        &self,
        label: usize,
        points: &[Point],
    ) -> Result<(Vec<f32>, Vec<f32>), ExplainError> {
        let (tokens, size) = self.differences.dims2()?;
        let decision = &self.classifier.config().decision;
        let inputs = self.inputs(points)?;
        let logits = (self.logits(&inputs)? / decision.temperature)?;
        let probabilities = match decision.output {
            OutputKind::MultiLabel => candle_nn::ops::sigmoid(&logits)?,
            OutputKind::Single | OutputKind::Ordinal => softmax(&logits, D::Minus1)?,
        };
        let probabilities = probabilities.narrow(1, label, 1)?;
        let weights = self.column(points, |point| point.weight)?;
        let gradients = (probabilities * weights)?.sum_all()?.backward()?;

        let of_vectors = match gradients.get(&inputs.vectors) {
            Some(gradient) => {
                let gradient = gradient.reshape((tokens, points.len(), size))?.sum(1)?;
                (gradient * &self.differences)?.sum(D::Minus1)?.to_vec1()?
            }
            None => vec![0.0; tokens],
        };
        let of_logits = match gradients.get(&inputs.ngram_logits) {
            Some(gradient) => gradient.sum(0)?.to_vec1()?,
            None => vec![0.0; self.labels()],
        };
        Ok((of_vectors, of_logits))
    }

    /// Returns the classifier's inputs at points of the path.
    fn inputs(&self, points: &[Point]) -> Result<Inputs, ExplainError> {
        let (tokens, size) = self.differences.dims2()?;
        let at = self.column(points, |point| point.at)?;
        let vectors = self
            .differences
            .unsqueeze(1)?
            .broadcast_mul(&at.unsqueeze(0)?)?
            .reshape((tokens * points.len(), size))?
            .broadcast_add(&self.unknown)?;
        let ngram_logits = Tensor::from_vec(self.ngram_logits(), (1, ()), at.device())?;
        Ok(Inputs {
            points: points.len(),
            vectors: Var::from_tensor(&vectors)?,
            ngram_logits: Var::from_tensor(&at.matmul(&ngram_logits)?)?,
        })
    }

    /// Returns the logits of inputs: `[points, labels]`.
    fn logits(&self, inputs: &Inputs) -> Result<Tensor, ExplainError> {
        let batch = batch(self.tokens(), inputs.points);
        let network = self.classifier.network();
        let logits = network.forward(&batch, inputs.vectors.as_tensor())?;
        Ok((logits + inputs.ngram_logits.as_tensor())?)
    }

    /// Returns one value per point as a column: `[points, 1]`.
    fn column(&self, points: &[Point], number: fn(&Point) -> f64) -> Result<Tensor, ExplainError> {
        let numbers: Vec<f32> = points.iter().map(|point| number(point) as f32).collect();
        let device = self.classifier.network().device();
        Ok(Tensor::from_vec(numbers, (points.len(), 1), device)?)
    }

    /// Returns the n-grams' part of the text's logits: `[labels]`.
    fn ngram_logits(&self) -> Vec<f32> {
        let mut logits = vec![0.0; self.labels()];
        for shares in self.ngram_shares.chunks(logits.len()) {
            add(&mut logits, shares);
        }
        logits.into_iter().map(|logit| logit as f32).collect()
    }
}

/// A classifier's inputs at points of a path.
struct Inputs {
    points: usize,
    /// `[tokens * points, embedding size]`.
    vectors: Var,
    /// `[points, labels]`.
    ngram_logits: Var,
}

/// Adds numbers to sums.
pub fn add<N: Copy + Into<f64>>(sums: &mut [f64], numbers: &[N]) {
    for (sum, &number) in sums.iter_mut().zip(numbers) {
        *sum += number.into();
    }
}

/// Returns a batch of rows of equal length in which every token has its own input: token `t` of row `r` is input `t *
/// rows + r`.
fn batch(tokens: usize, rows: usize) -> Batch {
    Batch {
        order: (0..rows).collect(),
        layout: PackedLayout::new(vec![tokens; rows]),
        words: Vec::new(),
        word_of_token: (0..(tokens * rows) as u32).collect(),
    }
}
