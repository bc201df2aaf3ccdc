//! The features of the linear layer: the answer of the base, the pooled states, the mean word vector and the n-grams.

use std::sync::atomic::{AtomicBool, Ordering};

use super::base_answer::BaseAnswer;
use super::regression::Rows;
use crate::batch::EncodedTexts;
use crate::classifier::network_features;
use crate::model::{Network, NgramIndex};
use crate::training::error::TrainingError;
use crate::training::ngrams::features::{NgramFeatures, NgramSelection, select_ngrams};

/// The scale of the n-gram features: the norm of a text's n-grams relative to that of its other features.
const NGRAM_SCALE: f32 = 2.0;

/// From this number of texts on, an n-gram must be in two of them.
const MANY_TEXTS: usize = 2_000;

/// The maximum number of weights of n-grams. It bounds the memory of the solver, which holds several copies.
const MAX_NGRAM_WEIGHTS: usize = 1 << 22;

/// How the features enter the regression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Variant {
    /// The scale of the network's features relative to n-grams.
    pub(super) network_scale: f32,
    /// The factor of the base's logits to which the regression adds: 1 holds the model near its base, 0 leaves the base as
    /// a feature.
    pub(super) base_share: f32,
}

/// A dense feature, standardized: `(value - mean) * factor`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standardized {
    pub(super) mean: f32,
    pub(super) factor: f32,
}

/// The features of texts.
pub(super) struct TextFeatures {
    /// `[texts, width]`: a constant, the logits of the base, then the network's pooled features.
    dense: Vec<f32>,
    /// How the columns of `dense` were standardized.
    pub(super) columns: Vec<Standardized>,
    /// The number of columns before the network's features.
    pub(super) leading: usize,
    pub(super) index: NgramIndex,
    ngrams: NgramFeatures,
    /// The value of each n-gram of each text, in the order of [`NgramFeatures::indices`].
    values: Vec<f32>,
    /// The factor from a weight of the regression to that of the model, for each n-gram.
    pub(super) ngram_factors: Vec<f32>,
    /// The inverse document frequencies, if n-grams are normalized.
    pub(super) idf: Option<Vec<f32>>,
    /// The logits to which the regression adds, `[texts, labels]`.
    offsets: Vec<f32>,
    adds_to_base: bool,
    labels: usize,
}

impl TextFeatures {
    /// Computes the features of texts for a model with `labels` labels. Its n-grams have at most `longest_ngram` tokens, or it
    /// has none. Returns `None` if `interrupted` was set.
    pub(super) fn new(
        network: &Network,
        texts: &EncodedTexts,
        base: Option<&BaseAnswer>,
        longest_ngram: Option<usize>,
        labels: usize,
        interrupted: &AtomicBool,
    ) -> Result<Option<Self>, TrainingError> {
        let Some(pooled) = network_features(network, texts, interrupted)? else {
            return Ok(None);
        };
        let answers: Vec<Vec<f32>> = match base {
            None => vec![Vec::new(); texts.len()],
            Some(base) => base.logits(&pooled, texts),
        };
        let (columns, leading, dense) = standardized(network, &pooled, &answers);
        let selection = NgramSelection {
            longest: longest_ngram.unwrap_or(0),
            min_texts: if texts.len() < MANY_TEXTS { 1 } else { 2 },
            most: match longest_ngram {
                None => 0,
                Some(_) => MAX_NGRAM_WEIGHTS / labels,
            },
        };
        let of_base = base.and_then(BaseAnswer::ngrams);
        // Other n-grams would change the norm of a text, and so the answer of the base.
        let index = match of_base.filter(|ngrams| ngrams.idf().is_some()) {
            Some(ngrams) => ngrams.index().clone(),
            None => select_ngrams(texts.ngram_texts(), selection),
        };
        if interrupted.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let ngrams = NgramFeatures::of(&index, texts.ngram_texts(), selection.longest);
        let idf = match of_base {
            Some(ngrams) => ngrams.idf().map(<[f32]>::to_vec),
            None => Some(inverse_document_frequencies(&ngrams, index.len())),
        };
        let (values, ngram_factors) = match &idf {
            Some(idf) => normalized_values(&ngrams, idf),
            None => plain_values(&ngrams, index.len()),
        };
        let adds_to_base = base.is_some_and(BaseAnswer::has_labels);
        let offsets = match adds_to_base {
            true => answers.concat(),
            false => vec![0.0; texts.len() * labels],
        };
        Ok(Some(Self {
            dense,
            columns,
            leading,
            index,
            ngrams,
            values,
            ngram_factors,
            idf,
            offsets,
            adds_to_base,
            labels,
        }))
    }

    /// Returns the number of texts.
    pub(super) fn texts(&self) -> usize {
        self.ngrams.texts()
    }

    /// Returns whether the regression can add to the answer of the base.
    pub(super) fn adds_to_base(&self) -> bool {
        self.adds_to_base
    }

