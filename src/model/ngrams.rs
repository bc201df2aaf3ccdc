//! N-gram weights: a linear model beside the network, whose logits are added to the network's (the wide part of Cheng
//! et al., 2016, "Wide & Deep Learning").

use std::ops::Range;

use super::ModelError;

/// The maximum number of tokens in an n-gram, which must fit a key.
pub const MAX_NGRAM: usize = 3;

/// The number of bits per token in a key.
const TOKEN_BITS: u32 = 21;

/// The multiplier of the hash of keys: 2⁶⁴ divided by the golden ratio (Knuth, 1998, section 6.4).
const HASH_MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// The approximate number of n-grams in a bucket of the index.
const NGRAMS_PER_BUCKET: usize = 4;

/// An n-gram of token ids, packed into one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NgramKey(u64);

impl NgramKey {
    /// The maximum size of a vocabulary whose n-grams have keys.
    pub const MAX_VOCABULARY: usize = (1 << TOKEN_BITS) - 1;

    /// Returns the key of 1 to [`MAX_NGRAM`] token ids, each below [`NgramKey::MAX_VOCABULARY`].
    pub fn new(ids: &[u32]) -> Self {
        let shifted = ids.iter().zip(0..).map(|(&id, index)| {
            debug_assert!((id as usize) < Self::MAX_VOCABULARY && index < MAX_NGRAM as u32);
            // One more than the id, so that id 0 differs from no token.
            (u64::from(id) + 1) << (index * TOKEN_BITS)
        });
        Self(shifted.sum())
    }

    /// Returns the hash by which keys are sorted.
    fn hash(self) -> u64 {
        self.0.wrapping_mul(HASH_MULTIPLIER)
    }

    /// Returns the key as a number, as in ngrams.bin.
    pub fn to_number(self) -> u64 {
        self.0
    }

    /// Iterates over the keys of all n-grams of a text, with repetitions.
    pub fn of_text(ids: &[u32], longest: usize) -> impl Iterator<Item = Self> {
        spans(ids.len(), longest).map(|tokens| Self::new(&ids[tokens]))
    }
}

/// Iterates over the token ranges of a text's n-grams, sorted by start and then by length.
fn spans(tokens: usize, longest: usize) -> impl Iterator<Item = Range<usize>> {
    (0..tokens).flat_map(move |start| {
        let ends = start + 1..=tokens.min(start + longest);
        ends.map(move |end| start..end)
    })
}

/// A map from n-grams to their indices in the table of weights.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NgramIndex {
    /// Sorted by [`NgramKey::hash`].
    keys: Vec<NgramKey>,
    /// The start of each bucket in `keys`, and last the number of keys. A key's bucket is the highest bits of its hash.
    bucket_starts: Vec<u32>,
}

impl NgramIndex {
    /// Creates an index of distinct keys, in any order.
    pub fn new(mut keys: Vec<NgramKey>) -> Self {
        keys.sort_unstable_by_key(|key| key.hash());
        Self::from_sorted(keys)
    }

    fn from_sorted(keys: Vec<NgramKey>) -> Self {
        let bits = bucket_bits(keys.len());
        let mut bucket_starts = vec![0; (1 << bits) + 1];
        for key in &keys {
            bucket_starts[bucket(*key, bits) + 1] += 1;
        }
        for index in 1..bucket_starts.len() {
            bucket_starts[index] += bucket_starts[index - 1];
        }
        Self {
            keys,
            bucket_starts,
        }
    }

    /// Returns the number of n-grams.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Returns whether there are no n-grams.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Returns the index of an n-gram, if it is known.
    pub fn get(&self, key: NgramKey) -> Option<usize> {
        let bucket = bucket(key, bucket_bits(self.len()));
        let start = self.bucket_starts[bucket] as usize;
        let end = self.bucket_starts[bucket + 1] as usize;
        let offset = self.keys[start..end].iter().position(|&known| known == key);
        offset.map(|offset| start + offset)
    }

    /// Replaces `indices` by the sorted indices of a text's known n-grams, each once.
    pub fn indices(&self, ids: &[u32], longest: usize, indices: &mut Vec<u32>) {
        indices.clear();
        let known = NgramKey::of_text(ids, longest).filter_map(|key| self.get(key));
        indices.extend(known.map(|index| index as u32));
        indices.sort_unstable();
        indices.dedup();
    }

    /// Returns the index and the token range of each known n-gram of a text, sorted.
    fn occurrences(&self, ids: &[u32], longest: usize) -> Vec<(usize, Range<usize>)> {
        let mut occurrences: Vec<(usize, Range<usize>)> = spans(ids.len(), longest)
            .filter_map(|tokens| Some((self.get(NgramKey::new(&ids[tokens.clone()]))?, tokens)))
            .collect();
        occurrences.sort_unstable_by_key(|(index, tokens)| (*index, tokens.start));
        occurrences
    }

    /// Returns the content of ngrams.bin: the keys as little-endian numbers, in the order of their indices.
    pub fn to_bytes(&self) -> Vec<u8> {
        let numbers = self.keys.iter().flat_map(|key| key.0.to_le_bytes());
        numbers.collect()
    }

