//! Character n-grams with vectors of their own: Bojanowski et al. (2017), section 3.2, with
//! fastText's lengths and hash function.

use std::ops::RangeInclusive;

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

/// The 32-bit FNV-1a hash of no bytes.
pub(super) const HASH_START: u32 = 2_166_136_261;

/// Returns the 32-bit FNV-1a hash after one more byte. The byte is sign-extended, as in fastText.
pub(super) fn hash_next(hash: u32, byte: u8) -> u32 {
    (hash ^ byte as i8 as u32).wrapping_mul(16_777_619)
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

    #[test]
    fn hash_matches_the_reference_implementation() {
        // From the reference implementation's test vectors for 32-bit FNV-1a.
        assert_eq!(hash(b"a"), 0xe40c_292c);
        assert_eq!(hash(b"foobar"), 0xbf9c_f968);
    }
}
