//! Encoded texts, and packed batches of them for the network.

use std::ops::Range;

use rand::Rng;
use rand::seq::SliceRandom;
use rustc_hash::FxHashMap;

/// The number of batches in a bucket, within which texts are sorted by length. Larger buckets give batches of more
/// similar lengths, smaller ones more random batches.
const BATCHES_PER_BUCKET: usize = 50;

/// Texts as token ids, in one buffer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EncodedTexts {
    ids: Vec<u32>,
    ends: Vec<usize>,
    /// For each text, the number of tokens that were cut off because it is too long.
    unread: Vec<usize>,
    /// For each text, the number of out-of-vocabulary tokens that are not words.
    unknown_symbols: Vec<usize>,
    /// For each text, the name of its language if the model did not learn from it.
    foreign_languages: Vec<Option<&'static str>>,
}

impl EncodedTexts {
    /// Appends a text.
    pub fn push(&mut self, ids: impl IntoIterator<Item = u32>) {
        self.push_read(ids, 0, 0, None);
    }

    /// Appends a text with the number of tokens that were cut off, the number of its out-of-vocabulary tokens that are
    /// not words, and the name of its language if the model did not learn from it.
    pub(crate) fn push_read(
        &mut self,
        ids: impl IntoIterator<Item = u32>,
        unread: usize,
        unknown_symbols: usize,
        foreign_language: Option<&'static str>,
    ) {
        self.ids.extend(ids);
        self.ends.push(self.ids.len());
        self.unread.push(unread);
        self.unknown_symbols.push(unknown_symbols);
        self.foreign_languages.push(foreign_language);
    }

    /// Returns the number of tokens of a text that were cut off.
    ///
    /// # Panics
    /// If `index` is not below [`EncodedTexts::len`].
    pub fn unread(&self, index: usize) -> usize {
        self.unread[index]
    }

    /// Returns the number of out-of-vocabulary tokens of a text that are not words, such as numbers.
    ///
    /// # Panics
    /// If `index` is not below [`EncodedTexts::len`].
    pub(crate) fn unknown_symbols(&self, index: usize) -> usize {
        self.unknown_symbols[index]
    }

    /// Returns the name of the language of a text if the model did not learn from it.
    ///
    /// # Panics
    /// If `index` is not below [`EncodedTexts::len`].
    pub(crate) fn foreign_language(&self, index: usize) -> Option<&'static str> {
        self.foreign_languages[index]
    }

    /// Appends all texts of `other`.
    pub fn append(&mut self, other: &Self) {
        let before = self.ids.len();
        self.ids.extend_from_slice(&other.ids);
        self.ends.extend(other.ends.iter().map(|end| before + end));
        self.unread.extend_from_slice(&other.unread);
        self.unknown_symbols
            .extend_from_slice(&other.unknown_symbols);
        self.foreign_languages
            .extend_from_slice(&other.foreign_languages);
    }

    /// Returns the number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns whether there are no texts.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Returns the number of tokens in all texts.
    pub fn tokens(&self) -> usize {
        self.ids.len()
    }

    /// Returns the ids of one text.
    ///
    /// # Panics
    /// If `index` is not below [`EncodedTexts::len`].
    pub fn get(&self, index: usize) -> &[u32] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.ids[start..self.ends[index]]
    }

    /// Iterates over the texts in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Splits the first `texts` texts into random batches of similar length. Returns their indices.
    ///
    /// Shuffles the texts, sorts each bucket by length, cuts it into batches and shuffles those. The same generator
    /// state gives the same batches.
    ///
    /// # Panics
    /// If `texts` is above [`EncodedTexts::len`].
    pub(crate) fn bucketed(
        &self,
        texts: usize,
        batch_size: usize,
        rng: &mut impl Rng,
    ) -> Vec<Vec<usize>> {
        let mut indices: Vec<usize> = (0..texts).collect();
        indices.shuffle(rng);
        for bucket in indices.chunks_mut(batch_size * BATCHES_PER_BUCKET) {
            bucket.sort_by_key(|&index| self.get(index).len());
        }
        let mut batches: Vec<Vec<usize>> =
            indices.chunks(batch_size).map(<[usize]>::to_vec).collect();
        batches.shuffle(rng);
        batches
    }

    /// Splits all texts into batches for scoring, from the longest text to the shortest. Returns their indices.
    ///
    /// A batch has at most `batch_size` texts and `max_tokens` tokens; a longer text is a batch of its own.
    pub fn by_length(&self, batch_size: usize, max_tokens: usize) -> Vec<Vec<usize>> {
        let mut indices: Vec<usize> = (0..self.len()).collect();
        indices.sort_by_key(|&index| std::cmp::Reverse(self.get(index).len()));
        let mut batches: Vec<Vec<usize>> = Vec::new();
        let mut tokens = 0;
        for index in indices {
            tokens += self.get(index).len();
            match batches.last_mut() {
                Some(batch) if batch.len() < batch_size && tokens <= max_tokens => {
                    batch.push(index)
                }
                _ => {
                    tokens = self.get(index).len();
                    batches.push(vec![index]);
                }
            }
        }
        batches
    }
}

