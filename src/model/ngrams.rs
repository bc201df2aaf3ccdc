//! Weights of n-grams: the part of a model that looks at which words stand beside each other, and adds
//! its own logits to the network's (the wide part of Cheng et al., 2016, Wide & Deep Learning).

use std::ops::Range;

use super::ModelError;

/// The longest n-gram there can be: what fits a key.
pub const MAX_NGRAM: usize = 3;

/// Bits of a key that hold one token.
const TOKEN_BITS: u32 = 21;

/// Multiplied by this, keys are spread evenly (Knuth, 1998, section 6.4: 2⁶⁴ over the golden ratio).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// How many n-grams share an entry of the index, about.
const NGRAMS_AN_ENTRY: usize = 4;

/// An n-gram of token ids as one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NgramKey(u64);

impl NgramKey {
    /// The largest vocabulary whose n-grams have keys.
    pub const MAX_VOCABULARY: usize = (1 << TOKEN_BITS) - 1;

    /// The key of 1 to [`MAX_NGRAM`] token ids, each below [`NgramKey::MAX_VOCABULARY`].
    pub fn new(ids: &[u32]) -> Self {
        let shifted = ids.iter().zip(0..).map(|(&id, place)| {
            debug_assert!((id as usize) < Self::MAX_VOCABULARY && place < MAX_NGRAM as u32);
            // One more than the id, so that a missing token is not the first one.
            (u64::from(id) + 1) << (place * TOKEN_BITS)
        });
        Self(shifted.sum())
    }

    /// What n-grams are sorted by.
    fn spread(self) -> u64 {
        self.0.wrapping_mul(SPREAD)
    }

    /// The number that a file holds.
    pub fn to_number(self) -> u64 {
        self.0
    }

    /// The key of each n-gram of a text, one for every place where it stands.
    pub fn of_text(ids: &[u32], longest: usize) -> impl Iterator<Item = Self> {
        spans(ids.len(), longest).map(|tokens| Self::new(&ids[tokens]))
    }
}

/// Where the n-grams of a text of so many tokens stand, of one place the shortest first.
fn spans(tokens: usize, longest: usize) -> impl Iterator<Item = Range<usize>> {
    (0..tokens).flat_map(move |start| {
        let ends = start + 1..=tokens.min(start + longest);
        ends.map(move |end| start..end)
    })
}

/// A number for each n-gram that is known: its place in the table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NgramIndex {
    /// Sorted by [`NgramKey::spread`].
    keys: Vec<NgramKey>,
    /// Where the keys begin whose spread has these highest bits.
    starts: Vec<u32>,
}

impl NgramIndex {
    /// An index of distinct keys, in any order.
    pub fn new(mut keys: Vec<NgramKey>) -> Self {
        keys.sort_unstable_by_key(|key| key.spread());
        Self::of_sorted(keys)
    }

    fn of_sorted(keys: Vec<NgramKey>) -> Self {
        let bits = index_bits(keys.len());
        let mut starts = vec![0; (1 << bits) + 1];
        for key in &keys {
            starts[entry(*key, bits) + 1] += 1;
        }
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        Self { keys, starts }
    }

    /// How many n-grams there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The place of an n-gram, if it is known.
    pub fn get(&self, key: NgramKey) -> Option<usize> {
        let entry = entry(key, index_bits(self.len()));
        let (start, end) = (self.starts[entry] as usize, self.starts[entry + 1] as usize);
        let place = self.keys[start..end].iter().position(|&known| known == key);
        place.map(|place| start + place)
    }

    /// The places of the known n-grams of a text, each once and in order; `places` is replaced.
    pub fn places(&self, ids: &[u32], longest: usize, places: &mut Vec<u32>) {
        places.clear();
        let known = NgramKey::of_text(ids, longest).filter_map(|key| self.get(key));
        places.extend(known.map(|place| place as u32));
        places.sort_unstable();
        places.dedup();
    }

    /// The known n-grams of a text: each one's place in the table and where in the text it stands, the
    /// occurrences of one beside each other.
    fn occurrences(&self, ids: &[u32], longest: usize) -> Vec<(usize, Range<usize>)> {
        let mut occurrences: Vec<(usize, Range<usize>)> = spans(ids.len(), longest)
            .filter_map(|tokens| Some((self.get(NgramKey::new(&ids[tokens.clone()]))?, tokens)))
            .collect();
        occurrences.sort_unstable_by_key(|(place, tokens)| (*place, tokens.start));
        occurrences
    }

    /// The content of a file: the keys as little-endian numbers, in the order of the table.
    pub fn to_bytes(&self) -> Vec<u8> {
        let numbers = self.keys.iter().flat_map(|key| key.0.to_le_bytes());
        numbers.collect()
    }

    /// Reads what [`NgramIndex::to_bytes`] gave.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, &'static str> {
        let (numbers, rest) = bytes.as_chunks::<{ size_of::<u64>() }>();
        if !rest.is_empty() || u32::try_from(numbers.len()).is_err() {
            return Err("its size is not that of a list of n-grams");
        }
        let keys: Vec<NgramKey> = numbers
            .iter()
            .map(|bytes| NgramKey(u64::from_le_bytes(*bytes)))
            .collect();
        match keys.is_sorted_by(|a, b| a.spread() < b.spread()) {
            true => Ok(Self::of_sorted(keys)),
            false => Err("its n-grams are not in order"),
        }
    }
}

