//! The index of n-grams: from an n-gram of token ids or of characters to its place in the table of weights.

use std::ops::Range;

use super::MAX_NGRAM;
use crate::batch::NgramText;

/// The number of bits per token in a key.
const TOKEN_BITS: u32 = 21;

/// The bit of the keys of character n-grams, which no key of token ids has.
const CHARACTERS: u64 = 1 << 63;

/// The multiplier of the hash of keys: 2⁶⁴ divided by the golden ratio (Knuth, 1998, section 6.4).
const HASH_MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// The approximate number of n-grams in a bucket of the index.
const NGRAMS_PER_BUCKET: usize = 4;

/// An n-gram of token ids or the hash of a character n-gram, packed into one number.
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

    /// Returns the key of a character n-gram with this hash. N-grams with the same hash share a key.
    pub fn of_characters(hash: u32) -> Self {
        Self(CHARACTERS | u64::from(hash))
    }

    /// Returns the hash by which keys are sorted.
    fn hash(self) -> u64 {
        self.0.wrapping_mul(HASH_MULTIPLIER)
    }

    /// Iterates over the token ids, which a character n-gram does not have.
    pub fn ids(self) -> impl Iterator<Item = u32> {
        let count = match self.0 & CHARACTERS {
            0 => MAX_NGRAM as u32,
            _ => 0,
        };
        let numbers = (0..count).map(move |index| self.0 >> (index * TOKEN_BITS));
        let tokens = numbers.map(|number| (number & ((1 << TOKEN_BITS) - 1)) as u32);
        tokens.take_while(|&token| token > 0).map(|token| token - 1)
    }

    /// Returns the key as a number, as in ngrams.bin.
    pub fn to_number(self) -> u64 {
        self.0
    }

    /// Iterates over the keys of all n-grams of a text with their token ranges, with repetitions. Those of token ids have up to
    /// `longest` tokens; then come the character n-grams.
    fn occurrences(text: NgramText, longest: usize) -> impl Iterator<Item = (Self, Range<usize>)> {
        let ids = text.ids();
        let of_tokens =
            spans(ids.len(), longest).map(|tokens| (Self::new(&ids[tokens.clone()]), tokens));
        let of_characters = text.char_ngrams();
        of_tokens
            .chain(of_characters.map(|(token, hash)| (Self::of_characters(hash), token..token + 1)))
    }

    /// Iterates over the keys of all n-grams of a text, with repetitions.
    pub fn of_text(text: NgramText, longest: usize) -> impl Iterator<Item = Self> {
        Self::occurrences(text, longest).map(|(key, _)| key)
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
    pub(super) keys: Vec<NgramKey>,
    /// The start of each bucket in `keys`, and last the number of keys. A key's bucket is the highest bits of its hash.
    bucket_starts: Vec<u32>,
}

impl NgramIndex {
    /// Creates an index of distinct keys, in any order.
    pub fn new(mut keys: Vec<NgramKey>) -> Self {
        keys.sort_unstable_by_key(|key| key.hash());
        Self::from_sorted(keys)
    }

    pub(super) fn from_sorted(keys: Vec<NgramKey>) -> Self {
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

    /// Iterates over the n-grams in the order of their indices.
    pub fn keys(&self) -> impl Iterator<Item = NgramKey> + '_ {
        self.keys.iter().copied()
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
    pub fn indices(&self, text: NgramText, longest: usize, indices: &mut Vec<u32>) {
        indices.clear();
        let known = NgramKey::of_text(text, longest).filter_map(|key| self.get(key));
        indices.extend(known.map(|index| index as u32));
        indices.sort_unstable();
        indices.dedup();
    }

    /// Returns the index and the token range of each known n-gram of a text, sorted.
    pub(super) fn occurrences(
        &self,
        text: NgramText,
        longest: usize,
    ) -> Vec<(usize, Range<usize>)> {
        let mut occurrences: Vec<(usize, Range<usize>)> = NgramKey::occurrences(text, longest)
            .filter_map(|(key, tokens)| Some((self.get(key)?, tokens)))
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
        fn no_character_ngram_has_the_key_of_tokens(
            hash in any::<u32>(),
            ids in prop::collection::vec(0..NgramKey::MAX_VOCABULARY as u32, 1..=3),
        ) {
            let (of_characters, of_tokens) = (NgramKey::of_characters(hash), NgramKey::new(&ids));
            prop_assert_ne!(of_characters, of_tokens);
            prop_assert_eq!(of_characters.ids().count(), 0);
            prop_assert_eq!(of_tokens.ids().collect::<Vec<u32>>(), ids);
            let index = NgramIndex::new(vec![of_characters, of_tokens]);
            prop_assert_eq!(NgramIndex::from_bytes(&index.to_bytes()), Ok(index));
        }

        #[test]
        fn any_bytes_give_an_index_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(index) = NgramIndex::from_bytes(&bytes) {
                prop_assert_eq!(index.to_bytes(), bytes);
            }
        }
    }
}
