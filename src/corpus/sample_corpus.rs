//! The built-in sample corpus, for training without any file.

use std::io::Cursor;
use std::path::Path;

use super::{CorpusError, CorpusOptions, Examples, Format, labelled_from_reader};

const SAMPLE: &[u8] = include_bytes!("../../data/sample.csv");

/// Returns the examples of the sample corpus: sentences written for this project, half of them positive.
/// See data/README.md.
pub fn sample() -> Result<Examples, CorpusError> {
    labelled_from_reader(
        Box::new(Cursor::new(SAMPLE)),
        Path::new("the sample corpus"),
        Format::Csv,
        &CorpusOptions::default(),
    )
}
