//! Which words of a file are kept.

use std::io::Read;
use std::path::Path;

use rustc_hash::FxHashSet;

use super::stand_in::stand_in;
use super::{EmbeddingsError, MAX_KEPT_BYTES};
use crate::files::{self, FileError};

/// Reads words to keep from a file, plain, gzip or Zstandard: one a line, as a model's
/// `vocabulary.txt` has them.
pub fn read_words(path: &Path) -> Result<FxHashSet<String>, EmbeddingsError> {
    let mut content = String::new();
    files::open(path)?
        .take(MAX_KEPT_BYTES as u64 + 1)
        .read_to_string(&mut content)
        .map_err(FileError::context("read", path))?;
    if content.len() > MAX_KEPT_BYTES {
        return Err(EmbeddingsError::TooLarge { path: path.into() });
    }
    Ok(content.lines().map(String::from).collect())
}

/// The words to keep: those asked for and the ones that may stand in for them.
pub(super) struct Wanted<'a> {
    words: FxHashSet<&'a str>,
    /// What stands before the first space of each: enough to pass over most rows without knowing
    /// where the word ends and the numbers begin.
    first_pieces: FxHashSet<&'a [u8]>,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(words: &'a FxHashSet<String>) -> Self {
        let words: FxHashSet<&str> = words
            .iter()
            .flat_map(|word| std::iter::once(word.as_str()).chain(stand_in(word)))
            .collect();
        let pieces = words.iter().filter_map(|word| word.split(' ').next());
        Self {
            first_pieces: pieces.map(str::as_bytes).collect(),
            words,
        }
    }

    /// Whether a wanted word begins with this piece, which is followed by a space.
    pub(super) fn may_begin_with(&self, piece: &[u8]) -> bool {
        self.first_pieces.contains(piece)
    }

    /// The words.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'a str> {
        self.words.iter().copied()
    }

    pub(super) fn contains(&self, word: &str) -> bool {
        self.words.contains(word)
    }
}
