//! The GloVe sample in the binary, so that the program can train and measure without any file.

use std::path::Path;

use super::error::EmbeddingsError;
use super::formats::from_reader;
use super::vectors::WordVectors;
use super::word_filter::WordFilter;

/// A safetensors file of GloVe 6B's 50-dimensional vectors in 8 bits a number: its most frequent
/// words and those of the sample corpus. See data/README.md.
pub const GLOVE_SAMPLE: &[u8] = include_bytes!("../../data/glove-sample.50d.safetensors");

/// The name of the sample in messages.
pub const GLOVE_SAMPLE_NAME: &str = "GloVe sample (in the binary)";

/// Reads the vectors of [`GLOVE_SAMPLE`], all or those of the filter's words; otherwise as
/// [`read`](super::read).
pub fn sample(filter: Option<&WordFilter>) -> Result<WordVectors, EmbeddingsError> {
    from_reader(GLOVE_SAMPLE, Path::new(GLOVE_SAMPLE_NAME), filter)
}
