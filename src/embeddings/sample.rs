//! The built-in GloVe sample, which the program uses when no vector file is given.

use std::path::Path;

use super::error::EmbeddingsError;
use super::formats::from_reader;
use super::vectors::WordVectors;
use super::word_filter::WordFilter;

/// A safetensors file with a part of GloVe 6B's 50-dimensional vectors as 8-bit numbers: the most
/// frequent words and the words of the sample corpus. See data/README.md.
pub const GLOVE_SAMPLE: &[u8] = include_bytes!("../../data/glove-sample.50d.safetensors");

/// The name of the GloVe sample in messages.
pub const GLOVE_SAMPLE_NAME: &str = "GloVe sample (built in)";

/// Reads all vectors of [`GLOVE_SAMPLE`] or those of the filter's words, like [`read`](super::read).
pub fn sample(filter: Option<&WordFilter>) -> Result<WordVectors, EmbeddingsError> {
    from_reader(GLOVE_SAMPLE, Path::new(GLOVE_SAMPLE_NAME), filter)
}