    /// Returns the rows of some texts.
    pub(super) fn rows(&self, texts: &[usize], variant: Variant) -> candle_core::Result<Rows<'_>> {
        let width = self.columns.len();
        let mut dense = Vec::with_capacity(texts.len() * width);
        let mut offsets = Vec::with_capacity(texts.len() * self.labels);
        for &text in texts {
            let row = &self.dense[text * width..][..width];
            let (leading, network) = row.split_at(self.leading);
            dense.extend_from_slice(leading);
            dense.extend(network.iter().map(|value| value * variant.network_scale));
            let of_text = self.offsets[text * self.labels..][..self.labels].iter();
            offsets.extend(of_text.map(|offset| offset * variant.base_share));
        }
        let sparse = texts.iter().map(|&text| self.ngrams.get(text)).collect();
        let values = |&text: &usize| &self.values[self.ngrams.range(text)];
        let values = texts.iter().map(values).collect();
        Rows::new(dense, width, sparse, values, offsets)
    }
}

/// Returns the standardized columns, the number of leading ones, and their values, `[texts, columns]`.
///
/// The groups of columns have similar norms, so that the penalty on the weights treats them alike: the logits of the
/// base have one common factor, and the factors of each group of the network's features contain 1 / √size.
fn standardized(
    network: &Network,
    pooled: &[Vec<f32>],
    answers: &[Vec<f32>],
) -> (Vec<Standardized>, usize, Vec<f32>) {
    let hidden = network.architecture().features();
    let answer_columns = columns_of(answers);
    let spread = answer_columns.iter().map(|(_, deviation)| deviation);
    let spread = spread.copied().fold(f32::MIN_POSITIVE, f32::max);
    let constant = Standardized {
        mean: 0.0,
        factor: 1.0,
    };
    let mut columns = vec![constant];
    columns.extend(answer_columns.iter().map(|&(mean, _)| Standardized {
        mean,
        factor: factor_of(spread),
    }));
    let leading = columns.len();
    let network_columns = columns_of(pooled);
    let width = network_columns.len();
    columns.extend(
        network_columns
            .into_iter()
            .enumerate()
            .map(|(column, (mean, deviation))| {
                let group = if column < hidden {
                    hidden
                } else {
                    width - hidden
                };
                Standardized {
                    mean,
                    factor: factor_of(deviation) / (group as f32).sqrt(),
                }
            }),
    );
    let mut dense = Vec::with_capacity(pooled.len() * columns.len());
    for (pooled, answer) in pooled.iter().zip(answers) {
        let values = [1.0].iter().chain(answer).chain(pooled);
        let values = values.zip(&columns);
        dense.extend(values.map(|(value, column)| (value - column.mean) * column.factor));
    }
    (columns, leading, dense)
}

/// Returns the factor that gives a column with this deviation the deviation 1. A constant feature carries no information.
fn factor_of(deviation: f32) -> f32 {
    match deviation > 1e-6 {
        true => 1.0 / deviation,
        false => 0.0,
    }
}

/// Returns the mean and the standard deviation of each column.
fn columns_of(rows: &[Vec<f32>]) -> Vec<(f32, f32)> {
    let count = rows.len().max(1) as f64;
    let width = rows.first().map_or(0, Vec::len);
    let column = |column: usize| {
        let values = rows.iter().map(|row| f64::from(row[column]));
        let mean = values.clone().sum::<f64>() / count;
        let variance = values.map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        (mean as f32, variance.sqrt() as f32)
    };
    (0..width).map(column).collect()
}

/// Returns the smoothed inverse document frequency of each n-gram, `ln((1 + n) / (1 + df)) + 1` as in scikit-learn.
fn inverse_document_frequencies(ngrams: &NgramFeatures, count: usize) -> Vec<f32> {
    let mut frequencies = vec![0u32; count];
    ngrams
        .indices
        .iter()
        .for_each(|&index| frequencies[index as usize] += 1);
    let texts = ngrams.texts() as f64;
    let idf = |frequency: u32| (1.0 + texts) / (1.0 + f64::from(frequency));
    frequencies
        .into_iter()
        .map(|frequency| (idf(frequency).ln() + 1.0) as f32)
        .collect()
}

/// Returns the values of all n-grams of all texts, with the same norm for each text, and the factor of each n-gram.
fn normalized_values(ngrams: &NgramFeatures, idf: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let mut values = Vec::with_capacity(ngrams.indices.len());
    for text in 0..ngrams.texts() {
        let of_text = ngrams.get(text).iter().map(|&index| idf[index as usize]);
        let squares = of_text.clone().map(|idf| idf * idf).sum::<f32>();
        let norm = if squares > 0.0 { squares.sqrt() } else { 1.0 };
        values.extend(of_text.map(|idf| NGRAM_SCALE * idf / norm));
    }
    (values, idf.iter().map(|idf| NGRAM_SCALE * idf).collect())
}

/// Returns equal values for all n-grams of all texts, and equal factors.
fn plain_values(ngrams: &NgramFeatures, count: usize) -> (Vec<f32>, Vec<f32>) {
    let mean = ngrams.indices.len() as f32 / ngrams.texts().max(1) as f32;
    let value = NGRAM_SCALE / mean.max(1.0).sqrt();
    (vec![value; ngrams.indices.len()], vec![value; count])
}
