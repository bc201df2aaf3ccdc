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
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::batch::{EncodedTexts, KnownCharNgrams};
    use crate::text::hash_char_ngrams;
    use crate::vocabulary::{UNKNOWN_ID, Vocabulary};

    /// `ab>` is an n-gram of the known token `ab` and of the unknown token `cab`.
    #[test]
    fn the_tokens_with_a_character_ngram_share_its_weight() {
        let vocabulary = Vocabulary::parse("<unk>\nab\n", Path::new("vocabulary.txt")).unwrap();
        let known = KnownCharNgrams::new(&"3..3".parse().unwrap(), &vocabulary);
        let mut texts = EncodedTexts::with_char_ngrams(known.map(Arc::new));
        texts.push_unknown("cab");
        texts.push_unknown("b");
        texts.push([1, UNKNOWN_ID, UNKNOWN_ID]);
        let mut last = 0;
        hash_char_ngrams("ab", &(3..=3), |hash| last = hash);
        let index = NgramIndex::new(vec![NgramKey::of_characters(last)]);
        let ngrams = Ngrams::new(index, vec![3.0, -1.0], 0, 2).unwrap();
        let mut logits = [0.0; 2];
        ngrams.add_logits(texts.ngram_text(0), &mut logits, &mut Vec::new());
        assert_eq!(logits, [3.0, -1.0]);
        assert_eq!(
            ngrams.shares(texts.ngram_text(0)),
            [1.5, -0.5, 1.5, -0.5, 0.0, 0.0]
        );
    }

    #[test]
    fn the_sum_of_two_tables_has_the_sum_of_their_logits() {
        let table = |keys: [&[u32]; 2], weights: Vec<f32>| {
            let index = NgramIndex::new(keys.iter().map(|ids| NgramKey::new(ids)).collect());
            Ngrams::new(index, weights, 2, 2).unwrap()
        };
        let first = table([&[1], &[2]], vec![1.0, 2.0, 3.0, 4.0]);
        let second = table([&[2], &[2, 3]], vec![5.0, 6.0, 7.0, 8.0]);
        let logits = |tables: &[&Ngrams]| {
            let mut logits = [0.0; 2];
            for table in tables {
                table.add_logits(NgramText::from(&[1, 2, 3]), &mut logits, &mut Vec::new());
            }
            logits
        };
        let sum = first.plus(&second);
        assert_eq!(sum.index().len(), 3);
        assert_eq!(logits(&[&sum]), logits(&[&first, &second]));
    }

    #[test]
    fn strongest_ngrams_keep_their_weights() {
        let keys: Vec<NgramKey> = (0..9).map(|id| NgramKey::new(&[id])).collect();
        let index = NgramIndex::new(keys.clone());
        let mut weights = vec![0.0; 18];
        for (id, key) in keys.iter().enumerate() {
            weights[2 * index.get(*key).unwrap()] = id as f32;
        }
        let strongest = Ngrams::new(index, weights, 1, 2).unwrap().strongest(3);
        assert_eq!(strongest.index().len(), 3);
        let mut logits = [0.0; 2];
        strongest.add_logits(
            NgramText::from(&[1, 2, 6, 7, 8]),
            &mut logits,
            &mut Vec::new(),
        );
        assert_eq!(logits, [21.0, 0.0]);
    }

    #[test]
    fn each_distinct_ngram_counts_once() {
        let index = NgramIndex::new(vec![NgramKey::new(&[1]), NgramKey::new(&[1, 2])]);
        let mut weights = vec![0.0; 4];
        let offset = |ids: &[u32]| 2 * index.get(NgramKey::new(ids)).unwrap();
        weights[offset(&[1])] = 3.0;
        weights[offset(&[1, 2]) + 1] = -1.0;
        let ngrams = Ngrams::new(index, weights, 2, 2).unwrap();
        let mut logits = [0.5, 0.5];
        ngrams.add_logits(
            NgramText::from(&[1, 2, 1, 2, 9]),
            &mut logits,
            &mut Vec::new(),
        );
        assert_eq!(logits, [3.5, -0.5]);
        // [1] and [1, 2] occur twice; the four tokens of [1, 2] share its weight.
        let shares = ngrams.shares(NgramText::from(&[1, 2, 1, 2, 9]));
        assert_eq!(
            shares,
            [1.5, -0.25, 0.0, -0.25, 1.5, -0.25, 0.0, -0.25, 0.0, 0.0]
        );
    }

    /// The norm of the idf 3 and 4 is 5.
    #[test]
    fn normalized_weights_are_divided_by_the_norm_of_the_text() {
        let index = NgramIndex::new(vec![NgramKey::new(&[1]), NgramKey::new(&[2])]);
        let place = |id: u32| index.get(NgramKey::new(&[id])).unwrap();
        let (first, second) = (place(1), place(2));
        let (mut weights, mut idf) = (vec![0.0; 4], vec![0.0; 2]);
        (weights[2 * first], weights[2 * second + 1]) = (10.0, 20.0);
        (idf[first], idf[second]) = (3.0, 4.0);
        let ngrams = Ngrams::new(index, weights, 1, 2).unwrap();
        let ngrams = ngrams.normalized(idf).unwrap();
        let mut logits = [0.0; 2];
        ngrams.add_logits(NgramText::from(&[1, 2, 2, 9]), &mut logits, &mut Vec::new());
        assert_eq!(logits, [2.0, 4.0]);
        assert_eq!(
            ngrams.shares(NgramText::from(&[1, 2, 2, 9])),
            [2.0, 0.0, 0.0, 2.0, 0.0, 2.0, 0.0, 0.0]
        );
        let mut of_one = [0.0; 2];
        ngrams.add_logits(NgramText::from(&[2]), &mut of_one, &mut Vec::new());
        assert_eq!(of_one, [0.0, 5.0]);
        assert!(ngrams.normalized(vec![1.0]).is_err());
    }
}