/// The positions of the tokens in a packed batch, as in PyTorch's `PackedSequence`.
///
/// The layout is time-major and rows are sorted from long to short. So the rows that are active at a step are the
/// first ones, and no step holds padding. Token `t` of row `r` is at `offsets()[t] + r`.
// Hidden, like `Batch`: public only for this crate's tests and benches.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedLayout {
    lengths: Vec<usize>,
    offsets: Vec<usize>,
}

impl PackedLayout {
    /// Creates the layout of rows with these lengths, sorted from long to short.
    ///
    /// # Panics
    /// If a length is greater than the one before it.
    pub fn new(lengths: Vec<usize>) -> Self {
        assert!(
            lengths.is_sorted_by(|a, b| a >= b),
            "rows must be sorted from long to short"
        );
        let steps = lengths.first().copied().unwrap_or(0);
        let mut active = lengths.len();
        let mut offsets = Vec::with_capacity(steps + 1);
        offsets.push(0);
        for step in 0..steps {
            while lengths[active - 1] <= step {
                active -= 1;
            }
            offsets.push(offsets[step] + active);
        }
        Self { lengths, offsets }
    }

    /// Returns the number of rows (texts), including empty ones.
    pub fn rows(&self) -> usize {
        self.lengths.len()
    }

    /// Returns the number of rows with at least one token, which are the first rows.
    pub fn rows_with_tokens(&self) -> usize {
        self.step(0).len()
    }

    /// Returns the number of tokens of each row, `[rows]`, from long to short.
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// Returns the number of tokens in all rows.
    pub fn tokens(&self) -> usize {
        self.offsets[self.steps()]
    }

    /// Returns the number of steps, which is the length of the longest row.
    pub fn steps(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Returns the position of each step's first token, and last the number of tokens: `[steps + 1]`.
    pub fn offsets(&self) -> &[usize] {
        &self.offsets
    }

    /// Returns the positions of one step's tokens, one per active row; empty past the last step.
    pub fn step(&self, step: usize) -> Range<usize> {
        match self.offsets.get(step + 1) {
            Some(&end) => self.offsets[step]..end,
            None => self.tokens()..self.tokens(),
        }
    }

    /// Returns the row of a token and its step.
    pub(crate) fn row_and_step(&self, token: usize) -> (usize, usize) {
        let step = self.offsets[1..].partition_point(|&end| end <= token);
        (token - self.offsets[step], step)
    }

    /// Returns the row of each token: `[tokens]`.
    pub fn row_of_token(&self) -> Vec<u32> {
        (0..self.steps())
            .flat_map(|step| 0..self.step(step).len() as u32)
            .collect()
    }
}

/// A packed batch of texts.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Batch {
    /// The index of each row's text among the packed texts: `[rows]`.
    pub order: Vec<usize>,
    /// The positions of the rows' tokens.
    pub layout: PackedLayout,
    /// The distinct token ids, in order of first occurrence.
    pub words: Vec<u32>,
    /// Each token's index in [`Batch::words`]: `[tokens]`. So a word's embedding and projection are computed once per
    /// batch.
    pub word_of_token: Vec<u32>,
}

