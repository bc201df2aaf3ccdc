//! The n-grams of a training set: the selected ones, and those of each text.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::batch::NgramText;
use crate::model::{NgramIndex, NgramKey};

/// Which n-grams are selected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NgramSelection {
    /// The maximum number of tokens in an n-gram.
    pub(crate) longest: usize,
    /// The minimum document frequency of an n-gram.
    pub(crate) min_texts: u32,
    /// The maximum number of n-grams; the most frequent ones are kept.
    pub(crate) most: usize,
}

/// Returns the selected n-grams of some texts.
pub(crate) fn select_ngrams<'a>(
    texts: impl Iterator<Item = NgramText<'a>>,
    selection: NgramSelection,
) -> NgramIndex {
    let mut counts: FxHashMap<NgramKey, u32> = FxHashMap::default();
    let mut keys = Vec::new();
    for text in texts {
        keys.clear();
        keys.extend(NgramKey::of_text(text, selection.longest));
        keys.sort_unstable_by_key(|key| key.to_number());
        keys.dedup();
        for &key in &keys {
            *counts.entry(key).or_default() += 1;
        }
    }
    let mut frequent: Vec<(NgramKey, u32)> = counts
        .into_iter()
        .filter(|&(_, count)| count >= selection.min_texts)
        .collect();
    frequent.sort_unstable_by_key(|&(key, count)| (std::cmp::Reverse(count), key.to_number()));
    frequent.truncate(selection.most);
    NgramIndex::new(frequent.into_iter().map(|(key, _)| key).collect())
}

/// The n-gram features of every text, as a sparse binary matrix in CSR form.
pub(crate) struct NgramFeatures {
    /// The indices of the n-grams, text after text.
    pub(crate) indices: Vec<u32>,
    /// For each text, the end of its indices.
    ends: Vec<usize>,
}

impl NgramFeatures {
    /// Finds the n-grams of each text.
    pub(crate) fn of<'a>(
        index: &NgramIndex,
        texts: impl Iterator<Item = NgramText<'a>>,
        longest: usize,
    ) -> Self {
        let (mut indices, mut ends, mut text_indices) = (Vec::new(), Vec::new(), Vec::new());
        for text in texts {
            index.indices(text, longest, &mut text_indices);
            indices.extend_from_slice(&text_indices);
            ends.push(indices.len());
        }
        Self { indices, ends }
    }

    /// Returns the indices of a text's n-grams, sorted.
    pub(crate) fn get(&self, text: usize) -> &[u32] {
        &self.indices[self.range(text)]
    }

    /// Returns the range of a text's n-grams in [`NgramFeatures::indices`].
    pub(crate) fn range(&self, text: usize) -> Range<usize> {
        let start = text.checked_sub(1).map_or(0, |before| self.ends[before]);
        start..self.ends[text]
    }

    /// Returns the number of texts.
    pub(crate) fn texts(&self) -> usize {
        self.ends.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::EncodedTexts;

    #[test]
    fn an_ngram_of_one_text_is_not_selected() {
        let mut texts = EncodedTexts::default();
        texts.push([1, 2, 3]);
        texts.push([1, 2, 4, 1, 2]);
        let selection = NgramSelection {
            longest: 3,
            min_texts: 2,
            most: 100,
        };
        let index = select_ngrams(texts.ngram_texts(), selection);
        assert_eq!(index.len(), 3);
        assert!(index.get(NgramKey::new(&[1, 2])).is_some());
        assert!(index.get(NgramKey::new(&[1, 2, 3])).is_none());
    }
}
