//! Binary fastText models (`.bin`): the vectors that fastText's `get_word_vector` returns.
//!
//! A model has settings, a dictionary, a matrix with a row per word and a row per hash bucket of
//! character n-grams, and the output matrix. The vector of a word is the mean of its row and the rows
//! of its n-grams (Bojanowski et al., 2017). The matrix is read once, in order, and only the vectors of
//! the kept words stay in memory.

mod dictionary;
mod matrix;
mod model_reader;
mod ngrams;
mod settings;
mod slab;

use std::io::Read;
use std::mem::take;

use self::dictionary::Dictionary;
use self::matrix::{MatrixShape, add_ngrams, read_word_rows};
use self::model_reader::ModelReader;
use self::ngrams::Ngrams;
use self::settings::Settings;
use super::request::ReadRequest;
use crate::embeddings::aliases::alias;
use crate::embeddings::error::{EmbeddingsError, FastTextError};
use crate::embeddings::vectors::WordVectors;
use crate::embeddings::word_filter::WordFilter;

/// The first bytes of a model: 793712314 as a little-endian integer.
pub(super) const MAGIC: [u8; 4] = 793_712_314_u32.to_le_bytes();

/// Reads the requested words. Memory use depends on the kept words, not on the sizes in the file.
pub(super) fn read(
    source: impl Read + Send,
    request: &ReadRequest,
) -> Result<WordVectors, EmbeddingsError> {
    let mut reader = ModelReader::new(source, request);
    let settings = Settings::read(&mut reader)?;
    let mut dictionary = Dictionary::read(&mut reader, &settings)?;
    let shape = MatrixShape::read(&mut reader, &settings, &dictionary)?;
    let mut vectors = read_word_rows(&mut reader, take(&mut dictionary.kept), shape)?;
    let with_own_row = vectors.len();
    if vectors.len() < request.limit {
        add_missing_words(&mut vectors, request.filter, &settings.ngrams);
    }
    add_ngrams(reader, &mut vectors, with_own_row, &settings.ngrams, shape)?;
    let infinite = |(word, vector): (&str, &[f32])| {
        let number = vector.iter().find(|number| !number.is_finite())?;
        Some((word.to_owned(), number.to_string()))
    };
    if let Some((word, number)) = vectors.iter().find_map(infinite) {
        return Err(request.fasttext(FastTextError::NotFinite { word, number }));
    }
    vectors.set_notes(dictionary.notes(request));
    vectors.shrink();
    Ok(vectors)
}

/// Adds the filter's words that are not in the model but have n-grams, with zeros as vectors.
fn add_missing_words(vectors: &mut WordVectors, filter: Option<&WordFilter>, ngrams: &Ngrams) {
    let has_vector = |word: &str| {
        let alias = alias(word).and_then(|alias| vectors.row(alias));
        vectors.row(word).or(alias).is_some()
    };
    let mut missing: Vec<&str> = filter
        .into_iter()
        .flat_map(WordFilter::iter)
        .filter(|word| !has_vector(word) && !ngrams.buckets(word).is_empty())
        .collect();
    missing.sort_unstable();
    let zeros = vec![0.0; vectors.dimension()];
    for word in missing {
        vectors.push(word.to_owned(), &zeros);
    }
}