impl Batch {
    /// Packs texts of token ids.
    pub fn pack<T: AsRef<[u32]>>(texts: &[T]) -> Self {
        let mut batch = Self::pack_ids(texts);
        let mut index_of_word = FxHashMap::default();
        for word in &mut batch.word_of_token {
            let id = *word;
            *word = *index_of_word.entry(id).or_insert_with(|| {
                batch.words.push(id);
                batch.words.len() as u32 - 1
            });
        }
        batch
    }

    /// Packs texts for a network that has projected the whole vocabulary: [`Batch::words`] is empty, and
    /// [`Batch::word_of_token`] holds the token ids.
    pub fn pack_ids<T: AsRef<[u32]>>(texts: &[T]) -> Self {
        let length = |&index: &usize| texts[index].as_ref().len();
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|index| std::cmp::Reverse(length(index)));
        let layout = PackedLayout::new(order.iter().map(length).collect());
        let mut word_of_token = Vec::with_capacity(layout.tokens());
        for step in 0..layout.steps() {
            let active = &order[..layout.step(step).len()];
            word_of_token.extend(active.iter().map(|&text| texts[text].as_ref()[step]));
        }
        Self {
            order,
            layout,
            words: Vec::new(),
            word_of_token,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn texts() -> impl Strategy<Value = Vec<Vec<u32>>> {
        prop::collection::vec(prop::collection::vec(0u32..20, 0..12), 0..30)
    }

    fn encode(texts: &[Vec<u32>]) -> EncodedTexts {
        let mut encoded = EncodedTexts::default();
        for text in texts {
            encoded.push(text.iter().copied());
        }
        encoded
    }

    proptest! {
        #[test]
        fn packing_keeps_every_token(texts in texts()) {
            let batch = Batch::pack(&texts);
            let mut unpacked = vec![Vec::new(); texts.len()];
            for step in 0..batch.layout.steps() {
                for (row, token) in batch.layout.step(step).enumerate() {
                    let word = batch.words[batch.word_of_token[token] as usize];
                    unpacked[batch.order[row]].push(word);
                }
            }
            prop_assert_eq!(unpacked, texts);
            let mut distinct = batch.words.clone();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assert_eq!(distinct.len(), batch.words.len());
        }

        #[test]
        fn every_text_is_in_one_batch(texts in texts(), batch_size in 1usize..7, max_tokens in 1usize..40) {
            let encoded = encode(&texts);
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            for batches in [encoded.bucketed(encoded.len(), batch_size, &mut rng), encoded.by_length(batch_size, max_tokens)] {
                prop_assert!(batches.iter().all(|batch| !batch.is_empty() && batch.len() <= batch_size));
                let mut seen: Vec<usize> = batches.concat();
                seen.sort_unstable();
                prop_assert_eq!(seen, (0..texts.len()).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn the_layout_has_no_padding() {
        let layout = PackedLayout::new(vec![3, 1, 1, 0]);
        assert_eq!(layout.offsets(), [0, 3, 4, 5]);
        assert_eq!((layout.rows(), layout.rows_with_tokens()), (4, 3));
        assert_eq!(layout.row_of_token(), [0, 1, 2, 0, 0]);
        let steps = (0..5).map(|token| layout.row_and_step(token).1);
        assert_eq!(steps.collect::<Vec<_>>(), [0, 0, 0, 1, 2]);
        let empty = PackedLayout::new(vec![0, 0]);
        assert_eq!(
            (empty.steps(), empty.tokens(), empty.rows_with_tokens()),
            (0, 0, 0)
        );
    }
}
