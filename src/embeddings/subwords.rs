//! The n-grams of a word's characters, which have vectors of their own: Bojanowski et al. (2017),
//! section 3.2, with fastText's lengths and its hash.

use std::ops::RangeInclusive;

/// How many characters an n-gram has, the marks `<` and `>` of the word's beginning and end counted.
const LENGTHS: RangeInclusive<usize> = 3..=6;

/// How many rows the n-grams share; those with the same hash have the same row.
pub const SUBWORD_ROWS: usize = 1 << 18;

/// The rows of a word's n-grams, from 0 to [`SUBWORD_ROWS`].
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
            // The whole word has a row of its own.
            if end - start < marked.len() {
                rows.push(hash(&marked.as_bytes()[start..end]) % SUBWORD_ROWS as u32);
            }
        }
    }
    rows.into_iter()
}

/// FNV-1a of 32 bits, with bytes extended by their sign as in fastText.
fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(2_166_136_261, |hash: u32, &byte| {
        (hash ^ byte as i8 as u32).wrapping_mul(16_777_619)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_three_to_six_characters_with_marks() {
        // <a, ab, b> of lengths 3 to 6 within "<ab>": "<ab", "ab>"; "<ab>" is the word itself.
        assert_eq!(subword_rows("ab").count(), 2);
        // "<über>" has 6 characters: 4 of three, 3 of four, 2 of five.
        assert_eq!(subword_rows("über").count(), 9);
        assert_eq!(subword_rows("").count(), 0);
    }

    #[test]
    fn hashes_as_the_published_function() {
        // Of the reference implementation's test vectors for 32-bit FNV-1a.
        assert_eq!(hash(b"a"), 0xe40c_292c);
        assert_eq!(hash(b"foobar"), 0xbf9c_f968);
    }
}