/// How many of a key's highest bits choose the entry.
fn index_bits(keys: usize) -> u32 {
    (keys / NGRAMS_AN_ENTRY + 1).next_power_of_two().ilog2()
}

fn entry(key: NgramKey, bits: u32) -> usize {
    // By two shifts, because one of 64 bits would overflow.
    (key.spread() >> 1 >> (63 - bits)) as usize
}

/// What each known n-gram adds to each label's logit.
#[derive(Clone, Debug, PartialEq)]
pub struct Ngrams {
    index: NgramIndex,
    /// `[n-grams, labels]`
    weights: Vec<f32>,
    /// Tokens of the longest n-gram.
    longest: usize,
    labels: usize,
}

impl Ngrams {
    /// Weights `[n-grams, labels]` of the n-grams of an index, of at most `longest` tokens.
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

    /// Which n-grams are known.
    pub fn index(&self) -> &NgramIndex {
        &self.index
    }

    /// The weights, `[n-grams, labels]`.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// How many labels there are.
    pub fn labels(&self) -> usize {
        self.labels
    }

    /// The same n-grams with `factor` times the weights.
    pub fn scaled(&self, factor: f32) -> Self {
        Self {
            weights: self.weights.iter().map(|weight| weight * factor).collect(),
            ..self.clone()
        }
    }

    /// The `count` n-grams whose weights differ most between labels, without the others.
    pub fn strongest(&self, count: usize) -> Self {
        let of = |place: usize| &self.weights[place * self.labels..][..self.labels];
        let spread = |place: &usize| {
            let highest = of(*place).iter().copied().fold(f32::MIN, f32::max);
            let lowest = of(*place).iter().copied().fold(f32::MAX, f32::min);
            highest - lowest
        };
        let mut places: Vec<usize> = (0..self.index.len()).collect();
        places.sort_by(|a, b| spread(b).total_cmp(&spread(a)));
        places.truncate(count);
        // In the order of the table, which stays that of the keys.
        places.sort_unstable();
        Self {
            index: NgramIndex::of_sorted(places.iter().map(|&p| self.index.keys[p]).collect()),
            weights: places.iter().flat_map(|&p| of(p)).copied().collect(),
            ..*self
        }
    }

    /// Adds to each label's logit what the distinct n-grams of a text say; `places` is a buffer.
    pub fn add_logits(&self, ids: &[u32], logits: &mut [f32], places: &mut Vec<u32>) {
        self.index.places(ids, self.longest, places);
        for &place in &*places {
            let weights = &self.weights[place as usize * self.labels..][..self.labels];
            for (logit, weight) in logits.iter_mut().zip(weights) {
                *logit += weight;
            }
        }
    }

    /// What each token of a text has of what [`Ngrams::add_logits`] adds, `[tokens, labels]`: an n-gram's weights
    /// are shared evenly by all tokens of all places where it stands.
    pub fn shares(&self, ids: &[u32]) -> Vec<f64> {
        let mut shares = vec![0.0; ids.len() * self.labels];
        let occurrences = self.index.occurrences(ids, self.longest);
        for of_one in occurrences.chunk_by(|a, b| a.0 == b.0) {
            let weights = &self.weights[of_one[0].0 * self.labels..][..self.labels];
            let tokens = of_one.iter().flat_map(|(_, tokens)| tokens.clone());
            let sharers = tokens.clone().count() as f64;
            for token in tokens {
                let of_token = &mut shares[token * self.labels..][..self.labels];
                for (share, &weight) in of_token.iter_mut().zip(weights) {
                    *share += f64::from(weight) / sharers;
                }
            }
        }
        shares
    }
}

/// The name of the weights among a model's.
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
            let places: HashSet<usize> =
                known.iter().filter_map(|ids| index.get(NgramKey::new(ids))).collect();
            prop_assert_eq!(places.len(), known.len());
            for ids in asked {
                prop_assert_eq!(index.get(NgramKey::new(&ids)).is_some(), known.contains(&ids));
            }
            let read = NgramIndex::from_bytes(&index.to_bytes());
            prop_assert_eq!(read.as_ref(), Ok(&index));
        }

        #[test]
        fn any_bytes_are_an_index_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(index) = NgramIndex::from_bytes(&bytes) {
                prop_assert_eq!(index.to_bytes(), bytes);
            }
        }
    }

    #[test]
    fn the_strongest_keep_their_weights() {
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
    fn a_text_says_what_its_distinct_ngrams_say() {
        let index = NgramIndex::new(vec![NgramKey::new(&[1]), NgramKey::new(&[1, 2])]);
        let mut weights = vec![0.0; 4];
        let place = |ids: &[u32]| 2 * index.get(NgramKey::new(ids)).unwrap();
        weights[place(&[1])] = 3.0;
        weights[place(&[1, 2]) + 1] = -1.0;
        let ngrams = Ngrams::new(index, weights, 2, 2).unwrap();
        let mut logits = [0.5, 0.5];
        ngrams.add_logits(&[1, 2, 1, 2, 9], &mut logits, &mut Vec::new());
        assert_eq!(logits, [3.5, -0.5]);
        // [1] stands twice, and so does [1, 2], whose four tokens share its weight.
        let shares = ngrams.shares(&[1, 2, 1, 2, 9]);
        assert_eq!(
            shares,
            [1.5, -0.25, 0.0, -0.25, 1.5, -0.25, 0.0, -0.25, 0.0, 0.0]
        );
    }
}
