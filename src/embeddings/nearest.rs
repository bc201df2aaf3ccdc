//! The words nearest to a word, and those that complete an analogy.

use super::error::EmbeddingsError;
use super::vectors::WordVectors;

/// The `count` words whose vectors have the highest cosine with the word's, highest first, the word
/// itself left out. Of words with the same cosine the one that is earlier in the file comes first. A
/// vector of zeros has no direction, so that its word is near to none.
pub fn nearest<'a>(
    vectors: &'a WordVectors,
    word: &str,
    count: usize,
) -> Result<Vec<(&'a str, f32)>, EmbeddingsError> {
    let target = direction(vectors, word)?;
    Ok(by_cosine(vectors, &target, &[word], count))
}

/// The `count` words that are to `c` as `b` is to `a`, the best first: those whose vectors have the
/// highest cosine with *b* − *a* + *c*, of vectors of length one (3CosAdd: Mikolov, Yih and Zweig,
/// 2013, "Linguistic Regularities in Continuous Space Word Representations"). The three words are
/// left out; equals and vectors of zeros are treated as by [`nearest`].
///
/// ```
/// use sentiment::embeddings;
///
/// let vectors = embeddings::sample(None)?;
/// let answers = embeddings::analogy(&vectors, ["man", "king", "woman"], 1)?;
/// assert_eq!(answers[0].0, "queen");
/// # Ok::<(), embeddings::EmbeddingsError>(())
/// ```
pub fn analogy<'a>(
    vectors: &'a WordVectors,
    [a, b, c]: [&str; 3],
    count: usize,
) -> Result<Vec<(&'a str, f32)>, EmbeddingsError> {
    let [from, to, other] = [
        direction(vectors, a)?,
        direction(vectors, b)?,
        direction(vectors, c)?,
    ];
    let target: Vec<f64> = (0..vectors.dimension())
        .map(|index| to[index] - from[index] + other[index])
        .collect();
    if dot(&target, &target) == 0.0 {
        let [a, b, c] = [a, b, c].map(String::from);
        return Err(EmbeddingsError::NoAnswer { a, b, c });
    }
    Ok(by_cosine(vectors, &target, &[a, b, c], count))
}

/// The word's vector at length one.
fn direction(vectors: &WordVectors, word: &str) -> Result<Vec<f64>, EmbeddingsError> {
    let known = vectors.get(word).map(<[f32]>::to_vec);
    let Some(vector) = known.or_else(|| vectors.compose(word)) else {
        let word = word.into();
        return Err(EmbeddingsError::UnknownWord { word });
    };
    unit(&vector).ok_or_else(|| EmbeddingsError::NoDirection { word: word.into() })
}

/// The vector at length one; None of zeros.
pub(super) fn unit(vector: &[f32]) -> Option<Vec<f64>> {
    let vector: Vec<f64> = vector.iter().map(|&number| number.into()).collect();
    let length = dot(&vector, &vector).sqrt();
    (length > 0.0).then(|| vector.iter().map(|number| number / length).collect())
}

fn by_cosine<'a>(
    vectors: &'a WordVectors,
    target: &[f64],
    left_out: &[&str],
    count: usize,
) -> Vec<(&'a str, f32)> {
    let mut others: Vec<(&str, f32)> = vectors
        .iter()
        .filter(|(other, _)| !left_out.contains(other))
        .filter_map(|(other, vector)| Some((other, cosine(target, vector)?)))
        .collect();
    // The sort is stable: equals stay in the file's order.
    others.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    others.truncate(count);
    others
}

/// The cosine of the angle between two vectors; None where one is all zeros.
pub(super) fn cosine<A, B>(a: &[A], b: &[B]) -> Option<f32>
where
    A: Copy + Into<f64>,
    B: Copy + Into<f64>,
{
    let length = (dot(a, a) * dot(b, b)).sqrt();
    (length > 0.0).then(|| (dot(a, b) / length) as f32)
}

/// In double precision, which no finite `f32` can overflow.
fn dot<A, B>(a: &[A], b: &[B]) -> f64
where
    A: Copy + Into<f64>,
    B: Copy + Into<f64>,
{
    a.iter().zip(b).map(|(&a, &b)| a.into() * b.into()).sum()
}
