//! Character n-grams with vectors of their own: Bojanowski et al. (2017), section 3.2, with
//! fastText's lengths and hash function.

use std::ops::RangeInclusive;

use crate::text::{HASH_START, hash_next};

/// The lengths of n-grams in characters, including `<` and `>` at the beginning and end of a word.
const LENGTHS: RangeInclusive<usize> = 3..=6;

/// The number of hash buckets. N-grams in the same bucket share a row.
pub const SUBWORD_ROWS: usize = 1 << 18;

/// Returns the rows of a word's n-grams, from 0 to `SUBWORD_ROWS - 1`.
pub fn subword_rows(word: &str) -> impl Iterator<Item = u32> {
    let marked = format!("<{word}>");
    let starts: Vec<usize> = marked.char_indices().map(|(start, _)| start).collect();
    let ends: Vec<usize> = starts[1..].iter().copied().chain([marked.len()]).collect();
    let mut rows = Vec::new();
    for (first, &start) in starts.iter().enumerate() {
        for length in LENGTHS {
            let Some(&end) = ends.get(first + length - 1) else {
                break;
            };
            // The whole word is no n-gram: it has a row of its own.
            if end - start < marked.len() {
                rows.push(hash(&marked.as_bytes()[start..end]) % SUBWORD_ROWS as u32);
            }
        }
    }
    rows.into_iter()
}

fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().copied().fold(HASH_START, hash_next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n_grams_have_three_to_six_characters() {
        // "<ab>" has the n-grams "<ab" and "ab>"; "<ab>" is the word itself.
        assert_eq!(subword_rows("ab").count(), 2);
        // "<über>" has 6 characters: 4 n-grams of length 3, 3 of length 4, 2 of length 5.
        assert_eq!(subword_rows("über").count(), 9);
        assert_eq!(subword_rows("").count(), 0);
    }
}
