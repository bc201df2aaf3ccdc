//! Nearest words and analogies by cosine similarity.

use super::error::EmbeddingsError;
use super::vectors::WordVectors;

/// Returns the `count` words with the highest cosine similarity to `word`, in descending order.
///
/// The word itself is excluded. Ties are in the order of the file. Words with a zero vector are
/// excluded, because it has no direction.
pub fn nearest<'a>(
    vectors: &'a WordVectors,
    word: &str,
    count: usize,
) -> Result<Vec<(&'a str, f32)>, EmbeddingsError> {
    let target = direction(vectors, word)?;
    Ok(by_cosine(vectors, &target, &[word], count))
}

/// Returns the `count` best words for the analogy "`a` is to `b` as `c` is to …", best first.
///
/// They have the highest cosine similarity to *b* − *a* + *c* of unit vectors (3CosAdd: Mikolov, Yih
/// and Zweig, 2013, "Linguistic Regularities in Continuous Space Word Representations"). The three
/// words are excluded. Ties and zero vectors are handled as in [`nearest`].
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

/// Returns the word's unit vector, or that of its n-grams if the word is out of vocabulary.
fn direction(vectors: &WordVectors, word: &str) -> Result<Vec<f64>, EmbeddingsError> {
    let known = vectors.get(word).map(<[f32]>::to_vec);
    let Some(vector) = known.or_else(|| vectors.compose(word)) else {
        let word = word.into();
        return Err(EmbeddingsError::UnknownWord { word });
    };
    unit(&vector).ok_or_else(|| EmbeddingsError::NoDirection { word: word.into() })
}

/// Returns the unit vector with the same direction, or `None` for a zero vector.
pub(super) fn unit(vector: &[f32]) -> Option<Vec<f64>> {
    let vector: Vec<f64> = vector.iter().map(|&number| number.into()).collect();
    let length = dot(&vector, &vector).sqrt();
    (length > 0.0).then(|| vector.iter().map(|number| number / length).collect())
}

fn by_cosine<'a>(
    vectors: &'a WordVectors,
    target: &[f64],
    excluded: &[&str],
    count: usize,
) -> Vec<(&'a str, f32)> {
    let mut others: Vec<(&str, f32)> = vectors
        .iter()
        .filter(|(other, _)| !excluded.contains(other))
        .filter_map(|(other, vector)| Some((other, cosine(target, vector)?)))
        .collect();
    // A stable sort keeps ties in the order of the file.
    others.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    others.truncate(count);
    others
}

/// Returns the cosine similarity of two vectors, or `None` if one of them is zero.
pub(super) fn cosine<A, B>(a: &[A], b: &[B]) -> Option<f32>
where
    A: Copy + Into<f64>,
    B: Copy + Into<f64>,
{
    let length = (dot(a, a) * dot(b, b)).sqrt();
    (length > 0.0).then(|| (dot(a, b) / length) as f32)
}

/// Returns the dot product in double precision, which finite `f32` numbers cannot overflow.
fn dot<A, B>(a: &[A], b: &[B]) -> f64
where
    A: Copy + Into<f64>,
    B: Copy + Into<f64>,
{
    a.iter().zip(b).map(|(&a, &b)| a.into() * b.into()).sum()
}
