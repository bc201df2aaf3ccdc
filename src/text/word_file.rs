//! Files of words: stopwords, groups of words, and words of a tokenizer's dictionary.

use std::io::Read;
use std::path::Path;

use super::TextError;
use crate::files::{FileError, open};

/// The maximum size.
const MAX_BYTES: u64 = 16 << 20;

/// Reads a file of words, which is in UTF-8.
pub(super) fn read(path: &Path) -> Result<String, TextError> {
    let mut content = String::new();
    open(path)?
        .take(MAX_BYTES + 1)
        .read_to_string(&mut content)
        .map_err(FileError::context("read", path))?;
    match content.len() as u64 > MAX_BYTES {
        true => Err(TextError::TooLong {
            path: path.into(),
            most: MAX_BYTES,
        }),
        false => Ok(content),
    }
}
