//! The vocabulary: which tokens a model knows, and the number each has.

use std::hash::BuildHasher;
use std::path::{Path, PathBuf};

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use thiserror::Error;

/// The token that stands for every token outside the vocabulary; its id is [`UNKNOWN_ID`].
pub const UNKNOWN: &str = "<unk>";

/// The id of [`UNKNOWN`].
pub const UNKNOWN_ID: u32 = 0;

/// Why a vocabulary could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VocabularyError {
    /// A token stands on two lines.
    #[error("{}:{line}: the token {token:?} stands on an earlier line too", path.display())]
    Repeated {
        /// The file.
        path: PathBuf,
        /// The line of the second one, from 1.
        line: usize,
        /// The token.
        token: String,
    },
    /// The first line is not the unknown token.
    #[error("{}:1: a vocabulary begins with {UNKNOWN}", path.display())]
    NoUnknown {
        /// The file.
        path: PathBuf,
    },
}

/// Tokens and their ids, `0..len`, in both directions.
///
/// The tokens lie in one buffer, as in the file, and the table holds only ids: a vocabulary is
/// loaded with one read and no allocation a token.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    text: String,
    ends: Vec<u32>,
    ids: HashTable<u32>,
}

impl Vocabulary {
    /// Makes a vocabulary of the most frequent tokens: those counted at least `min_count` times, and
    /// at most `max_size` of them with [`UNKNOWN`] among them. Equally frequent tokens are ordered
    /// by their bytes, so that the order of `counts` does not matter.
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

    /// Adds tokens that are not in it yet, in their order.
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

    /// Reads the content of a file that [`Vocabulary::to_file`] gave: one token a line, its id the line's
    /// number from 0; `path` is for messages.
    pub fn parse(content: &str, path: &Path) -> Result<Self, VocabularyError> {
        let mut lines = content.lines();
        if lines.next() != Some(UNKNOWN) {
            return Err(VocabularyError::NoUnknown { path: path.into() });
        }
        let mut vocabulary = Self::with_unknown();
        vocabulary.text.reserve(content.len());
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

    /// The content of a vocabulary file: one token a line, in the order of the ids.
    pub fn to_file(&self) -> String {
        self.tokens().flat_map(|token| [token, "\n"]).collect()
    }

    /// How many tokens there are, [`UNKNOWN`] among them; never 0.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The token's id, or `None` for one outside the vocabulary.
    pub fn id(&self, token: &str) -> Option<u32> {
        self.ids
            .find(hash(token), |&id| self.slice(id) == token)
            .copied()
    }

    /// The token with this id.
    pub fn token(&self, id: u32) -> Option<&str> {
        ((id as usize) < self.len()).then(|| self.slice(id))
    }

    /// Every token, in the order of the ids.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|id| self.slice(id as u32))
    }

    fn slice(&self, id: u32) -> &str {
        let start = id
            .checked_sub(1)
            .map_or(0, |before| self.ends[before as usize]);
        &self.text[start as usize..self.ends[id as usize] as usize]
    }

    /// Adds a token at the end; false where it is there already.
    fn insert(&mut self, token: &str) -> bool {
        if self.id(token).is_some() {
            return false;
        }
        let id = self.ends.len() as u32;
        self.text.push_str(token);
        self.ends.push(self.text.len() as u32);
        let Self { text, ends, ids } = self;
        ids.insert_unique(hash(token), id, |&id| {
            let start = id.checked_sub(1).map_or(0, |before| ends[before as usize]);
            hash(&text[start as usize..ends[id as usize] as usize])
        });
        true
    }
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
    fn refuses_a_repeated_token_and_a_missing_unknown() {
        let path = Path::new("vocabulary.txt");
        let repeated = Vocabulary::parse("<unk>\na\na\n", path).unwrap_err();
        assert_eq!(
            repeated.to_string(),
            "vocabulary.txt:3: the token \"a\" stands on an earlier line too"
        );
        let headless = Vocabulary::parse("a\n", path).unwrap_err();
        assert_eq!(
            headless.to_string(),
            "vocabulary.txt:1: a vocabulary begins with <unk>"
        );
    }
}
