//! A part of the words of a fastText model, to which one thread adds the vectors of n-grams.

use super::ngrams::Ngrams;

pub(super) const NUMBER_BYTES: usize = size_of::<f32>();

/// The number of words in a slab.
pub(super) const SLAB_WORDS: usize = 1 << 12;

/// Consecutive words and their vectors.
pub(super) struct Slab<'a> {
    /// The sums of vectors, `[words, dimension]`.
    sums: &'a mut [f32],
    /// The number of n-grams of each word.
    counts: Vec<u32>,
    /// The bucket of each n-gram and the word in this slab, in ascending order.
    ngrams: Vec<(u32, u32)>,
    /// The number of n-grams whose vectors have been added.
    added: usize,
}

impl<'a> Slab<'a> {
    /// Creates a slab of at most [`SLAB_WORDS`] words. `sums` has their own vectors.
    pub(super) fn new(words: &[String], sums: &'a mut [f32], ngrams: &Ngrams) -> Self {
        let mut counts = Vec::with_capacity(words.len());
        let mut pairs = Vec::new();
        for (word, text) in (0..).zip(words) {
            let buckets = ngrams.buckets(text);
            counts.push(buckets.len() as u32);
            pairs.extend(buckets.into_iter().map(|bucket| (bucket, word)));
        }
        pairs.sort_unstable();
        pairs.shrink_to_fit();
        Self {
            sums,
            counts,
            ngrams: pairs,
            added: 0,
        }
    }

    /// Returns the last bucket of an n-gram.
    pub(super) fn last_bucket(&self) -> Option<u32> {
        self.ngrams.last().map(|(bucket, _)| *bucket)
    }

    /// Adds the vectors of the buckets from `begin` to the last in `rows`, `[buckets, dimension]`.
    pub(super) fn add(&mut self, rows: &[u8], begin: u64, dimension: usize) {
        let row_bytes = dimension * NUMBER_BYTES;
        while let Some(&(bucket, word)) = self.ngrams.get(self.added) {
            let offset = (u64::from(bucket) - begin) as usize * row_bytes;
            let Some(row) = rows.get(offset..offset + row_bytes) else {
                break;
            };
            let sum = &mut self.sums[word as usize * dimension..][..dimension];
            sum.iter_mut()
                .zip(numbers(row))
                .for_each(|(sum, number)| *sum += number);
            self.added += 1;
        }
    }

    /// Divides each sum by its number of vectors. The first `with_own_row` words have one more vector
    /// than n-grams.
    pub(super) fn divide(&mut self, with_own_row: usize, dimension: usize) {
        let sums = self.sums.chunks_exact_mut(dimension);
        for (index, (sum, count)) in sums.zip(&self.counts).enumerate() {
            let vectors = count + u32::from(index < with_own_row);
            let scale = (1.0 / f64::from(vectors)) as f32;
            sum.iter_mut().for_each(|number| *number *= scale);
        }
    }
}

/// Iterates over the little-endian numbers of a row.
pub(super) fn numbers(row: &[u8]) -> impl Iterator<Item = f32> {
    let (numbers, _) = row.as_chunks::<NUMBER_BYTES>();
    numbers.iter().map(|bytes| f32::from_le_bytes(*bytes))
}
