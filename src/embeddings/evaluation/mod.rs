//! Evaluates word vectors on benchmarks: word similarity (correlation with people's scores) and
//! analogies (accuracy).

mod analogies;
mod benchmark;

use serde::Serialize;

use self::analogies::{AnalogySolver, Question};
use super::nearest::cosine;
use super::vectors::WordVectors;
use crate::correlation::{pearson, spearman};

pub use benchmark::{AnalogySection, Benchmark, WordPair};

/// The result of an evaluation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BenchmarkResult {
    /// On word pairs.
    WordPairs(WordPairResult),
    /// On analogies.
    Analogies(AnalogyResult),
}

/// The correlation of the cosines of word pairs with people's scores.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WordPairResult {
    /// Spearman's rank correlation, equals sharing the mean of their ranks; None where it is not
    /// defined: of fewer than two pairs, or where all scores or all cosines are the same.
    pub spearman: Option<f64>,
    /// Pearson's correlation; None as Spearman's.
    pub pearson: Option<f64>,
    /// Pairs of which both words have a vector: those that are looked at.
    pub known: usize,
    /// Pairs in the file.
    pub pairs: usize,
}

/// How many analogies were completed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AnalogyResult {
    /// Each section, in the file's order.
    pub sections: Vec<SectionResult>,
    /// All of them.
    pub total: AnalogyScore,
}

/// A section's result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SectionResult {
    /// The section's name in the file.
    pub section: String,
    /// How many of its analogies were completed.
    #[serde(flatten)]
    pub score: AnalogyScore,
}

/// How many questions were answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct AnalogyScore {
    /// The share of the known questions that were answered right; None where none is known.
    pub accuracy: Option<f64>,
    /// Those answered right.
    pub correct: usize,
    /// Those whose four words all have vectors: the others are left out.
    pub known: usize,
    /// Those in the file.
    pub questions: usize,
}

/// Evaluates word vectors on a benchmark. A word is looked up as it is written, or else in lower case; one
/// whose vector is all zeros is unknown.
///
/// An analogy's answer is the word whose vector has the highest cosine with *b* − *a* + *c*, of
/// vectors of length one and in single precision, out of all words but those three; of equals the
/// earlier in the file. It is right where it is the fourth word. Where the vectors' words are in
/// lower case, the figures are those of gensim's `evaluate_word_pairs` and `evaluate_word_analogies`
/// with a `restrict_vocab` that holds every word.
pub fn evaluate(vectors: &WordVectors, benchmark: &Benchmark) -> BenchmarkResult {
    match benchmark {
        Benchmark::WordPairs(pairs) => BenchmarkResult::WordPairs(word_pairs(vectors, pairs)),
        Benchmark::Analogies(sections) => BenchmarkResult::Analogies(analogies(vectors, sections)),
    }
}

fn word_pairs(vectors: &WordVectors, pairs: &[WordPair]) -> WordPairResult {
    let known: Vec<(f64, f64)> = pairs
        .iter()
        .filter_map(
            |WordPair {
                 words: [a, b],
                 score,
             }| {
                let (a, b) = (known_row(vectors, a)?, known_row(vectors, b)?);
                let cosine = cosine(vectors.vector(a), vectors.vector(b))?;
                Some((*score, cosine.into()))
            },
        )
        .collect();
    WordPairResult {
        spearman: spearman(&known),
        pearson: pearson(&known),
        known: known.len(),
        pairs: pairs.len(),
    }
}

fn analogies(vectors: &WordVectors, sections: &[AnalogySection]) -> AnalogyResult {
    let solver = AnalogySolver::new(vectors);
    let known: Vec<Vec<Question>> = sections
        .iter()
        .map(|section| {
            let rows = |words: &[String; 4]| {
                let mut rows = [0; 4];
                for (row, word) in rows.iter_mut().zip(words) {
                    *row = known_row(vectors, word).filter(|&row| solver.has_direction(row))?;
                }
                Some(rows)
            };
            section.questions.iter().filter_map(rows).collect()
        })
        .collect();
    let questions: Vec<Question> = known.concat();
    let mut is_correct = solver.are_correct(&questions).into_iter();
    let sections: Vec<SectionResult> = sections
        .iter()
        .zip(&known)
        .map(|(section, known)| {
            let answered = is_correct.by_ref().take(known.len());
            let correct = answered.filter(|is_correct| *is_correct).count();
            SectionResult {
                section: section.name.clone(),
                score: AnalogyScore::of(correct, known.len(), section.questions.len()),
            }
        })
        .collect();
    let sum =
        |part: fn(&AnalogyScore) -> usize| sections.iter().map(|result| part(&result.score)).sum();
    let total = AnalogyScore::of(
        sum(|score| score.correct),
        sum(|score| score.known),
        sum(|score| score.questions),
    );
    AnalogyResult { sections, total }
}

impl AnalogyScore {
    fn of(correct: usize, known: usize, questions: usize) -> Self {
        Self {
            accuracy: (known > 0).then(|| correct as f64 / known as f64),
            correct,
            known,
            questions,
        }
    }
}

fn known_row(vectors: &WordVectors, word: &str) -> Option<usize> {
    let in_lower_case = || vectors.row(&word.to_lowercase());
    vectors.row(word).or_else(in_lower_case)
}
