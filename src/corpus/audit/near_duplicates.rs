//! Near-duplicate detection with MinHash and locality-sensitive hashing, in time linear in the corpus.
//!
//! A text is represented by its set of shingles, the sequences of [`SHINGLE_TOKENS`] consecutive tokens. Two
//! texts are near duplicates if the Jaccard similarity of their sets is at least
//! [`NEAR_DUPLICATE_SIMILARITY`], as in Lee et al., "Deduplicating Training Data Makes Language Models
//! Better" (<https://arxiv.org/abs/2107.06499>). MinHash signatures in bands give the candidates (Leskovec,
//! Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3). Candidates are verified on the sets, so
//! there are no false positives.
//!
//! Written by hand because MinHash crates return candidates only: verification and bounded buckets would
//! remain to be written, and these are most of the code.

use std::collections::BTreeMap;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// The number of tokens in a shingle. A shorter text is a single shingle.
pub const SHINGLE_TOKENS: usize = 5;

/// The minimum Jaccard similarity of near duplicates.
pub const NEAR_DUPLICATE_SIMILARITY: f64 = 0.8;

/// Two texts of similarity s share a band with probability 1 − (1 − s^ROWS_PER_BAND)^BANDS: 0.998 at the threshold
/// of 0.8, 0.27 at 0.5, 0.005 at 0.25.
const BANDS: usize = 20;
const ROWS_PER_BAND: usize = 6;

/// The number of earlier texts in a bucket that each text is compared with, which bounds the time for large
/// buckets. Linked texts are not compared again, and a pair has [`BANDS`] chances.
const COMPARISONS: usize = 16;

/// Returns the distinct shingle hashes of a text, in ascending order.
pub(super) fn shingles(token_hashes: &[u64]) -> Vec<u32> {
    if token_hashes.is_empty() {
        return Vec::new();
    }
    let mut shingles: Vec<u32> = token_hashes
        .windows(SHINGLE_TOKENS.min(token_hashes.len()))
        .map(|window| high_half(window.iter().fold(0, |hash, token| mix(hash ^ token))))
        .collect();
    shingles.sort_unstable();
    shingles.dedup();
    shingles
}

/// Groups texts by their shingles: the connected components of the near-duplicate relation. Indices ascend
/// within a group, and groups are sorted by their first index. Texts without tokens are in no group.
///
/// Two texts of a group may be below the threshold if a third one links them.
pub(super) fn groups(texts: &[&[u32]]) -> Vec<Vec<usize>> {
    let functions = hash_functions();
    let signatures: Vec<[u64; BANDS]> = texts
        .par_iter()
        .map(|shingles| band_keys(shingles, &functions))
        .collect();
    let mut links = Links::new(texts.len());
    for band in 0..BANDS {
        let keys = signatures.iter().map(|keys| keys[band]).zip(0..);
        let mut keys: Vec<(u64, usize)> =
            keys.filter(|(_, text)| !texts[*text].is_empty()).collect();
        keys.par_sort_unstable();
        for bucket in keys.chunk_by(|left, right| left.0 == right.0) {
            link_bucket(bucket, texts, &mut links);
        }
    }
    links.groups()
}

fn link_bucket(bucket: &[(u64, usize)], texts: &[&[u32]], links: &mut Links) {
    for (position, &(_, text)) in bucket.iter().enumerate() {
        for &(_, earlier) in bucket[..position].iter().rev().take(COMPARISONS) {
            if links.root(text) != links.root(earlier)
                && jaccard(texts[text], texts[earlier]) >= NEAR_DUPLICATE_SIMILARITY
            {
                links.link(text, earlier);
            }
        }
    }
}

/// Returns |A ∩ B| / |A ∪ B| of two ascending, non-empty sets.
fn jaccard(left: &[u32], right: &[u32]) -> f64 {
    let (mut rest, mut shared) = (right, 0);
    for shingle in left {
        let smaller = rest.iter().take_while(|other| *other < shingle).count();
        rest = &rest[smaller..];
        shared += usize::from(rest.first() == Some(shingle));
    }
    shared as f64 / (left.len() + right.len() - shared) as f64
}

/// Multiply-shift hashing from 32 to 32 bits, (a·x + b) >> 32, universal for random 64-bit a and b
/// (Dietzfelbinger 1996).
type HashFunction = (u64, u64);

