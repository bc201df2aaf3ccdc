//! Which words of a file are kept.

use std::io::Read;
use std::path::Path;

use rustc_hash::FxHashSet;

use super::aliases::alias;
use super::error::EmbeddingsError;
use super::limits::MAX_KEPT_BYTES;
use crate::files::{self, FileError};

/// The words to keep of a file of word vectors, and their aliases (see
/// [`ALIASES`](super::ALIASES)).
///
/// ```
/// use sentiment::embeddings::WordFilter;
///
/// let filter: WordFilter = ["good", "bad"].into_iter().collect();
/// assert!(filter.contains("good"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct WordFilter {
    words: FxHashSet<String>,
    /// Aliases of words that are not themselves among the words.
    aliases: FxHashSet<&'static str>,
    /// What stands before the first space of a word with spaces.
    first_parts: FxHashSet<String>,
}

impl<S: Into<String>> FromIterator<S> for WordFilter {
    fn from_iter<I: IntoIterator<Item = S>>(words: I) -> Self {
        let words: FxHashSet<String> = words.into_iter().map(Into::into).collect();
        let aliases = words.iter().filter_map(|word| alias(word));
        let first_parts = words.iter().filter_map(|word| word.split_once(' '));
        Self {
            aliases: aliases.filter(|alias| !words.contains(*alias)).collect(),
            first_parts: first_parts.map(|(first, _)| first.to_owned()).collect(),
            words,
        }
    }
}

impl WordFilter {
    /// Reads the words from a file, plain, gzip or Zstandard: one a line, as in a model's
    /// `vocabulary.txt`.
    pub fn read(path: &Path) -> Result<Self, EmbeddingsError> {
        let mut content = String::new();
        files::open(path)?
            .take(MAX_KEPT_BYTES as u64 + 1)
            .read_to_string(&mut content)
            .map_err(FileError::context("read", path))?;
        if content.len() > MAX_KEPT_BYTES {
            return Err(EmbeddingsError::TooLarge { path: path.into() });
        }
        Ok(content.lines().collect())
    }

    /// Whether the word is one of those that the filter was made of.
    pub fn contains(&self, word: &str) -> bool {
        self.words.contains(word)
    }

    /// Whether the word or a word that it is the alias of is kept.
    pub(super) fn keeps(&self, word: &str) -> bool {
        self.words.contains(word) || self.aliases.contains(word)
    }

    /// Whether a word to keep begins with this part of a row, which is followed by a space. It is
    /// enough to pass over most rows without knowing where the word ends and the numbers begin.
    pub(super) fn may_begin_with(&self, part: &[u8]) -> bool {
        str::from_utf8(part).is_ok_and(|part| self.keeps(part) || self.first_parts.contains(part))
    }

    /// The words to keep and their aliases, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let words = self.words.iter().map(String::as_str);
        words.chain(self.aliases.iter().copied())
    }
}
