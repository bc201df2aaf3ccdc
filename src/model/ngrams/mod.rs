//! N-gram weights: a linear model beside the network, whose logits are added to the network's (the wide part of Cheng
//! et al., 2016, "Wide & Deep Learning").

mod index;

pub use self::index::{NgramIndex, NgramKey};
use super::{LabelSubset, ModelError};
use crate::batch::NgramText;

/// The maximum number of tokens in an n-gram, which must fit a key.
pub const MAX_NGRAM: usize = 3;

/// N-grams with a weight for each label.
#[derive(Clone, Debug, PartialEq)]
pub struct Ngrams {
    index: NgramIndex,
    /// `[n-grams, labels]`
    weights: Vec<f32>,
    /// The inverse document frequency of each n-gram; `None` without normalization.
    idf: Option<Vec<f32>>,
    /// The maximum number of tokens in an n-gram; 0 if all are character n-grams.
    longest: usize,
    labels: usize,
}

impl Ngrams {
    /// Combines an index with its weights, `[n-grams, labels]`. N-grams have at most `longest` tokens.
    pub fn new(
        index: NgramIndex,
        weights: Vec<f32>,
        longest: usize,
        labels: usize,
    ) -> Result<Self, ModelError> {
        if weights.len() != index.len() * labels {
            return Err(ModelError::Shape {
                name: NGRAM_WEIGHTS.into(),
                shape: vec![index.len(), labels],
            });
        }
        Ok(Self {
            index,
            weights,
            idf: None,
            longest,
            labels,
        })
    }

    /// Divides the sum of a text's weights by the Euclidean norm of its n-grams' inverse document frequencies, so that
    /// a long text does not weigh more than a short one. The weights already contain the frequencies.
    ///
    /// `idf` has one number for each n-gram.
    pub fn normalized(self, idf: Vec<f32>) -> Result<Self, ModelError> {
        if idf.len() != self.index.len() {
            return Err(ModelError::Shape {
                name: NGRAM_IDF.into(),
                shape: vec![self.index.len()],
            });
        }
        Ok(Self {
            idf: Some(idf),
            ..self
        })
    }

    /// Returns the inverse document frequency of each n-gram, if the weights are normalized.
    pub fn idf(&self) -> Option<&[f32]> {
        self.idf.as_deref()
    }

    /// Returns the factor of the weights of a text with these n-grams.
    fn factor(&self, indices: impl Iterator<Item = usize>) -> f32 {
        let Some(idf) = &self.idf else {
            return 1.0;
        };
        let squares: f32 = indices.map(|index| idf[index] * idf[index]).sum();
        match squares > 0.0 {
            true => 1.0 / squares.sqrt(),
            false => 1.0,
        }
    }

    /// Returns the index of the n-grams.
    pub fn index(&self) -> &NgramIndex {
        &self.index
    }

    /// Returns the weights: `[n-grams, labels]`.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Returns the number of labels.
    pub fn labels(&self) -> usize {
        self.labels
    }

    /// Returns the n-grams with their weights multiplied by `factor`.
    pub fn scaled(&self, factor: f32) -> Self {
        Self {
            weights: self.weights.iter().map(|weight| weight * factor).collect(),
            ..self.clone()
        }
    }

    /// Returns the n-grams with the weights of some labels.
    pub(crate) fn restricted_to(&self, subset: &LabelSubset) -> Self {
        Self {
            labels: subset.config.labels.len(),
            ..self.map_weights(|weights| subset.select(weights))
        }
    }

    /// Returns the n-grams with other weights, which `change` computes from those of each, `[labels]`.
    pub(crate) fn map_weights(&self, change: impl Fn(&[f32]) -> Vec<f32>) -> Self {
        Self {
            weights: self
                .weights
                .chunks_exact(self.labels)
                .flat_map(change)
                .collect(),
            ..self.clone()
        }
    }

