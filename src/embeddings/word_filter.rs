//! The words to keep when reading word vectors.

use std::io::Read;
use std::path::Path;

use rustc_hash::FxHashSet;

use super::aliases::alias;
use super::error::EmbeddingsError;
use super::limits::MAX_KEPT_BYTES;
use crate::files::{self, FileError};

/// The words to keep when reading word vectors, with their aliases (see
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
    /// Aliases of the words, without those in `words`.
    aliases: FxHashSet<&'static str>,
    /// The part before the first space or tab of each word that contains one.
    first_parts: FxHashSet<String>,
}

impl<S: Into<String>> FromIterator<S> for WordFilter {
    fn from_iter<I: IntoIterator<Item = S>>(words: I) -> Self {
        let words: FxHashSet<String> = words.into_iter().map(Into::into).collect();
        let aliases = words.iter().filter_map(|word| alias(word));
        let first_parts = words.iter().filter_map(|word| word.split_once([' ', '\t']));
        Self {
            aliases: aliases.filter(|alias| !words.contains(*alias)).collect(),
            first_parts: first_parts.map(|(first, _)| first.to_owned()).collect(),
            words,
        }
    }
}

impl WordFilter {
    /// Reads the words from a plain, gzip or Zstandard file with one word per line, like a model's
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

    /// Returns whether the filter was created with this word. Aliases do not count.
    pub fn contains(&self, word: &str) -> bool {
        self.words.contains(word)
    }

    /// Returns whether to keep the word, directly or as an alias.
    pub(super) fn keeps(&self, word: &str) -> bool {
        self.words.contains(word) || self.aliases.contains(word)
    }

    /// Returns whether a word to keep may start with `part`, the text before a row's first space or
    /// tab.
    ///
    /// This check skips most rows without finding the end of the word.
    pub(super) fn may_begin_with(&self, part: &str) -> bool {
        self.keeps(part) || self.first_parts.contains(part)
    }

    /// Iterates over the words and their aliases, in no particular order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let words = self.words.iter().map(String::as_str);
        words.chain(self.aliases.iter().copied())
    }
}
