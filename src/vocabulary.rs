//! The vocabulary: the tokens that a model knows, and their ids.

use std::hash::BuildHasher;
use std::path::{Path, PathBuf};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rustc_hash::FxBuildHasher;
use thiserror::Error;

/// The unknown token, which replaces out-of-vocabulary tokens. Its id is [`UNKNOWN_ID`].
pub const UNKNOWN: &str = "<unk>";

/// The id of [`UNKNOWN`].
pub const UNKNOWN_ID: u32 = 0;

/// Why a vocabulary could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VocabularyError {
    /// A token is on two lines.
    #[error("{}:{line}: duplicate token {token:?}", path.display())]
    Repeated {
        /// The file.
        path: PathBuf,
        /// The second line, from 1.
        line: usize,
        /// The token.
        token: String,
    },
    /// The first line is not the unknown token.
    #[error("{}:1: the first token must be {UNKNOWN}", path.display())]
    NoUnknown {
        /// The file.
        path: PathBuf,
    },
}

/// A map between tokens and their ids, `0..len`.
///
/// All tokens are in one buffer and the hash table holds only ids, so loading allocates nothing per token.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    text: String,
    ends: Vec<u32>,
    ids: HashTable<u32>,
}

impl Vocabulary {
    /// Builds a vocabulary of the most frequent tokens, with at most `max_size` tokens including [`UNKNOWN`].
    ///
    /// Drops tokens that occur fewer than `min_count` times. Sorts equally frequent tokens by their bytes, so that the
    /// order of `counts` does not matter.
    pub fn from_counts<'a>(
        counts: impl IntoIterator<Item = (&'a str, u64)>,
        min_count: u64,
        max_size: usize,
    ) -> Self {
        let mut kept: Vec<(&str, u64)> = counts
            .into_iter()
            .filter(|&(token, count)| count >= min_count && token != UNKNOWN)
            .collect();
        kept.sort_unstable_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then(a.cmp(b)));
        kept.truncate(max_size.saturating_sub(1));

        let mut vocabulary = Self::with_unknown();
        for (token, _) in kept {
            vocabulary.insert(token);
        }
        vocabulary
    }

    /// Appends the tokens that are not in the vocabulary yet, in order.
    pub fn extend<'a>(&mut self, tokens: impl IntoIterator<Item = &'a str>) {
        for token in tokens {
            self.insert(token);
        }
    }

    fn with_unknown() -> Self {
        let mut vocabulary = Self {
            text: String::new(),
            ends: Vec::new(),
            ids: HashTable::new(),
        };
        vocabulary.insert(UNKNOWN);
        vocabulary
    }

    /// Parses a vocabulary file: one token per line, whose id is the line number from 0.
    ///
    /// `path` names the file in errors.
    pub fn parse(content: &str, path: &Path) -> Result<Self, VocabularyError> {
        let mut lines = content.lines();
        if lines.next() != Some(UNKNOWN) {
            return Err(VocabularyError::NoUnknown { path: path.into() });
        }
        let mut vocabulary = Self::with_unknown();
        let tokens = memchr::memchr_iter(b'\n', content.as_bytes()).count();
        // Few tokens have less than three bytes. So a file of empty lines, which is refused below, does not reserve 13 times its size.
        vocabulary.reserve(tokens.min(content.len() / 4), content.len());
        for (index, token) in lines.enumerate() {
            if !vocabulary.insert(token) {
                return Err(VocabularyError::Repeated {
                    path: path.into(),
                    line: index + 2,
                    token: token.into(),
                });
            }
        }
        Ok(vocabulary)
    }

    /// Reserves memory for this number of further tokens, of `bytes` bytes.
    fn reserve(&mut self, tokens: usize, bytes: usize) {
        let Self { text, ends, ids } = self;
        text.reserve(bytes);
        ends.reserve(tokens);
        ids.reserve(tokens, |&id| hash(token_at(text, ends, id)));
    }

    /// Returns the content of a vocabulary file: one token per line, in the order of ids.
    pub fn to_file(&self) -> String {
        self.tokens().flat_map(|token| [token, "\n"]).collect()
    }

    /// Returns the number of tokens including [`UNKNOWN`]; never 0.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns the id of a token, or `None` if it is out of the vocabulary.
    pub fn id(&self, token: &str) -> Option<u32> {
        self.ids
            .find(hash(token), |&id| self.slice(id) == token)
            .copied()
    }

    /// Returns the token with this id.
    pub fn token(&self, id: u32) -> Option<&str> {
        ((id as usize) < self.len()).then(|| self.slice(id))
    }

    /// Iterates over all tokens in the order of their ids.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|id| self.slice(id as u32))
    }

    fn slice(&self, id: u32) -> &str {
        token_at(&self.text, &self.ends, id)
    }

    /// Appends a token. Returns false if it is already in the vocabulary.
    fn insert(&mut self, token: &str) -> bool {
        let Self { text, ends, ids } = self;
        let entry = ids.entry(
            hash(token),
            |&id| token_at(text, ends, id) == token,
            |&id| hash(token_at(text, ends, id)),
        );
        let Entry::Vacant(entry) = entry else {
            return false;
        };
        entry.insert(ends.len() as u32);
        text.push_str(token);
        ends.push(text.len() as u32);
        true
    }
}

/// Returns the token with this id, which must be below the number of tokens.
fn token_at<'a>(text: &'a str, ends: &[u32], id: u32) -> &'a str {
    let start = id.checked_sub(1).map_or(0, |before| ends[before as usize]);
    &text[start as usize..ends[id as usize] as usize]
}

fn hash(token: &str) -> u64 {
    FxBuildHasher.hash_one(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts() -> [(&'static str, u64); 4] {
        [("b", 2), ("a", 2), ("rare", 1), ("the", 9)]
    }

    #[test]
    fn orders_by_count_then_token() {
        let vocabulary = Vocabulary::from_counts(counts(), 2, 100);
        let tokens: Vec<&str> = vocabulary.tokens().collect();
        assert_eq!(tokens, [UNKNOWN, "the", "a", "b"]);
        assert_eq!(vocabulary.id("b"), Some(3));
        assert_eq!(vocabulary.id("rare"), None);
        assert_eq!(vocabulary.token(1), Some("the"));
        assert_eq!(vocabulary.token(4), None);
    }

    #[test]
    fn keeps_the_most_frequent() {
        let vocabulary = Vocabulary::from_counts(counts(), 1, 2);
        assert_eq!(vocabulary.tokens().collect::<Vec<_>>(), [UNKNOWN, "the"]);
    }

    #[test]
    fn reads_what_it_writes() {
        let vocabulary = Vocabulary::from_counts(counts(), 1, 100);
        let read = Vocabulary::parse(&vocabulary.to_file(), Path::new("vocabulary.txt")).unwrap();
        assert!(read.tokens().eq(vocabulary.tokens()));
    }

    #[test]
    fn duplicate_tokens_and_a_missing_unknown_token_are_errors() {
        let path = Path::new("vocabulary.txt");
        let repeated = Vocabulary::parse("<unk>\na\na\n", path).unwrap_err();
        assert_eq!(
            repeated.to_string(),
            "vocabulary.txt:3: duplicate token \"a\""
        );
        let missing = Vocabulary::parse("a\n", path).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "vocabulary.txt:1: the first token must be <unk>"
        );
    }
}