fn hash_functions() -> [HashFunction; BANDS * ROWS_PER_BAND] {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    std::array::from_fn(|_| (rng.random(), rng.random()))
}

/// Returns the MinHash signature, hashed to one key per band.
fn band_keys(shingles: &[u32], functions: &[HashFunction; BANDS * ROWS_PER_BAND]) -> [u64; BANDS] {
    let min_hash = |&(a, b): &HashFunction| {
        let hash = |shingle: &u32| high_half(a.wrapping_mul(u64::from(*shingle)).wrapping_add(b));
        shingles.iter().map(hash).min().unwrap_or(u32::MAX)
    };
    std::array::from_fn(|band| {
        let functions = &functions[band * ROWS_PER_BAND..][..ROWS_PER_BAND];
        functions
            .iter()
            .fold(0, |key, function| mix(key ^ u64::from(min_hash(function))))
    })
}

fn high_half(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// The step and the finalizer of SplitMix64 (Steele, Lea and Flood 2014).
fn mix(hash: u64) -> u64 {
    let hash = hash.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// A union-find structure over texts. The root of a set is its first text.
struct Links {
    parents: Vec<usize>,
}

impl Links {
    fn new(texts: usize) -> Self {
        Self {
            parents: (0..texts).collect(),
        }
    }

    fn root(&mut self, mut text: usize) -> usize {
        while self.parents[text] != text {
            self.parents[text] = self.parents[self.parents[text]];
            text = self.parents[text];
        }
        text
    }

    fn link(&mut self, left: usize, right: usize) {
        let (left, right) = (self.root(left), self.root(right));
        self.parents[left.max(right)] = left.min(right);
    }

    fn groups(mut self) -> Vec<Vec<usize>> {
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for text in 0..self.parents.len() {
            groups.entry(self.root(text)).or_default().push(text);
        }
        groups
            .into_values()
            .filter(|group| group.len() > 1)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(seed: u64, tokens: usize) -> Vec<u64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..tokens).map(|_| rng.random_range(0..30_000)).collect()
    }

    #[test]
    fn jaccard_is_shared_over_all() {
        assert_eq!(jaccard(&[1, 2, 3, 4], &[2, 4, 5]), 2.0 / 5.0);
        assert_eq!(jaccard(&[1], &[1]), 1.0);
        assert_eq!(jaccard(&[1], &[2]), 0.0);
    }

    #[test]
    fn a_short_text_is_one_shingle_and_an_empty_one_none() {
        assert_eq!(shingles(&[1, 2]).len(), 1);
        assert_eq!(shingles(&[1, 2, 3, 4, 5, 6]).len(), 2);
        assert!(shingles(&[]).is_empty());
    }

    /// Every pair at or above the threshold, found by comparing all with all.
    fn groups_by_brute_force(texts: &[&[u32]]) -> Vec<Vec<usize>> {
        let mut links = Links::new(texts.len());
        for left in 0..texts.len() {
            for right in left + 1..texts.len() {
                if jaccard(texts[left], texts[right]) >= NEAR_DUPLICATE_SIMILARITY {
                    links.link(left, right);
                }
            }
        }
        links.groups()
    }

    #[test]
    fn edited_copies_are_grouped_as_comparing_all_with_all_does() {
        let mut texts = Vec::new();
        for seed in 0..60 {
            let original = document(seed, 120);
            // An edit in the middle costs SHINGLE_TOKENS shingles: similarities from 0.92 to 0.6.
            for edits in 0..(seed as usize % 7) {
                let mut copy = original.clone();
                for edit in 0..edits {
                    copy[10 + 20 * edit] = 40_000 + edit as u64;
                }
                texts.push(shingles(&copy));
            }
            texts.push(shingles(&original));
        }
        let texts: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
        let found = groups(&texts);
        assert_eq!(found, groups_by_brute_force(&texts));
        assert!(found.len() > 40);
    }

    #[test]
    fn a_corpus_of_copies_is_one_group_and_empty_texts_are_none() {
        let copy = shingles(&document(1, 30));
        let mut texts = vec![copy.as_slice(); 5000];
        texts.extend([&[] as &[u32]; 10]);
        assert_eq!(groups(&texts), [(0..5000).collect::<Vec<_>>()]);
    }
}
