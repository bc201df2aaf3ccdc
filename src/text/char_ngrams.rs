//! Character n-grams of words: Bojanowski et al. (2017), section 3.2, with fastText's hash function.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The text of [`CharNgrams`] without n-grams.
const NONE: &str = "none";

/// The lengths of the character n-grams that a model reads of each token, or none. As text, they are `2..5`, which is from 2
/// to 5 characters, or `none`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CharNgrams(Option<RangeInclusive<usize>>);

impl CharNgrams {
    /// The maximum number of characters in an n-gram: that of fastText's own default.
    pub const MAX: usize = 6;

    /// Returns the n-grams of these lengths, from 1 to [`CharNgrams::MAX`] characters, or `None` if others are among them or
    /// there are none.
    pub fn new(lengths: RangeInclusive<usize>) -> Option<Self> {
        let is_allowed = *lengths.start() >= 1 && *lengths.end() <= Self::MAX;
        (is_allowed && !lengths.is_empty()).then_some(Self(Some(lengths)))
    }

    /// Returns whether there are no character n-grams.
    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Returns the lengths in characters, which include `<` and `>` at the beginning and end of a token.
    pub fn lengths(&self) -> Option<&RangeInclusive<usize>> {
        self.0.as_ref()
    }
}

impl fmt::Display for CharNgrams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(lengths) => write!(f, "{}..{}", lengths.start(), lengths.end()),
            None => f.write_str(NONE),
        }
    }
}

impl FromStr for CharNgrams {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == NONE {
            return Ok(Self::default());
        }
        let lengths = text.split_once("..").and_then(|(shortest, longest)| {
            Self::new(shortest.trim().parse().ok()?..=longest.trim().parse().ok()?)
        });
        lengths.ok_or_else(|| {
            format!(
                "character n-grams are none or two lengths from 1 to {}, such as 2..5, not {text:?}",
                Self::MAX
            )
        })
    }
}

impl TryFrom<String> for CharNgrams {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<CharNgrams> for String {
    fn from(ngrams: CharNgrams) -> Self {
        ngrams.to_string()
    }
}

/// Calls `each` with the hash of each character n-gram of a word that is written `<word>`, sorted by start and then by length.
///
/// As in fastText, the whole word with its marks is an n-gram too, and a mark alone is none.
pub(crate) fn hash_char_ngrams(
    word: &str,
    lengths: &RangeInclusive<usize>,
    mut each: impl FnMut(u32),
) {
    let marked = format!("<{word}>");
    let starts: Vec<usize> = marked.char_indices().map(|(start, _)| start).collect();
    let mut ends = starts[1..].to_vec();
    ends.push(marked.len());
    for (first, &start) in starts.iter().enumerate() {
        let (mut hash, mut hashed) = (HASH_START, start);
        for (length, &end) in (1..=*lengths.end()).zip(&ends[first..]) {
            let bytes = &marked.as_bytes()[hashed..end];
            hash = bytes.iter().copied().fold(hash, hash_next);
            hashed = end;
            let is_mark = length == 1 && (start == 0 || end == marked.len());
            if lengths.contains(&length) && !is_mark {
                each(hash);
            }
        }
    }
}

/// The 32-bit FNV-1a hash of no bytes.
pub(crate) const HASH_START: u32 = 2_166_136_261;

/// Returns the 32-bit FNV-1a hash after one more byte. The byte is sign-extended, as in fastText.
pub(crate) fn hash_next(hash: u32, byte: u8) -> u32 {
    (hash ^ byte as i8 as u32).wrapping_mul(16_777_619)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hash(ngram: &str) -> u32 {
        ngram.bytes().fold(HASH_START, hash_next)
    }

    fn hashes(word: &str, lengths: RangeInclusive<usize>) -> Vec<u32> {
        let mut found = Vec::new();
        hash_char_ngrams(word, &lengths, |hash| found.push(hash));
        found
    }

    #[test]
    fn hash_matches_the_reference_implementation() {
        // From the reference implementation's test vectors for 32-bit FNV-1a.
        assert_eq!(hash("a"), 0xe40c_292c);
        assert_eq!(hash("foobar"), 0xbf9c_f968);
    }

    #[test]
    fn ngrams_have_marks_at_both_ends_of_the_word() {
        let expected = ["<ü", "<üb", "üb", "üb>", "b>"].map(hash);
        assert_eq!(hashes("üb", 2..=3), expected);
        // The whole word with its marks is one, and a mark is none.
        assert_eq!(hashes("a", 1..=3), ["<a", "<a>", "a", "a>"].map(hash));
        assert_eq!(hashes("", 1..=2), [hash("<>")]);
    }

    #[test]
    fn lengths_are_two_numbers_or_none() {
        let ngrams: CharNgrams = "2..5".parse().unwrap();
        assert_eq!(ngrams.lengths(), Some(&(2..=5)));
        assert_eq!(ngrams.to_string(), "2..5");
        assert_eq!("3..3".parse(), Ok(CharNgrams::new(3..=3).unwrap()));
        assert_eq!("none".parse(), Ok(CharNgrams::default()));
        for text in ["", "2", "5..2", "0..3", "2..7", "2..=5", "-1..3", "2..5..6"] {
            let error = text.parse::<CharNgrams>().unwrap_err();
            assert!(error.contains("2..5"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_word_has_the_ngrams_of_its_characters(
            word in any::<String>(), shortest in 1usize..=6, more in 0usize..=5,
        ) {
            let lengths = shortest..=(shortest + more).min(CharNgrams::MAX);
            let marked: Vec<char> = format!("<{word}>").chars().collect();
            let mut expected = Vec::new();
            for start in 0..marked.len() {
                for length in lengths.clone().take_while(|length| start + length <= marked.len()) {
                    let is_mark = length == 1 && (start == 0 || start + 1 == marked.len());
                    if !is_mark {
                        expected.push(hash(&marked[start..start + length].iter().collect::<String>()));
                    }
                }
            }
            prop_assert_eq!(hashes(&word, lengths), expected);
        }
    }
}
