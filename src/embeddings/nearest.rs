//! The words nearest to a word.

use super::{EmbeddingsError, WordVectors};

/// The `count` words whose vectors have the highest cosine with the word's, highest first, the word
/// itself left out. Of words with the same cosine the one that is earlier in the file comes first. A
/// vector of zeros has no direction, so that its word is near to none.
pub fn nearest<'a>(
    vectors: &'a WordVectors,
    word: &str,
    count: usize,
) -> Result<Vec<(&'a str, f32)>, EmbeddingsError> {
    let Some(target) = vectors.get(word) else {
        let word = word.into();
        return Err(EmbeddingsError::UnknownWord { word });
    };
    if cosine(target, target).is_none() {
        let word = word.into();
        return Err(EmbeddingsError::NoDirection { word });
    }
    let mut others: Vec<(&str, f32)> = vectors
        .iter()
        .filter(|(other, _)| *other != word)
        .filter_map(|(other, vector)| Some((other, cosine(target, vector)?)))
        .collect();
    // The sort is stable: equals stay in the file's order.
    others.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    others.truncate(count);
    Ok(others)
}

/// The cosine of the angle between two vectors; None where one is all zeros.
fn cosine(a: &[f32], b: &[f32]) -> Option<f32> {
    let length = (dot(a, a) * dot(b, b)).sqrt();
    (length > 0.0).then(|| (dot(a, b) / length) as f32)
}

/// In double precision, which no finite `f32` can overflow.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(&a, &b)| f64::from(a) * f64::from(b))
        .sum()
}
