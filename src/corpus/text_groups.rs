//! The copies of each text among the examples of a corpus.

use std::collections::hash_map::Entry;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::text::TextKey;

/// Groups of examples with the same text ([`TextKey`]), for splits that keep copies together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextGroups {
    /// For each example, the index of the first example with the same text.
    first: Vec<usize>,
}

impl TextGroups {
    /// Groups texts that are the same. Memory depends on the number of texts, not on their length.
    pub fn of(texts: &[impl AsRef<str> + Sync]) -> Self {
        let keys: Vec<TextKey> = texts
            .par_iter()
            .map(|text| TextKey::of(text.as_ref()))
            .collect();
        Self::by_key(keys.into_iter())
    }

    /// Puts each of `count` texts in a group of its own.
    pub fn distinct(count: usize) -> Self {
        Self {
            first: (0..count).collect(),
        }
    }

    /// Returns the groups among the examples at `indices`, numbered by their position there.
    pub fn select(&self, indices: &[usize]) -> Self {
        Self::by_key(indices.iter().map(|&index| self.first[index]))
    }

    /// Returns the number of examples.
    pub fn examples(&self) -> usize {
        self.first.len()
    }

    /// Returns the number of different texts.
    pub fn texts(&self) -> usize {
        self.firsts().count()
    }

    /// Returns the number of different texts that occur more than once.
    pub fn repeated_texts(&self) -> usize {
        self.sizes().into_iter().filter(|&size| size > 1).count()
    }

    fn by_key(keys: impl Iterator<Item = impl std::hash::Hash + Eq>) -> Self {
        let mut known = FxHashMap::default();
        let first = keys
            .enumerate()
            .map(|(index, key)| match known.entry(key) {
                Entry::Occupied(entry) => *entry.get(),
                Entry::Vacant(entry) => *entry.insert(index),
            })
            .collect();
        Self { first }
    }

    /// Returns the index of the first example with the text of the example at `index`.
    pub(super) fn first(&self, index: usize) -> usize {
        self.first[index]
    }

    /// Returns the ascending indices of the first example of each text.
    pub(super) fn firsts(&self) -> impl Iterator<Item = usize> {
        let is_first = |(index, first): &(usize, &usize)| index == *first;
        let firsts = self.first.iter().enumerate().filter(is_first);
        firsts.map(|(index, _)| index)
    }

    /// Returns the number of examples of each text at the index of its first example, and 0 elsewhere.
    pub(super) fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.first.len()];
        self.first.iter().for_each(|&first| sizes[first] += 1);
        sizes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_counted_by_text() {
        let groups = TextGroups::of(&["Good", "bad", "good ", "<b>GOOD</b>", "BAD", "so so"]);
        assert_eq!((groups.texts(), groups.repeated_texts()), (3, 2));
        assert_eq!(groups.sizes(), [3, 2, 0, 0, 0, 1]);
        let rest = groups.select(&[1, 2, 3, 5]);
        assert_eq!((rest.texts(), rest.repeated_texts()), (3, 1));
        assert_eq!(rest.firsts().collect::<Vec<_>>(), [0, 1, 3]);
        assert_eq!(TextGroups::distinct(4).repeated_texts(), 0);
    }
}