    /// Returns the n-grams of both, each with the sum of its weights. Both have the same labels; the sum
    /// is not normalized.
    pub fn plus(&self, other: &Self) -> Self {
        let mut keys: Vec<NgramKey> = self.index.keys().chain(other.index.keys()).collect();
        keys.sort_unstable_by_key(|key| key.to_number());
        keys.dedup();
        let index = NgramIndex::new(keys);
        let mut weights = vec![0.0; index.len() * self.labels];
        for (key, sums) in index.keys().zip(weights.chunks_exact_mut(self.labels)) {
            for part in [self, other] {
                let place = part.index.get(key);
                let of_part = place
                    .into_iter()
                    .flat_map(|place| part.label_weights(place));
                sums.iter_mut()
                    .zip(of_part)
                    .for_each(|(sum, weight)| *sum += weight);
            }
        }
        Self {
            index,
            weights,
            idf: None,
            longest: self.longest.max(other.longest),
            labels: self.labels,
        }
    }

    /// Keeps the `count` n-grams whose weights differ most between labels.
    pub fn strongest(&self, count: usize) -> Self {
        let difference = |&index: &usize| {
            let weights = self.label_weights(index).iter().copied();
            weights.clone().fold(f32::MIN, f32::max) - weights.fold(f32::MAX, f32::min)
        };
        let mut indices: Vec<usize> = (0..self.index.len()).collect();
        indices.sort_by(|a, b| difference(b).total_cmp(&difference(a)));
        indices.truncate(count);
        // Keys stay sorted.
        indices.sort_unstable();
        let keys = indices.iter().map(|&index| self.index.keys[index]);
        let weights = indices.iter().flat_map(|&index| self.label_weights(index));
        let idf = self.idf.as_ref();
        Self {
            index: NgramIndex::from_sorted(keys.collect()),
            weights: weights.copied().collect(),
            idf: idf.map(|idf| indices.iter().map(|&index| idf[index]).collect()),
            ..*self
        }
    }

    /// Returns the weight for each label of an n-gram: `[labels]`.
    fn label_weights(&self, index: usize) -> &[f32] {
        &self.weights[index * self.labels..][..self.labels]
    }

    /// Adds the weights of a text's distinct n-grams to the logits, `[labels]`. `indices` is a buffer.
    pub fn add_logits(&self, text: NgramText, logits: &mut [f32], indices: &mut Vec<u32>) {
        self.index.indices(text, self.longest, indices);
        let factor = self.factor(indices.iter().map(|&index| index as usize));
        for &index in &*indices {
            for (logit, weight) in logits.iter_mut().zip(self.label_weights(index as usize)) {
                *logit += factor * weight;
            }
        }
    }

    /// Distributes the logits of [`Ngrams::add_logits`] over the tokens of a text. Returns `[tokens, labels]`.
    ///
    /// All tokens of all occurrences of an n-gram have equal shares of its weights.
    pub fn shares(&self, text: NgramText) -> Vec<f64> {
        let mut shares = vec![0.0; text.ids().len() * self.labels];
        let occurrences = self.index.occurrences(text, self.longest);
        let of_ngrams = || occurrences.chunk_by(|a, b| a.0 == b.0);
        let factor = self.factor(of_ngrams().map(|of_ngram| of_ngram[0].0));
        for of_ngram in of_ngrams() {
            let weights = self.label_weights(of_ngram[0].0);
            let tokens = of_ngram.iter().flat_map(|(_, tokens)| tokens.clone());
            let count = tokens.clone().count() as f64;
            for token in tokens {
                let of_token = &mut shares[token * self.labels..][..self.labels];
                for (share, &weight) in of_token.iter_mut().zip(weights) {
                    *share += f64::from(factor * weight) / count;
                }
            }
        }
        shares
    }
}

/// The name of the n-gram weights in model.safetensors.
pub const NGRAM_WEIGHTS: &str = "ngrams.weight";

/// The name of the inverse document frequencies in model.safetensors.
pub const NGRAM_IDF: &str = "ngrams.idf";

#[cfg(test)]
mod tests;
