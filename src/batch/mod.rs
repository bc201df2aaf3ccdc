//! Encoded texts, and packed batches of them for the network.

mod encoded_texts;
mod ngram_text;

use std::ops::Range;

use rustc_hash::FxHashMap;

pub use self::encoded_texts::EncodedTexts;
pub(crate) use self::ngram_text::KnownCharNgrams;
pub use self::ngram_text::NgramText;

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

    use super::*;

    proptest! {
        #[test]
        fn packing_keeps_every_token(
            texts in prop::collection::vec(prop::collection::vec(0u32..20, 0..12), 0..30),
        ) {
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