    /// Parses the content of ngrams.bin.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, &'static str> {
        let (numbers, rest) = bytes.as_chunks::<{ size_of::<u64>() }>();
        if !rest.is_empty() {
            return Err("its size is not a multiple of 8 bytes");
        }
        if u32::try_from(numbers.len()).is_err() {
            return Err("it has too many n-grams");
        }
        let keys: Vec<NgramKey> = numbers
            .iter()
            .map(|bytes| NgramKey(u64::from_le_bytes(*bytes)))
            .collect();
        match keys.is_sorted_by(|a, b| a.hash() < b.hash()) {
            true => Ok(Self::from_sorted(keys)),
            false => Err("its n-grams are not sorted"),
        }
    }
}

/// Returns the number of hash bits that select the bucket.
fn bucket_bits(keys: usize) -> u32 {
    (keys / NGRAMS_PER_BUCKET + 1).next_power_of_two().ilog2()
}

fn bucket(key: NgramKey, bits: u32) -> usize {
    // Two shifts, because a single shift by 64 bits overflows.
    (key.hash() >> 1 >> (63 - bits)) as usize
}

/// N-grams with a weight for each label.
#[derive(Clone, Debug, PartialEq)]
pub struct Ngrams {
    index: NgramIndex,
    /// `[n-grams, labels]`
    weights: Vec<f32>,
    /// The maximum number of tokens in an n-gram.
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
            longest,
            labels,
        })
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
        Self {
            index: NgramIndex::from_sorted(keys.collect()),
            weights: weights.copied().collect(),
            ..*self
        }
    }

    /// Returns the weight for each label of an n-gram: `[labels]`.
    fn label_weights(&self, index: usize) -> &[f32] {
        &self.weights[index * self.labels..][..self.labels]
    }

    /// Adds the weights of a text's distinct n-grams to the logits, `[labels]`. `indices` is a buffer.
    pub fn add_logits(&self, ids: &[u32], logits: &mut [f32], indices: &mut Vec<u32>) {
        self.index.indices(ids, self.longest, indices);
        for &index in &*indices {
            for (logit, weight) in logits.iter_mut().zip(self.label_weights(index as usize)) {
                *logit += weight;
            }
        }
    }

    /// Distributes the logits of [`Ngrams::add_logits`] over the tokens of a text. Returns `[tokens, labels]`.
    ///
    /// All tokens of all occurrences of an n-gram have equal shares of its weights.
    pub fn shares(&self, ids: &[u32]) -> Vec<f64> {
        let mut shares = vec![0.0; ids.len() * self.labels];
        let occurrences = self.index.occurrences(ids, self.longest);
        for of_ngram in occurrences.chunk_by(|a, b| a.0 == b.0) {
            let weights = self.label_weights(of_ngram[0].0);
            let tokens = of_ngram.iter().flat_map(|(_, tokens)| tokens.clone());
            let count = tokens.clone().count() as f64;
            for token in tokens {
                let of_token = &mut shares[token * self.labels..][..self.labels];
                for (share, &weight) in of_token.iter_mut().zip(weights) {
                    *share += f64::from(weight) / count;
                }
            }
        }
        shares
    }
}

/// The name of the n-gram weights in model.safetensors.
pub const NGRAM_WEIGHTS: &str = "ngrams.weight";

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_every_ngram_and_no_other(
            known in prop::collection::hash_set(prop::collection::vec(0u32..40, 1..=3), 0..200),
            asked in prop::collection::vec(prop::collection::vec(0u32..40, 1..=3), 0..50),
        ) {
            let index = NgramIndex::new(known.iter().map(|ids| NgramKey::new(ids)).collect());
            let indices: HashSet<usize> =
                known.iter().filter_map(|ids| index.get(NgramKey::new(ids))).collect();
            prop_assert_eq!(indices.len(), known.len());
            for ids in asked {
                prop_assert_eq!(index.get(NgramKey::new(&ids)).is_some(), known.contains(&ids));
            }
            let read = NgramIndex::from_bytes(&index.to_bytes());
            prop_assert_eq!(read.as_ref(), Ok(&index));
        }

        #[test]
        fn any_bytes_give_an_index_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(index) = NgramIndex::from_bytes(&bytes) {
                prop_assert_eq!(index.to_bytes(), bytes);
            }
        }
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
        strongest.add_logits(&[1, 2, 6, 7, 8], &mut logits, &mut Vec::new());
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
        ngrams.add_logits(&[1, 2, 1, 2, 9], &mut logits, &mut Vec::new());
        assert_eq!(logits, [3.5, -0.5]);
        // [1] and [1, 2] occur twice; the four tokens of [1, 2] share its weight.
        let shares = ngrams.shares(&[1, 2, 1, 2, 9]);
        assert_eq!(
            shares,
            [1.5, -0.25, 0.0, -0.25, 1.5, -0.25, 0.0, -0.25, 0.0, 0.0]
        );
    }
}
