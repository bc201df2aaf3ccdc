//! The GloVe sample that the program carries, so that it can train and measure without any file.

use std::io::Cursor;
use std::path::Path;

use rustc_hash::FxHashSet;

use super::{EmbeddingsError, Place, RowNumber, WordVectors, from_reader};
use crate::files;

/// A gzip file of GloVe 6B's 50-dimensional vectors: its most frequent words and those of the sample
/// corpus. See data/README.md.
pub const GLOVE_SAMPLE: &[u8] = include_bytes!("../../data/glove-sample.50d.txt.gz");

/// What the sample is called in messages.
pub const GLOVE_SAMPLE_NAME: &str = "GloVe sample (in the binary)";

/// The vectors of the wanted words, or all, of [`GLOVE_SAMPLE`]; otherwise as [`read`](super::read).
pub fn sample(wanted: Option<&FxHashSet<String>>) -> Result<WordVectors, EmbeddingsError> {
    let name = Path::new(GLOVE_SAMPLE_NAME);
    let reader = files::decompress(Cursor::new(GLOVE_SAMPLE)).map_err(|error| {
        let place = Place {
            path: name.into(),
            row: RowNumber::Line(1),
        };
        EmbeddingsError::reading(place, error)
    })?;
    from_reader(reader, name, wanted)
}
